"""Who may speak to the API."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a key may do."""

    INGEST = "ingest", _("submit transactions")
    READ = "read", _("read transactions and decisions")
    LABEL = "label", _("submit labels")


class ApiClient(models.Model):
    """A system of the bank that submits transactions. Transaction ids are unique within one client."""

    name = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "api_client"

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A bearer key of one client. The key itself is shown once; its SHA-256 digest is kept.

    A plain digest is enough because the key is 256 random bits, which nobody can guess their way to;
    slow hashes protect what people invent.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=16, help_text="the first characters, to recognise the key by")
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices))
    rate_limit = models.PositiveIntegerField(help_text="requests per second; bursts of as many again pass")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "api_key"
        constraints = [
            models.CheckConstraint(
                name="api_key_scopes_known",
                condition=models.Q(scopes__contained_by=Scope.values) & models.Q(scopes__len__gt=0),
            ),
            models.CheckConstraint(name="api_key_rate_limit_positive", condition=models.Q(rate_limit__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}..."
