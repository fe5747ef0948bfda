"""Reading single transactions, as clients ask for them."""

from argus_records.models import Decision, Transaction


def transaction_is_decided(*, ledger_id: int) -> bool:
    """Whether there is a decision."""
    return Decision.objects.filter(transaction_id=ledger_id).exists()


def transaction_get(*, client_id: int, transaction_id: str) -> Transaction | None:
    """A client's transaction by the client's own id, with its decision if there is one."""
    return (
        Transaction.objects.select_related("decision__batch")
        .filter(client_id=client_id, transaction_id=transaction_id)
        .first()
    )
