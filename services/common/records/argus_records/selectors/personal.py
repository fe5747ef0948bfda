"""Whom sentences may name: reasons and headlines hold ids of their transaction, and of no other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from argus_records.models import Alert


@dataclass(frozen=True, slots=True)
class Parties:
    """The ids of one transaction by which somebody could be known."""

    customer_id: str
    counterparty_id: str | None
    device_id: str | None
    ip_address: str | None


# Who holds the alerts of a case by now: the case itself, or the one that it was merged into, however often.
_HELD: Final = """
WITH RECURSIVE held AS (
    SELECT id AS case_id, id AS holder FROM alert_case WHERE id = ANY(%s)
    UNION ALL
    SELECT h.case_id, c.merged_into_id FROM held h JOIN alert_case c ON c.id = h.holder
    WHERE c.merged_into_id IS NOT NULL
)
"""
_IDS: Final = "t.customer_id, t.counterparty_id, t.device_id, host(t.ip_address)"
# Alerts of the same words name the same ids: any one of them will do.
_HEADLINES: Final = f"""{_HELD}
SELECT h.case_id, {_IDS} FROM held h JOIN alert_case c ON c.id = h.case_id
CROSS JOIN LATERAL (
    SELECT transaction_id FROM alert WHERE case_id = h.holder AND headline = c.headline LIMIT 1
) a
JOIN transaction t ON t.id = a.transaction_id
"""  # noqa: S608 - constants only
_CASE: Final = f"""{_HELD}
SELECT DISTINCT {_IDS} FROM held h JOIN alert a ON a.case_id = h.holder JOIN transaction t ON t.id = a.transaction_id
"""  # noqa: S608 - constants only


def alerts_name(*, alerts: Iterable[int]) -> dict[int, Parties]:
    """Whom the headline of each alert may name."""
    fields = ("customer_id", "counterparty_id", "device_id", "ip_address")
    rows = Alert.objects.filter(pk__in=list(alerts)).values_list("pk", *(f"transaction__{field}" for field in fields))
    return {row[0]: Parties(*row[1:]) for row in rows}


def headlines_name(*, cases: Iterable[int]) -> dict[int, Parties]:
    """Whom the headline of each case may name."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADLINES, [list(cases)])
        return {row[0]: Parties(*row[1:]) for row in cursor.fetchall()}


def case_names(*, case_id: int) -> list[Parties]:
    """Whom anything that was said of a case may name."""
    with connection.cursor() as cursor:
        cursor.execute(_CASE, [[case_id]])
        return [Parties(*row) for row in cursor.fetchall()]
