"""Links to a new password."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Now


class PasswordLink(models.Model):
    """A link by which one person chooses a new password for their account, once. It is kept as an invitation's is."""

    username = models.CharField(max_length=150)
    digest = models.BinaryField(max_length=32, unique=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "password_link"
        constraints = [
            # Also what finds the open one.
            models.UniqueConstraint(
                fields=["username"],
                condition=Q(used_at__isnull=True, void_at__isnull=True),
                name="password_link_one_open",
            ),
            models.CheckConstraint(name="password_link_ends_later", condition=Q(expires_at__gt=F("made_at"))),
            models.CheckConstraint(
                name="password_link_used_or_void", condition=Q(used_at__isnull=True) | Q(void_at__isnull=True)
            ),
            models.CheckConstraint(
                name="password_link_not_for_its_maker", condition=~Q(made_by=Concat(Value("user:"), F("username")))
            ),
        ]
        indexes = [
            # Since when an account has its password from a link: asked at every attempt to sign in.
            models.Index(fields=["username", "-used_at"], name="password_link_used", condition=Q(used_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"link to a new password of {self.username}"
