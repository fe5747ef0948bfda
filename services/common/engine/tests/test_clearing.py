import numpy as np
import pytest
from argus_engine.catalogue import INDEX
from argus_engine.clearing import AMOUNT, Row, changed, smallest
from argus_engine.evaluate import Approval, CompiledRuleSet, evaluate
from argus_engine.rules.context import Context
from decisions import batch_of, case, model, ruleset_of

FAR = {
    "amount": 100_000, "amount_ratio": 15.3, "amount_deviation": 5.0, "amount_mean": 65.2, "amount_std": 30.0,
    "amount_10m": 1000.0, "amount_1h": 1000.0, "amount_24h": 1200.0, "amount_1h_ratio": 2.73, "amount_24h_ratio": 2.0,
    "population_amount_ratio": 3.0, "population_amount_deviation": 3.0, "counterparty_amount_deviation": 2.0,
}  # fmt: skip


def context_of(**said):
    return Context(*batch_of(case(**said)))


def value(context, name):
    return context.features[:, INDEX[name]].tolist()


def test_what_a_lower_amount_changes():
    half = changed(context_of(**FAR), 0, [Row((AMOUNT,), 0.5)])
    assert half.batch.amount.tolist() == [50_000]
    assert value(half, "amount_1h") == [500.0]
    assert value(half, "amount_24h") == [700.0]
    assert value(half, "amount_1h_ratio") == pytest.approx([2.73 + np.log(0.5)])
    assert value(half, "amount_24h_ratio") == pytest.approx([2.0 + np.log(700 / 1200)])
    assert value(half, "amount_ratio") == pytest.approx([7.65])
    assert value(half, "population_amount_ratio") == pytest.approx([3.0 + np.log(0.5)])
    assert value(half, "population_amount_deviation") == pytest.approx([3.0 + np.log(0.5)])
    # Where the amount is the usual one, nothing is left of how far it lay above.
    usual = changed(context_of(**FAR), 0, [Row((AMOUNT,), 0.05)])
    assert value(usual, "amount_deviation") == [0.0]
    assert value(usual, "hour_deviation") == [0.0]


def test_the_transaction_itself_stays_as_it_is():
    context = context_of(**FAR)
    before = context.features.copy()
    changed(context, 0, [Row((AMOUNT, "hour"), 0.1)] * 3)
    np.testing.assert_array_equal(context.features, before)
    assert context.batch.amount.tolist() == [100_000]


def test_the_largest_amount_that_clears_is_named_and_the_engine_agrees():
    rules = CompiledRuleSet(ruleset_of("amount_history", amount_history={"outcome": "review"}))
    context = context_of(**FAR)
    said = smallest(Approval(rules, model()), context, 0, {"amount_deviation": 1.0})
    assert said is not None
    assert said.startswith("It would have been cleared if the amount had been about ")
    amount = float(said.split("about ")[1].split(" EUR")[0].replace(",", ""))
    # As far as ratio and deviation go, the rule stops at five times the usual.
    assert 100.0 < amount <= 5 * 65.2
    cleared = changed(context, 0, [Row((AMOUNT,), amount / 1000.0)])
    assert evaluate(cleared.batch, cleared.features, rules, model(), None).verdict == ["approve"]


def test_the_fact_that_adds_most_is_tried_first():
    tried = []

    def approves(context):
        tried.append(len(context))
        return np.ones(len(context), bool)

    risk = {"counterparty_risk_30d": 2.0, "counterparty_fraud_7d": 1.0}
    said = smallest(approves, context_of(**risk, hour_deviation=1.0), 0, {"counterparty_risk_30d": 3.0})
    assert said == "It would have been cleared if no fraud had been known at the counterparty."
    assert len(tried) == 1


def test_two_facts_are_tried_where_one_is_not_enough():
    def approves(context):
        hour, novelty = (context.features[:, INDEX[name]] for name in ("hour_deviation", "counterparty_novelty"))
        return (hour == 0.0) & (novelty == 0.0)

    said = smallest(approves, context_of(hour_deviation=2.0, counterparty_novelty=2.0), 0, {})
    assert said == (
        "It would have been cleared if the time of day had been usual "
        "and the counterparty had been known to the customer."
    )


def test_nothing_is_said_where_nothing_clears():
    assert smallest(lambda context: np.zeros(len(context), bool), context_of(**FAR), 0, {}) is None
