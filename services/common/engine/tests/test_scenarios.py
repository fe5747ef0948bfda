"""The shipped scenarios decide as the built-in rules did, word for word."""

import json
import math
from importlib.resources import files
from typing import Any

import numpy as np
from argus_engine.catalogue import INDEX
from argus_engine.columns import Transactions
from argus_engine.evaluate import CompiledRuleSet, evaluate
from argus_engine.replay import Replay
from argus_engine.ruleset import default_ruleset
from decisions import ORDINARY, built_in
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import ROWS, rows_of

OLD, NEW = CompiledRuleSet(built_in()), CompiledRuleSet(default_ruleset())

# Values at which one rule or another turns over, a hair to both sides.
EDGES = [0.0, 1.0, 2.5, 3.0, 4.0, 5.0, 6.0, 10.0, 11.0, 30.0, 31.0, 100.0, 900.0, 5000.0, 8000.0, 10_000.0, 15_000.0]
VALUES = st.sampled_from([*EDGES, *(math.nextafter(edge, math.inf) for edge in EDGES), 65.2, 1e7])
# What the kernel leaves undefined, it leaves undefined together.
UNDEFINED = [
    (),
    ("amount_mean", "amount_std", "amount_ratio", "amount_deviation"),
    ("travel_km", "travel_kmh"),
]
OF_COUNTERPARTIES = ("counterparty_new", "counterparty_novelty")
CASES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(ORDINARY, VALUES),
        "amount": st.sampled_from([1, 99_999, 100_000, 799_999, 800_000, 999_999, 1_000_000, 15_000_000]),
        "currency": st.sampled_from(["EUR", "USD", "JPY", "SEK", "KWD"]),
        "type": st.sampled_from(["card_payment", "cash_deposit", "cash_withdrawal", "other"]),
        "country": st.sampled_from(["DE", "IR", "KP", None]),
        "counterparty": st.sampled_from(["shop", "mule", None]),
        "customer": st.sampled_from(["anna", "ben"]),
        "undefined": st.sampled_from(UNDEFINED),
    },
)


def same(batch: Transactions, features: Any, old: CompiledRuleSet = OLD, new: CompiledRuleSet = NEW) -> None:
    before, after = evaluate(batch, features, old, None, "n"), evaluate(batch, features, new, None, "n")
    assert after.reasons == before.reasons
    assert after.verdict == before.verdict
    np.testing.assert_array_equal(after.score, before.score)
    assert (after.rule_hits, after.rule_errors) == (before.rule_hits, before.rule_errors)


def case(said: dict[str, Any]) -> tuple[tuple[Any, ...], list[float]]:
    values = ORDINARY | {name: said[name] for name in said if name in INDEX}
    values |= dict.fromkeys(said.get("undefined", ()), math.nan)
    if said.get("counterparty", "shop") is None:
        values |= dict.fromkeys(OF_COUNTERPARTIES, math.nan)
    row = (
        1, 0, said.get("customer", "anna"), said.get("amount", 5000), said.get("currency", "EUR"),
        said.get("type", "card_payment"), said.get("counterparty", "shop"), said.get("country", "DE"), "pos", None,
        None, None,
    )  # fmt: skip
    return row, [values[name] for name in INDEX]


@given(st.lists(CASES, min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_on_every_edge(said: list[dict[str, Any]]) -> None:
    rows, features = zip(*map(case, said), strict=True)
    same(Transactions.from_rows(rows), np.array(features))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_on_random_streams(steps: list[Any]) -> None:
    batch = Transactions.from_rows(rows_of(steps))
    same(batch, Replay(OLD.feature_config).advance(batch))


@given(st.lists(CASES, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_with_somebody_on_every_list(said: list[dict[str, Any]]) -> None:
    lists = {"blocked_customers": ["ben"], "blocked_counterparties": ["mule"], "blocked_countries": ["KP"],
             "allowed_customers": ["anna"], "allowed_counterparties": ["shop"]}  # fmt: skip
    pair = []
    for ruleset in (built_in(), default_ruleset()):
        document = ruleset.document()
        document["lists"] |= lists
        pair.append(CompiledRuleSet(type(ruleset).parse(document)))
    rows, features = zip(*map(case, said), strict=True)
    same(Transactions.from_rows(rows), np.array(features), *pair)


def test_every_scenario_has_a_file_and_cites_somebody() -> None:
    folder = files("argus_engine") / "data" / "scenarios"
    found = {file.name: json.loads(file.read_text()) for file in folder.iterdir()}
    rules = default_ruleset().document()["rules"]
    assert set(found) == {f"{rule['code']}.json" for rule in rules}
    assert [rule["code"] for rule in rules] == [rule.code for rule in built_in().rules]
    assert {rule["kind"] for rule in rules} == {"composed", "allow_list"}
    assert all(rule["citation"] for rule in rules if rule["kind"] == "composed")
