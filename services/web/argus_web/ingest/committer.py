"""Submissions that arrive together share one statement and one commit."""

import threading
from collections import deque
from typing import Final

from argus_records.services.ingest import Accepted, NewTransaction, transactions_accept

from argus_web.ingest import hints
from argus_web.ops import metrics

MOST_TOGETHER: Final = 500


class _Waiting:
    __slots__ = ("called", "client_id", "error", "item", "outcome")

    def __init__(self, client_id: int, item: NewTransaction) -> None:
        self.client_id, self.item = client_id, item
        self.called = threading.Event()
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
                hints.send()
            else:
                # Woken with an outcome, or to lead. The leader calls the next one after it has let go of the
                # lock, and this item was queued before it was tried, so the call cannot be missed.
                mine.called.wait()
                mine.called.clear()
        if mine.error is not None:
            raise mine.error
        assert mine.outcome is not None
        return mine.outcome

    def _call_next(self) -> None:
        try:
            self._queue[0].called.set()
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
            self._commit(batch)
        except Exception:
            for waiting in batch:
                try:
                    self._commit([waiting])
                except Exception as error:
                    waiting.error = error
        except BaseException as error:
            # Ends the leader's thread; its company must not wait for ever.
            for waiting in batch:
                waiting.error = waiting.error or RuntimeError(f"the commit was interrupted: {error!r}")
            raise
        finally:
            for waiting in batch:
                waiting.called.set()

    @staticmethod
    def _commit(batch: list[_Waiting]) -> None:
        outcomes = transactions_accept(items=[(waiting.client_id, waiting.item) for waiting in batch])
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.outcome = outcome


committer = Committer()
