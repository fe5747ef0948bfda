"""Watermarks: what was folded into the shared memory when a transaction was read."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A batch without a place in the feed is folded in after all that have one.
UNPLACED: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Marks:
    """Of n transactions, where their own batches stand and how much each had been able to know.

    ``position`` int64 (n,): the place in the feed of the transaction's batch, UNPLACED where it has none; of one batch
    all the same. ``known_position`` int64 (n,): transactions of batches up to this place were folded in when it was
    read; ``known_label`` int64 (n,): labels up to this number. Neither of the latter two ever falls from one
    transaction to the next, and a transaction's own ``position`` lies above what it knew. ``new_counterparty`` and
    ``new_device`` bool (n,): what live scoring took for a first meeting of customer and counterparty or device, where
    that is known; it is what was folded in, and after a failure of the engine need not be what a replay would find.
    """

    position: NDArray[np.int64]
    known_position: NDArray[np.int64]
    known_label: NDArray[np.int64]
    new_counterparty: NDArray[np.bool_] | None = None
    new_device: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        for name in ("known_position", "known_label"):
            if (np.diff(getattr(self, name)) < 0).any():
                raise ValueError(f"{name} falls; sort the transactions by what was known when they were read")
        if (self.position <= self.known_position).any():
            raise ValueError("position lies within known_position: a transaction cannot have known of its own batch")

    @classmethod
    def of_slices(cls, number: NDArray[np.int64]) -> "Marks":
        """For a stream cut into slices, ``number`` (n,) never falling and above 0.

        Each transaction knows all that came in slices before its own, and the labels of its own slice and before.
        """
        return cls(number, number - 1, number)
