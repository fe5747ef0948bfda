"""How rare a raw anomaly score was in training, from a small table."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Points of the table, close together where scores are rare: a share of 0.001 is as exact as one of 0.5.
POINTS: Final = 1_500

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The upper tail of ``count`` training scores.

    ``scores`` ascending; ``shares``, 1 down to 1/count: the share of training scores at or above each. Raises
    ValueError for tables that are not one.
    """

    scores: Floats
    shares: Floats
    count: int

    def __post_init__(self) -> None:
        scores, shares = self.scores, self.shares
        if not len(scores) or scores.ndim != 1 or scores.shape != shares.shape or self.count < 1:
            raise ValueError("the table of training scores has no usable shape")
        if not np.isfinite(scores).all() or (np.diff(scores) <= 0).any():
            raise ValueError("the training scores are not in ascending order")
        if not (shares[0] == 1.0 and shares[-1] > 0.0 and (np.diff(shares) < 0).all()):
            raise ValueError("the shares of training scores do not descend from 1")

    @classmethod
    def fit(cls, scores: NDArray[np.floating]) -> "Tail":
        """From all training scores, higher is more unusual; raises ValueError if one is not a number."""
        ordered = np.sort(np.asarray(scores, np.float64).ravel())
        count = len(ordered)
        if not count:
            raise ValueError("there are no training scores")
        ranks = np.unique(np.rint(np.geomspace(1, count, POINTS)).astype(np.int64))
        chosen = np.unique(ordered[count - ranks])
        return cls(chosen, (count - np.searchsorted(ordered, chosen)) / count, count)

    def share(self, scores: Floats) -> Floats:
        """The share of training scores at or above each, interpolated; never below half a training row.

        >>> tail = Tail.fit(np.array([0.1, 0.2, 0.3, 0.4]))
        >>> tail.share(np.array([0.0, 0.1, 0.35, 0.4, 0.9])).round(6).tolist()
        [1.0, 1.0, 0.375, 0.25, 0.125]
        """
        share = np.interp(scores, self.scores, self.shares, right=0.0)
        return np.maximum(share, 0.5 / self.count)

    def surprise(self, scores: Floats) -> Floats:
        """How rare each score is: minus the logarithm of its share, from 0 up.

        Above all training scores it goes on as the upper hundredth of the table rises, so that it still ranks there.

        >>> tail = Tail.fit(np.arange(1.0, 1001.0))
        >>> tail.surprise(np.array([0.0, 501.0, 1000.0, 1010.0])).round(2).tolist()
        [0.0, 0.69, 6.91, 9.47]
        """
        within = -np.log(np.interp(scores, self.scores, self.shares))
        return np.asarray(within + np.maximum(scores - self.scores[-1], 0.0) / self._scale)

    @property
    def _scale(self) -> float:
        """By how much the score rises where the share falls to 1/e of itself, in the upper hundredth."""
        k = min(int(np.searchsorted(-self.shares, -0.01)), len(self.shares) - 2)
        if k < 0:
            return 1.0
        rise = float(self.scores[-1] - self.scores[k]) / float(np.log(self.shares[k] / self.shares[-1]))
        return max(rise, 1e-9)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; floats keep every digit."""
        return {"scores": self.scores.tolist(), "shares": self.shares.tolist(), "count": self.count}

    @classmethod
    def from_dict(cls, found: Any) -> "Tail":
        """From :meth:`as_dict`. Raises KeyError, TypeError or ValueError for anything else."""
        if type(found["count"]) is not int:
            raise TypeError("the number of training scores is not a whole number")
        return cls(np.array(found["scores"], np.float64), np.array(found["shares"], np.float64), found["count"])
