"""What clients said, and what waits to be decided."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from argus_records.models.clients import ApiClient
from argus_records.names import SHARDS


class TransactionType(models.TextChoices):
    """Kinds of transaction."""

    CARD_PAYMENT = "card_payment", _("card payment")
    TRANSFER = "transfer", _("transfer")
    CASH_DEPOSIT = "cash_deposit", _("cash deposit")
    CASH_WITHDRAWAL = "cash_withdrawal", _("cash withdrawal")
    DIRECT_DEBIT = "direct_debit", _("direct debit")
    OTHER = "other", _("other")


class Channel(models.TextChoices):
    """Where a transaction was made."""

    WEB = "web", _("web")
    MOBILE = "mobile", _("mobile")
    POS = "pos", _("point of sale")
    ATM = "atm", _("ATM")
    BRANCH = "branch", _("branch")
    API = "api", _("API")


class Transaction(models.Model):
    """One transaction as its client reported it. Append-only: the database refuses any change.

    Rows are written by :func:`argus_records.services.ingest.transactions_accept` alone.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, db_index=False)
    transaction_id = models.CharField(
        max_length=64, db_collation="C", help_text="the client's own id; the idempotency key"
    )
    # BLAKE2b-128 of the normalised body: tells "sent again" from "another one under the same id".
    digest = models.BinaryField(max_length=16)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    customer_id = models.CharField(max_length=64, db_collation="C")
    shard = models.SmallIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    type = models.CharField(max_length=16, choices=TransactionType.choices)
    counterparty_id = models.CharField(max_length=64, db_collation="C", null=True)
    country = models.CharField(max_length=2, null=True)
    channel = models.CharField(max_length=8, null=True, choices=Channel.choices)
    device_id = models.CharField(max_length=64, db_collation="C", null=True)
    ip_address = models.GenericIPAddressField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    metadata = models.JSONField(null=True)

    class Meta:
        db_table = "transaction"
        constraints = [
            models.UniqueConstraint(fields=["client", "transaction_id"], name="transaction_once_per_client"),
            models.CheckConstraint(name="transaction_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="transaction_currency_form", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(name="transaction_type_known", condition=Q(type__in=TransactionType.values)),
            models.CheckConstraint(name="transaction_shard_range", condition=Q(shard__gte=0) & Q(shard__lt=SHARDS)),
            models.CheckConstraint(
                name="transaction_coordinates_range",
                condition=Q(latitude__range=(-90, 90)) & Q(longitude__range=(-180, 180)),
            ),
        ]
        indexes = [
            # The customer's history: window edges of the engine, the chart on the alert page.
            models.Index(fields=["customer_id", "occurred_at"], name="transaction_customer_time"),
            # Periods of the past: rows come roughly in the order of their time, and such an index costs ingest nothing.
            BrinIndex(fields=["occurred_at"], name="transaction_time_range", autosummarize=True),
        ]

    def __str__(self) -> str:
        return self.transaction_id


class Pending(models.Model):
    """The queue: one narrow row per transaction without a decision, gone with its decision's commit."""

    pk = models.CompositePrimaryKey("shard", "transaction")
    shard = models.SmallIntegerField()
    # No foreign key: the row is written by the statement that writes its transaction, and that never goes.
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "pending"
