"""The last hour's tallies, kept up to date by reading only what is new."""

import threading
from datetime import UTC, datetime
from typing import Any, Final

from argus_records.latency import percentile
from argus_records.selectors.overview import SLOT_SECONDS, Tally, feed_head, tallies

MINUTES: Final = 60
# Percentiles "now" speak of this many seconds.
RECENT_SECONDS: Final = 300


class Rolling:
    """Tallies of the last hour in steps of SLOT_SECONDS. :meth:`update` reads; the rest only adds up."""

    def __init__(self) -> None:
        self._slots: dict[int, Tally] = {}
        self._position = 0
        self._lock = threading.Lock()

    def update(self, *, now: float) -> None:
        """Take in the batches that were committed since the last call."""
        since = (int(now) // 60 - MINUTES + 1) * 60
        with self._lock:
            if feed_head() < self._position:
                # The database was restored to an earlier state: what was added up is not true any more.
                self._slots, self._position = {}, 0
            new = tallies(after=self._position, since=datetime.fromtimestamp(since, UTC))
            self._position = new.position
            for start, tally in new.slots.items():
                self._slots.setdefault(start, Tally.empty()).add(tally)
            self._slots = {start: tally for start, tally in self._slots.items() if start >= since}

    def _sum(self, since: float) -> Tally:
        total = Tally.empty()
        for start, tally in self._slots.items():
            if start >= since:
                total.add(tally)
        return total

    def slots(self) -> dict[int, Tally]:
        """The tallies by the start of their slot."""
        return dict(self._slots)

    def minutes(self, *, now: float) -> tuple[int, list[Tally]]:
        """When the first minute begins, and one tally per minute, the running minute's last."""
        first = (int(now) // 60 - MINUTES + 1) * 60
        minutes = [Tally.empty() for _ in range(MINUTES)]
        for start, tally in self._slots.items():
            # A database clock a little ahead of this process's must not lose its tallies.
            index = min((start - first) // 60, MINUTES - 1)
            if index >= 0:
                minutes[index].add(tally)
        return first, minutes

    def per_minute(self, *, now: float) -> dict[str, Any]:
        """One list per figure, a value per minute, the running minute last; latencies in milliseconds."""
        first, minutes = self.minutes(now=now)
        return {
            "start": first,
            "total": [minute.size for minute in minutes],
            "review": [minute.reviewed for minute in minutes],
            "block": [minute.blocked for minute in minutes],
            "p50": [milliseconds(minute, 0.5) for minute in minutes],
            "p99": [milliseconds(minute, 0.99) for minute in minutes],
        }

    def per_minute_now(self, *, now: float) -> int:
        """Decisions per minute at present: of the last five full slots and the running one."""
        current = int(now) // SLOT_SECONDS * SLOT_SECONDS
        span = 5 * SLOT_SECONDS + (now - current)
        return round(self._sum(current - 5 * SLOT_SECONDS).size * 60 / span)

    def hour(self) -> dict[str, int]:
        """Totals of the hour."""
        total = self._sum(0)
        return {"total": total.size, "review": total.reviewed, "block": total.blocked}

    def latency(self, *, now: float) -> dict[str, float | None]:
        """Percentiles of the time from received to decided in the last minutes, in milliseconds."""
        recent = self._sum(now - RECENT_SECONDS)
        return {"p50": milliseconds(recent, 0.5), "p99": milliseconds(recent, 0.99)}


def milliseconds(tally: Tally, share: float) -> float | None:
    """A percentile of a tally's latencies in milliseconds, None if there are none."""
    seconds = percentile(tally.latency_counts, share)
    return None if seconds is None else round(seconds * 1000, 1)
