"""Two at once on the same case: one of them is first, the other is told or finds what the first has made of it."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import records_factories as make
from argus_records.models import Alert, Approval, Case, CaseEvidence, Label
from argus_records.services.approvals import (
    ApprovalError,
    approval_grant,
    approval_refuse,
    approval_withdraw,
    case_close_propose,
    case_reopen_propose,
)
from argus_records.services.cases import desk
from argus_records.services.cases.closing import UNDO, case_close, case_undo, cases_label
from argus_records.services.cases.evidence import evidence_add
from argus_records.services.cases.gather import cases_gather
from argus_records.services.cases.merging import case_merge
from argus_records.services.cases.moves import CaseError, CaseMovedError
from case_ledger import Ledger
from django.utils import timezone
from races import Call, overtaken, together

pytestmark = pytest.mark.django_db(transaction=True)
AMARA, BEN = "user:amara", "user:ben"


def on(case: Case, actor: str = AMARA, **said: Any) -> dict[str, Any]:
    """What a service is told by somebody who looks at the case now."""
    return {"case_id": case.pk, "seen": Case.objects.get(pk=case.pk).version, "actor": actor} | said


def close(case: Case, actor: str = AMARA) -> Call:
    said = on(case, actor, disposition="confirmed_fraud", note="n")
    return lambda: case_close(**said)


def proposed(case: Case) -> Approval:
    return case_close_propose(**on(case, disposition="suspicious_reported", note="n"))


def closed_for_good(case: Case) -> None:
    close(case)()
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now() - UNDO)


def states() -> list[str]:
    """Of all cases, the oldest first; and what must hold of them."""
    Ledger().check()
    return list(Case.objects.order_by("id").values_list("state", flat=True))


def test_closing_against_a_hit() -> None:
    case = make.case()
    make.alert()
    closed, hits = overtaken(close(case), cases_gather)
    assert (closed.state, hits, states()) == ("closed", 1, ["closed", "new"])


def test_a_hit_against_closing() -> None:
    case = make.case()
    make.alert()
    hits, told = overtaken(cases_gather, close(case))
    assert (hits, type(told), states()) == (1, CaseMovedError, ["new"])


@pytest.mark.parametrize("hit", ["a", "b"])
def test_merging_against_a_hit(hit: str) -> None:
    one, two = make.case(customer_id="a"), make.case(customer_id="b")
    make.alert(customer_id=hit)
    said = on(one, into=two.pk, note="n")
    merged, hits = overtaken(lambda: case_merge(**said), cases_gather)
    assert (merged, hits) == (two, 1)
    # On the customer whose case is no more, another is opened; on the other it is a hit.
    assert states() == (["closed", "new", "new"] if hit == "a" else ["closed", "new"])


@pytest.mark.parametrize("hit", ["a", "b"])
def test_a_hit_against_merging(hit: str) -> None:
    one, two = make.case(customer_id="a"), make.case(customer_id="b")
    make.alert(customer_id=hit)
    said = on(one, into=two.pk, note="n")
    hits, merged = overtaken(cases_gather, lambda: case_merge(**said))
    assert hits == 1
    # The target's version is not what the officer has looked at.
    assert (type(merged) is CaseMovedError) == (hit == "a")
    assert states() == (["new", "new"] if hit == "a" else ["closed", "new"])


@pytest.mark.parametrize("held", [0, 1])
@pytest.mark.parametrize("back_first", [True, False])
def test_merging_into_each_other(held: int, back_first: bool) -> None:
    """Both wait for a third who holds one of the two cases: whichever is served first, the other is told."""
    pair = [make.case(customer_id="a"), make.case(customer_id="b")]
    there, back = on(pair[0], into=pair[1].pk, note="n"), on(pair[1], BEN, into=pair[0].pk, note="n")
    calls: list[Call] = [lambda: case_merge(**there), lambda: case_merge(**back)]
    _, *came = overtaken(
        lambda: desk.case_note(case_id=pair[held].pk, note="n", actor=AMARA), *(calls[::-1] if back_first else calls)
    )
    assert sorted(type(one).__name__ for one in came) == ["Case", "CaseMovedError"]
    assert sorted(states()) == ["closed", "new"]


def test_merging_in_a_ring() -> None:
    for turn in range(5):
        ring = [make.case(customer_id=f"{name}{turn}") for name in "abc"]
        said = [on(case, into=ring[(place + 1) % 3].pk, note="n") for place, case in enumerate(ring)]
        came = together(*[lambda each=each: case_merge(**each) for each in said])  # type: ignore[misc]
        assert sum(isinstance(one, Case) for one in came) in {1, 2}
        assert "new" in states()[-3:]


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Callable[[Call], Call]:
    """Makes a call whose clock is slow: it can still undo what others hold to be final."""
    real, mine = timezone.now, threading.local()
    monkeypatch.setattr(timezone, "now", lambda: real() - getattr(mine, "behind", timedelta(0)))

    def slow(call: Call) -> Call:
        def run() -> Any:
            mine.behind = UNDO
            return call()

        return run

    return slow


def test_labels_against_an_undo(behind: Callable[[Call], Call]) -> None:
    case = make.case()
    closed_for_good(case)
    said = on(case)
    labelled, told = overtaken(cases_label, behind(lambda: case_undo(**said)))
    assert (labelled, type(told), states(), Label.objects.count()) == (1, CaseError, ["closed"], 1)


def test_an_undo_against_labels(behind: Callable[[Call], Call]) -> None:
    case = make.case()
    closed_for_good(case)
    said = on(case)
    undone, labelled = overtaken(behind(lambda: case_undo(**said)), cases_label)
    assert (undone.state, labelled, states(), Label.objects.count()) == ("in_review", 0, ["in_review"], 0)


def test_an_undo_against_asking_to_reopen() -> None:
    for undo_first in (True, False):
        case = make.case(customer_id=str(undo_first))
        close(case)()
        said = on(case)
        calls: list[Call] = [
            lambda said=said: case_undo(**said),
            lambda said=said: case_reopen_propose(**said, note="n"),
        ]  # type: ignore[misc]
        first, told = overtaken(*(calls if undo_first else reversed(calls)))
        assert not isinstance(first, Exception)
        assert isinstance(told, CaseError)
    assert states() == ["in_review", "closed"]
    # Who has not seen that it was asked cannot undo either.
    case = Case.objects.get(state="closed")
    with pytest.raises(CaseError, match="cannot be undone"):
        case_undo(**on(case))
    approval_refuse(approval_id=Approval.objects.get().pk, actor=BEN, answer="no")
    assert case_undo(**on(case)).state == "in_review"


def test_granting_against_a_hit() -> None:
    made = proposed(make.case())
    make.alert()
    granted, hits = overtaken(lambda: approval_grant(approval_id=made.pk, actor=BEN), cases_gather)
    assert (granted.state, hits, states()) == ("granted", 1, ["closed", "new"])


def test_a_hit_against_granting() -> None:
    made = proposed(make.case())
    make.alert()
    hits, told = overtaken(cases_gather, lambda: approval_grant(approval_id=made.pk, actor=BEN))
    assert (hits, type(told), states()) == (1, ApprovalError, ["pending_approval"])


@pytest.mark.parametrize("granted_first", [True, False])
def test_granting_against_withdrawing(granted_first: bool) -> None:
    made = proposed(make.case())
    grant: Call = lambda: approval_grant(approval_id=made.pk, actor=BEN)  # noqa: E731
    withdraw: Call = lambda: approval_withdraw(approval_id=made.pk, actor=AMARA)  # noqa: E731
    first, told = overtaken(grant, withdraw) if granted_first else overtaken(withdraw, grant)
    assert first.state == ("granted" if granted_first else "withdrawn")
    assert isinstance(told, ApprovalError)
    assert "was first" in str(told)
    assert states() == ["closed" if granted_first else "in_review"]


def test_two_who_propose() -> None:
    case = make.case()
    one, two = on(case, disposition="no_action", note="n"), on(case, BEN, disposition="false_positive", note="n")
    made, told = overtaken(lambda: case_close_propose(**one), lambda: case_close_propose(**two))
    assert (made.state, type(told), states()) == ("waiting", CaseMovedError, ["pending_approval"])


@pytest.mark.parametrize("granted_first", [True, False])
def test_reopening_against_a_hit(granted_first: bool) -> None:
    case = make.case()
    closed_for_good(case)
    cases_label()
    made = case_reopen_propose(**on(case, note="n"))
    make.alert()
    grant: Call = lambda: approval_grant(approval_id=made.pk, actor=BEN)  # noqa: E731
    overtaken(*((grant, cases_gather) if granted_first else (cases_gather, grant)))
    # Who gathers does not wait for it: what was closed as it looked takes no hit.
    assert states() == ["reopened", "new"]


def test_ending_a_wait_against_waiting_longer() -> None:
    case = make.case()
    desk.case_wait(**on(case, until=timezone.now() + timedelta(days=1), note="n"))
    Case.objects.update(wait_until=timezone.now())
    longer = on(case, until=timezone.now() + timedelta(days=2), note="n")
    woken, told = overtaken(desk.cases_wake, lambda: desk.case_wait(**longer))
    assert (woken, type(told), states()) == (1, CaseMovedError, ["assigned"])


def test_waiting_longer_against_the_end_of_a_wait() -> None:
    case = make.case()
    desk.case_wait(**on(case, until=timezone.now() + timedelta(days=1), note="n"))
    Case.objects.update(wait_until=timezone.now())
    longer = on(case, until=timezone.now() + timedelta(days=2), note="n")
    waits, woken = overtaken(lambda: desk.case_wait(**longer), desk.cases_wake)
    assert (waits.state, woken, states()) == ("waiting", 0, ["waiting"])
    assert desk.cases_wake() == 0


def test_two_sweeps() -> None:
    """Whatever one of them is at, the other leaves."""
    closed, waiting, late = (make.case(customer_id=name) for name in ("closed", "waiting", "late"))
    make.alert(customer_id="new")
    closed_for_good(closed)
    desk.case_wait(**on(waiting, until=timezone.now() + timedelta(days=1), note="n"))
    Case.objects.filter(pk=waiting.pk).update(wait_until=timezone.now())
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    for step in (cases_gather, desk.cases_wake, desk.cases_breach, cases_label):
        assert overtaken(step, step) == (1, 0)
        assert step() == 0
    assert states() == ["closed", "assigned", "new", "new"]


def test_the_next_case_against_a_hit_on_it() -> None:
    make.case()
    make.alert()
    hits, nothing = overtaken(cases_gather, lambda: desk.case_next(actor=AMARA))
    assert (hits, nothing, states()) == (1, None, ["new"])


def test_the_next_case_by_eight() -> None:
    wanted = [make.case(customer_id=str(number)).pk for number in range(8)]
    came = together(*[lambda who=who: desk.case_next(actor=f"user:{who}") for who in range(8)])  # type: ignore[misc]
    got = sorted(case.pk for case in came if case is not None)
    while case := desk.case_next(actor=AMARA):
        got.append(case.pk)
    assert sorted(got) == wanted
    assert set(states()) == {"in_review"}


def test_the_same_file_twice() -> None:
    case = make.case()
    add: Call = lambda: evidence_add(case_id=case.pk, name="a.txt", content=b"a", actor=AMARA)  # noqa: E731
    added, told = overtaken(add, add)
    assert isinstance(added, CaseEvidence)
    assert isinstance(told, CaseError)
    assert states() == ["new"]


def test_whatever_eight_do_at_once() -> None:
    """Officers, supervisors and sweeps at random on the same few cases: all are done or told, and nothing is torn."""
    for name in "abcd":
        make.case(customer_id=name)
    for number in range(24):
        make.alert(customer_id="abcd"[number % 4], amount="20000.00" if number % 5 == 0 else "25.00")

    def work(number: int) -> Call:
        def run() -> int:
            pick, done = random.Random(number), 0
            for _ in range(40):
                try:
                    _move(pick, f"user:{number}")
                    done += 1
                except (CaseError, ApprovalError):
                    continue
            return done

        return run

    done = together(*[work(number) for number in range(8)])
    assert all(done)
    cases_gather()
    ledger = Ledger()
    ledger.check()
    assert len(ledger.alerts) == 28
    assert not Alert.objects.filter(case=None).exists()


def _move(pick: random.Random, who: str) -> None:
    cases = list(Case.objects.order_by("-id")[:6])
    case, other = pick.choice(cases), pick.choice(cases)
    said: dict[str, Any] = {"case_id": case.pk, "seen": case.version, "actor": who}
    waiting = list(Approval.objects.filter(state="waiting").values_list("pk", flat=True))
    disposition = pick.choice(["confirmed_fraud", "false_positive", "suspicious_reported"])
    until = timezone.now() + timedelta(days=1)
    moves: list[Call] = [
        cases_gather,
        desk.cases_wake,
        desk.cases_breach,
        cases_label,
        lambda: desk.case_next(actor=who, escalated=True),
        lambda: desk.case_assign(**said, to=f"user:{pick.randrange(8)}"),
        lambda: desk.case_wait(**said, until=until, note="n"),
        lambda: desk.case_escalate(**said, note="n"),
        lambda: case_merge(**said, into=other.pk, note="n"),
        lambda: case_close(**said, disposition=disposition, note="n"),
        lambda: case_close_propose(**said, disposition=disposition, note="n"),
        lambda: case_undo(**said),
        lambda: case_reopen_propose(**said, note="n"),
        lambda: desk.case_note(case_id=case.pk, note="n", actor=who, mentioned=["user:0"]),
        lambda: desk.case_watch(case_id=case.pk, actor=who, on=pick.random() < 0.5),
    ]
    if waiting:
        on_it: dict[str, Any] = {"approval_id": pick.choice(waiting), "actor": who}
        moves += [
            lambda: approval_grant(**on_it),
            lambda: approval_grant(**on_it),
            lambda: approval_refuse(**on_it, answer="n"),
            lambda: approval_withdraw(**on_it),
        ]
    pick.choice(moves)()
