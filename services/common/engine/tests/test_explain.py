import dataclasses

import numpy as np
import orjson
import pytest
from argus_engine import catalogue
from argus_engine.clauses import said
from argus_engine.evaluate import CompiledRuleSet
from argus_engine.model import AnomalyModel
from argus_engine.rules.context import Context
from decisions import batch_of, case, model, ruleset_of, run, taught


def test_the_model_raises_the_score_and_names_what_it_saw():
    strange = {
        "amount": 41_200, "amount_ratio": 6.32, "amount_deviation": 9.0, "country_new": 9.0,
        "recent_unusual": 9.0,
    }  # fmt: skip
    judged = run(CompiledRuleSet(ruleset_of("block_list")), case(**strange), case(), model=model())
    risk = model().risk_of(judged.forest_score)
    assert judged.score[0] > 0.5 > judged.score[1]
    assert judged.verdict == ["review" if judged.score[0] < 0.95 else "block", "approve"]
    (reason,) = judged.reasons[0]
    assert (reason.code, reason.kind, reason.weight) == ("anomaly", "model", pytest.approx(risk[0]))
    assert reason.message.startswith("The anomaly model finds this more unusual than 9")
    assert "412.00 EUR is 6.3 times this customer's usual 65.20 EUR (48 earlier transactions)" in reason.message
    assert judged.reasons[1] == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"amount_deviation": 9.0, "amount_ratio": 8.0},
            "50.00 EUR is 8.0 times this customer's usual 65.20 EUR",
        ),
        ({"burst_ratio": 9.0, "count_1h": 1.0}, "1 transaction within 1 hour, 8,103 times what is usual"),
        ({"hour_deviation": 9.0}, "12:00 UTC is an unusual time of day for this customer"),
        ({"counterparty_novelty": 0.69}, "counterparty shop is new to this customer."),
        (
            {"counterparty_novelty": 3.0},
            "counterparty shop is new to this customer, of whose transactions only about 5% go to new ones",
        ),
        ({"country_new": 9.0}, "this customer has never transacted in DE before"),
        (
            {"travel_speed_deviation": 9.0, "travel_km": 8000.0, "travel_kmh": 4000.0},
            "8,000 km from the latest known place would take 4,000 km/h",
        ),
        (
            {"amount_24h_ratio": 2.0, "amount_24h": 900.0},
            "900.00 EUR within 24 hours is 7.4 times what is usual",
        ),
        (
            {"amount_1h_ratio": 2.0, "amount_1h": 481.0},
            "481.00 EUR within 1 hour is 7.4 times this customer's usual amount",
        ),
    ],
)
def test_each_feature_has_its_words(said, words):
    # A tail in which everything is rare, so that the model speaks.
    eager = dataclasses.replace(model(), tail=AnomalyModel.fit_tail(np.array([0.0, 0.1])))
    judged = run(
        CompiledRuleSet(ruleset_of("block_list")),
        case(**said),
        model=dataclasses.replace(eager, review_rate=0.9),
    )
    assert words in judged.reasons[0][-1].message


@pytest.mark.parametrize("feature", catalogue.MODEL_FEATURES)
def test_every_model_feature_has_words_and_can_do_without(feature):
    eager = dataclasses.replace(model(), tail=AnomalyModel.fit_tail(np.array([0.0, 0.1])), review_rate=0.9)
    meaning = next(f.meaning for f in catalogue.FEATURES if f.name == feature)
    rules = CompiledRuleSet(ruleset_of("block_list"))
    usual = run(rules, case(**{feature: 2.0}), model=eager)
    assert meaning not in usual.reasons[0][-1].message
    # Nothing else is known of this one: the model is heard all the same.
    bare = run(rules, case(**dict.fromkeys(catalogue.NAMES, np.nan) | {feature: 2.0}), model=eager)
    assert bare.reasons[0][-1].code == "anomaly"
    assert bare.forest_score[0] == usual.forest_score[0]


def test_a_combination_without_a_leading_feature_has_words_too():
    eager = dataclasses.replace(model(), tail=AnomalyModel.fit_tail(np.array([0.0, 0.1])), review_rate=0.9)
    (reason,) = run(CompiledRuleSet(ruleset_of("block_list")), case(), model=eager).reasons[0]
    assert reason.message.endswith("by its combination of values.")


STRANGE = {
    "amount": 41_200, "amount_ratio": 6.32, "amount_deviation": 5.0, "burst_ratio": 4.0, "count_1h": 9.0,
    "amount_1h": 412.0, "amount_24h": 500.0, "amount_1h_ratio": 2.0, "amount_24h_ratio": 2.0,
}  # fmt: skip


def explained(used, *, rules=None, **said):
    """What is said of one alerted transaction: its reasons by code, and the details."""
    # Half of all transactions may be alerted.
    eager = dataclasses.replace(used, review_rate=0.5, pace=50.0)
    judged = run(CompiledRuleSet(rules or ruleset_of("block_list")), case(**STRANGE | said), model=eager)
    assert judged.verdict != ["approve"]
    found = {reason.code: reason for reason in judged.reasons[0]}
    (details,) = [reason.details for reason in judged.reasons[0] if reason.details]
    return judged, found, details


@pytest.mark.parametrize("used", [model(), taught()])
def test_details_add_up_and_become_json(used):
    judged, _, details = explained(used, rules=ruleset_of("amount_history"))
    assert details["forest_score"] == pytest.approx(judged.forest_score[0], abs=1e-9)
    assert details["forest_start"] + sum(details["forest"].values()) == pytest.approx(details["forest_score"], abs=1e-9)
    assert details["rank_start"] + sum(details["parts"].values()) == pytest.approx(details["rank"], abs=1e-9)
    assert "rule:amount_history" in details["parts"]
    assert all(name in catalogue.NAMES for name in details["forest"])
    assert len(orjson.dumps([reason.document() for reason in judged.reasons[0]])) < 6000


def test_what_labels_have_taught_is_said_with_how_often_it_was_right():
    _, found, details = explained(taught(), counterparty_risk_30d=2.0, counterparty_fraud_7d=3.0)
    message = found["combination"].message
    assert message.startswith("All that is known taken together, this is more suspicious than ")
    assert f"of those ranked like it about {details['chance']:.0%} were fraud" in message


def test_what_is_not_alerted_has_no_details():
    judged = run(CompiledRuleSet(ruleset_of("block_list")), case(), case(amount_deviation=1.0), model=taught())
    assert not any(reason.details for reasons in judged.reasons for reason in reasons)


@pytest.mark.parametrize("name", catalogue.COMBINER_FEATURES)
def test_every_feature_that_a_combiner_sees_has_words(name):
    batch, features = batch_of(case(**{name: 1.0}))
    sentence = said(Context(batch, features), 0, name)
    meaning = next(feature.meaning for feature in catalogue.FEATURES if feature.name == name)
    assert meaning not in sentence
    assert sentence
    features[:] = np.nan
    assert said(Context(batch, features), 0, name)


@pytest.mark.parametrize("name", [feature.name for feature in catalogue.FEATURES])
def test_what_is_not_known_is_said_not_to_be(name):
    batch, features = batch_of(case(**{name: float("nan")}))
    clause = said(Context(batch, features), 0, name)
    assert clause.startswith("it is not known ")
    assert "nan" not in clause.split()
