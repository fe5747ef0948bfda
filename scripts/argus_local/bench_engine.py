"""What a decision costs the engine, features given: rules, forest, combination, explanation.

Models are trained by the trainer's own function on a simulated stream, with the product's sizes: one without labels and
one that labels taught.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from statistics import median
from typing import Any, Final

import numpy as np
from argus_engine.catalogue import combiner_matrix, model_matrix
from argus_engine.columns import Transactions
from argus_engine.evaluate import CompiledRuleSet, evaluate
from argus_engine.evidence import evidence
from argus_engine.model import AnomalyModel
from argus_engine.money import to_minor
from argus_engine.replay import Replay
from argus_engine.rules.context import Context
from argus_engine.ruleset import default_ruleset
from argus_trainer.known import FRAUD, GENUINE, UNKNOWN
from argus_trainer.version import fit
from numpy.typing import NDArray

from argus_local.simulator import Stream

ROWS: Final = 60_000
BATCH: Final = 1_000
SINGLES: Final = 2_000
TURNS: Final = 20
REVIEW_RATE: Final = 0.005
_CHUNK: Final = 10_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def measure() -> dict[str, Any]:
    """The slower of both models counts."""
    rules = CompiledRuleSet(default_ruleset())
    batch, features, fraud = _stream(rules)
    said = evidence(rules.rules, Context(batch, features))
    seen, known = combiner_matrix(features).astype(np.float32), np.where(fraud, FRAUD, GENUINE).astype(np.int8)
    figures: list[tuple[float, float, float]] = []
    for label in (np.full(len(batch), UNKNOWN, np.int8), known):
        model = fit(batch.occurred_at, seen, said, label, review_rate=REVIEW_RATE).model
        figures.append(_figures(rules, model, batch, features))
    single, rows, parts = zip(*figures, strict=True)
    return {
        "engine_single_ms": round(max(single), 3),
        "engine_batch_per_s": round(min(rows)),
        "engine_attribution_ms": round(max(parts), 3),
    }


def _stream(rules: CompiledRuleSet) -> tuple[Transactions, NDArray[np.float64], NDArray[np.bool_]]:
    events = list(islice(Stream(seed=5, customers=2000, start=datetime(2026, 1, 1, tzinfo=UTC)), ROWS))
    batch = Transactions.from_rows([_row(place, event.body) for place, event in enumerate(events)])
    replay = Replay(rules.feature_config)
    parts = [replay.advance(batch.take(list(places))) for places in _chunks(len(batch), _CHUNK)]
    return batch, np.concatenate(parts), np.array([event.fraud is not None for event in events])


def _row(place: int, body: dict[str, Any]) -> tuple[Any, ...]:
    at = (datetime.fromisoformat(body["occurred_at"]) - _EPOCH).total_seconds()
    names = ("type", "counterparty_id", "country", "channel", "device_id", "latitude", "longitude")
    amount = to_minor(Decimal(str(body["amount"])), body["currency"])
    return (place, round(at * 1e6), body["customer_id"], amount, body["currency"], *(body.get(name) for name in names))


def _chunks(count: int, size: int) -> Iterator[range]:
    return (range(low, min(low + size, count)) for low in range(0, count, size))


def _figures(
    rules: CompiledRuleSet, model: AnomalyModel, batch: Transactions, features: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Milliseconds of one row, rows a second of a batch, milliseconds of one row's path attribution: medians."""
    last = range(len(batch) - TURNS * BATCH, len(batch))
    parts = [(batch.take(list(places)), features[places.start : places.stop]) for places in _between(last, BATCH)]
    ones = [(batch.take([place]), features[place : place + 1]) for place in last[:SINGLES]]
    rows = [model_matrix(features[place : place + 1]) for place in last[:SINGLES]]
    single = _median(lambda one: evaluate(one[0], one[1], rules, model, None), ones)
    many = _median(lambda one: evaluate(one[0], one[1], rules, model, None), parts)
    return single * 1e3, BATCH / many, _median(model.anomaly_parts, rows) * 1e3


def _between(places: range, size: int) -> Iterator[range]:
    return (range(low, low + size) for low in range(places.start, places.stop, size))


def _median(do: Callable[[Any], Any], given: list[Any]) -> float:
    do(given[0])
    taken = []
    for one in given:
        begun = time.perf_counter()
        do(one)
        taken.append(time.perf_counter() - begun)
    return median(taken)
