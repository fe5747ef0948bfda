"""How often fraud was found, by rank, among transactions that the combiner had not learned from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """Points of a rising line: ``ranks`` ascending, ``shares``, 0 to 1, never falling: the share of fraud there.

    Raises ValueError for points that are not such.
    """

    ranks: Floats
    shares: Floats

    def __post_init__(self) -> None:
        ranks, shares = self.ranks, self.shares
        if not len(ranks) or ranks.ndim != 1 or ranks.shape != shares.shape:
            raise ValueError("the table of chances has no usable shape")
        if not np.isfinite(ranks).all() or (np.diff(ranks) <= 0).any():
            raise ValueError("the ranks of the table of chances are not in ascending order")
        if not ((shares >= 0.0) & (shares <= 1.0)).all() or (np.diff(shares) < 0).any():
            raise ValueError("the shares of the table of chances do not rise from 0 towards 1")

    def of(self, rank: Floats) -> Floats:
        """The share of fraud among transactions of such ranks, interpolated.

        >>> Chances(np.array([0.0, 2.0]), np.array([0.0, 0.5])).of(np.array([-1.0, 1.0, 9.0])).tolist()
        [0.0, 0.25, 0.5]
        """
        return np.interp(rank, self.ranks, self.shares)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; floats keep every digit."""
        return {"ranks": self.ranks.tolist(), "shares": self.shares.tolist()}

    @classmethod
    def from_dict(cls, found: Any) -> "Chances":
        """From :meth:`as_dict`. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(np.array(found["ranks"], np.float64), np.array(found["shares"], np.float64))
