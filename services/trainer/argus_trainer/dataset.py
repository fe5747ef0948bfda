"""The data set: every decided transaction replayed through the engine's own features, the window kept."""

import hashlib
import threading
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import structlog
from argus_engine.catalogue import COMBINER_FEATURES, FOREST_PLACES, combiner_matrix
from argus_engine.evaluate import CompiledRuleSet
from argus_engine.evidence import evidence
from argus_engine.ledger import replayed
from argus_engine.rules.context import Context
from argus_engine.window_replay import WindowReplay
from argus_records.selectors import ledger
from numpy.typing import NDArray

from argus_trainer.config import MOST_TRANSACTIONS
from argus_trainer.known import FRAUD, GENUINE, UNKNOWN
from argus_trainer.outcomes import Stopped

log = structlog.get_logger(__name__)

_LOG_EVERY: Final = 200_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """Transactions of the window in the order of their time.

    ``seen``: features in the order of COMBINER_FEATURES, a row each, NaN where not defined; ``evidence``: that of the
    rules in force. ``label``: FRAUD, GENUINE or UNKNOWN as known when the data set was built. ``decided``: how many the
    whole ledger held.
    """

    ids: NDArray[np.int64]
    occurred_at: NDArray[np.int64]
    seen: NDArray[np.float32]
    evidence: NDArray[np.float64]
    label: NDArray[np.int8]
    decided: int

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def matrix(self) -> NDArray[np.float32]:
        """What the forest is about, a row each."""
        return self.seen[:, FOREST_PLACES]

    @property
    def digest(self) -> str:
        """SHA-256 over ids, values and labels: two trainings with the same one saw the same."""
        found = hashlib.sha256()
        for part in (self.ids, self.occurred_at, self.seen, self.evidence, self.label):
            found.update(np.ascontiguousarray(part).data)
        return found.hexdigest()


def build(rules: CompiledRuleSet, *, window_days: int, stop: threading.Event) -> Dataset:
    """Replay the ledger from its beginning and keep the last ``window_days`` up to the latest transaction.

    What lies before the window still shapes the features within it. Of a window with more than
    MOST_TRANSACTIONS the newest are kept. Raises :class:`Stopped` when ``stop`` is set.

    The managed lists are left out of the rules' evidence: who was put on a list because of a fraud would give away the
    fraud that came before.
    """
    window, windows = _Window(window_days), WindowReplay(rules.windows)
    known = ledger.labels_known(by=datetime.now(UTC))
    with closing(ledger.decided_transactions()) as chunks:
        for batch, features in replayed(chunks, rules.feature_config, ledger.labels_told):
            if stop.is_set():
                raise Stopped("stopped while reading the ledger")
            said = evidence(rules.rules, Context(batch, features, windows.advance(batch)))
            window.add(_Part(batch.ids, batch.occurred_at, combiner_matrix(features).astype(np.float32), said))
    ids, occurred_at, seen, said = window.parts()
    values = {"fraud": FRAUD, "genuine": GENUINE}
    label = np.fromiter((values.get(known.get(key, ""), UNKNOWN) for key in ids.tolist()), np.int8, len(ids))
    return Dataset(ids, occurred_at, seen, said, label, window.seen)


@dataclass(frozen=True, slots=True)
class _Part:
    """A chunk of the stream."""

    ids: NDArray[np.int64]
    occurred_at: NDArray[np.int64]
    seen: NDArray[np.float32]
    evidence: NDArray[np.float64]


class _Window:
    """The newest transactions of a stream that is only roughly in the order of time."""

    def __init__(self, days: int) -> None:
        self._microseconds = int(timedelta(days=days) / timedelta(microseconds=1))
        self._kept: deque[_Part] = deque()
        self._latest = 0
        self._rows = 0
        self.seen = 0

    def add(self, part: _Part) -> None:
        self._kept.append(part)
        self._latest = max(self._latest, int(part.occurred_at.max()))
        self._rows += len(part.ids)
        before, self.seen = self.seen, self.seen + len(part.ids)
        while self._rows - len(self._kept[0].ids) >= MOST_TRANSACTIONS or self._passed(self._kept[0].occurred_at):
            self._rows -= len(self._kept.popleft().ids)
        if before // _LOG_EVERY != self.seen // _LOG_EVERY:
            log.info("reading the ledger", transactions=self.seen)

    def _passed(self, occurred_at: NDArray[np.int64]) -> bool:
        return int(occurred_at.max()) <= self._latest - self._microseconds

    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float64]]:
        """Ids, times, features and evidence of the window, ordered by time and then by id."""
        seen = np.empty((self._rows, len(COMBINER_FEATURES)), np.float32)
        if not self._kept:
            return np.empty(0, np.int64), np.empty(0, np.int64), seen, np.empty(0)
        ids, occurred_at, said = (
            np.concatenate([getattr(part, name) for part in self._kept]) for name in ("ids", "occurred_at", "evidence")
        )
        row = 0
        while self._kept:  # chunk by chunk, so that the window is never held twice
            part = self._kept.popleft().seen
            seen[row : row + len(part)] = part
            row += len(part)
        within = np.flatnonzero(occurred_at > self._latest - self._microseconds)
        within = within[np.lexsort((ids[within], occurred_at[within]))][-MOST_TRANSACTIONS:]
        return ids[within], occurred_at[within], seen[within], said[within]
