"""The transactions of a period with what was known of them when they were decided.

Stored feature values are used as they are: they are what the decision saw. Where the rules asked for rest on other
reporting amounts, or features were defined otherwise then, they are computed again from the ledger's beginning, by the
kernels of live scoring and with what was known then; both ways give the same numbers where both are possible.
"""

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as midnight
from typing import Any, Final

import numpy as np
from argus_engine.catalogue import NAMES
from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from argus_engine.ledger import columns, replayed
from argus_engine.rules.language.windows import Window
from argus_engine.window_replay import WindowReplay
from argus_records.selectors import ledger, period
from numpy.typing import NDArray

from argus_worker.backtests.lists import moment

Row = tuple[Any, ...]
Windows = dict[Window, NDArray[np.float64]]

# Rows that are read at once: some ten megabytes.
CHUNK: Final = 8192
# Of the past that windows reach back to, and of a ledger that is replayed, so many transactions are held: about 200 and
# 1,000 bytes each.
MOST_HELD: Final = 5_000_000
MOST_REPLAYED: Final = 2_000_000
_HEAD: Final = 20
_ARRAY: Final = np.dtype([("head", f"V{_HEAD}"), ("cells", [("length", ">i4"), ("value", ">f8")], len(NAMES))])


class BacktestError(Exception):
    """The period cannot be replayed as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some transactions of the period.

    ``rows``: as :func:`argus_records.selectors.period.decided_after` gives them. ``windows``: the values of the rules'
    own windows, (n,) each.
    """

    rows: list[Row]
    batch: Transactions
    features: NDArray[np.float64]
    windows: Windows


@dataclass
class Period:
    """Whole days of the transactions' own times, UTC, as decided up to one place in the feed."""

    first_day: date
    last_day: date
    position: int = field(default_factory=period.position_now)

    def __post_init__(self) -> None:
        self.begin = datetime.combine(self.first_day, midnight.min, UTC)
        self.end = datetime.combine(self.last_day + timedelta(days=1), midnight.min, UTC)
        self.parts = self._parts(self.begin)
        self.total = sum(part.count for part in self.parts)

    def kinds(self) -> set[tuple[int, str]]:
        """See :func:`argus_records.selectors.period.kinds`."""
        return period.kinds(first=self.parts[0].first, last=self.parts[-1].last) if self.parts else set()

    def stored(self, windows: Collection[Window]) -> Iterator[Chunk]:
        """The period with stored features. Only for decisions of this engine's feature schema."""
        longest = max((window.length for window in windows), default=0)
        first = self.begin - timedelta(microseconds=longest)
        parts = self._parts(first) if windows else self.parts
        if not parts:
            return
        past = _Past(windows, longest, self.parts)
        after, until, begin = parts[0].first - 1, parts[-1].last, _micros(self.begin)
        while rows := period.decided_after(
            after=after, until=until, first=first, begin=self.begin, end=self.end, position=self.position, limit=CHUNK
        ):
            after = rows[-1][12]
            batch = columns(rows)
            measured = past.advance(batch, batch.occurred_at >= begin, after)
            inside = [row for row in rows if row[1] >= begin]
            if inside:
                kept = batch if len(inside) == len(rows) else columns(inside)
                yield Chunk(inside, kept, _features(inside), measured)

    def replayed(self, config: FeatureConfig, windows: Collection[Window]) -> Iterator[Chunk | None]:
        """The period with features computed again from the ledger's beginning; None for what lies outside of it."""
        held = period.decisions_held()
        if held > MOST_REPLAYED:
            raise BacktestError(
                f"Its features would have to be computed again from the beginning of the ledger, which holds {held:,} "
                f"decisions; up to {MOST_REPLAYED:,} can be."
            )
        longest = max((window.length for window in windows), default=0)
        past = _Past(windows, longest, None)
        begin, end = _micros(self.begin), _micros(self.end)
        with closing(ledger.decided_transactions(chunk=CHUNK)) as chunks:
            for batch, features in replayed(chunks, config, ledger.labels_told):
                within = (batch.occurred_at >= begin) & (batch.occurred_at < end)
                measured = past.advance(batch, within, 0)
                places = np.flatnonzero(within).tolist()
                found = {
                    row[0]: row
                    for row in period.decided_on(ids=batch.ids[places].tolist(), begin=self.end, position=self.position)
                }
                # What was decided after the count of the period is not part of it.
                kept = [k for k, place in enumerate(places) if int(batch.ids[place]) in found]
                if not kept:
                    yield None
                    continue
                places = [places[k] for k in kept]
                ids = batch.ids[places].tolist()
                values = {window: column[kept] for window, column in measured.items()}
                yield Chunk([found[key] for key in ids], batch.take(places), features[places], values)

    def _parts(self, begin: datetime) -> list[period.Part]:
        return period.parts(begin=begin, end=self.end, position=self.position)


class _Past:
    """What windows reach back to, held no longer than it can be asked for."""

    def __init__(self, windows: Collection[Window], longest: int, parts: list[period.Part] | None) -> None:
        self._replay = WindowReplay(windows) if windows else None
        self._longest = longest
        # The earliest event time from each part of the period on, if known.
        self._numbers = np.array([part.number for part in parts or []], np.int64)
        earliest = np.array([part.earliest for part in parts or []], np.int64)
        self._from = np.minimum.accumulate(earliest[::-1])[::-1]

    def advance(self, batch: Transactions, wanted: NDArray[np.bool_], last: int) -> Windows:
        """The windows at those that are ``wanted``, (m,) each. ``last``: the id of the last decision of the batch."""
        if self._replay is None:
            return {}
        if not wanted.any():
            self._replay.pass_by(batch)
            values: Windows = {}
        else:
            values = {window: column[wanted] for window, column in self._replay.advance(batch).items()}
        place = int(np.searchsorted(self._numbers, last >> period.PART_BITS))
        if place < len(self._from):
            self._replay.forget(int(self._from[place]) - self._longest)
        if self._replay.held > MOST_HELD:
            raise BacktestError(
                f"Its longest window reaches back {timedelta(microseconds=self._longest).days or 1} days, over more "
                f"than {MOST_HELD:,} transactions; ask for a shorter one."
            )
        return values


def _features(rows: list[Row]) -> NDArray[np.float64]:
    found = np.frombuffer(b"".join([row[19] for row in rows]), _ARRAY)
    return found["cells"]["value"].astype(np.float64)


def _micros(at: datetime) -> int:
    return (at - moment(0)) // timedelta(microseconds=1)
