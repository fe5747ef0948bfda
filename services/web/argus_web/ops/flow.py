"""What came in and what waited during the last hour, told from what was decided and how long it had waited.

The ledger has no times of arrival that could be counted cheaply, but each batch of decisions carries how long its
transactions had waited (argus_records.latency). A decision at t after a wait of w arrived at t - w; what has not been
decided still has its own time. Waits are known to within a bin: exact to the second while all is well, and smoothed
over the bin's width after a long backlog.
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
    for start, tally in slots.items():
        _arrived(received, first, start + SLOT_SECONDS / 2, tally.latency_counts)
    for minute, count in arrivals.items():
        _add(received, (minute - first) // 60, count)
    whole = [round(count) for count in received]
    longest = [percentile(minute.latency_counts, 1.0) for minute in minutes]
    if oldest is not None:
        longest[-1] = max(longest[-1] or 0.0, oldest)
    return Flow(whole, _waiting(whole, [minute.size for minute in minutes], depth), longest)


def _arrived(received: list[float], first: int, decided: float, counts: Sequence[int]) -> None:
    for place, count in enumerate(counts):
        if not count:
            continue
        if place == len(BOUNDS):
            continue  # it came before this hour
        low, high = _LOW[place], BOUNDS[place]
        # The minutes that the bin reaches over share its transactions.
        begins, ends = decided - high - first, decided - low - first
        if ends // 60 == begins // 60:
            _add(received, int(begins // 60), count)
            continue
        for minute in range(int(begins // 60), int(ends // 60) + 1):
            share = (min(ends, minute * 60 + 60) - max(begins, minute * 60)) / (ends - begins)
            _add(received, minute, count * share)


def _add(received: list[float], minute: int, count: float) -> None:
    # A clock that is a little ahead must lose nothing; what came before the hour is not of it.
    if minute >= 0:
        received[min(minute, len(received) - 1)] += count


def _waiting(received: Sequence[int], decided: Sequence[int], depth: int) -> list[int]:
    """How many waited at the end of each minute: backwards from how many wait now."""
    waiting = [depth]
    for came, went in zip(reversed(received[1:]), reversed(decided[1:]), strict=True):
        waiting.append(max(0, waiting[-1] + went - came))
    return waiting[::-1]
