"""Transactions as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argus_engine.money import minor_digits

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Transactions:
    """n transactions, in the order in which they are processed.

    ``ids`` int64, the ledger's; ``occurred_at`` int64, microseconds since 1970 UTC; ``amount`` int64, minor units
    of ``currency``; ``latitude`` and ``longitude`` float64 in degrees, NaN where not known. The rest are lists
    of n strings, None where not known.
    """

    ids: NDArray[np.int64]
    occurred_at: NDArray[np.int64]
    customer: list[str]
    amount: NDArray[np.int64]
    currency: list[str]
    type: list[str]
    counterparty: list[str | None]
    country: list[str | None]
    channel: list[str | None]
    device: list[str | None]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def from_rows(cls, rows: Sequence[Row]) -> "Transactions":
        """From tuples in the order of the fields; a coordinate that is None becomes NaN."""
        if not rows:
            rows_by_column: list[Sequence[Any]] = [[] for _ in range(12)]
        else:
            rows_by_column = list(zip(*rows, strict=True))
        ids, at, customer, amount, currency, kind, counterparty, country, channel, device, lat, lon = rows_by_column
        return cls(
            np.array(ids, np.int64),
            np.array(at, np.int64),
            list(customer),
            np.array(amount, np.int64),
            list(currency),
            list(kind),
            list(counterparty),
            list(country),
            list(channel),
            list(device),
            # None becomes NaN.
            np.array(lat, np.float64),
            np.array(lon, np.float64),
        )

    @property
    def hour(self) -> NDArray[np.intp]:
        """Hour of the day, UTC, 0 to 23."""
        return (self.occurred_at // 3_600_000_000 % 24).astype(np.intp)

    @property
    def value(self) -> NDArray[np.float64]:
        """Amounts in major units."""
        scale = {currency: 10.0 ** minor_digits(currency) for currency in set(self.currency)}
        # Dividing two whole numbers gives the double nearest to the decimal amount.
        value: NDArray[np.float64] = self.amount / np.array([scale[currency] for currency in self.currency])
        return value

    def take(self, places: Sequence[int]) -> "Transactions":
        """Those at ``places``, in that order."""
        index = np.asarray(places, np.intp)
        return Transactions(
            self.ids[index],
            self.occurred_at[index],
            [self.customer[i] for i in places],
            self.amount[index],
            [self.currency[i] for i in places],
            [self.type[i] for i in places],
            [self.counterparty[i] for i in places],
            [self.country[i] for i in places],
            [self.channel[i] for i in places],
            [self.device[i] for i in places],
            self.latitude[index],
            self.longitude[index],
        )
