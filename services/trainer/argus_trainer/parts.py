"""What a combiner combines, of many rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parts:
    """Of n rows: features in the order of COMBINER_FEATURES, the forest's surprise, the rules' evidence."""

    seen: NDArray[np.floating]
    surprise: Floats
    evidence: Floats

    def at(self, places: NDArray[np.intp] | slice) -> tuple[Floats, Floats, Floats]:
        """Of some rows, as :meth:`Combiner.rank` takes them."""
        return self.seen[places].astype(np.float64), self.surprise[places], self.evidence[places]
