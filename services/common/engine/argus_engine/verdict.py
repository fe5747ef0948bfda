"""From hits to a verdict."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# The stronger verdict is the higher number.
VERDICTS: Final = ("approve", "review", "block")
STRENGTH: Final = {"score": 0, "approve": 0, "review": 1, "block": 2}


def noisy_or(risk: NDArray[np.float64], clear: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score, 0 to 1: the chance that at least one of independent causes holds.

    ``risk``: the model's, 0 to 1. ``clear``: the product of (1 - weight) over the rules that hit.

    >>> noisy_or(np.array([0.0, 0.5]), np.array([0.5, 0.5])).tolist()
    [0.5, 0.75]
    """
    return np.clip(1.0 - (1.0 - risk) * clear, 0.0, 1.0)


def by_score(score: NDArray[np.float64], review: float, block: float) -> NDArray[np.int8]:
    """The strength of the verdict that the score alone asks for.

    >>> by_score(np.array([0.49, 0.5, 0.95]), 0.5, 0.95).tolist()
    [0, 1, 2]
    """
    return (score >= review).astype(np.int8) + (score >= block).astype(np.int8)
