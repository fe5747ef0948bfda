"""Several at once, each with a connection of its own: what becomes of each, in an order that is sure."""

import threading
from collections.abc import Callable
from typing import Any

from argus_records.services.approvals import ApprovalError
from argus_records.services.cases.moves import CaseError
from argus_records.services.rulesets import RuleSetMoveError
from django.db import connection, transaction

Call = Callable[[], Any]
# What people are told. Anything else that is raised, a deadlock too, fails the test.
TOLD = (CaseError, ApprovalError, RuleSetMoveError)


class Racer(threading.Thread):
    """One call in a thread; ``end()`` waits for it, and gives what it returned or was told."""

    def __init__(self, call: Call) -> None:
        super().__init__(daemon=True)
        self._call, self._came, self._failed = call, None, None
        self.start()

    def run(self) -> None:
        """The thread."""
        try:
            self._came = self._call()
        except TOLD as told:
            self._came = told
        except BaseException as failed:  # raised where the thread is waited for
            self._failed = failed
        finally:
            connection.close()

    def end(self) -> Any:
        """What came of it. Raises what is nothing to tell people."""
        self.join(60)
        assert not self.is_alive()
        if self._failed is not None:
            raise self._failed
        return self._came


def overtaken(first: Call, *others: Call) -> tuple[Any, ...]:
    """The others are called, one by one, when ``first`` has done its work and not committed.

    Each of them ends, or waits for that commit, before the next is called.
    """
    done, commit = threading.Event(), threading.Event()

    def holding() -> Any:
        with transaction.atomic():
            came = first()
            done.set()
            assert commit.wait(60)
            return came

    racers = [Racer(holding)]
    while not done.wait(0.01):
        assert racers[0].is_alive(), racers[0].end()
    for call in others:
        racers.append(Racer(call))
        while racers[-1].is_alive() and _waiting() < sum(racer.is_alive() for racer in racers[1:]):
            racers[-1].join(0.01)
    commit.set()
    return tuple(racer.end() for racer in racers)


def together(*calls: Call) -> list[Any]:
    """All of them from the same moment on."""
    start = threading.Barrier(len(calls))

    def begun(call: Call) -> Call:
        def run() -> Any:
            start.wait(60)
            return call()

        return run

    return [racer.end() for racer in [Racer(begun(call)) for call in calls]]


def _waiting() -> int:
    """How many wait for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return int((cursor.fetchone() or (0,))[0])
