"""Features of a whole stream in memory: what live scoring computes, for training and backtests."""

import numpy as np
from numpy.typing import NDArray

from argus_engine.aggregates import Stretches
from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from argus_engine.live import Ranges, advance, plan
from argus_engine.memory.labels import LabelEvents
from argus_engine.memory.marks import UNPLACED, Marks
from argus_engine.memory.stream import StreamMemory
from argus_engine.windows import EVER, NEVER


class Replay:
    """Takes a stream in processing order, batch by batch, and plays the ledger itself.

    The functions are those of live scoring, so their results are equal to the last bit. Batches of some ten
    thousand are fastest. All that was processed is kept, since a late event may reach back to it; of a stream
    that is roughly in order only the latest batches are looked at again.
    """

    def __init__(self, config: FeatureConfig) -> None:
        self._config = config
        self._states: dict[str, bytes] = {}
        self._links: set[tuple[str, str]] = set()
        self._devices: set[tuple[str, str]] = set()
        self._ledger = Ledger()
        self._memory = StreamMemory()
        self._calls = 0

    def advance(
        self, batch: Transactions, *, labels: LabelEvents | None = None, marks: Marks | None = None
    ) -> NDArray[np.float64]:
        """Features of the next transactions, float64 (n, F), NaN where not defined.

        ``labels``: what becomes known now, none of it told before, in the order of ``number``. Without ``marks`` the
        batch is one slice of the stream: each of its transactions knows, of what customers share, all that came in
        earlier calls and all ``labels`` up to this call, and nothing of its own slice.

        With ``marks`` each transaction knows what its watermark says, so that one call may hold many slices
        (:meth:`Marks.of_slices`) or batches of the ledger, which is faster than a call for each. Then ``labels`` must
        hold all with a number up to the last ``known_label`` that no earlier call had; those beyond it wait for their
        turn. Of one stream, all calls have ``marks`` or none.
        """
        wanted = plan(batch, self._states, self._config)
        history = self._ledger.fetch(wanted)
        moved = advance(batch, self._states, history, self._links, self._devices, self._config, wanted=wanted)
        self._states.update(moved.states)
        self._links.update(moved.links)
        self._devices.update(moved.devices)
        self._ledger.add(batch)
        self._calls += 1
        if marks is None:
            call, all_labels = np.full(len(batch), self._calls), np.full(len(batch), UNPLACED)
            marks = Marks(call, call - 1, all_labels)
        self._memory.read(batch, moved.features, labels, marks)
        return moved.features


class Ledger:
    """Processed transactions in chunks, each sorted by customer and time."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._chunks: list[tuple[NDArray[np.intp], NDArray[np.int64], Transactions]] = []
        self._last: list[int] = []  # per chunk its latest event time

    def add(self, batch: Transactions) -> None:
        owner = np.array([self._index.setdefault(name, len(self._index)) for name in batch.customer], np.intp)
        order = np.lexsort((batch.occurred_at, owner))
        self._chunks.append((owner[order], batch.occurred_at[order], batch.take(order.tolist())))
        self._last.append(int(batch.occurred_at.max(initial=NEVER)))

    @property
    def held(self) -> int:
        return sum(len(owners) for owners, _, _ in self._chunks)

    def forget(self, until: int) -> None:
        """Drop chunks that lie wholly up to ``until``."""
        kept = [place for place, last in enumerate(self._last) if last > until]
        self._chunks = [self._chunks[place] for place in kept]
        self._last = [self._last[place] for place in kept]

    def fetch(self, wanted: Ranges | Stretches) -> Transactions:
        # Of a customer without transactions there is nothing to find.
        owner = np.array([self._index.get(name, -1) for name in wanted.customer], np.intp)
        found: list[Transactions] = []
        first = int(wanted.after.min(initial=EVER))
        for last, (owners, at, chunk) in zip(self._last, self._chunks, strict=True):
            if last <= first:
                continue
            low = _bisect(owners, at, owner, wanted.after)
            high = _bisect(owners, at, owner, wanted.until)
            length = np.maximum(high - low, 0)
            if length.any():
                places = np.repeat(low - np.cumsum(length) + length, length) + np.arange(length.sum())
                found.append(chunk.take(places.tolist()))
        return _joined(found)


def _bisect(
    owners: NDArray[np.intp], at: NDArray[np.int64], owner: NDArray[np.intp], time: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Per (owner, time) the first place whose (owner, time) is greater."""
    low = np.searchsorted(owners, owner, "left")
    high = np.searchsorted(owners, owner, "right")
    while (open_ := low < high).any():
        middle = (low + high) // 2
        below = open_ & (at[np.minimum(middle, len(at) - 1)] <= time)
        low = np.where(below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    return low


def _joined(parts: list[Transactions]) -> Transactions:
    if not parts:
        return Transactions.from_rows([])
    return Transactions(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.occurred_at for part in parts]),
        [name for part in parts for name in part.customer],
        np.concatenate([part.amount for part in parts]),
        [name for part in parts for name in part.currency],
        [name for part in parts for name in part.type],
        [name for part in parts for name in part.counterparty],
        [name for part in parts for name in part.country],
        [name for part in parts for name in part.channel],
        [name for part in parts for name in part.device],
        np.concatenate([part.latitude for part in parts]),
        np.concatenate([part.longitude for part in parts]),
    )
