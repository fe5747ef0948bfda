"""Composed rules: what is refused, and where; what is meant, against a reading of the tree row by row."""

import copy
import math
import operator
from typing import Any

import numpy as np
import pytest
from argus_engine.catalogue import INDEX
from argus_engine.columns import Transactions
from argus_engine.evaluate import CompiledRuleSet, evaluate
from argus_engine.managed import Entry, Lists
from argus_engine.rules.context import Context
from argus_engine.rules.language.masks import predicate
from argus_engine.rules.language.phrases import phrase, rule_phrase
from argus_engine.rules.language.windows import Window
from argus_engine.ruleset import RuleSet, RuleSetError, default_ruleset
from decisions import NOON, batch_of, case
from hypothesis import given, settings
from hypothesis import strategies as st

LARGE = {"field": "amount", "op": ">", "value": {"amounts": {"EUR": "50"}}}


def rule(when: Any, message: Any = ("It is so.",), code: str = "mine", **said: Any) -> dict[str, Any]:
    return {
        "code": code, "kind": "composed", "title": "Mine", "citation": "", "enabled": True, "weight": 0.5,
        "outcome": "review", "firm": False, "when": when, "message": list(message),
    } | said  # fmt: skip


def document(*rules: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(default_ruleset().document())
    made["rules"] = list(rules)
    return made


def ruleset(*rules: dict[str, Any]) -> RuleSet:
    return RuleSet.parse(document(*rules))


def said(when: Any, message: Any = ("It is so.",), lists: Any = None, windows: Any = None, **of: Any) -> str | None:
    """The rule's message on one case, None if it does not hit."""
    batch, features = batch_of(case(**of))
    compiled = CompiledRuleSet(ruleset(rule(when, message)))
    judged = evaluate(batch, features, compiled, None, "n", lists=lists or Lists(), windows=windows)
    assert judged.rule_errors == {}
    return {reason.code: reason.message for reason in judged.reasons[0]}.get("mine")


DEEP: Any = LARGE
for _ in range(8):
    DEEP = {"not": DEEP}
WINDOW = {"of": "transactions", "by": "customer", "length": "45m", "agg": "count"}


@pytest.mark.parametrize(
    ("when", "place", "words"),
    [
        ({}, "rules.0.when", "a condition has one of all, any, not"),
        (5, "rules.0.when", "a condition has one of"),
        ({"all": []}, "rules.0.when.all", "at least 1 item"),
        ({"all": [LARGE, {"some": 1}]}, "rules.0.when.all.1", "a condition has one of"),
        ({"all": [LARGE, LARGE | {"value": "x"}]}, "rules.0.when.all.1.value", "amount per currency"),
        ({"all": [LARGE, {"not": LARGE | {"op": "~"}}]}, "rules.0.when.all.1.not.op", "Input should be"),
        ({"not": LARGE, "all": [LARGE]}, "rules.0.when.not", "Extra inputs"),
        (LARGE | {"value": {"amounts": {"EUX": "5"}}}, "rules.0.when.value.amounts.EUX", "not an ISO 4217"),
        (LARGE | {"value": {"amounts": {"EUR": "5.001"}}}, "rules.0.when.value.amounts", "more than 2 digits"),
        (LARGE | {"value": {"amounts": {}}}, "rules.0.when.value.amounts", "at least 1"),
        (LARGE | {"value": None}, "rules.0.when.value", "needs something to be compared with"),
        (LARGE | {"op": "known"}, "rules.0.when.value", "leave value out"),
        (LARGE | {"op": "in"}, "rules.0.when.op", "compared by one of >, >="),
        (LARGE | {"value": {"feature": "count_1h"}}, "rules.0.when.value", "is money, transactions of the customer"),
        (LARGE | {"extra": 1}, "rules.0.when.extra", "Extra inputs"),
        ({"field": "amounts", "op": ">", "value": 1}, "rules.0.when.field", "Input should be"),
        ({"field": "country", "op": "=", "value": "UK"}, "rules.0.when.value", "'UK' is not country"),
        ({"field": "country", "op": "in", "value": ["DE", "UK"]}, "rules.0.when.value.1", "'UK' is not country"),
        ({"field": "type", "op": "in", "value": "transfer"}, "rules.0.when.value", "must be a list"),
        ({"field": "type", "op": "=", "value": ["transfer"]}, "rules.0.when.value", "must be a text"),
        ({"field": "type", "op": ">", "value": "transfer"}, "rules.0.when.op", "one of =, !=, in, known"),
        ({"field": "customer", "op": "=", "value": {"field": "counterparty"}}, "rules.0.when.value", "what is written"),
        ({"feature": "count_2h", "op": ">", "value": 1}, "rules.0.when.feature", "'count_2h' is not a feature"),
        ({"feature": "count_1h", "op": ">", "value": True}, "rules.0.when.value", "must be a number"),
        ({"feature": "count_1h", "op": ">", "value": "5"}, "rules.0.when.value", "must be a number"),
        ({"feature": "count_1h", "op": ">", "value": {}}, "rules.0.when.value", "must be a number, a text"),
        ({"feature": "count_1h", "op": ">", "value": 1e13}, "rules.0.when.value", "less than or equal"),
        ({"feature": "country_new", "op": "=", "value": 1}, "rules.0.when.value", "true or false"),
        ({"feature": "country_new", "op": ">", "value": True}, "rules.0.when.op", "one of =, known"),
        ({"window": WINDOW | {"length": "91d"}, "op": ">", "value": 1}, "rules.0.when.window.length", "90 days"),
        ({"window": WINDOW | {"length": "30s"}, "op": ">", "value": 1}, "rules.0.when.window.length", "45m"),
        ({"window": WINDOW | {"field": "amount"}, "op": ">", "value": 1}, "rules.0.when.window", "leave field out"),
        ({"window": WINDOW | {"agg": "sum"}, "op": ">", "value": 1}, "rules.0.when.window", "needs the field amount"),
        ({"window": WINDOW | {"agg": "distinct"}, "op": ">", "value": 1}, "rules.0.when.window", "needs a field"),
        ({"window": WINDOW | {"by": "bank"}, "op": ">", "value": 1}, "rules.0.when.window.by", "customer"),
        ({"window": WINDOW | {"only": {"type": ["tea"]}}, "op": ">", "value": 1}, "rules.0.when.window", "'tea'"),
        ({"list": "blocked_customers", "field": "country"}, "rules.0.when.field", "a customer can be"),
        ({"list": "Blocked", "field": "country"}, "rules.0.when.list", "pattern"),
        ({"rule": "later"}, "rules.0.when.rule", "no rule before this one has the code 'later'"),
        ({"rule": "mine"}, "rules.0.when.rule", "no rule before this one"),
        (DEEP, "rules.0.when", "8 levels deep at most"),
        ({"all": [{"any": [LARGE] * 40}, {"any": [LARGE] * 40}]}, "rules.0.when", "64 conditions at most"),
        ({"all": [LARGE | {"name": "a"}, LARGE | {"name": "a"}]}, "rules.0.when.all.1.name", "'a' is taken"),
        (LARGE | {"name": "amount"}, "rules.0.when.name", "'amount' is taken"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(when: Any, place: str, words: str) -> None:
    with pytest.raises(RuleSetError) as caught:
        ruleset(rule(when))
    places = {fault.place: fault.said for fault in caught.value.faults}
    assert words in places[place], caught.value


@pytest.mark.parametrize(
    ("message", "place", "words"),
    [
        ([], "rules.0.message", "at least 1"),
        (["{amount"], "rules.0.message.0", "a brace"),
        (["{}"], "rules.0.message.0", "a brace"),
        (["{{amount}}"], "rules.0.message.0", "a brace"),
        (["{amount.__class__}"], "rules.0.message.0", "a brace"),
        (["{amount.real}"], "rules.0.message.0", "after the point stands one of"),
        (["{amount!r}"], "rules.0.message.0", "a brace"),
        (["{amount:>10}"], "rules.0.message.0", "a brace"),
        (["{amount|loud}"], "rules.0.message.0", "after the bar stands one of"),
        (["{secret}"], "rules.0.message.0", "neither a field, nor a feature"),
        (["{amount.limit}"], "rules.0.message.0", "only a test that has a name"),
        (["{amount|ordinal}"], "rules.0.message.0", "only a number"),
        (["{big.times}"], "rules.0.message.0", "only what is compared with another"),
        (["{big.reason}"], "rules.0.message.0", "only a list"),
        (["Yes.", {"say": "{no}", "when": LARGE}], "rules.0.message.1.say", "neither a field"),
        (["Yes.", {"say": "no", "when": {"rule": "x"}}], "rules.0.message.1.when.rule", "no rule before"),
        ([{"say": "no", "when": LARGE}], "rules.0.message.0", "first sentence is always said"),
        (["x" * 501], "rules.0.message.0", "at most 500"),
    ],
)
def test_what_is_wrong_with_a_message(message: Any, place: str, words: str) -> None:
    with pytest.raises(RuleSetError) as caught:
        ruleset(rule(LARGE | {"name": "big"}, message))
    assert words in {fault.place: fault.said for fault in caught.value.faults}[place], caught.value


def test_a_set_has_limits() -> None:
    with pytest.raises(RuleSetError, match="200 is the most"):
        ruleset(*(rule(LARGE, code=f"r{number}") for number in range(201)))
    asked = [{"window": WINDOW | {"length": f"{number}m"}, "op": ">", "value": 1} for number in range(1, 19)]
    with pytest.raises(RuleSetError, match="17 different windows; 16"):
        ruleset(rule({"any": asked}))
    assert len(ruleset(rule({"any": asked[:16]})).windows()) == 15  # ten minutes are a feature


def test_a_rule_that_is_switched_off_cannot_be_asked_for() -> None:
    ruleset(rule(LARGE, code="first"), rule({"rule": "first"}))
    with pytest.raises(RuleSetError, match=r"rules\.1\.when\.rule: the rule 'first' is switched off"):
        ruleset(rule(LARGE, code="first", enabled=False), rule({"rule": "first"}))


def test_managed_lists_must_exist_and_fit_when_they_are_given() -> None:
    made = document(rule({"list": "mules", "field": "counterparty"}))
    assert RuleSet.parse(made).list_names() == {"mules": "counterparty"}
    RuleSet.parse(made, {"mules": "counterparty"})
    with pytest.raises(RuleSetError, match=r"rules\.0\.when\.list: there is no list 'mules'"):
        RuleSet.parse(made, {})
    with pytest.raises(RuleSetError, match=r"rules\.0\.when\.field: the list 'mules' holds what a customer can be"):
        RuleSet.parse(made, {"mules": "customer"})


def test_a_saved_document_keeps_its_digest() -> None:
    made = ruleset(rule({"window": WINDOW, "op": ">", "value": 3}))
    assert "only" not in made.document()["rules"][0]["when"]["window"]
    assert RuleSet.parse(made.document()).digest == made.digest


# Meaning

COMPARE = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq,
           "!=": operator.ne}  # fmt: skip
NUMBERS = st.sampled_from([0.0, 1.0, 2.0, 5.0, 9000.0, math.nan])
ROW = st.fixed_dictionaries(
    {
        "amount": st.sampled_from([100, 5000, 5001, 800_000, 999_999]),
        "currency": st.sampled_from(["EUR", "JPY", "KWD"]),
        "type": st.sampled_from(["transfer", "cash_deposit"]),
        "country": st.sampled_from(["DE", "FR", None]),
        "counterparty": st.sampled_from(["shop", "mule", None]),
        "count_1h": NUMBERS,
        "history_count": NUMBERS,
        "amount_mean": st.sampled_from([50.0, 8000.0, math.nan]),
        "country_new": st.sampled_from([0.0, 1.0, math.nan]),
        "at": st.sampled_from([NOON, NOON + 15 * 3_600_000_000]),
    }
)
AMOUNTS = st.sampled_from([{"EUR": "50"}, {"EUR": "50.01", "KWD": "5"}, {"JPY": "5000"}])
TESTS = st.one_of(
    st.builds(
        lambda op, amounts: {"field": "amount", "op": op, "value": {"amounts": amounts}},
        st.sampled_from([*COMPARE]),
        AMOUNTS,
    ),
    st.builds(
        lambda op, times: {"field": "amount", "op": op, "value": {"feature": "amount_mean", "times": times}},
        st.sampled_from([*COMPARE]),
        st.sampled_from([1.0, 0.5]),
    ),
    st.builds(
        lambda name, op, value: {"feature": name, "op": op, "value": value},
        st.sampled_from(["count_1h", "history_count"]),
        st.sampled_from([*COMPARE]),
        st.sampled_from([1, 2.0, 5]),
    ),
    st.builds(
        lambda op: {"feature": "count_1h", "op": op, "value": {"feature": "history_count"}}, st.sampled_from([*COMPARE])
    ),
    st.builds(lambda value: {"feature": "country_new", "op": "=", "value": value}, st.booleans()),
    st.builds(
        lambda op, value: {"field": "country", "op": op, "value": value},
        st.sampled_from(["=", "!="]),
        st.sampled_from(["DE", "FR"]),
    ),
    st.builds(
        lambda value: {"field": "type", "op": "in", "value": value},
        st.sampled_from([["transfer"], ["transfer", "cash_deposit"]]),
    ),
    st.builds(
        lambda name: {"field": name, "op": "known"},
        st.sampled_from(["country", "counterparty", "amount", "reporting_threshold"]),
    ),
    st.builds(lambda value: {"field": "hour", "op": ">=", "value": value}, st.sampled_from([3, 12, 20])),
    st.builds(lambda value: {"field": "weekday", "op": "=", "value": value}, st.sampled_from(["tuesday", "wednesday"])),
    st.just({"field": "near_reporting_threshold", "op": "=", "value": True}),
    st.just({"list": "mules", "field": "counterparty"}),
)
TREES = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=8,
)
MULES = Lists({"mules": {"mule": Entry("seen"), "shop": Entry("old", expires_at=NOON)}}, at=NOON)
DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}


def holds(node: dict[str, Any], row: dict[str, Any]) -> bool:
    """The tree read for one transaction."""
    if "all" in node:
        return all(holds(part, row) for part in node["all"])
    if "any" in node:
        return any(holds(part, row) for part in node["any"])
    if "not" in node:
        return not holds(node["not"], row)
    if "list" in node:
        return row["counterparty"] == "mule"
    name = node.get("field") or node["feature"]
    values = row | {
        "hour": 12 if row["at"] == NOON else 3,
        "weekday": "tuesday" if row["at"] == NOON else "wednesday",
        "near_reporting_threshold": row["type"] == "cash_deposit"
        and row["currency"] == "EUR"
        and 800_000 <= row["amount"] < 1_000_000,
        "reporting_threshold": 1_000_000 if row["currency"] == "EUR" else None,
    }
    left = values[name]
    if node["op"] == "known":
        return left is not None
    if left is None or left != left:
        return False
    value = node["value"]
    if isinstance(value, dict) and "amounts" in value:
        limit = value["amounts"].get(row["currency"])
        return limit is not None and COMPARE[node["op"]](left, round(float(limit) * 10 ** DIGITS[row["currency"]]))
    if isinstance(value, dict):
        other = row[value["feature"]] * value.get("times", 1)
        left = left / 10 ** DIGITS[row["currency"]] if name == "amount" else left
        return other == other and COMPARE[node["op"]](left, other)
    return left in value if node["op"] == "in" else COMPARE[node["op"]](left, value)


def depth(node: dict[str, Any]) -> int:
    inner = [*node.get("all", []), *node.get("any", []), *([node["not"]] if "not" in node else [])]
    return 1 + max(map(depth, inner), default=0)


@given(TREES.filter(lambda tree: depth(tree) <= 8), st.lists(ROW, min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_a_compiled_condition_means_what_its_tree_says(tree: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    made = ruleset(rule(tree))
    batch, features = batch_of(*(case(**row) for row in rows))
    found = predicate(made.rules[0].when, made)(Context(batch, features, None, MULES))
    assert found.tolist() == [holds(tree, row) for row in rows]
    assert phrase(made.rules[0].when)


def test_a_rule_sees_what_the_rules_before_it_came_to() -> None:
    made = CompiledRuleSet(
        ruleset(
            rule(LARGE, code="first"),
            rule({"all": [{"rule": "first"}, {"feature": "count_1h", "op": ">", "value": 2}]}, code="second"),
        )
    )
    batch, features = batch_of(case(amount=6000), case(amount=6000, count_1h=3.0), case(count_1h=3.0))
    judged = evaluate(batch, features, made, None, "n")
    assert judged.rule_hits == {"first": 2, "second": 1}
    assert [reason.code for reason in judged.reasons[1]][:2] == ["first", "second"]


def test_a_window_of_its_own() -> None:
    window = Window(45 * 60_000_000, "sum", "amount", (("type", ("transfer",)),))
    asked = {
        "of": "transactions", "by": "customer", "length": "45m", "agg": "sum", "field": "amount",
        "only": {"type": ["transfer"]},
    }  # fmt: skip
    when = {"window": asked, "op": ">", "value": {"amounts": {"EUR": "100"}}, "name": "moved"}
    assert ruleset(rule(when)).windows() == {window}
    assert ruleset(rule(when, enabled=False)).windows() == frozenset()
    message = ["{moved} within 45 minutes, limit {moved.limit}."]
    assert said(when, message, windows={window: np.array([100.0])}) is None
    assert said(when, message, windows={window: np.array([2500.5])}) == (
        "2,500.50 EUR within 45 minutes, limit 100.00 EUR."
    )
    batch, features = batch_of(case())
    judged = evaluate(batch, features, CompiledRuleSet(ruleset(rule(when))), None, "n")
    # Not measured is not the same as nothing found.
    assert (judged.rule_errors, judged.verdict) == ({"mine": 1}, ["review"])


def test_a_list_says_why() -> None:
    when = {"list": "mules", "field": "counterparty", "name": "found"}
    message = ["{listed} on a list: {found}, {found.reason}."]
    assert said(when, message, MULES, counterparty="mule") == "Counterparty mule is on a list: mule, seen."
    assert said(when, message, MULES, counterparty="shop") is None  # expired
    assert said(when, message, Lists(MULES.entries, at=NOON - 1), counterparty="shop")
    assert said(when, message, counterparty="mule") is None


def test_managed_lists_add_to_those_of_the_rule_set() -> None:
    lists = Lists({"blocked_customers": {"anna": Entry()}, "allowed_counterparties": {"shop": Entry()}})
    batch, features = batch_of(case(), case(customer="ben", amount_ratio=50.0, amount_deviation=9.0))
    judged = evaluate(batch, features, CompiledRuleSet(default_ruleset()), None, "n", lists=lists)
    assert judged.verdict == ["block", "approve"]
    assert judged.reasons[0][0].message == "Customer anna is on the block list."
    assert judged.reasons[1][-2].message.startswith("Counterparty shop is on the allow list.")


@pytest.mark.parametrize(
    ("hole", "of", "written"),
    [
        ("{amount}", {}, "50.00 EUR"),
        ("{type}", {"type": "cash_deposit"}, "cash deposit"),
        ("{country}", {"country": None}, "an unknown value"),
        ("{amount_mean}", {"amount_mean": math.nan}, "an unknown value"),
        ("{amount_mean}", {}, "65.20 EUR"),
        ("{weekday} {hour}", {}, "Tuesday 12 hours"),
        ("{country_new}", {}, "no"),
        ("{count_1h}", {"count_1h": 3.0}, "3 transactions"),
        ("{count_1h|ordinal}", {"count_1h": 3.0}, "3rd"),
        ("{count_1h|number}", {"count_1h": 3000.0}, "3,000"),
        ("{history_count|earlier}", {}, "48 earlier transactions"),
        ("{amount_deviation}", {"amount_deviation": 2.345}, "2.35"),
        ("{burst_ratio}", {"burst_ratio": math.log(8)}, "8.0 times"),
        ("{reporting_threshold} {reporting_citation}", {"currency": "SEK"}, "an unknown value an unknown value"),
        ("100% of it", {}, "100% of it"),
    ],
)
def test_the_engine_writes_what_a_placeholder_stands_for(hole: str, of: dict[str, Any], written: str) -> None:
    assert said({"field": "amount", "op": "known"}, [hole], **of) == written


def test_in_words() -> None:
    rules = {made.code: made for made in default_ruleset().rules}
    assert rule_phrase(rules["structuring"]) == (  # type: ignore[arg-type]
        "When it is cash just below the reporting threshold and cash transactions within 7 days just below the "
        "reporting threshold is at least 3 transactions and sum of cash transactions within 7 days just below the "
        "reporting threshold is at least the currency's reporting threshold: ask for a review, with weight 0.75. "
        "Not even the allow list lifts this."
    )
    assert phrase(rules["new_counterparty"].when).endswith(  # type: ignore[union-attr]
        "(it is not so that the currency is AUD, CAD, CHF, EUR, GBP, INR, JPY, NZD or USD or the amount is at least "
        "1,600.00 AUD, 1,500.00 CAD, 1,000.00 CHF, 1,000.00 EUR, 850.00 GBP, 90,000.00 INR, 150,000 JPY, "
        "1,800.00 NZD or 1,100.00 USD)"
    )


def test_nothing_of_a_document_is_ever_run() -> None:
    """What looks like code is text."""
    hostile = "__import__('os').abort()"
    made = ruleset(rule({"field": "customer", "op": "=", "value": hostile}, [hostile]))
    batch, features = batch_of(case(customer=hostile))
    judged = evaluate(batch, features, CompiledRuleSet(made), None, "n")
    assert judged.reasons[0][0].message == hostile


def test_no_rows() -> None:
    batch, features = Transactions.from_rows([]), np.empty((0, len(INDEX)))
    judged = evaluate(batch, features, CompiledRuleSet(default_ruleset()), None, "n")
    assert judged.rule_errors == {}
