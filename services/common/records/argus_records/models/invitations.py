"""Invitations to the dashboard."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Invitation(models.Model):
    """A link by which one person makes their own account, once. The link is shown once; its SHA-256 digest is kept.

    A plain digest is enough: the token in the link is 256 random bits.
    """

    username = models.CharField(max_length=140)
    email = models.CharField(max_length=254, blank=True, db_default="", help_text="shown, nothing is sent there")
    roles = ArrayField(models.CharField(max_length=16))
    digest = models.BinaryField(max_length=32, unique=True)
    invited_by = models.CharField(max_length=150)
    invited_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=150, null=True)

    class Meta:
        db_table = "invitation"
        constraints = [
            # Also what finds the open ones.
            models.UniqueConstraint(
                fields=["username"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(name="invitation_roles_given", condition=Q(roles__len__gt=0)),
            models.CheckConstraint(name="invitation_ends_later", condition=Q(expires_at__gt=F("invited_at"))),
            models.CheckConstraint(
                name="invitation_used_or_revoked", condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True)
            ),
            models.CheckConstraint(
                name="invitation_revoked_by_whom",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.username}"
