"""Lists of alerts, and one alert with all that an officer needs to judge it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from argus_records.models import Alert, AlertStatus, AuditEvent
from argus_records.selectors.paging import Page, beyond, cursor_decode, page_of, read_decimal

# Counting stops here: an officer needs to know "many", not how many exactly.
COUNT_CAP: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts to list; what is empty does not restrict."""

    status: str = ""
    verdict: str = ""
    code: str = ""
    customer_id: str = ""
    currency: str = ""
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    decided_from: datetime | None = None
    decided_until: datetime | None = None
    text: str = ""


class AlertSort(StrEnum):
    """Orders of the list."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SCORE = "score"
    AMOUNT = "amount"


def _float(value: object) -> float:
    number = float(str(value))
    if number != number:
        raise ValueError("not a number")
    return number


# Per sort beside the id: the field, and how its value in a cursor is read.
_SORT_FIELD: Final[dict[AlertSort, tuple[str, Callable[[Any], Any]]]] = {
    AlertSort.SCORE: ("score", _float),
    AlertSort.AMOUNT: ("amount", read_decimal),
}


def _filtered(filters: AlertFilter) -> QuerySet[Alert]:
    conditions: dict[str, Any] = {
        "status": filters.status,
        "verdict": filters.verdict,
        "customer_id": filters.customer_id,
        "currency": filters.currency,
        "amount__gte": filters.amount_min,
        "amount__lte": filters.amount_max,
        "opened_at__gte": filters.opened_from,
        "opened_at__lt": filters.opened_until,
        "decided_at__gte": filters.decided_from,
        "decided_at__lt": filters.decided_until,
        "codes__contains": [filters.code] if filters.code else None,
        "headline__icontains": filters.text,
    }
    given = {name: value for name, value in conditions.items() if value not in (None, "")}
    return Alert.objects.filter(**given)


def alerts_page(
    *, filters: AlertFilter, sort: AlertSort = AlertSort.NEWEST, cursor: str = "", limit: int = 50
) -> Page[Alert]:
    """One page of alerts. A cursor that was not made for this sort begins at the first page."""
    rows = _filtered(filters)
    if sort in _SORT_FIELD:
        field, kind = _SORT_FIELD[sort]
        after = cursor_decode(cursor, kinds=(kind, int))
        if after:
            rows = rows.filter(beyond(field, *after))
        rows = rows.order_by(f"-{field}", "-id")
        return page_of(list(rows[: limit + 1]), limit=limit, key=lambda alert: (getattr(alert, field), alert.pk))
    last = cursor_decode(cursor, kinds=(int,))
    oldest_first = sort is AlertSort.OLDEST
    if last:
        rows = rows.filter(id__gt=last[0]) if oldest_first else rows.filter(id__lt=last[0])
    rows = rows.order_by("id" if oldest_first else "-id")
    return page_of(list(rows[: limit + 1]), limit=limit, key=lambda alert: (alert.pk,))


def alerts_count(*, filters: AlertFilter) -> dict[str, int]:
    """How many alerts match, by status whatever status the filter names; each up to COUNT_CAP + 1."""
    rows = _filtered(replace(filters, status=""))
    return {status: rows.filter(status=status)[: COUNT_CAP + 1].count() for status in AlertStatus.values}


def alert_codes(*, among: int = 1000) -> list[str]:
    """Codes of reasons that occur among the newest alerts, in alphabetical order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT unnest(codes) AS code FROM "
            "(SELECT codes FROM alert ORDER BY id DESC LIMIT %s) newest ORDER BY code",
            [among],
        )
        return [row[0] for row in cursor.fetchall()]


def alert_get(*, alert_id: int) -> Alert:
    """One alert with its transaction, decision and batch. Raises Alert.DoesNotExist."""
    return Alert.objects.select_related("transaction__client", "transaction__decision__batch__feature_schema").get(
        pk=alert_id
    )


def audit_trail(*, object_type: str, object_id: object) -> list[AuditEvent]:
    """What happened to one object, in order."""
    return list(AuditEvent.objects.filter(object_type=object_type, object_id=str(object_id)).order_by("at", "id"))


def alert_newest_id() -> int:
    """The id of the newest alert, 0 before the first: what comes later is new to whoever sees this."""
    return Alert.objects.order_by("-id").values_list("id", flat=True).first() or 0
