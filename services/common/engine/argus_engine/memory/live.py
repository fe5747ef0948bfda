"""The shared memory for live scoring: what a batch reads of it, and how it is advanced."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus_engine.catalogue import INDEX
from argus_engine.columns import Transactions
from argus_engine.memory import kernel
from argus_engine.memory.labels import LabelEvents, Standing
from argus_engine.memory.states import Entities, Entity, pack, unpack

# Where stored features say that customer and counterparty, or customer and device, met for the first time.
NEW_COUNTERPARTY = INDEX["counterparty_new"]
NEW_DEVICE = INDEX["device_new"]

States = Mapping[Entity, bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """A batch and the entities whose states it needs."""

    batch: Transactions
    who: NDArray[np.intp]
    names: list[Entity]


def ask(batch: Transactions) -> Asked:
    """Which states :func:`shared_read` or :func:`shared_fold` of this batch need."""
    entities = Entities()
    return Asked(batch, entities.of(batch), entities.names)


def shared_read(asked: Asked, features: NDArray[np.float64], states: States) -> None:
    """Fill in the features (n, F) that speak of what customers share; those of the customers themselves are there.

    ``states``: of the entities asked for, those that have one. Raises StateError for bytes that are no state.
    """
    batch = asked.batch
    kernel.read_all(
        unpack(asked.names, states), asked.who, batch.occurred_at, batch.hour, batch.value,
        features[:, NEW_COUNTERPARTY] == 1.0, features,
    )  # fmt: skip


def shared_fold(
    asked: Asked, new_counterparty: NDArray[np.bool_], new_device: NDArray[np.bool_], states: States
) -> dict[Entity, bytes]:
    """Take in a batch, in its order; the states that have changed.

    ``new_counterparty`` and ``new_device`` (n,): whether customer and counterparty or device met for the first time.
    Raises StateError for bytes that are no state.
    """
    batch, before = asked.batch, unpack(asked.names, states)
    after = before.copy()
    kernel.fold_all(after, asked.who, batch.occurred_at, batch.hour, batch.value, new_counterparty, new_device)
    return pack(asked.names, before, after)


def shared_label(
    asked: Asked, labels: LabelEvents, earlier: Iterable[tuple[int, int, bool]], states: States
) -> dict[Entity, bytes]:
    """Take in labels, in their order; the states that have changed.

    ``asked`` for ``labels.transactions``; ``earlier``: what had been said of the same transactions before, in order:
    transaction, observed when, whether fraud. Raises StateError for bytes that are no state.
    """
    standing = Standing(earlier)
    before = unpack(asked.names, states)
    after = before.copy()
    kernel.label_all(after, asked.who, labels.transactions.occurred_at, *standing.take(labels))
    return pack(asked.names, before, after)


def warmup(batch: Transactions, features: NDArray[np.float64]) -> None:
    """Compile the kernels, or load them from disk."""
    asked, never = ask(batch), np.zeros(len(batch), bool)
    shared_read(asked, features, {})
    shared_fold(asked, never, never, {})
    shared_label(asked, LabelEvents.of(batch, never), (), {})
