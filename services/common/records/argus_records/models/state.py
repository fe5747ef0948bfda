"""What the engine remembers of a customer. All of it can be rebuilt by replaying the ledger."""

from django.db import models


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
