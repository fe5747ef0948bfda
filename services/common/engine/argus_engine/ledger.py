"""Rows of a ledger, as the driver gives them, for those who read a whole past: columns, and features as they were."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from argus_engine.memory.labels import LabelEvents
from argus_engine.memory.marks import UNPLACED, Marks
from argus_engine.money import to_minor
from argus_engine.replay import Replay

Row = tuple[Any, ...]


def columns(rows: list[Row]) -> Transactions:
    """The first twelve columns of ledger rows as the engine's: amounts in minor units.

    Equal strings become one: a replay holds on to its past, and the driver makes each string anew.
    """
    one = sys.intern
    return Transactions.from_rows(
        [
            (
                row[0],
                row[1],
                one(row[2]),
                to_minor(row[3], row[4]),
                *(word and one(word) for word in row[4:10]),
                *row[10:12],
            )
            for row in rows
        ]
    )


def marks(rows: list[Row]) -> Marks:
    """What each of these rows of the ledger had been able to know."""
    place, position, label, counterparty, device = zip(*(row[12:17] for row in rows), strict=True)
    return Marks(
        np.array([UNPLACED if found is None else found for found in place], np.int64),
        np.array(position, np.int64),
        np.array(label, np.int64),
        np.array([met == 1.0 for met in counterparty], bool),
        np.array([met == 1.0 for met in device], bool),
    )


def replayed(
    chunks: Iterable[list[Row]], config: FeatureConfig, labels_told: Callable[[int, int], list[Row]]
) -> Iterator[tuple[Transactions, NDArray[np.float64]]]:
    """Chunks of the ledger with the features that live scoring gave them.

    What customers share is as it was known then, also where labels have said otherwise since. ``labels_told``: the
    labels with ids above the first and up to the second number; a row is a transaction's twelve columns, the label's
    id, whether it says fraud, and when it was observed.
    """
    replay, told = Replay(config), 0
    for rows in chunks:
        batch, known = columns(rows), marks(rows)
        until = int(known.known_label[-1])
        said = labels_told(told, until)
        labels = LabelEvents.from_rows(columns(said), [row[12:15] for row in said])
        yield batch, replay.advance(batch, labels=labels, marks=known)
        told = until
