"""Prefer: wait. Decisions that come in time, too late, before anyone waits, and without the live channel."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import records_factories as make
from argus_records.models import Transaction
from argus_web.events import Events
from argus_web.ingest import single, waiting
from argus_web.ingest.waiting import Decided, preferred
from django.db import connection
from django.test import RequestFactory


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("wait=0.5", 0.5),
        ("wait=2", 2.0),
        ("WAIT = 1", 1.0),
        ('wait="3"', 3.0),
        ("respond-async, wait=1.25", 1.25),
        ("return=minimal; foo=bar, wait=1", 1.0),
        ("wait=100", 5.0),
        ("wait=0", 0.0),
        ("wait=-1", 0.0),
        ("wait=soon", 0.0),
        ("wait=", 0.0),
        ("wait", 0.0),
        ("await=3", 0.0),
        ("wait=1e3", 0.0),
        ("wait=nan", 0.0),
        ("wait=٣", 0.0),
        ("wait=" + "9" * 500, 0.0),
        ("", 0.0),
    ],
)
def test_what_can_be_read_is_honoured_and_the_rest_ignored(said: str, seconds: float) -> None:
    assert preferred(RequestFactory().post("/", headers={"prefer": said})) == seconds


def test_no_preference() -> None:
    assert preferred(RequestFactory().post("/")) == 0.0


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> Decided:
    """As in a process with the live channel up, told by the test what was decided."""
    made = Decided()
    monkeypatch.setattr(made, "listen", lambda: None)
    monkeypatch.setattr(waiting, "decided", made)
    # A channel of this test's own: the process's real one may be up or down.
    channel = Events("redis://127.0.0.1:1/0")
    channel.connected.set()
    monkeypatch.setattr(waiting, "events", channel)
    return made


def _decide_when_it_comes(tell: Callable[[dict[str, Any]], None] | None) -> threading.Thread:
    def work() -> None:
        try:
            while make.decide(verdict="block") is None:
                threading.Event().wait(0.01)
            if tell:
                tell({"ids": list(Transaction.objects.values_list("pk", flat=True))})
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_decision_in_time_is_the_answer(bank: Any, good: dict[str, Any], decided: Decided) -> None:
    make.schema()
    worker = _decide_when_it_comes(decided._heard)
    answer = bank.post(good, headers={"prefer": "wait=5"})
    worker.join()
    assert answer.status_code == 200
    assert answer["Preference-Applied"] == "wait=5"
    assert answer.json()["status"] == "decided"
    assert answer.json()["decision"]["verdict"] == "block"
    assert not decided._waiting


@pytest.mark.django_db(transaction=True)
def test_without_the_live_channel_the_database_is_asked(bank: Any, good: dict[str, Any], decided: Decided) -> None:
    make.schema()
    waiting.events.connected.clear()
    worker = _decide_when_it_comes(None)
    answer = bank.post(good, headers={"prefer": "wait=5"})
    worker.join()
    assert answer.status_code == 200
    assert answer.json()["decision"]["verdict"] == "block"


@pytest.mark.django_db
def test_a_decision_too_late_is_told_later(bank: Any, good: dict[str, Any], decided: Decided) -> None:
    answer = bank.post(good, headers={"prefer": "wait=0.05"})
    assert answer.status_code == 202
    assert answer["Preference-Applied"] == "wait=0.05"
    assert answer.json()["decision"] is None
    assert not decided._waiting


@pytest.mark.django_db
def test_no_preference_no_waiting(bank: Any, good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "decided", None)
    answer = bank.post(good)
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer


@pytest.mark.django_db
def test_when_too_many_wait_already_the_answer_comes_at_once(bank: Any, good: dict[str, Any], decided: Decided) -> None:
    while decided.reserve():
        pass
    answer = bank.post(good, headers={"prefer": "wait=5"})
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer
    decided.release()
    assert bank.post(good, headers={"prefer": "wait=0.01"})["Preference-Applied"] == "wait=0.01"


@pytest.mark.django_db
def test_a_conflict_does_not_wait(bank: Any, good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bank.post(good)
    monkeypatch.setattr(single, "_told", None)
    assert bank.post(good | {"amount": "1.00"}, headers={"prefer": "wait=5"}).status_code == 409


@pytest.mark.django_db
def test_decisions_faster_than_who_waits_are_remembered() -> None:
    decided = Decided()
    decided._heard({"ids": [1, 2, 3]})
    assert decided.wait(2, 0.0)
    assert not decided.wait(4, 0.0)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "REMEMBERED", 3)
    decided = Decided()
    for number in range(10):
        decided._heard({"ids": [number]})
    assert list(decided._lately) == [7, 8, 9]
