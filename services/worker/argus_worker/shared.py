"""What scoring and folding have in common: ledger rows as columns, and the states of what customers share."""

from typing import Any

import structlog
from argus_engine.columns import Transactions
from argus_engine.memory.states import Entity, sound
from argus_engine.money import to_minor
from argus_records.services import memory

log = structlog.get_logger(__name__)


def columns(rows: list[tuple[Any, ...]]) -> Transactions:
    """Ledger rows as the engine's columns: amounts become minor units, the rest stays."""
    return Transactions.from_rows([(*row[:3], to_minor(row[3], row[4]), *row[4:12]) for row in rows])


def shared_states(names: list[Entity]) -> tuple[memory.Mark, dict[Entity, bytes]]:
    """The mark and the states of what customers share; a damaged one is left out, and so begins anew."""
    mark, found = memory.shared(entities=list(dict.fromkeys(names)))
    states, damaged = sound(found)
    for kind, key in damaged:
        log.error("a shared state is damaged and begins anew", kind=kind, key=key)
    return mark, states
