import dataclasses

import numpy as np
import pytest
from argus_engine import catalogue
from argus_engine.evaluate import CompiledRuleSet
from argus_engine.model import AnomalyModel
from decisions import case, model, ruleset_of, run


def test_the_model_raises_the_score_and_names_what_it_saw():
    strange = {
        "amount": 41_200, "amount_ratio": 6.32, "amount_deviation": 5.0, "burst_ratio": 4.0, "count_1h": 9.0,
        "pace_ratio": 2.0, "count_24h": 12.0, "amount_24h_ratio": 3.0,
    }  # fmt: skip
    judged = run(CompiledRuleSet(ruleset_of("block_list")), case(**strange), case(), model=model())
    risk = model().risk_of(judged.forest_score)
    assert judged.score == pytest.approx(risk)
    assert judged.verdict == ["review" if risk[0] < 0.95 else "block", "approve"]
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
