"""Lists of customers, counterparties, countries and devices that rules ask for by name."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ListKind(models.TextChoices):
    """What a list holds: the field of a transaction in which to look for it."""

    CUSTOMER = "customer", _("customers")
    COUNTERPARTY = "counterparty", _("counterparties")
    COUNTRY = "country", _("countries")
    DEVICE = "device", _("devices")


class ManagedList(models.Model):
    """A list. Its name and kind never change: rules speak of it."""

    name = models.CharField(max_length=64, primary_key=True, db_collation="C")
    kind = models.CharField(max_length=16, choices=ListKind.choices)
    purpose = models.CharField(max_length=200)
    author = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "managed_list"
        constraints = [
            models.CheckConstraint(name="managed_list_kind_known", condition=Q(kind__in=ListKind.values)),
            models.CheckConstraint(name="managed_list_name_form", condition=Q(name__regex="^[a-z][a-z0-9_]*$")),
        ]

    def __str__(self) -> str:
        return self.name


class ListEntry(models.Model):
    """A value on a list, from one revision of the lists to another. Only its removal is ever written to it.

    What was on the lists at revision r and time t: ``added_revision <= r``, not yet removed at r, not yet expired at t.
    A decision's batch names both, so the lists of any decision can be told again.
    """

    list = models.ForeignKey(ManagedList, on_delete=models.PROTECT, related_name="entries", db_index=False)
    value = models.CharField(max_length=64, db_collation="C")
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField(null=True)
    author = models.CharField(max_length=150)
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    added_revision = models.BigIntegerField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=150, null=True)
    removed_why = models.CharField(max_length=500, null=True)
    removed_revision = models.BigIntegerField(null=True)

    class Meta:
        db_table = "list_entry"
        constraints = [
            models.UniqueConstraint(
                fields=["list", "value"], condition=Q(removed_revision__isnull=True), name="list_entry_once"
            ),
            models.CheckConstraint(name="list_entry_value_given", condition=~Q(value="")),
            models.CheckConstraint(name="list_entry_reason_given", condition=~Q(reason="")),
            models.CheckConstraint(
                name="list_entry_removed_by_whom_and_why",
                condition=Q(
                    removed_revision__isnull=True,
                    removed_at__isnull=True,
                    removed_by__isnull=True,
                    removed_why__isnull=True,
                )
                | Q(
                    removed_revision__gt=F("added_revision"),
                    removed_at__isnull=False,
                    removed_by__isnull=False,
                    removed_why__isnull=False,
                ),
            ),
        ]
        indexes = [
            # One list's entries, newest first, and those of the past.
            models.Index(fields=["list", "-id"], name="list_entry_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.value} on {self.list_id}"


class ListRevision(models.Model):
    """The one counter of changes to the lists: who changes something holds its row until the commit."""

    id = models.SmallIntegerField(primary_key=True, db_default=1)
    revision = models.BigIntegerField()

    class Meta:
        db_table = "list_revision"
        constraints = [models.CheckConstraint(name="list_revision_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.revision)
