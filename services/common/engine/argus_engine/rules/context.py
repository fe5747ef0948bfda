"""What rules look at: a batch, its features, and what several rules need of them, computed once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine.catalogue import INDEX
from argus_engine.columns import Transactions
from argus_engine.config import CASH_TYPES
from argus_engine.managed import NO_LISTS, Lists
from argus_engine.money import minor_digits
from argus_engine.rules.language.windows import Window

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Stands for "no limit" where amounts are compared in minor units.
UNLIMITED: Final = np.iinfo(np.int64).max


class Context:
    """A batch of transactions as rules see it.

    ``features`` is float64 (n, F) in the catalogue's order. ``windows``: float64 (n,) of each window that rules ask for
    beyond those that are features. ``lists``: who is on which list now. ``hits``: what the rules before have come to.
    """

    def __init__(
        self,
        batch: Transactions,
        features: Floats,
        windows: Mapping[Window, Floats] | None = None,
        lists: Lists = NO_LISTS,
    ) -> None:
        self.batch = batch
        self.features = features
        self.windows = windows or {}
        self.lists = lists
        self.hits: dict[str, Mask] = {}

    def __len__(self) -> int:
        return len(self.batch)

    def alone(self, i: int) -> "Context":
        """One transaction as a batch of its own."""
        windows = {window: values[i : i + 1] for window, values in self.windows.items()}
        single = Context(self.batch.take([i]), self.features[i : i + 1], windows, self.lists)
        single.hits = {code: hits[i : i + 1] for code, hits in self.hits.items()}
        return single

    def column(self, name: str) -> Floats:
        """One feature of all transactions; NaN, where it is not defined, compares as false."""
        return self.features[:, INDEX[name]]

    def value(self, name: str, i: int) -> float:
        """One feature of one transaction."""
        return float(self.features[i, INDEX[name]])

    @cached_property
    def _currencies(self) -> tuple[list[str], NDArray[np.intp]]:
        names = list(dict.fromkeys(self.batch.currency))
        if len(names) == 1:
            return names, np.zeros(len(self.batch), np.intp)
        place = {name: k for k, name in enumerate(names)}
        return names, np.array([place[currency] for currency in self.batch.currency], np.intp)

    @cached_property
    def minor_per_major(self) -> Floats:
        """Minor units in one major unit of each transaction's currency."""
        names, places = self._currencies
        return np.array([10.0 ** minor_digits(name) for name in names])[places]

    def limits(self, amounts: Mapping[str, int]) -> NDArray[np.int64]:
        """Each transaction's entry, in minor units, by its currency; UNLIMITED where there is none."""
        names, places = self._currencies
        return np.array([amounts.get(name, UNLIMITED) for name in names], np.int64)[places]

    def minor(self, name: str) -> Floats:
        """A feature that is an amount, in whole minor units, so that sums of money compare exactly."""
        return np.rint(self.column(name) * self.minor_per_major)

    @cached_property
    def cash(self) -> Mask:
        """Which transactions are cash."""
        return np.array([kind in CASH_TYPES for kind in self.batch.type], bool)
