"""Finding transactions, and one customer's or one transaction's particulars.

Two searches have an index: by transaction id and by customer. The ledger pays for no more of them: every
further one would slow each insert for a question that is asked a few times a day. Other searches read the
ledger backwards from its end, or from the end of the time in which decisions were made, a fixed number of rows a page,
and say how far they came.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from argus_records.models import ApiClient, Decision, Label, Transaction
from argus_records.selectors.paging import Page, beyond, cursor_decode, cursor_encode, page_of, read_moment

# Rows of the ledger that one page of a search without an index reads at most.
SCAN_ROWS: Final = 500_000
# How many of a time's decisions are looked through before more: most pages are full by then.
_SOME: Final = (5_000, 50_000)

# The earliest batch within so many decisions of a time, counted from its end.
_DOWN_TO: Final = """
SELECT min(id) FROM (
    SELECT id, sum(size) OVER (ORDER BY id DESC) - size AS later FROM (
        SELECT id, size FROM decision_batch
        WHERE id <= %(top)s AND (%(since)s::timestamptz IS NULL OR decided_at >= %(since)s)
            AND (%(until)s::timestamptz IS NULL OR decided_at < %(until)s)
        ORDER BY id DESC LIMIT %(rows)s
    ) b
) b WHERE later < %(rows)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionFilter:
    """Which transactions to find; what is empty does not restrict. Ids match from their beginning.

    ``code``: named among the reasons of the decision. ``label``: the one in force.
    """

    transaction_id: str = ""
    customer_id: str = ""
    counterparty_id: str = ""
    currency: str = ""
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    occurred_from: datetime | None = None
    occurred_until: datetime | None = None
    verdict: str = ""
    code: str = ""
    label: str = ""
    decided_from: datetime | None = None
    decided_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found(Page[Transaction]):
    """A page of transactions. ``scanned_to`` is when the last row that was read had been received, None
    when all were."""

    scanned_to: datetime | None = None


def _filtered(filters: TransactionFilter) -> QuerySet[Transaction]:
    conditions: dict[str, Any] = {
        "customer_id": filters.customer_id,
        "counterparty_id": filters.counterparty_id,
        "currency": filters.currency,
        "amount__gte": filters.amount_min,
        "amount__lte": filters.amount_max,
        "occurred_at__gte": filters.occurred_from,
        "occurred_at__lt": filters.occurred_until,
        "decision__verdict": filters.verdict,
        "decision__reasons__contains": [{"code": filters.code}] if filters.code else None,
        "decision__batch__decided_at__gte": filters.decided_from,
        "decision__batch__decided_at__lt": filters.decided_until,
    }
    rows = Transaction.objects.select_related("client", "decision", "alert").defer(
        "metadata", "decision__features", "decision__reasons"
    )
    if filters.label:
        said = Label.objects.filter(transaction_id=OuterRef("pk")).order_by("-observed_at", "-id")
        rows = rows.alias(in_force=Subquery(said.values("label")[:1])).filter(
            # Few transactions have a label at all.
            id__in=Label.objects.filter(label=filters.label).values("transaction_id"),
            in_force=filters.label,
        )
    return rows.filter(**{name: value for name, value in conditions.items() if value not in (None, "")})


def transactions_search(*, filters: TransactionFilter, cursor: str = "", limit: int = 50) -> Found:
    """One page of the transactions that match, by the best way there is."""
    if filters.transaction_id:
        return _by_transaction_id(filters, cursor, limit)
    if filters.customer_id:
        return _by_customer(filters, cursor, limit)
    if filters.decided_from or filters.decided_until:
        return _by_decision(filters, cursor, limit)
    return _backwards(filters, cursor, limit)


def _by_transaction_id(filters: TransactionFilter, cursor: str, limit: int) -> Found:
    # Naming every client lets the unique index be used, which begins with the client.
    clients = list(ApiClient.objects.values_list("id", flat=True))
    rows = _filtered(filters).filter(client_id__in=clients, transaction_id__startswith=filters.transaction_id)
    after = cursor_decode(cursor, kinds=(int, str))
    if after:
        client_id, transaction_id = after
        rows = rows.filter(Q(client_id__gt=client_id) | Q(client_id=client_id, transaction_id__gt=transaction_id))
    found = list(rows.order_by("client_id", "transaction_id")[: limit + 1])
    page = page_of(found, limit=limit, key=lambda row: (row.client_id, row.transaction_id))
    return Found(page.rows, page.next)


def _by_customer(filters: TransactionFilter, cursor: str, limit: int) -> Found:
    rows = _filtered(filters)
    after = cursor_decode(cursor, kinds=(read_moment, int))
    if after:
        rows = rows.filter(beyond("occurred_at", *after))
    found = list(rows.order_by("-occurred_at", "-id")[: limit + 1])
    page = page_of(found, limit=limit, key=lambda row: (row.occurred_at, row.pk))
    return Found(page.rows, page.next)


def _by_decision(filters: TransactionFilter, cursor: str, limit: int) -> Found:
    after = cursor_decode(cursor, kinds=(int,))
    top = after[0] if after else (Decision.objects.aggregate(top=Max("id"))["top"] or 0) + 1
    bottom, found = 0, []
    for rows in (*_SOME, SCAN_ROWS):
        lowest = _down_to(filters, (top - 1) >> Decision.BATCH_BITS, rows)
        if lowest is None:
            return Found([], None)
        bottom = lowest
        within = _filtered(filters).filter(decision__id__lt=top, decision__id__gte=bottom << Decision.BATCH_BITS)
        found = list(within.order_by("-decision__id")[: limit + 1])
        if len(found) > limit:
            break
    page = page_of(found, limit=limit, key=lambda row: (row.decision.pk,))
    if page.next:
        return Found(page.rows, page.next)
    earlier = _down_to(filters, bottom - 1, 1)
    if earlier is None:
        return Found(page.rows, None)
    (received_at,) = Transaction.objects.filter(decision__batch=earlier).values_list("received_at").latest("id")
    return Found(page.rows, cursor_encode((earlier + 1) << Decision.BATCH_BITS), received_at)


def _down_to(filters: TransactionFilter, top: int, rows: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            _DOWN_TO, {"top": top, "rows": rows, "since": filters.decided_from, "until": filters.decided_until}
        )
        (batch,) = cursor.fetchone() or (None,)
    return batch


def _backwards(filters: TransactionFilter, cursor: str, limit: int) -> Found:
    after = cursor_decode(cursor, kinds=(int,))
    top = after[0] if after else (Transaction.objects.aggregate(top=Max("id"))["top"] or 0) + 1
    bottom = top - SCAN_ROWS
    rows = _filtered(filters).filter(id__lt=top, id__gte=bottom).order_by("-id")
    page = page_of(list(rows[: limit + 1]), limit=limit, key=lambda row: (row.pk,))
    if page.next:
        return Found(page.rows, page.next)
    earlier = Transaction.objects.filter(id__lt=bottom).order_by("-id").only("id", "received_at").first()
    if earlier is None:
        return Found(page.rows, None)
    return Found(page.rows, cursor_encode(earlier.pk + 1), earlier.received_at)


def transaction_get(*, ledger_id: int) -> Transaction:
    """One transaction with its decision and alert, if it has them. Raises Transaction.DoesNotExist."""
    return Transaction.objects.select_related("client", "alert", "decision__batch__feature_schema").get(pk=ledger_id)


def transaction_labels(*, ledger_id: int) -> list[Label]:
    """What became known of a transaction later, in the order it became known."""
    return list(Label.objects.filter(transaction_id=ledger_id).order_by("observed_at", "id"))


def customer_history(*, customer_id: str, around: datetime, limit: int = 500) -> list[dict[str, Any]]:
    """A customer's transactions around a time, oldest first: up to a fifth of ``limit`` after it.

    Each has id, occurred_at, amount, currency, type, country, counterparty_id, channel and verdict (None while it is
    pending).
    """
    rows = (
        Transaction.objects.filter(customer_id=customer_id)
        .annotate(verdict=F("decision__verdict"))
        .values("id", "occurred_at", "amount", "currency", "type", "country", "counterparty_id", "channel", "verdict")
    )
    after = list(rows.filter(occurred_at__gt=around).order_by("occurred_at", "id")[: limit // 5])
    before = list(rows.filter(occurred_at__lte=around).order_by("-occurred_at", "-id")[: limit - len(after)])
    return [dict(row) for row in [*reversed(before), *after]]


def customer_known(*, customer_id: str) -> bool:
    """Whether the ledger has a transaction of this customer."""
    return Transaction.objects.filter(customer_id=customer_id).exists()
