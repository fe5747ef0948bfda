"""Transactions with chosen feature values, and rule sets with chosen rules."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from argus_engine.catalogue import FEATURES, INDEX, NAMES
from argus_engine.columns import Transactions
from argus_engine.evaluate import CompiledRuleSet, Evaluated, evaluate
from argus_engine.model import AnomalyModel
from argus_engine.ruleset import RuleSet
from models_made import label_free, learned
from numpy.typing import NDArray

# An ordinary card payment of a customer with a history.
ORDINARY = {
    "count_10m": 1.0, "count_1h": 1.0, "count_24h": 3.0,
    "amount_10m": 50.0, "amount_1h": 50.0, "amount_24h": 120.0,
    "near_threshold_count_7d": 0.0, "near_threshold_amount_7d": 0.0,
    "history_count": 48.0, "amount_mean": 65.2, "amount_std": 30.0,
    "amount_ratio": 0.77, "amount_deviation": 0.0, "seconds_since_previous": 9000.0,
    "pace_ratio": 0.0, "burst_ratio": 0.0, "hour_deviation": 0.0, "counterparty_new": 0.0, "country_new": 0.0,
    "travel_km": 0.0, "travel_kmh": 0.0, "travel_speed_deviation": 0.0, "amount_24h_ratio": 0.0,
    "counterparty_novelty": 0.0, "amount_1h_ratio": 0.0,
} | dict.fromkeys(NAMES[25:], 0.0)  # fmt: skip
NOON = 1_772_539_200 * 1_000_000


def case(**said: Any) -> tuple[tuple[Any, ...], list[float]]:
    """One row and its feature values: an ordinary one, but for what is said. ``amount`` is in minor units."""
    values = ORDINARY | {name: said.pop(name) for name in list(said) if name in INDEX}
    row = {
        "id": 1, "at": NOON, "customer": "anna", "amount": 5000, "currency": "EUR", "type": "card_payment",
        "counterparty": "shop", "country": "DE", "channel": "pos", "device": None, "lat": None, "lon": None,
    }  # fmt: skip
    assert not set(said) - set(row)
    return tuple((row | said).values()), [values[feature.name] for feature in FEATURES]


def batch_of(*cases: tuple[tuple[Any, ...], list[float]]) -> tuple[Transactions, NDArray[np.float64]]:
    """A batch and its features."""
    rows, features = zip(*cases, strict=True)
    return Transactions.from_rows(rows), np.array(features)


@cache
def built_in() -> RuleSet:
    """The shipped rule set as it was before rules could be composed: stored documents still say this."""
    return RuleSet.parse((Path(__file__).parent / "built_in_ruleset.json").read_text())


def ruleset_of(*codes: str, lists: dict[str, Any] | None = None, **changes: dict[str, Any]) -> RuleSet:
    """The built-in rules with only these rules enabled (all, if none are named).

    ``changes``: per code what differs in the rule; ``params`` are merged.
    """
    document = built_in().document()
    document["lists"] |= lists or {}
    for rule in document["rules"]:
        rule["enabled"] = not codes or rule["code"] in codes
        change = dict(changes.pop(rule["code"], {}))
        rule["params"] |= change.pop("params", {})
        rule |= change
    assert not changes
    return RuleSet.parse(document)


def run(
    compiled: CompiledRuleSet,
    *cases: tuple[tuple[Any, ...], list[float]],
    model: AnomalyModel | None = None,
    note: str | None = "not asked",
) -> Evaluated:
    """A compiled rule set on these cases, with or without a model."""
    batch, features = batch_of(*cases)
    return evaluate(batch, features, compiled, model, note)


def decide(ruleset: RuleSet, *cases: tuple[tuple[Any, ...], list[float]]) -> Evaluated:
    """Rules alone on these cases."""
    return run(CompiledRuleSet(ruleset), *cases)


def rule_reasons(judged: Evaluated, i: int = 0) -> dict[str, str]:
    """Messages by code, without the model's."""
    return {reason.code: reason.message for reason in judged.reasons[i] if reason.kind == "rule"}


@cache
def model() -> AnomalyModel:
    """A model that has seen ordinary customers, and no label."""
    return label_free(version="4", digest="d" * 64)


@cache
def taught() -> AnomalyModel:
    """One that labels have taught."""
    return learned(version="5", digest="e" * 64)
