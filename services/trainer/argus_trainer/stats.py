"""Comparing two samples of scores."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
_BINS: Final = 10


def psi(reference: Floats, sample: Floats) -> float:
    """Population stability index of ``sample`` against ``reference``: 0 is the same, no upper bound.

    Over the deciles of the reference. Common reading: below 0.1 stable, above 0.25 shifted.

    >>> psi(np.arange(1000.0), np.arange(1000.0))
    0.0
    >>> psi(np.arange(1000.0), np.arange(1000.0) + 5000) > 5
    True
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, _BINS + 1)[1:-1]))
    expected = _shares(edges, reference)
    actual = _shares(edges, sample)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def _shares(edges: Floats, values: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    # An empty bin counts as half a value, so that the logarithm stays finite.
    return np.maximum(counts, 0.5) / len(values)


def rank_correlation(left: Floats, right: Floats) -> float:
    """Spearman's rank correlation, -1 to 1; 0 where one side does not vary.

    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 200.0, 3000.0]))
    1.0
    """
    first, second = _ranks(left), _ranks(right)
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return round(float(first @ second) / scale, 12) if scale else 0.0


def _ranks(values: Floats) -> Floats:
    """Ranks from 0, the mean rank where values are equal."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((2 * ends - counts - 1) / 2)[inverse]
