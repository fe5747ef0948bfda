"""What one more transaction costs a customer of a long history, against one of a short history.

In the engine alone, as a worker calls it, with the rows of the past that it asks for held in memory. Customer and
counterparty have the same history, so the long one's states have seen as much as there is to see.
"""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import numpy as np
from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from argus_engine.live import Ranges, advance, plan
from argus_engine.memory.live import NEW_COUNTERPARTY, NEW_DEVICE, ask, shared_fold, shared_read
from argus_engine.memory.states import Entity

FEW: Final = 10
MANY: Final = 1_000_000
TURNS: Final = 400
EVERY_US: Final = 30_000_000
_CHUNK: Final = 50_000
_START: Final = 1_700_000_000_000_000
_CONFIG: Final = FeatureConfig(reporting=(("EUR", 1_000_000),))


@dataclass
class History:
    """One customer's past, a transaction every 30 seconds, and the states that it has led to."""

    count: int

    def __post_init__(self) -> None:
        self.states: dict[str, bytes] = {}
        self.shared: dict[Entity, bytes] = {}
        self.met: tuple[set[tuple[str, str]], set[tuple[str, str]]] = (set(), set())
        for low in range(0, self.count, _CHUNK):
            self._advance(rows(range(low, min(low + _CHUNK, self.count))), keep=True)

    def one_more(self) -> float:
        """Seconds to score and fold in the next transaction; nothing is kept."""
        batch = rows([self.count])
        begun = time.perf_counter()
        self._advance(batch, keep=False)
        return time.perf_counter() - begun

    def _advance(self, batch: Transactions, *, keep: bool) -> None:
        past = self._fetch(plan(batch, self.states, _CONFIG))
        moved = advance(batch, self.states, past, *self.met, _CONFIG)
        asked = ask(batch)
        shared_read(asked, moved.features, self.shared)
        new = moved.features[:, NEW_COUNTERPARTY] == 1.0, moved.features[:, NEW_DEVICE] == 1.0
        changed = shared_fold(asked, *new, self.shared)
        if keep:
            self.states |= moved.states
            self.shared |= changed
            self.met[0].update(moved.links)
            self.met[1].update(moved.devices)

    @staticmethod
    def _fetch(wanted: Ranges) -> Transactions:
        first = (wanted.after - _START) // EVERY_US + 1
        last = (wanted.until - _START) // EVERY_US
        places = [
            place
            for low, high in zip(first.tolist(), last.tolist(), strict=True)
            for place in range(max(low, 0), high + 1)
        ]
        return rows(places)


def rows(places: Any) -> Transactions:
    """The transactions at these places of the history."""
    count = len(places)
    place = np.array(places, np.int64)
    unknown = np.full(count, np.nan)
    return Transactions(
        place, _START + place * EVERY_US, ["customer"] * count, 1000 + place * 7919 % 9000, ["EUR"] * count,
        ["card_payment"] * count, ["shop"] * count, ["DE"] * count, ["pos"] * count, ["phone"] * count,
        unknown, unknown,
    )  # fmt: skip


def measure(*, many: int = MANY, turns: int = TURNS) -> dict[str, Any]:
    """Median cost of one more transaction after FEW and after ``many``, measured in turn."""
    short, long = History(FEW), History(many)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for history, taken in zip((short, long), times, strict=True):
            taken.append(history.one_more())
    few, lots = (median(taken) for taken in times)
    return {
        "history_few_us": round(few * 1e6),
        "history_many_us": round(lots * 1e6),
        "history_cost_ratio": round(lots / few, 2),
        "history_state_bytes": max(map(len, [*long.states.values(), *long.shared.values()])),
    }
