"""Alerts become cases.

It is a step of its own after the commit of the decisions, by whoever gets to it first: a worker after its batch, else
the sweep. So no officer who holds a case ever holds up the decision on a transaction, and an alert that no worker
gathered (it died, or is of a version that knows no cases) is found all the same.
"""

import math
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from argus_records import db
from argus_records.models import Alert, AlertStatus, AuditEvent, Case, CaseNotice, CaseState, CaseWatch, Disposition
from argus_records.services.cases.moves import target_of
from argus_records.services.cases.priority import due, priority

AT_ONCE: Final = 1_000
# Any fixed number: the key of the advisory lock of who gathers.
_LOCK: Final = 0x43415345
_SYSTEM: Final = "system"
_DECIDED: Final = {
    AlertStatus.APPROVED: Disposition.NO_ACTION,
    AlertStatus.BLOCKED: Disposition.CONFIRMED_FRAUD,
}
_JOINED: Final = (
    "state", "wait_until", "version", "priority", "latest_at", "due_at", "alerts_count", "score", "blocked", "amount",
    "currency", "headline",
)  # fmt: skip
_KEEP: Final = f"UPDATE alert_case SET {', '.join(f'{name} = %s' for name in _JOINED)} WHERE id = %s"  # noqa: S608 - constants only


def cases_gather(*, seconds: float = math.inf) -> int:
    """Give every alert without a case to the open case of its customer, or to a new one. Returns how many.

    Nobody waits: while another gathers, this does nothing. It ends after about ``seconds``, be there more or not: a
    ledger from before there were cases has many alerts to gather, and whoever does it has other work.
    """
    done, until = 0, time.monotonic() + seconds
    while (done == 0 or time.monotonic() < until) and Alert.objects.filter(case=None).exists():
        with transaction.atomic():
            if not _mine():
                return done
            done += _gather(list(Alert.objects.filter(case=None).order_by("id")[:AT_ONCE]))
    return done


def _mine() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool((cursor.fetchone() or (False,))[0])


def _gather(alerts: Sequence[Alert]) -> int:
    opened: dict[str, Case] = {}
    customers = {alert.customer_id for alert in alerts}
    # Locked before the alerts are joined to them: what is closed meanwhile is not found, and a new case is opened.
    for case in (
        Case.objects.select_for_update()
        .filter(customer_id__in=customers)
        .exclude(state=CaseState.CLOSED)
        .order_by("id")
    ):
        opened[case.customer_id] = case
    window = timedelta(days=settings.CASE_WINDOW_DAYS)
    new: list[Case] = []
    held: dict[int, Case] = {}
    places: list[tuple[Alert, Case]] = []
    for alert in alerts:
        if alert.status in _DECIDED:
            new.append(_decided(alert))
            places.append((alert, new[-1]))
            continue
        found = opened.get(alert.customer_id)
        if found is None or alert.opened_at - found.latest_at > window:
            found = opened[alert.customer_id] = _case(alert)
            new.append(found)
        else:
            _join(found, alert)
            if found.pk is not None:
                held[found.pk] = found
        places.append((alert, found))
    Case.objects.bulk_create(new)
    with db.cursor() as cursor:
        cursor.executemany(_KEEP, [[*(getattr(case, name) for name in _JOINED), case.pk] for case in held.values()])
        cursor.execute(
            "UPDATE alert a SET case_id = p.case_id FROM unnest(%s::bigint[], %s::bigint[]) AS p(alert_id, case_id) "
            "WHERE a.id = p.alert_id",
            [[alert.pk for alert, _ in places], [case.pk for _, case in places]],
        )
    up = [alert.pk for alert, case in places if case.state == CaseState.ESCALATED and alert.status == AlertStatus.OPEN]
    if up:
        escalated = {"status": AlertStatus.ESCALATED, "decided_at": timezone.now(), "decided_by": _SYSTEM}
        Alert.objects.filter(pk__in=up).update(**escalated)
    _record(new, places, held)
    return len(places)


def _case(alert: Alert) -> Case:
    blocked = alert.verdict == "block"
    points = priority(score=alert.score, blocked=blocked, alerts=1)
    escalated = alert.status == AlertStatus.ESCALATED
    return Case(
        customer_id=alert.customer_id,
        state=CaseState.ESCALATED if escalated else CaseState.NEW,
        version=1,
        priority=points,
        opened_at=alert.opened_at,
        latest_at=alert.opened_at,
        due_at=due(alert.opened_at, points),
        alerts_count=1,
        score=alert.score,
        blocked=blocked,
        amount=alert.amount,
        currency=alert.currency,
        headline=alert.headline,
    )


def _decided(alert: Alert) -> Case:
    """A closed case for an alert that was decided by a version that knew no cases; it teaches nothing."""
    case = _case(alert)
    case.state, case.disposition = CaseState.CLOSED, _DECIDED[AlertStatus(alert.status)]
    case.closed_at, case.closed_by, case.labelled_at = alert.decided_at, alert.decided_by, alert.decided_at
    return case


def _join(case: Case, alert: Alert) -> None:
    """A further hit: more urgent or as urgent as before, never less."""
    case.alerts_count += 1
    case.blocked = case.blocked or alert.verdict == "block"
    case.latest_at = max(case.latest_at, alert.opened_at)
    if alert.score > case.score:
        case.score, case.amount, case.currency = alert.score, alert.amount, alert.currency
        case.headline = alert.headline
    points = priority(score=case.score, blocked=case.blocked, alerts=case.alerts_count)
    case.priority = max(case.priority, points)
    case.due_at = min(case.due_at, due(alert.opened_at, case.priority))
    if case.state == CaseState.WAITING:
        # Whoever waits for an answer must not miss that more has happened.
        case.state, case.wait_until = target_of(case, "wake"), None
    case.version += 1


def _record(new: list[Case], places: list[tuple[Alert, Case]], held: dict[int, Case]) -> None:
    events = [
        AuditEvent(
            actor=_SYSTEM,
            action="case.opened",
            object_type="case",
            object_id=str(case.pk),
            after={"priority": case.priority, "due_at": case.due_at.isoformat()},
        )
        for case in new
    ]
    hits: list[tuple[AuditEvent, int]] = []
    first = {case.pk for case in new}
    for alert, case in places:
        if case.pk in first:
            # The alert that opened it needs no event of its own.
            first.discard(case.pk)
            continue
        event = AuditEvent(
            actor=_SYSTEM,
            action="case.hit",
            object_type="case",
            object_id=str(case.pk),
            after={"alert": alert.pk, "priority": case.priority, "headline": alert.headline},
        )
        hits.append((event, case.pk))
    AuditEvent.objects.bulk_create([*events, *(event for event, _ in hits)])
    told: dict[int, set[str]] = defaultdict(set)
    for case in held.values():
        if case.assignee:
            told[case.pk].add(case.assignee)
    for case_id, actor in CaseWatch.objects.filter(case_id__in=list(held)).values_list("case_id", "actor"):
        told[case_id].add(actor)
    CaseNotice.objects.bulk_create(
        CaseNotice(case_id=case_id, event=event.pk, actor=actor)
        for event, case_id in hits
        for actor in sorted(told.get(case_id, ()))
    )
