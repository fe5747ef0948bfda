"""The shared memory of a stream held in arrays: for replay and backtests, many batches or slices in one pass."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from argus_engine.columns import Transactions
from argus_engine.memory import kernel
from argus_engine.memory.labels import LabelEvents, Standing
from argus_engine.memory.live import NEW_COUNTERPARTY, NEW_DEVICE
from argus_engine.memory.marks import Marks
from argus_engine.memory.states import WIDTH, Entities

# Arrays of one length.
Columns = tuple[NDArray[Any], ...]


class StreamMemory:
    """Advances through a stream whose transactions say what they knew."""

    def __init__(self) -> None:
        self._entities, self._standing = Entities(), Standing()
        self._table = np.zeros((1024, WIDTH))
        # Transactions and labels that nobody could know yet, as the kernel takes them; the last column orders them.
        self._waiting: Columns | None = None
        self._told: Columns | None = None

    def read(
        self, batch: Transactions, features: NDArray[np.float64], labels: LabelEvents | None, marks: Marks
    ) -> None:
        """Fill in the features (n, F) that speak of what customers share, and keep the batch for those that follow."""
        who, at, hour, value = self._entities.of(batch), batch.occurred_at, batch.hour, batch.value
        new_counterparty, new_device = features[:, NEW_COUNTERPARTY] == 1.0, features[:, NEW_DEVICE] == 1.0
        waiting = _joined(
            self._waiting,
            (
                who, at, hour, value,
                new_counterparty if marks.new_counterparty is None else marks.new_counterparty,
                new_device if marks.new_device is None else marks.new_device,
                marks.position,
            ),
        )  # fmt: skip
        # Batches get their places in another order than the one in which they were read; within one, order stays.
        order = np.argsort(waiting[-1], kind="stable")
        waiting = tuple(column[order] for column in waiting)
        told = self._with(labels if labels is not None else LabelEvents.none())
        self._make_room()
        folded, heard = kernel.walk(
            self._table, who, at, hour, value, new_counterparty, marks.known_position, marks.known_label, features,
            *waiting, *told,
        )  # fmt: skip
        self._waiting = tuple(column[folded:] for column in waiting)
        self._told = tuple(column[heard:] for column in told)

    def _with(self, labels: LabelEvents) -> Columns:
        subjects = labels.transactions
        changes = self._standing.take(labels)
        told = _joined(
            self._told, (self._entities.of(subjects), subjects.occurred_at, *changes, labels.number)
        )  # fmt: skip
        if (np.diff(told[-1]) < 0).any():
            raise ValueError("the numbers of labels fall; give them in the order in which they became known")
        return told

    def _make_room(self) -> None:
        if len(self._entities) > len(self._table):
            grown = np.zeros((2 * len(self._entities), WIDTH))
            grown[: len(self._table)] = self._table
            self._table = grown


def _joined(first: Columns | None, second: Columns) -> Columns:
    if first is None:
        return second
    return tuple(np.concatenate(pair) for pair in zip(first, second, strict=True))
