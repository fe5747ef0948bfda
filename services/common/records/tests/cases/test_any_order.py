"""Whatever is done to cases, by whoever and in whatever order: what must hold of them holds after each step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import records_factories as make
from argus_records.models import Alert, Approval, AuditEvent, Case, CaseNotice, CaseState, Disposition, Label
from argus_records.services.approvals import (
    ApprovalError,
    approval_grant,
    approval_refuse,
    approval_withdraw,
    case_close_propose,
    case_reopen_propose,
)
from argus_records.services.cases import desk
from argus_records.services.cases.closing import LABELS, UNDO, case_close, case_undo, cases_label, four_eyes_why
from argus_records.services.cases.gather import cases_gather
from argus_records.services.cases.merging import case_merge
from argus_records.services.cases.moves import MOVES, CaseError, CaseMovedError
from case_ledger import FORMER, Ledger
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

OFFICERS, SUPERVISORS = ("user:amara", "user:ben"), ("user:carla", "user:dora")
PEOPLE = OFFICERS + SUPERVISORS
# From within the window of an undo to beyond that in which hits join a case.
PASSING = [timedelta(seconds=10), UNDO, UNDO, timedelta(hours=5), timedelta(days=4), timedelta(days=31)]

people, some = st.sampled_from(PEOPLE), st.integers(0, 59)
dispositions = st.sampled_from(Disposition.values)
stale = st.sampled_from([False] * 7 + [True])


class Clock:
    """The time that services ask for: it passes only as rules let it."""

    def __init__(self) -> None:
        self.start = self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now


clock = Clock()


class Desk(RuleBasedStateMachine):
    """One ledger, four people, two sweeps and time."""

    def __init__(self) -> None:
        super().__init__()
        clock.now = clock.start
        self.everything = transaction.atomic()
        self.everything.__enter__()
        # Label in force by transaction, as the closings that could not be undone any more have said.
        self.taught: dict[int, str] = {}
        self.said = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.everything.__exit__(None, None, None)

    # What happens.

    @initialize()
    def some_cases(self) -> None:
        for customer in "ab":
            self.alert(customer, "review", 0.5, "25.00", None, True)

    @rule(
        customer=st.sampled_from("abc"),
        verdict=st.sampled_from(["review", "block"]),
        score=st.sampled_from([0.2, 0.5, 0.9]),
        amount=st.sampled_from(["25.00", "25.00", "20000.00"]),
        status=st.sampled_from([None, None, None, None, None, "escalated", "approved", "blocked"]),
        gathered=st.booleans(),
    )
    def alert(self, customer: str, verdict: str, score: float, amount: str, status: str | None, gathered: bool) -> None:
        """``status``: what a version that knew no cases has made of it before it is gathered."""
        make.accept(make.new_transaction(customer_id=customer, amount=amount))
        stored = make.decide(verdict=verdict, score=score, place=False)
        assert stored is not None
        new = Alert.objects.filter(pk=stored.alerts[0][0])
        new.update(opened_at=clock.now)
        if status:
            new.update(status=status, decided_at=clock.now, decided_by=FORMER)
        if gathered:
            self.gather()

    @rule()
    def gather(self) -> None:
        waiting = Alert.objects.filter(case=None).count()
        assert cases_gather() == waiting
        assert not Alert.objects.filter(case=None).exists()

    @rule(passed=st.sampled_from(PASSING), who=people)
    def time_passes(self, passed: timedelta, who: str) -> None:
        """Sweeps run, and somebody looks at the lists."""
        clock.now += passed
        self.sweep()
        ledger = Ledger()
        ledger.lists(who, supervises=who in SUPERVISORS)
        ledger.trends(clock.start, clock.now + timedelta(days=1))

    @rule(
        action=st.sampled_from(["begin", "assign", "release", "wait", "escalate"]),
        n=some, who=people, to=people, stale=stale,
    )  # fmt: skip
    def act(self, action: str, n: int, who: str, to: str, stale: bool) -> None:
        case = self.one(n, action)
        self.attempt(case, action, who=who, to=to, seen=case.version - stale, moved=stale)

    @rule(n=some, who=people, stale=stale, what=dispositions)
    def finish(self, n: int, who: str, stale: bool, what: str) -> None:
        case = self.one(n, "close")
        action = "propose" if n % 4 == 3 or (n % 4 and four_eyes_why(case, what)) else "close"
        self.attempt(case, action, who=who, seen=case.version - stale, moved=stale, what=what)

    @precondition(lambda self: Case.objects.filter(state="closed", labelled_at=None).exists())
    @rule(n=some, who=people, stale=stale)
    def undo(self, n: int, who: str, stale: bool) -> None:
        case = self.one(n, "undo")
        if n % 4 != 3:
            who = case.closed_by or who
        self.attempt(case, "undo", who=who, seen=case.version - stale, moved=stale)

    @rule(
        action=st.sampled_from(["assign", "release", "wait", "escalate", "close"]),
        numbers=st.lists(some, min_size=1, max_size=4), who=people, to=people, what=dispositions,
    )  # fmt: skip
    def many_at_once(self, action: str, numbers: list[int], who: str, to: str, what: str) -> None:
        """Each of those chosen as the list showed it: one that has moved meanwhile is left as it is."""
        listed = list(Case.objects.order_by("id"))
        chosen = {listed[n % len(listed)].pk: listed[n % len(listed)] for n in numbers}
        for number, case in enumerate(chosen.values()):
            first = number == 0 and "begin" in MOVES[CaseState(case.state)]
            if first:
                desk.case_begin(case_id=case.pk, seen=case.version, actor=to)
            self.attempt(case, action, who=who, to=to, seen=case.version, moved=first, what=what)

    def attempt(
        self, case: Case, action: str, *, who: str, seen: int, moved: bool, to: str = "", what: str = ""
    ) -> None:
        """Do one action. ``case``: as it was looked at; ``moved``: whether that is an older version by now."""
        on: dict[str, Any] = {"case_id": case.pk, "seen": seen, "actor": who}
        calls: dict[str, Callable[[], Any]] = {
            "begin": lambda: desk.case_begin(**on),
            "assign": lambda: desk.case_assign(**on, to=to),
            "release": lambda: desk.case_release(**on),
            "wait": lambda: desk.case_wait(**on, until=clock.now + timedelta(days=1), note="n"),
            "escalate": lambda: desk.case_escalate(**on, note="n", to=to if to in SUPERVISORS else None),
            "close": lambda: case_close(**on, disposition=what, note="n"),
            "propose": lambda: case_close_propose(**on, disposition=what, note="n"),
            "undo": lambda: case_undo(**on),
        }
        possible = action in MOVES[CaseState(case.state)]
        if moved:
            with refused(CaseMovedError):
                calls[action]()
            return
        if action == "assign":
            possible &= not (case.assignee == to and case.state == CaseState.ASSIGNED)
        elif action in {"close", "propose"}:
            possible &= not self.unsaid(case, what)
            if action == "close":
                possible &= not four_eyes_why(case, what)
        elif action == "undo":
            possible &= case.closed_by == who and not case.merged_into_id and case.labelled_at is None
            possible &= case.closed_at is not None and clock.now - case.closed_at < UNDO
            possible &= not self.waiting("case_reopen", case)
        self.do(calls[action], possible)

    @rule(who=people, but=some)
    def next_case(self, who: str, but: int) -> None:
        supervises = who in SUPERVISORS
        mine = Case.objects.filter(state="assigned", assignee=who)
        free = Case.objects.filter(state__in=["new", "reopened", *["escalated"] * supervises], assignee=None)
        order = ("due_at", "-priority", "id")
        but_id = self.one(but, "begin").pk if but % 4 == 3 else None
        expected = [*mine.exclude(pk=but_id).order_by(*order), *free.exclude(pk=but_id).order_by(*order)][:1]
        got = desk.case_next(actor=who, escalated=supervises, but=but_id)
        assert [got] == (expected or [None])
        if got is not None:
            assert (got.state, got.assignee) == ("in_review", who)

    @precondition(lambda self: Case.objects.exclude(state="closed").count() > 2)
    @rule(n=some, m=some, who=people)
    def merge(self, n: int, m: int, who: str) -> None:
        source, target = self.one(n, "merge"), self.one(m, "merge")
        possible = source != target and "merge" in MOVES[CaseState(source.state)]
        possible &= target.state not in {"closed", "pending_approval"}
        on: dict[str, Any] = {"case_id": source.pk, "seen": source.version, "note": "n", "actor": who}
        self.do(lambda: case_merge(**on, into=target.pk), possible)

    @precondition(lambda self: Case.objects.filter(state="closed", merged_into=None).exists())
    @rule(n=some, who=people)
    def propose_reopening(self, n: int, who: str) -> None:
        case = self.one(n, "reopen")
        possible = case.state == "closed" and not case.merged_into_id and not self.waiting("case_reopen", case)
        on: dict[str, Any] = {"case_id": case.pk, "seen": case.version, "note": "n", "actor": who}
        self.do(lambda: case_reopen_propose(**on), possible)

    @precondition(lambda self: Approval.objects.filter(state="waiting").exists())
    @rule(how=st.sampled_from(["grant", "grant", "grant", "refuse", "withdraw"]), n=some, who=people)
    def decide(self, how: str, n: int, who: str) -> None:
        waiting = list(Approval.objects.filter(state="waiting").order_by("id"))
        found = waiting[n % len(waiting)]
        if n % 6 != 5:
            others = [one for one in SUPERVISORS if one != found.proposed_by]
            who = found.proposed_by if how == "withdraw" else others[n % len(others)]
        on: dict[str, Any] = {"approval_id": found.pk, "actor": who}
        case = Case.objects.get(pk=found.subject)
        calls: dict[str, Callable[[], Any]] = {
            "grant": lambda: approval_grant(**on),
            "refuse": lambda: approval_refuse(**on, answer="no"),
            "withdraw": lambda: approval_withdraw(**on),
        }
        possible = (who == found.proposed_by) == (how == "withdraw")
        if how == "grant" and found.kind == "case_close":
            possible &= found.proposal["alerts"] == case.alerts_count
        self.do(calls[how], possible)

    @rule(n=some, who=people, to=people, watched=st.booleans())
    def listen(self, n: int, who: str, to: str, watched: bool) -> None:
        case = self.one(n, "begin")
        desk.case_watch(case_id=case.pk, actor=who, on=watched)
        desk.case_note(case_id=case.pk, note="n", actor=who, mentioned=[to])

    def sweep(self) -> None:
        over = Case.objects.filter(state="waiting", wait_until__lte=clock.now).count()
        assert (desk.cases_wake(), desk.cases_wake()) == (over, 0)
        late = Case.objects.exclude(state="closed").filter(breached_at=None, due_at__lt=clock.now).count()
        assert (desk.cases_breach(), desk.cases_breach()) == (late, 0)
        final = Case.objects.filter(state="closed", merged_into=None, labelled_at=None, closed_at__lte=clock.now - UNDO)
        said = [(case.pk, LABELS.get(Disposition(case.disposition or ""))) for case in final]
        assert (cases_label(), cases_label()) == (len(said), 0)
        for case_id, label in said:
            for ledger_id in Alert.objects.filter(case=case_id).values_list("transaction_id", flat=True):
                if label is not None:
                    self.taught[ledger_id] = label
                    self.said += 1

    # What of it is possible.

    def one(self, n: int, action: str) -> Case:
        """A case: mostly one for which the table has such a move."""
        found = list(Case.objects.order_by("-id"))
        able = [case for case in found if action in MOVES[CaseState(case.state)]]
        among = found if n % 9 == 8 or not able else able
        return among[n % len(among)]

    def unsaid(self, case: Case, disposition: str) -> bool:
        """Whether closing it so would leave what it has taught in force, and say another thing."""
        mine = Alert.objects.filter(case=case).values_list("transaction_id", flat=True)
        return disposition == "no_action" and any(self.taught.get(ledger_id) == "fraud" for ledger_id in mine)

    def waiting(self, kind: str, case: Case) -> bool:
        return Approval.objects.filter(kind=kind, subject=str(case.pk), state="waiting").exists()

    def do(self, call: Callable[[], Any], possible: bool) -> None:
        if possible:
            call()
        else:
            with refused(CaseError, ApprovalError):
                call()

    # What holds after each step.

    @invariant()
    def what_must_hold(self) -> None:
        ledger = Ledger()
        ledger.check()
        assert (ledger.in_force, len(ledger.labels)) == (self.taught, self.said)


def everything() -> list[Any]:
    """All that an action could change."""
    tables = (Case, Alert, Approval, Label, CaseNotice)
    return [*(list(table.objects.order_by("pk").values()) for table in tables), AuditEvent.objects.count()]


@contextmanager
def refused(*errors: type[Exception]) -> Iterator[None]:
    """What is refused says so, and has changed nothing."""
    before = everything()
    with pytest.raises(errors):
        yield
    assert everything() == before


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", clock)
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=8,
            stateful_step_count=50,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
