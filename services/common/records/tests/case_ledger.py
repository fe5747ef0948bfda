"""What must hold of a ledger's cases at any moment, asked of its tables."""

from collections import Counter
from datetime import datetime

from argus_records.models import (
    Alert,
    AlertStatus,
    Approval,
    AuditEvent,
    Case,
    CaseNotice,
    CaseState,
    CaseWatch,
    Disposition,
    Label,
)
from argus_records.selectors import months
from argus_records.selectors.alert_trends import alert_moves
from argus_records.selectors.alerts import AlertFilter, alerts_count
from argus_records.selectors.cases import SOON, CaseFilter, Pile, cases_count, deadlines
from argus_records.selectors.overview import alerts_waiting
from argus_records.services.cases.closing import LABELS
from argus_records.services.cases.moves import MOVES
from argus_records.services.cases.priority import priority
from django.utils import timezone

MOVED = {action for moves in MOVES.values() for action in moves}
# Events of a case that are no change of it: whoever looks at it has missed nothing.
BESIDE = {"case.opened", "case.noted", "case.evidence_added"}
WAIT = (AlertStatus.OPEN, AlertStatus.ESCALATED)
# Who decided alerts one by one, before there were cases.
FORMER = "user:former"


class Ledger:
    """The tables as they are."""

    def __init__(self) -> None:
        self.cases = list(Case.objects.order_by("id"))
        self.alerts = list(Alert.objects.order_by("id"))
        self.approvals = list(Approval.objects.order_by("id"))
        self.events = list(AuditEvent.objects.filter(object_type="case").order_by("id"))
        self.labels = list(Label.objects.order_by("observed_at", "id"))
        self.in_force = {label.transaction_id: label.label for label in self.labels}
        self.within: dict[int, list[Alert]] = {case.pk: [] for case in self.cases}
        for alert in self.alerts:
            if alert.case_id is not None:
                self.within[alert.case_id].append(alert)
        self.timelines: dict[int, list[AuditEvent]] = {case.pk: [] for case in self.cases}
        for event in self.events:
            self.timelines[int(event.object_id)].append(event)
        self.undecided = [case for case in self.cases if case.state != "closed"]
        self.closed = [case for case in self.cases if case.state == "closed"]
        self.status = Counter(alert.status for alert in self.alerts)

    def check(self) -> None:
        """All of it that does not depend on who asks, and when."""
        for case in self.cases:
            self.alerts_of(case)
            self.timeline_of(case)
        self.proposals()
        self.teaching()
        actors = {event.pk: event.actor for event in self.events}
        assert all(actors[event] != actor for event, actor in CaseNotice.objects.values_list("event", "actor"))

    def alerts_of(self, case: Case) -> None:
        """A case is what its alerts come to, and they are what it is."""
        mine = self.within[case.pk]
        assert len(mine) == case.alerts_count
        assert (case.merged_into_id is None) == bool(mine)
        if mine:
            assert {alert.status for alert in mine} == {mirrored(case)}
            strongest = max(alert.score for alert in mine)
            assert case.score == strongest
            assert case.amount in {alert.amount for alert in mine if alert.score == strongest}
            assert case.blocked == any(alert.verdict == "block" for alert in mine)
            assert case.latest_at == max(alert.opened_at for alert in mine)
            assert case.priority >= priority(score=case.score, blocked=case.blocked, alerts=len(mine))

    def timeline_of(self, case: Case) -> None:
        """It tells each move once, all of them in the table, and as many changes as the version counts."""
        opening, *events = self.timelines[case.pk]
        assert opening.action == "case.opened"
        assert opening.after is not None
        assert 1 + sum(event.action not in BESIDE for event in events) == case.version
        state, missed = opening.after["state"], False
        for event in events:
            action, after = event.action.removeprefix("case."), event.after or {}
            assert action != "opened"
            if action in MOVED:
                assert (event.before or {})["state"] == state
                assert after["state"] == MOVES[CaseState(state)][action]
            elif after.get("state", state) != state:
                # A hit wakes what waits, or brings an alert that was escalated by itself.
                assert action == "hit"
                assert after["state"] in {MOVES[CaseState(state)].get(one) for one in ("wake", "escalate")}
            if action == "deadline_missed":
                assert not missed
                missed = True
            missed = missed and action != "reopen"
            state = after.get("state", state)
        assert state == case.state
        assert missed == (case.breached_at is not None)

    def proposals(self) -> None:
        """What waits fits the state of its case, once; nobody has decided on their own."""
        waiting = sorted((one.kind, int(one.subject)) for one in self.approvals if one.state == "waiting")
        closings = [subject for kind, subject in waiting if kind == "case_close"]
        reopenings = [subject for kind, subject in waiting if kind == "case_reopen"]
        assert closings == [case.pk for case in self.cases if case.state == "pending_approval"]
        assert len(set(reopenings)) == len(reopenings)
        assert set(reopenings) <= {case.pk for case in self.closed if case.merged_into_id is None}
        for one in self.approvals:
            assert (one.decided_by == one.proposed_by) == (one.state == "withdrawn")

    def teaching(self) -> None:
        """What is closed for good is learned from as what it was closed as; what is not yet, is not."""
        assert {label.source for label in self.labels} <= {"case"}
        observed = {(label.transaction_id, label.observed_at) for label in self.labels}
        for case in self.closed:
            # What was decided before there were cases teaches nothing, whatever it was.
            if case.merged_into_id is None and case.closed_by != FORMER:
                expected = LABELS.get(Disposition(case.disposition or ""))
                for alert in self.within[case.pk]:
                    said = (alert.transaction_id, case.closed_at) in observed
                    assert said == (case.labelled_at is not None and expected is not None)
                    if case.labelled_at is not None:
                        now = self.in_force.get(alert.transaction_id)
                        assert now == expected if expected else now != "fraud"

    def lists(self, who: str, *, supervises: bool) -> None:
        """The figures beside the lists are what these would list."""
        now = timezone.now()
        free = {"new", "reopened", *["escalated"] * supervises}
        watched = set(CaseWatch.objects.filter(actor=who).values_list("case_id", flat=True))
        piles = {
            Pile.QUEUE: [one for one in self.cases if one.state in free and one.assignee is None],
            Pile.MINE: [one for one in self.undecided if one.assignee == who],
            Pile.WATCHED: [one for one in self.cases if one.pk in watched],
            Pile.OPEN: self.undecided,
            Pile.ESCALATED: [one for one in self.cases if one.state == "escalated"],
            Pile.PENDING: [one for one in self.cases if one.state == "pending_approval"],
            Pile.CLOSED: self.closed,
            Pile.ALL: self.cases,
        }
        counted = cases_count(filters=CaseFilter(actor=who, escalated=supervises), piles=list(Pile))
        assert counted == {pile: len(found) for pile, found in piles.items()}
        late = [case for case in self.undecided if case.due_at < now]
        soon = [case for case in self.undecided if now <= case.due_at < now + SOON]
        assert deadlines() == {"late": len(late), "soon": len(soon)}
        assert alerts_count(filters=AlertFilter()) == {one: self.status[one] for one in AlertStatus.values}
        assert alerts_waiting() == {one: self.status[one] for one in WAIT}

    def trends(self, since: datetime, until: datetime) -> None:
        """So are the figures of a time within which everything happened."""
        moved = alert_moves(since=since, until=until, step=until - since, edges=[since])
        assert sum(moved.opened.values()) == len(self.alerts)
        came = {status: count for (_, status), count in moved.decided.items()}
        waits = {status: count for (status, _), count in moved.waits.items()}
        assert came | waits == self.status
        closed = months.cases(since=since, until=until)
        merged = sum(case.merged_into_id is not None for case in self.closed)
        assert (sum(closed.closed.values()), closed.merged) == (len(self.closed) - merged, merged)
        left = months.backlog(at=until)
        assert (left.alerts, left.cases) == (sum(self.status[one] for one in WAIT), len(self.undecided))


def mirrored(case: Case) -> str:
    """The status of its alerts."""
    if case.state == CaseState.ESCALATED:
        return AlertStatus.ESCALATED
    if case.state != CaseState.CLOSED:
        return AlertStatus.OPEN
    fraud = LABELS.get(Disposition(case.disposition or "")) == "fraud"
    return AlertStatus.BLOCKED if fraud else AlertStatus.APPROVED
