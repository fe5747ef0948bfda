"""What is kept of an entity that customers share: one fixed row of numbers for all kinds, and its bytes.

The bytes are versioned, and zeros at their end are not kept: a device that nobody has labelled takes some sixty bytes.
A state of another layout cannot be read and begins anew.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine.columns import Transactions
from argus_engine.profile import StateError


class Kind(IntEnum):
    """Kinds of entity. The numbers are stored."""

    COUNTERPARTY = 1
    DEVICE = 2
    COUNTRY = 3
    POPULATION = 4  # all transactions in one currency
    CUSTOMER = 5  # labels alone; the rest is the customer's own state
    EVERYTHING = 6  # labels alone: how much fraud there is at all


Entity = tuple[int, str]
EVERYTHING: Final[Entity] = (Kind.EVERYTHING, "")

LAYOUT: Final = 1
# Layouts that ever were or will be; anything else is damage.
LAYOUTS: Final = range(1, 256)

# Places in a row. Times are microseconds, amounts logarithms of major units.
AT: Final = 0  # the latest event time
TOTAL: Final = 1  # transactions folded in
WEIGHT: Final = 2  # the same, halved every 30 days
PACE: Final = 3  # the same, halved every day
MEAN: Final = 4  # of the amount; but for populations, relative to the population's mean
M2: Final = 5
NEWCOMERS: Final = 6  # transactions of customers who were new here, halved every 30 days
CUSTOMERS: Final = 7  # customers that have come here at all
LABEL_AT: Final = 8  # the latest event time of a labelled transaction
LABELS: Final = 9  # labelled transactions
FRAUDS: Final = 10  # frauds among them
FRAUD_7D: Final = 11  # the same frauds, halved with their age
FRAUD_30D: Final = 12
LABELLED_7D: Final = 13  # the same labelled transactions, halved with their age
LABELLED_30D: Final = 14
HOURS: Final = 15  # 24 places: transactions by hour of the day, UTC, halved every 30 days
WIDTH: Final = 39

STATE: Final = np.dtype([("layout", "<u2"), ("values", "<f8", (WIDTH,))])


class _Rows(dict[str | None, int]):
    """Names of one kind to rows of the table; a new name gets the next row."""

    def __init__(self, kind: Kind, names: list[Entity]) -> None:
        super().__init__({None: -1})
        self._kind, self._names = kind, names

    def __missing__(self, name: str) -> int:
        row = self[name] = len(self._names)
        self._names.append((int(self._kind), name))
        return row


# Columns of what Entities.of gives.
COUNTERPARTY: Final = 0
DEVICE: Final = 1
COUNTRY: Final = 2
POPULATION: Final = 3
CUSTOMER: Final = 4


class Entities:
    """The rows of a table of states, one for each entity that has been met. Row 0 is EVERYTHING."""

    def __init__(self) -> None:
        self.names: list[Entity] = [EVERYTHING]
        self._rows = [
            _Rows(kind, self.names)
            for kind in (Kind.COUNTERPARTY, Kind.DEVICE, Kind.COUNTRY, Kind.POPULATION, Kind.CUSTOMER)
        ]

    def __len__(self) -> int:
        return len(self.names)

    def of(self, batch: Transactions) -> NDArray[np.intp]:
        """Rows (n, 5) of the batch's entities, in the order of the columns above; -1 where there is none."""
        named: Sequence[Sequence[str | None]] = (
            batch.counterparty, batch.device, batch.country, batch.currency, batch.customer,
        )  # fmt: skip
        found = np.empty((len(batch), len(named)), np.intp)
        for column, (rows, names) in enumerate(zip(self._rows, named, strict=True)):
            found[:, column] = [rows[name] for name in names]
        return found


def sound(states: Mapping[Entity, bytes]) -> tuple[dict[Entity, bytes], list[Entity]]:
    """The states that can be read or are of another layout, and the names of those that are damaged.

    Nobody heals what customers share by sending one transaction to a person: what is damaged has to begin anew.
    """
    good, damaged = {}, []
    for name, blob in states.items():
        try:
            _readable(name, blob)
        except StateError:
            damaged.append(name)
        else:
            good[name] = blob
    return good, damaged


def unpack(names: Sequence[Entity], states: Mapping[Entity, bytes]) -> NDArray[np.float64]:
    """The table of ``names``, a row each; zeros for those without a state. Raises StateError for other bytes."""
    table = np.zeros((len(names), WIDTH))
    rows, pieces = [], []
    for row, name in enumerate(names):
        blob = states.get(name)
        if blob is not None and _readable(name, blob):
            rows.append(row)
            pieces.append(blob.ljust(STATE.itemsize, b"\0"))
    if rows:
        table[rows] = np.frombuffer(b"".join(pieces), STATE)["values"]
    return table


def _readable(name: Entity, blob: bytes) -> bool:
    """Whether a state has this layout; False for another one's. Raises StateError for what never was one."""
    layout = int.from_bytes(blob[:2], "little")
    if layout not in LAYOUTS:
        raise StateError(f"the shared state of {Kind(name[0]).name.lower()} {name[1]!r} is damaged: it has no layout")
    if layout != LAYOUT:
        return False
    if len(blob) > STATE.itemsize:
        raise StateError(
            f"the shared state of {Kind(name[0]).name.lower()} {name[1]!r} has {len(blob)} bytes, which no state has"
        )
    return True


def pack(names: Sequence[Entity], before: NDArray[np.float64], after: NDArray[np.float64]) -> dict[Entity, bytes]:
    """The bytes to keep of those that have changed."""
    rows = np.flatnonzero((before != after).any(axis=1))
    records: NDArray[Any] = np.empty(len(rows), STATE)
    records["layout"] = LAYOUT
    records["values"] = after[rows]
    whole, size = records.tobytes(), STATE.itemsize
    return {
        names[row]: whole[place * size : (place + 1) * size].rstrip(b"\0") for place, row in enumerate(rows.tolist())
    }
