"""How far and how fast the customer would have had to travel."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit
from argus_engine.places import EARTH_RADIUS_KM

F64 = NDArray[np.float64]

# Two events within one minute are taken as one minute apart.
SHORTEST_HOURS: Final = 1.0 / 60.0
# Below this distance the clocks and positions of two terminals prove nothing.
NOTABLE_KM: Final = 50.0
NOTABLE_KMH: Final = 100.0


@njit
def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Haversine distance between two points in radians."""
    a = math.sin((lat2 - lat1) / 2.0) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2.0) ** 2
    return 2.0 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(a)))


@njit
def travel(
    i: int, c: int, t: int, latitude: float, longitude: float, country: int,
    place_at: NDArray[np.int64], place_lat: F64, place_lon: F64, place_country: NDArray[np.int16],
    country_lat: F64, country_lon: F64, country_radius: F64, out: F64,
) -> None:  # fmt: skip
    """Features 19 to 21 of transaction ``i``, and the customer's latest place.

    Coordinates count where both places have them, countries otherwise: the distance of their centres less their radii,
    so that neighbours are near. A transaction from before the latest known place says nothing.
    """
    if place_at[c] != np.iinfo(np.int64).min:
        if t < place_at[c]:
            return
        km = math.nan
        if not math.isnan(latitude) and not math.isnan(place_lat[c]):
            km = great_circle_km(
                math.radians(place_lat[c]), math.radians(place_lon[c]), math.radians(latitude), math.radians(longitude)
            )
        elif country >= 0 and place_country[c] >= 0:
            other = place_country[c]
            km = 0.0
            if other != country:
                between = great_circle_km(
                    country_lat[other], country_lon[other], country_lat[country], country_lon[country]
                )
                km = max(0.0, between - country_radius[other] - country_radius[country])
        if not math.isnan(km):
            speed = km / max((t - place_at[c]) / 3.6e9, SHORTEST_HOURS)
            out[i, 19] = km
            out[i, 20] = speed
            out[i, 21] = math.log(speed / NOTABLE_KMH) if km > NOTABLE_KM and speed > NOTABLE_KMH else 0.0
    place_at[c] = t
    place_lat[c] = latitude
    place_lon[c] = longitude
    place_country[c] = country
