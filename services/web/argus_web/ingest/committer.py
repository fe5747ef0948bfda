"""Submissions that arrive together share one statement and one commit."""

import threading
from collections import deque
from queue import SimpleQueue
from typing import Final

import psycopg
from argus_records.services.ingest import Accepted, NewTransaction, transactions_accept
from django import db

from argus_web.ingest.hints import hints
from argus_web.ops import metrics

MOST_TOGETHER: Final = 500
# The connection or the server, not what was sent: trying the items one by one would fail as often, and slowly.
UNREACHABLE: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    db.OperationalError,
    db.InterfaceError,
)


class _Waiting:
    __slots__ = ("calls", "client_id", "error", "item", "outcome")

    def __init__(self, client_id: int, item: NewTransaction) -> None:
        self.client_id, self.item = client_id, item
        # Cheaper than an Event, and there is one per request.
        self.calls: SimpleQueue[None] = SimpleQueue()
        self.outcome: Accepted | None = None
        self.error: BaseException | None = None


class Committer:
    """Whoever finds nobody committing commits for all that have queued up; the others wait for their outcome.

    Nobody waits for company: a quiet system commits one by one. While a commit is on its way to the disk, the next
    submissions gather, and the next leader takes them all.
    """

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._leading = threading.Lock()

    def submit(self, client_id: int, item: NewTransaction) -> Accepted:
        """Commit one transaction, alone or in company. Raises what the database raised for this item."""
        mine = _Waiting(client_id, item)
        self._queue.append(mine)
        while mine.outcome is None and mine.error is None:
            if self._leading.acquire(blocking=False):
                try:
                    self._flush()
                finally:
                    self._leading.release()
                    self._call_next()
            else:
                # Called with an outcome, or to lead. The leader calls the next one after it has let go of the
                # lock, and this item was queued before the lock was tried, so the call cannot be missed.
                mine.calls.get()
        if mine.error is not None:
            raise mine.error
        assert mine.outcome is not None
        return mine.outcome

    def _call_next(self) -> None:
        try:
            self._queue[0].calls.put(None)
        except IndexError:
            return

    def _flush(self) -> None:
        batch: list[_Waiting] = []
        while self._queue and len(batch) < MOST_TOGETHER:
            batch.append(self._queue.popleft())
        if not batch:
            return
        metrics.committed_together(len(batch))
        try:
            _commit_or_explain(batch)
        except BaseException as error:
            # Ends the leader's thread; its company must not wait for ever.
            for waiting in batch:
                if waiting.outcome is None and waiting.error is None:
                    waiting.error = RuntimeError(f"the commit was interrupted: {error!r}")
            raise
        finally:
            hints.send()
            for waiting in batch:
                waiting.calls.put(None)


def _commit_or_explain(batch: list[_Waiting]) -> None:
    """Give each item its outcome or its error. One that the database refuses does not sink the others."""
    try:
        _commit(batch)
        return
    except UNREACHABLE as error:
        failure: BaseException | None = error
        if _dropped():
            # The server was restarted, or closed an idle connection. A fresh one may work; what the first attempt
            # did commit is found again as a duplicate.
            try:
                _commit(batch)
                return
            except UNREACHABLE as error_again:
                failure = error_again
    except Exception:
        failure = None
    for waiting in batch:
        if failure is not None:
            waiting.error = failure
            continue
        try:
            _commit([waiting])
        except UNREACHABLE as error:
            waiting.error = failure = error
        except Exception as error:
            waiting.error = error


def _dropped() -> bool:
    """Whether there was a connection to lose; lets go of it."""
    connection = db.connection
    if connection.connection is None or connection.in_atomic_block:
        return False
    connection.close()
    return True


def _commit(batch: list[_Waiting]) -> None:
    outcomes = transactions_accept(items=[(waiting.client_id, waiting.item) for waiting in batch])
    for waiting, outcome in zip(batch, outcomes, strict=True):
        waiting.outcome = outcome


committer = Committer()
