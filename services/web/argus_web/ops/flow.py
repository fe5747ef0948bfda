"""What came in and what waited during the last hour, told from what was decided and how long it had waited.

The ledger has no times of arrival that could be counted cheaply, but each batch of decisions carries how long its
transactions had waited (argus_records.latency). What was decided at t after a wait of w had arrived at t - w; what has
not been decided still has its own time. Waits are known to within a bin: to the second while all is well. After a long
backlog arrivals are smoothed over the bin's width, back to those that were the latest when the backlog began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from argus_records.latency import BOUNDS, percentile
from argus_records.selectors.overview import SLOT_SECONDS, Tally

_LOW: Final = (0.0, *BOUNDS)


@dataclass(frozen=True, slots=True)
class Flow:
    """One value per minute: transactions received, transactions waiting at its end, the longest wait in seconds."""

    received: list[int]
    waiting: list[int]
    longest: list[float | None]


def flow(
    *,
    first: int,
    minutes: Sequence[Tally],
    slots: Mapping[int, Tally],
    arrivals: Mapping[int, int],
    depth: int,
    oldest: float | None,
) -> Flow:
    """The hour that begins at ``first`` (seconds since 1970).

    ``minutes`` and ``slots`` are its decisions, ``arrivals`` what waits now by the minute of its arrival, ``depth``
    and ``oldest`` how many these are and how long the oldest has waited.
    """
    received = [0.0] * len(minutes)
    # Work is done in the order of its arrival: a slot's came after the latest of what was decided before.
    latest = float("-inf")
    for start, tally in sorted(slots.items()):
        decided = start + SLOT_SECONDS / 2 - first
        _arrived(received, decided, latest, tally.latency_counts)
        shortest = next((high for high, count in zip(BOUNDS, tally.latency_counts, strict=False) if count), None)
        if shortest is not None:
            latest = max(latest, decided - shortest)
    for minute, count in arrivals.items():
        _add(received, (minute - first) // 60, count)
    longest = [percentile(minute.latency_counts, 1.0) for minute in minutes]
    if oldest is not None:
        longest[-1] = max(longest[-1] or 0.0, oldest)
    waiting = _waiting(received, [minute.size for minute in minutes], depth)
    return Flow([round(count) for count in received], [round(count) for count in waiting], longest)


def _arrived(received: list[float], decided: float, latest: float, counts: Sequence[int]) -> None:
    """Add what was decided at ``decided``; times are in seconds since the hour began."""
    # The last, open bin's came before this hour.
    for low, high, count in zip(_LOW, BOUNDS, counts, strict=False):
        if not count:
            continue
        ends = decided - low
        begins = min(max(decided - high, latest), ends)
        if ends // 60 == begins // 60:
            _add(received, int(ends // 60), count)
            continue
        # The minutes that it may have been share the bin's transactions.
        for minute in range(int(begins // 60), int(ends // 60) + 1):
            share = (min(ends, minute * 60 + 60) - max(begins, minute * 60)) / (ends - begins)
            _add(received, minute, count * share)


def _add(received: list[float], minute: int, count: float) -> None:
    # A clock that is a little ahead must lose nothing; what came before the hour is not of it.
    if minute >= 0:
        received[min(minute, len(received) - 1)] += count


def _waiting(received: Sequence[float], decided: Sequence[int], depth: int) -> list[float]:
    """How many waited at the end of each minute: backwards from how many wait now."""
    waiting = [float(depth)]
    for came, went in zip(reversed(received[1:]), reversed(decided[1:]), strict=True):
        waiting.append(max(0.0, waiting[-1] + went - came))
    return waiting[::-1]
