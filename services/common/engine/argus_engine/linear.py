"""Logistic regression over clipped and scaled inputs: what few labels can teach."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import stored

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Weights of m inputs.

    ``low`` and ``high`` (m,): inputs are clipped to them; ``centre`` (m,): what is usual, and what an input that is not
    defined counts as; ``scale`` (m,) above 0. ``weight`` (m,): log-odds for a scaled unit. ``intercept``: the log-odds
    of what is usual. Raises ValueError for arrays that are not such.
    """

    low: Floats
    high: Floats
    centre: Floats
    scale: Floats
    weight: Floats
    intercept: float

    def __post_init__(self) -> None:
        for name in _PER_INPUT:
            found = getattr(self, name)
            if found.dtype != np.float64 or found.shape != self.weight.shape or found.ndim != 1:
                raise ValueError(f"{name} is {found.dtype} {found.shape}, expected float64 {self.weight.shape}")
            if not np.isfinite(found).all():
                raise ValueError(f"{name} holds what is not a number")
        if not np.isfinite(self.intercept) or (self.scale <= 0.0).any() or (self.low > self.high).any():
            raise ValueError("the weights have no usable intercept, scale or limits")

    def scaled(self, matrix: Floats) -> Floats:
        """Inputs (n, m) as the weights take them."""
        clipped = np.clip(np.where(np.isnan(matrix), self.centre, matrix), self.low, self.high)
        return (clipped - self.centre) / self.scale

    @property
    def start(self) -> float:
        """What :meth:`parts` add to."""
        return self.intercept

    def log_odds(self, matrix: Floats) -> Floats:
        """Log-odds of rows (n, m)."""
        # Not @: a row's sum must not depend on how many rows it comes with.
        return np.asarray(self.intercept + self.parts(matrix).sum(axis=1))

    def parts(self, matrix: Floats) -> Floats:
        """What each input adds to the log-odds."""
        return self.scaled(matrix) * self.weight

    def arrays(self) -> dict[str, Any]:
        """What :meth:`from_arrays` takes."""
        return {name: getattr(self, name) for name in STORED}

    @classmethod
    def from_arrays(cls, found: Mapping[str, Any]) -> "Linear":
        """Raises KeyError or ValueError for arrays that are not weights."""
        return cls(
            **{name: found[name] for name in _PER_INPUT}, intercept=stored.number(found["intercept"], np.float64)
        )


STORED: Final = tuple(found.name for found in fields(Linear))
_PER_INPUT: Final = tuple(name for name in STORED if name != "intercept")
