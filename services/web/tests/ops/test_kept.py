"""Values that are kept: made once for all who ask, and never waited for long."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from argus_web.ops import kept
from argus_web.ops.kept import Kept
from django.db import OperationalError


@pytest.fixture(autouse=True)
def _no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here asks a database, and the thread has none to give back."""

    class Nothing:
        def close(self) -> None:
            pass

    monkeypatch.setattr(kept, "connection", Nothing())


class Source:
    """Answers when it is let to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.error: Exception | None = None

    def __call__(self) -> int:
        self.asked += 1
        asked = self.asked
        self.may_answer.wait(30)
        if self.error is not None:
            raise self.error
        return asked


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    yield made
    made.may_answer.set()


def test_it_is_kept_until_it_is_old(source: Source) -> None:
    value = Kept(source, seconds=3600)
    assert [value.get() for _ in range(3)] == [1, 1, 1]
    value.forget()
    assert value.get() == 2


def test_one_is_made_for_all_who_ask_at_once(source: Source) -> None:
    source.may_answer.clear()
    value = Kept(source, seconds=3600)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(value.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    source.may_answer.set()
    for thread in threads:
        thread.join(30)
    assert answers == [1] * 8


def test_what_does_not_answer_is_not_waited_for(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PATIENCE_SECONDS", 0.05)
    source.may_answer.clear()
    value = Kept(source, seconds=3600)
    assert value.get() is None
    under_way = value.begin()
    assert value.get() is None
    assert source.asked == 1
    source.may_answer.set()
    assert under_way is not None
    assert under_way.wait(30)
    assert value.get() == 1


def test_a_failure_is_nothing_and_is_not_repeated_at_once(source: Source) -> None:
    value = Kept(source, seconds=3600)
    source.error = OperationalError("away")
    assert (value.get(), value.get(), source.asked) == (None, None, 1)
    source.error = None
    value.forget()
    assert value.get() == 2


def test_an_old_value_is_not_given_for_a_new_one(source: Source) -> None:
    value = Kept(source, seconds=3600)
    assert value.get() == 1
    value.forget()
    source.error = OSError("away")
    assert value.get() is None
