"""How rare each value of a row is among training rows: the scale on which the forest sees features.

A value's surprise is minus the logarithm of the share of training rows with a value as high. So features of all units
weigh alike, and their long tails do not take up a forest's random cuts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit

Floats = NDArray[np.float64]
POINTS: Final = 300


@dataclass(frozen=True, slots=True, eq=False)
class Unusual:
    """Upper tails of m features, one behind the other.

    Those of feature j stand in ``starts[j]:starts[j + 1]``: ``values`` ascending, ``shares`` descending from 1 the
    share of training rows at or above each. ``heard`` bool (m,): a feature that is not heard counts as usual. Raises
    ValueError for tables that are not such.
    """

    starts: NDArray[np.int64]
    values: Floats
    shares: Floats
    heard: NDArray[np.bool_]

    def __post_init__(self) -> None:
        starts, m = self.starts, len(self.heard)
        if self.heard.dtype != np.bool_ or starts.dtype != np.int64 or starts.shape != (m + 1,) or not m:
            raise ValueError("the tables of feature values have no usable shape")
        if self.values.dtype != np.float64 or self.shares.dtype != np.float64:
            raise ValueError("the tables of feature values are not of numbers")
        if self.values.shape != self.shares.shape or self.values.ndim != 1:
            raise ValueError("the tables of feature values and their shares differ in shape")
        if starts[0] != 0 or starts[-1] != len(self.values) or (np.diff(starts) < 1).any():
            raise ValueError("the tables of feature values are not one behind the other")
        for low, high in pairwise(starts.tolist()):
            value, share = self.values[low:high], self.shares[low:high]
            if not np.isfinite(value).all() or (np.diff(value) <= 0).any():
                raise ValueError("a feature's values are not in ascending order")
            if share[0] != 1.0 or share[-1] <= 0.0 or (np.diff(share) >= 0).any():
                raise ValueError("a feature's shares do not descend from 1")

    @classmethod
    def fit(cls, matrix: NDArray[np.floating], heard: Sequence[bool] | None = None) -> "Unusual":
        """From training rows (n, m); values that are not defined count as the lowest."""
        tables = [_table(column) for column in np.asarray(matrix).T]
        starts = np.cumsum([0, *(len(value) for value, _ in tables)]).astype(np.int64)
        return cls(
            starts,
            np.concatenate([value for value, _ in tables]),
            np.concatenate([share for _, share in tables]),
            np.ones(len(tables), bool) if heard is None else np.array(heard, bool),
        )

    def rows(self, matrix: NDArray[np.floating]) -> Floats:
        """Surprises of rows (n, m), 0 where nothing is known or the feature is not heard.

        >>> Unusual.fit(np.arange(8.0)[:, None]).rows(np.array([[0.0], [4.0], [9.0], [np.nan]])).round(2).tolist()
        [[0.0], [0.69], [2.77], [0.0]]
        """
        return _surprises(np.ascontiguousarray(matrix, np.float64), self.starts, self.values, self.shares, self.heard)

    def arrays(self) -> dict[str, Any]:
        """What :meth:`from_arrays` takes."""
        return {"starts": self.starts, "values": self.values, "shares": self.shares, "heard": self.heard}

    @classmethod
    def from_arrays(cls, found: Mapping[str, Any]) -> "Unusual":
        """Raises KeyError or ValueError for arrays that are not such tables."""
        return cls(found["starts"], found["values"], found["shares"], found["heard"])


def _table(column: NDArray[np.floating]) -> tuple[Floats, Floats]:
    ordered = np.sort(np.asarray(column, np.float64))
    ordered = ordered[: len(ordered) - int(np.isnan(ordered).sum())]
    missing, count = len(column) - len(ordered), len(column)
    if not len(ordered):
        return np.zeros(1), np.ones(1)
    ranks = np.unique(np.rint(np.geomspace(1, len(ordered), POINTS)).astype(np.int64))
    even = np.linspace(1, len(ordered), POINTS).astype(np.int64)
    chosen = np.unique(ordered[len(ordered) - np.union1d(ranks, even)])
    share = (len(ordered) - np.searchsorted(ordered, chosen)) / count
    if missing:
        # Whatever is defined is as rare as being defined at all. The next number below might be a subnormal one, which
        # some libraries have the processor take for zero.
        below = chosen[0] - 1e-9 * max(1.0, abs(float(chosen[0])))
        return np.append(below, chosen), np.append(1.0, share)
    return chosen, share


@njit
def _surprises(
    matrix: Floats, starts: NDArray[np.int64], values: Floats, shares: Floats, heard: NDArray[np.bool_]
) -> Floats:
    out = np.zeros(matrix.shape)
    for j in range(matrix.shape[1]):
        if not heard[j]:
            continue
        first, last = starts[j], starts[j + 1] - 1
        for i in range(len(matrix)):
            x = matrix[i, j]
            if np.isnan(x) or x <= values[first]:
                continue
            if x > values[last]:
                out[i, j] = -np.log(shares[last] / 2.0)
                continue
            low, high = first, last
            while high - low > 1:
                middle = (low + high) // 2
                if values[middle] < x:
                    low = middle
                else:
                    high = middle
            share = shares[low] + (shares[high] - shares[low]) * (x - values[low]) / (values[high] - values[low])
            out[i, j] = -np.log(share)
    return out
