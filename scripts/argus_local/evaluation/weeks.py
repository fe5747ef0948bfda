"""Which weeks are tested."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_local.evaluation.stream import StreamError

DAY: Final = 86_400_000_000
# Without a choice: the latest weeks, and never more than half of the stream.
LATEST: Final = 4

Week = tuple[int, int]  # microseconds: from, and up to but not including


def chosen(words: str | None, at: NDArray[np.int64]) -> list[Week]:
    """Weeks of seven days from the first day; what is left over at the end is a shorter one."""
    first, last = int(at[0]), int(at[-1])
    if words is None:
        days = (last - first) // DAY + 1
        tested = min(LATEST * 7, max(days // 2, 1))
        if tested > 7:
            tested -= tested % 7
        end = (last // DAY + 1) * DAY
        begin = end - tested * DAY
    else:
        begin, end = _days(words)
    weeks = [(low, min(low + 7 * DAY, end)) for low in range(begin, end, 7 * DAY)]
    weeks = [(low, high) for low, high in weeks if np.searchsorted(at, low) < np.searchsorted(at, high)]
    if not weeks:
        raise StreamError(f"the stream, {said(first)} to {said(last)}, has no transactions in these weeks")
    return weeks


def _days(words: str) -> tuple[int, int]:
    try:
        first, _, last = words.partition(":")
        low, high = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise StreamError(f"--weeks is {words!r}; expected two days, as 2018-08-08:2018-09-04") from None
    if high < low:
        raise StreamError(f"--weeks is {words!r}: its last day lies before its first")
    return _start(low), _start(high + timedelta(days=1))


def _start(day: date) -> int:
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC)).timestamp()) * 1_000_000


def said(at: int) -> str:
    """A time as its day."""
    return datetime.fromtimestamp(at / 1e6, UTC).date().isoformat()
