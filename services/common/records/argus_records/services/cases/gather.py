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
from argus_records.models import Alert, AlertStatus, AuditEvent, Case, CaseNotice, CaseState, CaseWatch
from argus_records.services.cases.former import FORMER
from argus_records.services.cases.moves import MOVES, target_of
from argus_records.services.cases.priority import due, priority

AT_ONCE: Final = 1_000
# Any fixed number: the key of the advisory lock of who gathers.
_LOCK: Final = 0x43415345
_SYSTEM: Final = "system"
_JOINED: Final = (
    "state", "assignee", "wait_until", "version", "priority", "latest_at", "due_at", "alerts_count", "score", "blocked",
    "amount", "currency", "headline",
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
    # Locked before the alerts are joined to them: what is closed meanwhile is not found, and a new case is opened.
    found = (
        Case.objects.select_for_update()
        .filter(customer_id__in={alert.customer_id for alert in alerts})
        .exclude(state=CaseState.CLOSED)
        .order_by("id")
    )
    # Of several that are open, the one that was hit last: a merge can make that an older one.
    opened = {case.customer_id: case for case in sorted(found, key=lambda case: (case.latest_at, case.pk))}
    window = timedelta(days=settings.CASE_WINDOW_DAYS)
    new: list[Case] = []
    held: dict[int, Case] = {}
    places: list[tuple[Alert, Case]] = []
    events: list[tuple[AuditEvent, Case]] = []
    told: dict[int, set[str]] = defaultdict(set)
    for alert in alerts:
        decided = alert.status in FORMER
        case = None if decided else opened.get(alert.customer_id)
        if case is None or alert.opened_at - case.latest_at > window:
            case = _decided(alert) if decided else _case(alert)
            new.append(case)
            events.append((_opening(case), case))
            if not decided:
                opened[alert.customer_id] = case
        else:
            if case.pk is not None:
                held[case.pk] = case
                told[case.pk].add(case.assignee or "")
            events.append((_join(case, alert), case))
        places.append((alert, case))
    Case.objects.bulk_create(new)
    with db.cursor() as cursor:
        cursor.executemany(_KEEP, [[*(getattr(case, name) for name in _JOINED), case.pk] for case in held.values()])
        cursor.execute(
            "UPDATE alert a SET case_id = p.case_id FROM unnest(%s::bigint[], %s::bigint[]) AS p(alert_id, case_id) "
            "WHERE a.id = p.alert_id",
            [[alert.pk for alert, _ in places], [case.pk for _, case in places]],
        )
    _mirror(places)
    _record(events, told)
    return len(places)


def _mirror(places: Sequence[tuple[Alert, Case]]) -> None:
    """Escalated or not, alerts are what their case is."""
    up = {case.pk for _, case in places if case.state == CaseState.ESCALATED}
    if up:
        escalated = {"status": AlertStatus.ESCALATED, "decided_at": timezone.now(), "decided_by": _SYSTEM}
        Alert.objects.filter(case_id__in=up, status=AlertStatus.OPEN).update(**escalated)
    down = [alert.pk for alert, case in places if alert.status == AlertStatus.ESCALATED and case.pk not in up]
    if down:
        Alert.objects.filter(pk__in=down).update(status=AlertStatus.OPEN, decided_at=None, decided_by=None)


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
    case.state, case.disposition = CaseState.CLOSED, FORMER[AlertStatus(alert.status)]
    case.closed_at, case.closed_by, case.labelled_at = alert.decided_at, alert.decided_by, alert.decided_at
    return case


def _join(case: Case, alert: Alert) -> AuditEvent:
    """A further hit: more urgent or as urgent as before, never less. Returns the event that says so."""
    before = case.state
    case.alerts_count += 1
    case.blocked = case.blocked or alert.verdict == "block"
    case.latest_at = max(case.latest_at, alert.opened_at)
    if alert.score > case.score:
        case.score, case.amount, case.currency = alert.score, alert.amount, alert.currency
        case.headline = alert.headline
    points = priority(score=case.score, blocked=case.blocked, alerts=case.alerts_count)
    case.priority = max(case.priority, points)
    case.due_at = min(case.due_at, due(alert.opened_at, case.priority))
    if alert.status == AlertStatus.ESCALATED and "escalate" in MOVES[CaseState(case.state)]:
        # By a version that knew no cases: what somebody has handed to the supervisors stays theirs.
        case.state, case.assignee, case.wait_until = target_of(case, "escalate"), None, None
    elif case.state == CaseState.WAITING:
        # Whoever waits for an answer must not miss that more has happened.
        case.state, case.wait_until = target_of(case, "wake"), None
    case.version += 1
    moved = case.state != before
    return AuditEvent(
        actor=_SYSTEM,
        action="case.hit",
        object_type="case",
        before={"state": before} if moved else None,
        after={"alert": alert.pk, "priority": case.priority, "headline": alert.headline}
        | ({"state": case.state} if moved else {}),
    )


def _opening(case: Case) -> AuditEvent:
    after = {"state": case.state, "priority": case.priority, "due_at": case.due_at.isoformat()}
    if case.disposition:
        after["disposition"] = case.disposition
    return AuditEvent(actor=_SYSTEM, action="case.opened", object_type="case", after=after)


def _record(events: list[tuple[AuditEvent, Case]], told: dict[int, set[str]]) -> None:
    for event, case in events:
        event.object_id = str(case.pk)
    AuditEvent.objects.bulk_create(event for event, _ in events)
    for case_id, actor in CaseWatch.objects.filter(case_id__in=list(told)).values_list("case_id", "actor"):
        told[case_id].add(actor)
    CaseNotice.objects.bulk_create(
        CaseNotice(case_id=case.pk, event=event.pk, actor=actor)
        for event, case in events
        for actor in sorted(told.get(case.pk, set()) - {""})
    )
