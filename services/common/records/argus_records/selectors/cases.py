"""Lists of cases, and one case with what an officer needs to judge it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from argus_records.models import Alert, AuditEvent, Case, CaseNotice, CaseState, CaseWatch
from argus_records.selectors.alerts import COUNT_CAP
from argus_records.selectors.paging import Page, beyond, cursor_decode, page_of, read_decimal, read_moment
from argus_records.services.cases.closing import UNDO
from argus_records.services.cases.priority import FROM, Level


class Pile(StrEnum):
    """Cases by what is to be done with them."""

    QUEUE = "queue"
    MINE = "mine"
    WATCHED = "watched"
    OPEN = "open"
    ESCALATED = "escalated"
    PENDING = "pending_approval"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; what is empty does not restrict. ``actor`` is whose pile "mine" and "watched" are."""

    pile: str = Pile.ALL
    actor: str = ""
    state: str = ""
    level: str = ""
    customer_id: str = ""
    assignee: str = ""
    disposition: str = ""
    currency: str = ""
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    closed_from: datetime | None = None
    closed_until: datetime | None = None
    overdue: bool = False
    text: str = ""
    # Whether what is escalated waits in the queue of who asks.
    escalated: bool = True


class CaseSort(StrEnum):
    """Orders of the list."""

    DUE = "due"
    PRIORITY = "priority"
    NEWEST = "newest"
    OLDEST = "oldest"
    AMOUNT = "amount"


# Per sort: the field before the id, whether it falls, and how its value in a cursor is read.
_SORTS: Final[dict[CaseSort, tuple[str, bool, Callable[[Any], Any]]]] = {
    CaseSort.DUE: ("due_at", False, read_moment),
    CaseSort.PRIORITY: ("priority", True, int),
    CaseSort.NEWEST: ("id", True, int),
    CaseSort.OLDEST: ("id", False, int),
    CaseSort.AMOUNT: ("amount", True, read_decimal),
}


def _pile(rows: QuerySet[Case], filters: CaseFilter) -> QuerySet[Case]:
    pile, actor = filters.pile, filters.actor
    if pile == Pile.QUEUE:
        states = [CaseState.NEW, CaseState.REOPENED, *([CaseState.ESCALATED] if filters.escalated else [])]
        return rows.filter(state__in=states, assignee=None)
    if pile == Pile.MINE:
        return rows.filter(assignee=actor).exclude(state=CaseState.CLOSED)
    if pile == Pile.WATCHED:
        return rows.filter(id__in=CaseWatch.objects.filter(actor=actor).values("case_id"))
    if pile == Pile.OPEN:
        return rows.exclude(state=CaseState.CLOSED)
    if pile in {Pile.ESCALATED, Pile.PENDING, Pile.CLOSED}:
        return rows.filter(state=pile)
    return rows


def _level(name: str) -> Q:
    """The range of points of a level."""
    if not name:
        return Q()
    least = FROM[Level(name)]
    above = [points for points in FROM.values() if points > least]
    return Q(priority__gte=least) & (Q(priority__lt=min(above)) if above else Q())


def late(now: datetime) -> Q:
    """Cases that are not decided and past their deadline."""
    return Q(due_at__lt=now) & ~Q(state=CaseState.CLOSED)


def cases_filtered(filters: CaseFilter) -> QuerySet[Case]:
    """The cases that match, in no order."""
    conditions: dict[str, Any] = {
        "state": filters.state,
        "customer_id": filters.customer_id,
        "assignee": filters.assignee,
        "disposition": filters.disposition,
        "currency": filters.currency,
        "amount__gte": filters.amount_min,
        "amount__lte": filters.amount_max,
        "opened_at__gte": filters.opened_from,
        "opened_at__lt": filters.opened_until,
        "closed_at__gte": filters.closed_from,
        "closed_at__lt": filters.closed_until,
        "headline__icontains": filters.text,
    }
    rows = _pile(Case.objects.all(), filters).filter(_level(filters.level))
    rows = rows.filter(**{name: value for name, value in conditions.items() if value not in (None, "")})
    if filters.overdue:
        rows = rows.filter(late(timezone.now()))
    return rows


def cases_page(*, filters: CaseFilter, sort: CaseSort = CaseSort.DUE, cursor: str = "", limit: int = 50) -> Page[Case]:
    """One page of cases. A cursor that was not made for this sort begins at the first page."""
    field, falls, kind = _SORTS[sort]
    rows = cases_filtered(filters)
    after = cursor_decode(cursor, kinds=(kind, int))
    if after:
        rows = rows.filter(beyond(field, *after, falls=falls))
    sign = "-" if falls else ""
    order = [f"{sign}{field}"] if field == "id" else [f"{sign}{field}", f"{sign}id"]
    found = list(rows.order_by(*order)[: limit + 1])
    return page_of(found, limit=limit, key=lambda case: (getattr(case, field), case.pk))


def cases_count(*, filters: CaseFilter, piles: list[Pile]) -> dict[str, int]:
    """How many cases match in each of ``piles``, whatever pile the filter names; each up to COUNT_CAP + 1."""
    return {pile: cases_filtered(replace(filters, pile=pile)).order_by()[: COUNT_CAP + 1].count() for pile in piles}


SOON: Final = timedelta(hours=4)


def deadlines() -> dict[str, int]:
    """Cases that are not decided: how many are ``late``, and how many due within SOON; each up to COUNT_CAP."""
    now = timezone.now()
    undecided = Case.objects.exclude(state=CaseState.CLOSED)
    piles = {
        "late": Case.objects.filter(late(now)),
        "soon": undecided.filter(due_at__gte=now, due_at__lt=now + SOON),
    }
    return {name: rows.order_by()[:COUNT_CAP].count() for name, rows in piles.items()}


def case_get(*, case_id: int) -> Case:
    """One case. Raises Case.DoesNotExist."""
    return Case.objects.get(pk=case_id)


def case_closed_last(*, actor: str) -> Case | None:
    """What this person closed last, if that can still be taken back."""
    recent = Case.objects.filter(
        state=CaseState.CLOSED, merged_into=None, labelled_at=None, closed_at__gt=timezone.now() - UNDO
    )
    return recent.filter(closed_by=actor).order_by("-closed_at").first()


def case_alerts(*, case_id: int, limit: int = 100) -> list[Alert]:
    """A case's alerts, newest first."""
    return list(Alert.objects.filter(case_id=case_id).select_related("transaction").order_by("-id")[:limit])


def case_timeline(*, case_id: int) -> list[AuditEvent]:
    """What happened to a case, oldest first."""
    return list(AuditEvent.objects.filter(object_type="case", object_id=str(case_id)).order_by("at", "id"))


def cases_of_customer(*, customer_id: str, but: int, limit: int = 10) -> list[Case]:
    """A customer's other cases, newest first."""
    return list(Case.objects.filter(customer_id=customer_id).exclude(pk=but).order_by("-id")[:limit])


def watches(*, case_id: int) -> list[str]:
    """Who watches a case."""
    return list(CaseWatch.objects.filter(case_id=case_id).order_by("actor").values_list("actor", flat=True))


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is told: a notice with the event that it speaks of."""

    notice: CaseNotice
    event: AuditEvent | None


def notices(*, actor: str, before: int | None = None, limit: int = 50) -> list[Notice]:
    """Somebody's notices, newest first."""
    rows = CaseNotice.objects.filter(actor=actor).select_related("case").order_by("-id")
    found = list((rows if before is None else rows.filter(id__lt=before))[:limit])
    events = AuditEvent.objects.in_bulk([notice.event for notice in found])
    return [Notice(notice, events.get(notice.event)) for notice in found]


def notices_unread(*, actor: str, at_most: int = 99) -> int:
    """How many notices somebody has not seen, up to ``at_most`` + 1."""
    return CaseNotice.objects.filter(actor=actor, read_at=None)[: at_most + 1].count()
