"""What the engine remembers. All of it can be rebuilt by replaying the ledger."""

from django.db import models
from django.db.models import Q


class CustomerProfile(models.Model):
    """The engine's state of one customer: small, opaque here, rewritten with every decision."""

    customer_id = models.CharField(max_length=64, db_collation="C", primary_key=True)
    state = models.BinaryField()

    class Meta:
        db_table = "customer_profile"

    def __str__(self) -> str:
        return self.customer_id


class CounterpartyLink(models.Model):
    """A counterparty that a customer has dealt with before."""

    pk = models.CompositePrimaryKey("customer_id", "counterparty_id")
    customer_id = models.CharField(max_length=64, db_collation="C")
    counterparty_id = models.CharField(max_length=64, db_collation="C")

    class Meta:
        db_table = "counterparty_link"


class DeviceLink(models.Model):
    """A device that a customer has used before."""

    pk = models.CompositePrimaryKey("customer_id", "device_id")
    customer_id = models.CharField(max_length=64, db_collation="C")
    device_id = models.CharField(max_length=64, db_collation="C")

    class Meta:
        db_table = "device_link"


class SharedState(models.Model):
    """The engine's state of an entity that customers share, or of the labels on a customer; opaque here.

    Changed by :mod:`argus_records.services.memory` alone, together with the mark.
    """

    pk = models.CompositePrimaryKey("kind", "key")
    kind = models.SmallIntegerField()
    key = models.CharField(max_length=64, db_collation="C")
    state = models.BinaryField()

    class Meta:
        db_table = "shared_state"


class MemoryMark(models.Model):
    """How far shared states have been advanced: one row, changed in the transaction that changes them."""

    id = models.SmallIntegerField(primary_key=True)
    position = models.BigIntegerField(help_text="decisions up to this place in the feed are folded in")
    label = models.BigIntegerField(help_text="labels up to this id are folded in")

    class Meta:
        db_table = "memory_mark"
        constraints = [
            models.CheckConstraint(name="memory_mark_is_one", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"{self.position}, {self.label}"
