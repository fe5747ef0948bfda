import dataclasses

import numpy as np
import orjson
import pytest
from argus_engine import catalogue, explain
from argus_engine.columns import Transactions
from argus_engine.evaluate import VERDICTS, CompiledRuleSet, evaluate
from argus_engine.reasons import Reason
from argus_engine.rules.base import CompiledRule
from argus_engine.ruleset import default_ruleset
from decisions import built_in, case, decide, model, rule_reasons, ruleset_of, run, taught
from hypothesis import given, settings
from hypothesis import strategies as st

CASH = {"type": "cash_deposit", "amount": 1_200_000}
BURST = {"count_10m": 7.0}
FAR = {"amount_ratio": 6.3, "amount_deviation": 4.0, "amount": 41_200}
ALLOWED = {"allowed_customers": ["anna"]}


class Failing(CompiledRule):
    """Raises for customers whose name begins with "bad", else hits when ``others`` says so."""

    others = False

    def hits(self, context):
        if any(customer.startswith("bad") for customer in context.batch.customer):
            raise RuntimeError("no")
        return np.full(len(context), self.others)

    def message(self, context, i):
        if context.batch.customer[i] == "mute":
            raise RuntimeError("no")
        return "It hits."


class FailingAndHitting(Failing):
    others = True


class Shapeless(CompiledRule):
    def hits(self, context):
        return np.zeros(len(context) + 1, bool)

    def message(self, context, i):
        return ""


def with_rule(kind, ruleset=None):
    """The rule set, with one more rule of the class ``kind`` in front."""
    compiled = CompiledRuleSet(ruleset or default_ruleset())
    spec = next(rule for rule in built_in().rules if rule.code == "velocity_count_10m")
    compiled.rules = (kind(spec.model_copy(update={"code": "shaky"})), *compiled.rules)
    return compiled


def test_a_rule_that_asks_for_review_is_not_outvoted_by_a_model():
    rules = CompiledRuleSet(ruleset_of("high_risk_country", high_risk_country={"weight": 0.7}))
    judged = run(rules, case(country="IR"), case(), model=model())
    assert (judged.verdict, judged.score[0]) == (["review", "approve"], 0.7)


def test_the_line_for_review_moves_with_the_pace_and_the_score_does_not():
    rules = CompiledRuleSet(ruleset_of("block_list"))
    odd = case(amount_deviation=3.0, amount_ratio=4.0)
    score = run(rules, odd, model=model()).score[0]
    odds = score / (1.0 - score)
    for pace, verdict in ((0.99 / odds, "approve"), (1.01 / odds, "review")):
        judged = run(rules, odd, model=dataclasses.replace(model(), pace=pace))
        assert (judged.verdict, judged.score[0]) == ([verdict], score)


def test_score_is_a_noisy_or_of_the_hits():
    judged = decide(default_ruleset(), case(**BURST), case(**FAR), case(**BURST, **FAR))
    assert judged.score == pytest.approx([0.55, 0.5, 1 - 0.45 * 0.5])
    assert judged.verdict == ["review", "review", "review"]
    assert judged.rule_hits == {"velocity_count_10m": 2, "amount_history": 2}


@pytest.mark.parametrize(
    ("weight", "verdict"),
    [(0.49, "approve"), (0.5, "review"), (0.94, "review"), (0.95, "block"), (1.0, "block")],
)
def test_thresholds(weight, verdict):
    judged = decide(ruleset_of(amount_history={"weight": weight}), case(**FAR))
    assert (judged.verdict, judged.score.tolist()) == ([verdict], [pytest.approx(weight)])


@pytest.mark.parametrize(("outcome", "verdict"), [("score", "approve"), ("review", "review"), ("block", "block")])
def test_a_rules_outcome_counts_whatever_its_weight(outcome, verdict):
    judged = decide(ruleset_of(amount_history={"weight": 0.01, "outcome": outcome}), case(**FAR))
    assert judged.verdict == [verdict]
    assert judged.score[0] == pytest.approx(0.01)


def test_the_strongest_outcome_wins_in_any_order():
    for first, second in (("review", "block"), ("block", "review")):
        rules = ruleset_of(
            amount_history={"weight": 0.0, "outcome": first},
            velocity_count_10m={"weight": 0.0, "outcome": second},
        )
        assert decide(rules, case(**FAR, **BURST)).verdict == ["block"]


def test_a_burst_and_structuring_and_blocked_parties_do_not_pass():
    structured = {"near_threshold_count_7d": 3.0, "near_threshold_amount_7d": 27_900.0, "amount": 930_000}
    judged = decide(
        ruleset_of(lists={"blocked_counterparties": ["mule"]}),
        case(count_10m=9.0, count_1h=12.0, amount_10m=6000.0, amount_1h=9000.0),
        case(type="cash_deposit", **structured),
        case(counterparty="mule"),
        case(**CASH),
        case(),
    )
    assert judged.verdict == ["review", "review", "block", "review", "approve"]


def test_reasons_are_in_the_order_of_the_rule_set_and_shared_when_empty():
    judged = run(CompiledRuleSet(default_ruleset()), case(**FAR, **BURST, **{"country": "IR"}), case(), model=model())
    assert [reason.code for reason in judged.reasons[0]] == [
        "high_risk_country",
        "velocity_count_10m",
        "amount_history",
        "anomaly",
    ]
    assert judged.reasons[1] == []


def test_reasons_become_json():
    judged = decide(default_ruleset(), case(**BURST))
    assert orjson.loads(orjson.dumps([reason.document() for reason in judged.reasons[0]])) == [
        {
            "code": "velocity_count_10m",
            "kind": "rule",
            "message": "This is the 7th transaction of this customer within 10 minutes; more than 5 is unusual.",
            "weight": 0.55,
        },
        {
            "code": "model_unavailable",
            "kind": "model",
            "message": "Rules alone decided this transaction, without the anomaly model: not asked.",
            "weight": 0.0,
        },
    ]


def test_no_transactions():
    batch, features = Transactions.from_rows([]), np.empty((0, len(catalogue.FEATURES)))
    for used in (None, model()):
        judged = evaluate(batch, features, CompiledRuleSet(default_ruleset()), used, None)
        assert (judged.verdict, judged.reasons, len(judged.score), len(judged.forest_score)) == ([], [], 0, 0)


# Lists


def test_allow_list_brings_the_verdict_down_and_says_so():
    judged = decide(ruleset_of(lists=ALLOWED), case(**BURST, **FAR), case(), case(customer="ben", **BURST))
    assert judged.verdict == ["approve", "approve", "review"]
    assert judged.score[0] < 0.5
    said = rule_reasons(judged)
    assert said["allow_list"] == (
        "Customer anna is on the allow list. Therefore the verdict is approve instead of review."
    )
    assert set(said) == {"allow_list", "velocity_count_10m", "amount_history"}
    assert rule_reasons(judged, 1)["allow_list"] == "Customer anna is on the allow list."
    assert "allow_list" not in rule_reasons(judged, 2)


@pytest.mark.parametrize(
    ("said", "code", "verdict"),
    [
        (CASH, "reporting_threshold", "review"),
        (
            {"type": "cash_deposit", "amount": 930_000, "near_threshold_count_7d": 3.0,
             "near_threshold_amount_7d": 27_900.0},
            "structuring", "review",
        ),
        ({"counterparty": "mule"}, "block_list", "block"),
    ],
)  # fmt: skip
def test_allow_list_does_not_lift_law_and_block_list(said, code, verdict):
    rules = ruleset_of(lists=ALLOWED | {"blocked_counterparties": ["mule"]})
    judged = decide(rules, case(**said))
    assert judged.verdict == [verdict]
    assert judged.score[0] >= 0.5
    assert rule_reasons(judged)["allow_list"] == f"Customer anna is on the allow list. That does not lift {code}."


def test_allow_list_does_not_depend_on_its_place():
    document = ruleset_of(lists=ALLOWED | {"blocked_counterparties": ["mule"]}).document()
    for order in (1, -1):
        rules = type(default_ruleset()).parse(document | {"rules": document["rules"][::order]})
        judged = decide(rules, case(**BURST), case(counterparty="mule"))
        assert judged.verdict == ["approve", "block"]


def test_allow_list_lifts_the_model():
    extreme = dict.fromkeys(catalogue.MODEL_FEATURES, 6.0)
    judged = run(CompiledRuleSet(ruleset_of(lists=ALLOWED)), case(**extreme), model=model())
    assert judged.verdict == ["approve"]
    assert [reason.code for reason in judged.reasons[0]] == ["allow_list", "anomaly"]


# Rules that raise


@pytest.mark.parametrize("kind", [Failing, FailingAndHitting])
def test_a_rule_that_raises_is_named_and_the_rest_run(kind):
    judged = run(with_rule(kind), case(customer="bad"), case(customer="bad", **BURST), case(customer="ben", **BURST))
    assert judged.rule_errors == {"shaky": 2}
    assert judged.verdict == ["review"] * 3
    assert judged.score[0] == 0.5
    assert rule_reasons(judged)["rule_error"] == (
        "The rule shaky could not be checked on this transaction; a person must look at it."
    )
    assert set(rule_reasons(judged, 1)) == {"velocity_count_10m", "rule_error"}
    assert ("shaky" in rule_reasons(judged, 2)) is (kind is FailingAndHitting)
    assert judged.rule_hits.get("velocity_count_10m") == 2


def test_a_rule_that_raises_never_makes_a_verdict_quieter():
    blocked = ruleset_of(lists={"blocked_customers": ["bad"]})
    assert run(with_rule(Failing, blocked), case(customer="bad")).verdict == ["block"]


def test_the_allow_list_does_not_lift_what_could_not_be_checked():
    allowed = ruleset_of(lists={"allowed_customers": ["bad"]})
    judged = run(with_rule(Failing, allowed), case(customer="bad"))
    assert judged.verdict == ["review"]
    assert rule_reasons(judged)["allow_list"].endswith("That does not lift shaky.")


def test_a_rule_without_an_explanation_still_weighs():
    judged = run(with_rule(FailingAndHitting), case(customer="mute"), case(customer="ben"))
    assert judged.verdict == ["review", "review"]
    assert judged.score.tolist() == pytest.approx([0.55, 0.55])
    assert rule_reasons(judged)["shaky"] == "The rule shaky applies, but its explanation could not be written."
    assert "rule_error" in rule_reasons(judged)
    assert "rule_error" not in rule_reasons(judged, 1)
    assert (judged.rule_hits, judged.rule_errors) == ({"shaky": 2}, {"shaky": 1})


def test_a_rule_that_answers_nonsense_counts_as_raising():
    judged = run(with_rule(Shapeless), case(), case())
    assert judged.rule_errors == {"shaky": 2}
    assert judged.verdict == ["review", "review"]


# The model


def test_without_a_model_every_decision_says_why():
    judged = decide(default_ruleset(), case(), case(**BURST))
    for reasons in judged.reasons:
        assert reasons[-1].code == "model_unavailable"
    assert np.isnan(judged.forest_score).all()
    silent = run(CompiledRuleSet(default_ruleset()), case(), note=None)
    assert silent.reasons[0][0].message.endswith("without the anomaly model: none is loaded.")


def test_a_model_that_raises_leaves_the_rules():
    broken = dataclasses.replace(model(), tail=None)
    judged = run(CompiledRuleSet(default_ruleset()), case(**BURST), model=broken, note=None)
    assert judged.verdict == ["review"]
    assert np.isnan(judged.forest_score).all()
    assert judged.reasons[0][-1] == Reason(
        "model_unavailable",
        "model",
        "Rules alone decided this transaction: the anomaly model, version 4, failed (AttributeError).",
        0.0,
    )


def test_words_that_fail_leave_the_decision(monkeypatch):
    rules = CompiledRuleSet(ruleset_of("high_risk_country"))
    usual = run(rules, case(country="IR"), case(), model=model())

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(explain, "_anomaly", fail)
    judged = run(rules, case(country="IR"), case(), model=model())
    assert usual.verdict == ["review", "approve"]
    assert (judged.score.tolist(), judged.verdict) == (usual.score.tolist(), usual.verdict)
    assert judged.reasons[0][-1] == Reason(
        "anomaly", "model", "What the model found could not be put into words (ZeroDivisionError).", 0.0
    )


# Properties

KNOWN = st.one_of(st.just(float("nan")), st.floats(0, 1e6))
CASES = st.builds(
    lambda values, row: case(**dict(zip(catalogue.NAMES, values, strict=True)), **row),
    st.lists(KNOWN, min_size=len(catalogue.NAMES), max_size=len(catalogue.NAMES)),
    st.fixed_dictionaries(
        {
            "customer": st.sampled_from(["anna", "ben", "cleo", "bad"]),
            "amount": st.sampled_from([1, 5000, 930_000, 1_000_000, 10**9]),
            "currency": st.sampled_from(["EUR", "USD", "JPY", "SEK"]),
            "type": st.sampled_from(["card_payment", "cash_deposit", "other"]),
            "counterparty": st.sampled_from(["shop", "mule", None]),
            "country": st.sampled_from(["DE", "IR", None]),
        }
    ),
)
LISTS = {"allowed_customers": ["anna"], "blocked_customers": ["cleo"], "blocked_counterparties": ["mule"]}


USED = {"none": None, "label-free": model(), "taught": taught()}


@settings(max_examples=60, deadline=None)
@given(
    cases=st.lists(CASES, min_size=1, max_size=8),
    which=st.sampled_from(["none", "label-free", "taught"]),
    shaky=st.booleans(),
)
def test_whatever_comes_is_decided(cases, which, shaky):
    used = USED[which]
    rules = ruleset_of(lists=LISTS)
    compiled = with_rule(Failing, rules) if shaky else CompiledRuleSet(rules)
    judged = run(compiled, *cases, model=used)
    assert ((judged.score >= 0) & (judged.score <= 1)).all()
    assert set(judged.verdict) <= set(VERDICTS)
    for verdict, score, reasons in zip(judged.verdict, judged.score, judged.reasons, strict=True):
        assert verdict == "approve" or reasons
        assert VERDICTS.index(verdict) >= (score >= 0.5) + (score >= 0.95)
        assert all(reason.message.endswith(".") and 0 <= reason.weight <= 1 for reason in reasons)
    if shaky:
        assert all(v != "approve" for v, c in zip(judged.verdict, cases, strict=True) if c[0][2] == "bad")
    # Alone or among others: the same decision.
    for i, one in enumerate(cases):
        alone = run(compiled, one, model=used)
        assert alone.reasons[0] == judged.reasons[i]
        assert (alone.score[0], alone.verdict[0]) == (judged.score[i], judged.verdict[i])


@settings(max_examples=60, deadline=None)
@given(
    one=CASES,
    codes=st.sets(st.sampled_from([rule.code for rule in default_ruleset().rules])),
    with_model=st.booleans(),
)
def test_another_hit_never_makes_it_quieter(one, codes, with_model):
    """More rules, apart from the allow list, never lower the score nor the verdict."""
    codes -= {"allow_list"}
    every = {rule.code for rule in default_ruleset().rules} - {"allow_list"}
    used = model() if with_model else None
    # No code names no rule: an empty set would enable all.
    few = run(CompiledRuleSet(ruleset_of("", *codes, lists=LISTS)), one, model=used)
    many = run(CompiledRuleSet(ruleset_of(*every, lists=LISTS)), one, model=used)
    assert many.score[0] >= few.score[0]
    assert VERDICTS.index(many.verdict[0]) >= VERDICTS.index(few.verdict[0])
    assert set(few.rule_hits) <= set(many.rule_hits)
