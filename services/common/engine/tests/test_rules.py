import math

import numpy as np
import pytest
from argus_engine.rules.compiled import KINDS, compiled
from argus_engine.rules.context import Context
from decisions import batch_of, built_in, case, decide, rule_reasons, ruleset_of

NAN = math.nan


def hit(code, said, **changes):
    """The rule's message on one case, None if it does not concern it."""
    lists = changes.pop("lists", None)
    ruleset = ruleset_of(code, lists=lists, **({code: changes} if changes else {}))
    return rule_reasons(decide(ruleset, case(**said))).get(code)


def test_an_ordinary_transaction_concerns_no_rule():
    judged = decide(built_in(), case(), case(history_count=0.0, amount_mean=NAN, amount_ratio=NAN))
    assert judged.rule_hits == judged.rule_errors == {}
    assert judged.score.tolist() == [0.0, 0.0]


def test_nothing_known_concerns_no_rule():
    batch, features = batch_of(case())
    context = Context(batch, np.full_like(features, NAN))
    for rule in compiled(built_in()):
        assert not rule.hits(context).any(), rule.code


def test_every_kind_has_a_rule_and_disabled_rules_are_left_out():
    assert {spec.kind for spec in built_in().rules} | {"composed"} == KINDS
    assert [rule.code for rule in compiled(ruleset_of("structuring"))] == ["structuring"]


@pytest.mark.parametrize("window", ["10m", "1h", "24h"])
def test_velocity_count(window):
    code = f"velocity_count_{window}"
    limit = next(rule.params.more_than for rule in built_in().rules if rule.code == code)
    assert hit(code, {f"count_{window}": float(limit)}) is None
    assert hit(code, {f"count_{window}": limit + 1.0})


def test_velocity_count_says_what_it_counted():
    assert hit("velocity_count_10m", {"count_10m": 7.0}) == (
        "This is the 7th transaction of this customer within 10 minutes; more than 5 is unusual."
    )
    assert hit("velocity_count_24h", {"count_24h": 1021.0}) == (
        "This is the 1,021st transaction of this customer within 24 hours; more than 30 is unusual."
    )


@pytest.mark.parametrize("window", ["10m", "1h", "24h"])
def test_velocity_amount_boundaries(window):
    code = f"velocity_amount_{window}"
    rule = next(rule for rule in built_in().rules if rule.code == code)
    limit, multiple = float(rule.params.limits["EUR"]), rule.params.usual_multiple
    feature = f"amount_{window}"
    low, high = {"amount_mean": 1.0}, {"amount_mean": (limit + 0.01) / multiple}
    assert hit(code, low | {feature: limit}) is None
    assert hit(code, low | {feature: limit + 0.01})
    # Usual for this customer.
    assert hit(code, high | {feature: limit + 0.01}) is None
    # Too little history to say what is usual: the limit alone counts.
    few = rule.params.min_history - 1.0
    assert hit(code, high | {feature: limit + 0.01, "history_count": few})
    assert hit(code, {feature: limit + 0.01, "history_count": 0.0, "amount_mean": NAN})
    # No limit for this currency.
    assert hit(code, low | {feature: 1e9, "currency": "SEK"}) is None


def test_velocity_amount_compares_whole_minor_units():
    # 5000.00 as a float sum may lie a hair above.
    assert hit("velocity_amount_10m", {"amount_10m": math.nextafter(5000.0, math.inf), "amount_mean": 1.0}) is None


def test_velocity_amount_says_what_is_usual():
    assert hit("velocity_amount_1h", {"amount_1h": 12400.0}) == (
        "With this one, this customer's transactions within 1 hour come to 12,400.00 EUR; "
        "more than 8,000.00 EUR is unusual. "
        "That is 190 times this customer's usual 65.20 EUR (48 earlier transactions)."
    )
    assert hit("velocity_amount_1h", {"amount_1h": 1_400_000.0, "currency": "JPY", "history_count": 1.0}) == (
        "With this one, this customer's transactions within 1 hour come to 1,400,000 JPY; "
        "more than 1,300,000 JPY is unusual."
    )


@pytest.mark.parametrize("kind", ["cash_deposit", "cash_withdrawal"])
@pytest.mark.parametrize("currency", [currency for currency, _ in built_in().feature_config().reporting])
def test_reporting_threshold(kind, currency):
    threshold = dict(built_in().feature_config().reporting)[currency]
    cash = {"type": kind, "currency": currency}
    assert hit("reporting_threshold", cash | {"amount": threshold - 1}) is None
    message = hit("reporting_threshold", cash | {"amount": threshold})
    assert message.startswith(f"A {kind.replace('_', ' ')} of ")
    assert built_in().reporting.amounts[currency].citation in message


def test_reporting_threshold_is_about_cash_in_listed_currencies():
    for kind in ("card_payment", "transfer", "direct_debit", "other"):
        assert hit("reporting_threshold", {"type": kind, "amount": 5_000_000}) is None
    assert hit("reporting_threshold", {"type": "cash_deposit", "amount": 10**12, "currency": "SEK"}) is None


def test_reporting_threshold_names_the_law():
    assert hit("reporting_threshold", {"type": "cash_deposit", "amount": 1_200_000, "currency": "USD"}) == (
        "A cash deposit of 12,000.00 USD is at or above the reporting threshold of 10,000.00 USD "
        "(United States: 31 CFR 1010.311 (currency transaction reports))."
    )


STRUCTURED = {
    "type": "cash_deposit", "amount": 930_000,
    "near_threshold_count_7d": 4.0, "near_threshold_amount_7d": 37_200.0,
}  # fmt: skip


def test_structuring_says_how_much_came_together():
    assert hit("structuring", STRUCTURED) == (
        "This is the 4th cash transaction of this customer within 7 days just below the reporting "
        "threshold of 10,000.00 EUR; together they come to 37,200.00 EUR."
    )


@pytest.mark.parametrize(
    ("change", "hits"),
    [
        ({"near_threshold_count_7d": 3.0}, True),
        ({"near_threshold_count_7d": 2.0}, False),
        ({"near_threshold_amount_7d": 10_000.0}, True),
        ({"near_threshold_amount_7d": 9_999.99}, False),
        ({"amount": 800_000}, True),
        ({"amount": 799_999}, False),
        ({"amount": 999_999}, True),
        ({"amount": 1_000_000}, False),  # openly at the threshold
        ({"type": "transfer"}, False),
        ({"currency": "SEK"}, False),
    ],
)
def test_structuring_boundaries(change, hits):
    assert bool(hit("structuring", STRUCTURED | change)) is hits


FAR = {"amount": 41_200, "amount_ratio": 6.32, "amount_deviation": 4.1}


def test_amount_history_compares_with_the_customers_own():
    assert hit("amount_history", FAR) == (
        "412.00 EUR is 6.3 times this customer's usual 65.20 EUR (48 earlier transactions)."
    )
    single = {"history_count": 1.0}
    assert "(1 earlier transaction)" in hit("amount_history", FAR | single, params={"min_history": 1})


@pytest.mark.parametrize(
    ("change", "hits"),
    [
        ({"amount_ratio": 5.0}, False),
        ({"amount_ratio": 5.01}, True),
        ({"amount_deviation": 2.5}, False),
        ({"amount_deviation": 2.51}, True),
        ({"history_count": 9.0}, False),
        ({"history_count": 10.0}, True),
        ({"amount_deviation": NAN}, False),
    ],
)
def test_amount_history_boundaries(change, hits):
    assert bool(hit("amount_history", FAR | change)) is hits


STRANGER = {"amount": 130_000, "amount_ratio": 19.94, "counterparty_new": 1.0, "counterparty": "M-77"}


def test_new_counterparty_names_it():
    assert hit("new_counterparty", STRANGER) == (
        "This customer has never dealt with counterparty M-77 before, and 1,300.00 EUR is 19.9 times this "
        "customer's usual 65.20 EUR (48 earlier transactions)."
    )


@pytest.mark.parametrize(
    ("change", "hits"),
    [
        ({"counterparty_new": 0.0}, False),
        ({"counterparty_new": NAN}, False),
        ({"amount": 99_999}, False),
        ({"amount": 100_000}, True),
        ({"amount_ratio": 3.99}, False),
        ({"amount_ratio": 4.0}, True),
        ({"history_count": 4.0}, False),
        ({"history_count": 5.0}, True),
        ({"currency": "SEK", "amount": 100}, True),  # no floor: in proportion alone
    ],
)
def test_new_counterparty_boundaries(change, hits):
    assert bool(hit("new_counterparty", STRANGER | change)) is hits


def test_impossible_travel_says_how_far():
    assert hit("impossible_travel", {"travel_km": 5570.4, "travel_kmh": 2300.0}) == (
        "Since the latest known place this customer would have had to travel 5,570 km at 2,300 km/h; "
        "more than 900 km/h is not plausible."
    )


@pytest.mark.parametrize(
    ("km", "kmh", "hits"),
    [
        (100.0, 901.0, False), (100.1, 901.0, True), (5000.0, 900.0, False), (5000.0, 900.1, True),
        (500.0, math.inf, True), (NAN, NAN, False),
    ],
)  # fmt: skip
def test_impossible_travel_boundaries(km, kmh, hits):
    assert bool(hit("impossible_travel", {"travel_km": km, "travel_kmh": kmh})) is hits


def test_high_risk_country():
    assert hit("high_risk_country", {"country": "KP"}) == (
        "The country KP is on the list of high-risk countries "
        "(FATF, High-Risk Jurisdictions subject to a Call for Action, 24 October 2025)."
    )
    for country in ("DE", None):
        assert hit("high_risk_country", {"country": country}) is None


BLOCKED = {"blocked_customers": ["anna"], "blocked_counterparties": ["shop"], "blocked_countries": ["DE"]}


def test_block_list_names_everything_that_is_on_it():
    assert hit("block_list", {}, lists=BLOCKED) == (
        "Customer anna, counterparty shop and country DE are on the block list."
    )
    assert hit("block_list", {"customer": "ben", "country": "FR"}, lists=BLOCKED) == (
        "Counterparty shop is on the block list."
    )
    assert hit("block_list", {"customer": "ben", "country": None, "counterparty": None}, lists=BLOCKED) is None


def test_lists_take_identifiers_as_they_are():
    assert (
        hit(
            "block_list",
            {"customer": "Anna", "counterparty": "shop "},
            lists=BLOCKED | {"blocked_countries": []},
        )
        is None
    )


def test_allow_list():
    lists = {"allowed_customers": ["anna"], "allowed_counterparties": ["employer"]}
    assert hit("allow_list", {}, lists=lists) == "Customer anna is on the allow list."
    assert hit("allow_list", {"customer": "ben", "counterparty": "employer"}, lists=lists) == (
        "Counterparty employer is on the allow list."
    )
    assert hit("allow_list", {"customer": "ben"}, lists=lists) is None


def test_rules_take_mixed_currencies_row_by_row():
    judged = decide(
        ruleset_of("reporting_threshold"),
        *[
            case(type="cash_deposit", amount=amount, currency=currency)
            for amount, currency in [
                (1_000_000, "EUR"),
                (1_000_000, "INR"),
                (1_000_000, "SEK"),
                (999_999, "USD"),
            ]
        ],
    )
    assert [bool(rule_reasons(judged, i)) for i in range(4)] == [True, False, False, False]
