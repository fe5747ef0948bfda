"""Where countries are, roughly: enough to tell a neighbour from another continent."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM: Final = 6371.0088  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Countries:
    """Per country (at most 256): centre in radians and the radius in km of a circle of the same area."""

    index: dict[str, int]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    radius_km: NDArray[np.float64]


@cache
def countries() -> Countries:
    """The shipped table. A country's place in it is stored in states, so rows are added at the end only."""
    text = (files("argus_engine") / "data" / "countries.csv").read_text()
    rows = [line.split(",") for line in text.splitlines()[2:]]
    return Countries(
        {row[0]: place for place, row in enumerate(rows)},
        np.radians(np.array([float(row[1]) for row in rows])),
        np.radians(np.array([float(row[2]) for row in rows])),
        np.array([float(row[3]) for row in rows]),
    )
