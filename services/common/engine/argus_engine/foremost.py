"""How often a customer deals with its foremost counterparties, in a fixed number of slots.

Exact for customers of few counterparties. Of the others, those that come often keep their slots: a counterparty without
one takes a little from the weakest, and its slot when nothing is left of it.
"""

import math
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit

SLOTS: Final = 16


def slot_key(counterparty: str) -> int:
    """What a slot knows a counterparty by: 32 bits, the same on every machine."""
    return crc32(counterparty.encode())


@njit
def read_foremost(i: int, c: int, key: int, left: float, keys: NDArray[np.uint32], weights: NDArray[np.float32],
                  out: NDArray[np.float64]) -> None:  # fmt: skip
    """Feature 42 of transaction ``i``; nothing changes. ``left``: what is left of the weights by now."""
    weight = 0.0
    for slot in range(SLOTS):
        if keys[c, slot] == key and weights[c, slot] > 0.0:
            weight = float(weights[c, slot])
    out[i, 42] = math.log1p(weight * left)


@njit
def learn_foremost(c: int, key: int, keys: NDArray[np.uint32], weights: NDArray[np.float32]) -> None:
    """Take in one transaction with counterparty ``key``."""
    weakest = 0
    for slot in range(SLOTS):
        if keys[c, slot] == key and weights[c, slot] > 0.0:
            weights[c, slot] += np.float32(1.0)
            return
        if weights[c, slot] < weights[c, weakest]:
            weakest = slot
    weights[c, weakest] -= np.float32(1.0)
    if weights[c, weakest] <= 0.0:
        keys[c, weakest] = key
        weights[c, weakest] = np.float32(1.0)
