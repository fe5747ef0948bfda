"""What else is linked to a transaction: other customers' alerts over the same device, address or counterparty."""

from dataclasses import dataclass
from typing import Final

from argus_records import db
from argus_records.models import Alert, Transaction

# Of the newest alerts so many are looked through: the ledger has no index by device, address or counterparty.
NEWEST: Final = 20_000
_LINKED: Final = """
WITH newest AS MATERIALIZED (
    SELECT id, transaction_id FROM alert WHERE customer_id <> %(customer)s ORDER BY id DESC LIMIT %(newest)s
)
SELECT n.id, t.device_id = %(device)s, t.ip_address = %(address)s, t.counterparty_id = %(counterparty)s
FROM newest n JOIN transaction t ON t.id = n.transaction_id
WHERE t.device_id = %(device)s OR t.ip_address = %(address)s OR t.counterparty_id = %(counterparty)s
ORDER BY n.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Linked:
    """An alert on another customer, and what it has in common with the transaction: device, ip or counterparty."""

    alert: Alert
    by: list[str]


def linked_alerts(*, transaction: Transaction, limit: int = 10) -> list[Linked]:
    """Alerts on other customers that share something with a transaction, newest first."""
    shared = {
        "device": transaction.device_id,
        "address": transaction.ip_address,
        "counterparty": transaction.counterparty_id,
    }
    if not any(shared.values()):
        return []
    with db.cursor() as cursor:
        cursor.execute(_LINKED, shared | {"customer": transaction.customer_id, "newest": NEWEST, "limit": limit})
        rows = cursor.fetchall()
    alerts = Alert.objects.in_bulk([row[0] for row in rows])
    names = ("device", "ip", "counterparty")
    return [Linked(alerts[row[0]], [name for name, same in zip(names, row[1:], strict=True) if same]) for row in rows]
