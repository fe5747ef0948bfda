"""A Prometheus histogram that takes a batch at once."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from prometheus_client import Histogram


class BulkHistogram(Histogram):
    """Counts thousands of values for the price of a few: one addition per bucket instead of one per value."""

    def observe_all(self, values: ArrayLike) -> None:
        """The same as :meth:`observe` for each of ``values``. Without labels only."""
        seen: Final = np.asarray(values, dtype=np.float64)
        if not len(seen):
            return
        places = np.searchsorted(self._upper_bounds, seen, side="left")
        for place, count in enumerate(np.bincount(places)):
            if count:
                self._buckets[place].inc(int(count))
        self._sum.inc(float(seen.sum()))
