"""Fitting the Isolation Forest."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

# More trees make scores steadier and scoring slower in proportion; beyond this little is gained.
TREES: Final = 150
# Isolation works on small samples: they thin out the crowd that would hide anomalies (Liu, Ting and Zhou:
# Isolation Forest, ICDM 2008). More data pays for somewhat deeper trees.
SMALLEST_SAMPLE: Final = 256
LARGEST_SAMPLE: Final = 1024
SEED: Final = 20_080_801
JOBS: Final = 2


def sample_size(rows: int) -> int:
    """Rows that one tree sees.

    >>> [sample_size(rows) for rows in (100, 3_000, 50_000, 1_000_000)]
    [100, 256, 512, 1024]
    """
    if rows <= SMALLEST_SAMPLE:
        return rows
    size = SMALLEST_SAMPLE
    while size < LARGEST_SAMPLE and rows >= size * 100:
        size *= 2
    return size


def fit(matrix: NDArray[np.floating], *, trees: int = TREES, seed: int = SEED) -> IsolationForest:
    """An Isolation Forest on the rows of ``matrix``. The same rows and seed give the same forest."""
    forest = IsolationForest(n_estimators=trees, max_samples=sample_size(len(matrix)), random_state=seed, n_jobs=JOBS)
    return forest.fit(matrix)
