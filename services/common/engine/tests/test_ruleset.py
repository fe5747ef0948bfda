import copy
import hashlib
import json
import subprocess
import sys

import pytest
from argus_engine.ruleset import RuleSet, RuleSetError
from decisions import built_in


@pytest.fixture
def document():
    return copy.deepcopy(built_in().document())


def refused(document):
    with pytest.raises(RuleSetError) as caught:
        RuleSet.parse(document)
    return str(caught.value)


def test_default_document_comes_back_the_same(document):
    again = RuleSet.parse(document)
    assert again == built_in()
    assert again.document() == document
    assert RuleSet.parse(json.dumps(document)).digest == again.digest == built_in().digest


def test_digest_is_of_the_canonical_document(document):
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert built_in().digest == hashlib.sha256(text.encode()).hexdigest()
    # The database may give the keys back in another order.
    turned = dict(reversed(document.items()))
    assert RuleSet.parse(turned).digest == built_in().digest


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(name="Other"),
        lambda d: d["rules"].reverse(),
        lambda d: d["rules"][6]["params"].update(more_than=6),
        lambda d: d["lists"]["blocked_customers"].append("anna"),
    ],
)
def test_digest_changes_with_the_document(document, change):
    change(document)
    assert RuleSet.parse(document).digest != built_in().digest


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("rules.6.params.more_than", "5", "rules.6.params.more_than: "),
        ("rules.6.params.more_than", 5.5, "rules.6.params.more_than: "),
        ("rules.6.params.more_than", 0, "rules.6.params.more_than: "),
        ("rules.6.params.more_then", 5, "rules.6.params.more_then: "),
        ("rules.6.params.window", "2h", "rules.6.params.window: "),
        ("rules.6.weight", 1.01, "rules.6.weight: "),
        ("rules.6.weight", True, "rules.6.weight: "),
        ("rules.6.outcome", "approve", "rules.6.outcome: "),
        ("rules.6.enabled", "yes", "rules.6.enabled: "),
        ("rules.6.kind", "velocity", "rules.6: "),
        ("rules.6.code", "Bad Code", "rules.6.code: "),
        ("rules.6.code", "block_list", "rules: rule 6 has the code 'block_list', which another rule has too"),
        ("rules.6.code", "rule_error", "rules: rule 6 has the code 'rule_error'"),
        ("rules.1.weight", 0.1, "rules.1.weight: "),
        ("rules.1.outcome", "review", "rules.1.outcome: "),
        ("rules.3.params.at_least", 1, "rules.3.params.at_least: "),
        ("rules.9.params.limits.EUR", "1.001", "rules.9.params.limits: EUR: 1.001 has more than 2 digits"),
        ("rules.9.params.limits.JPY", "0", "rules.9.params.limits: JPY: an amount must be above zero"),
        ("rules.9.params.limits.EUR", 5000, "rules.9.params.limits.EUR: "),
        ("rules.9.params.limits.EUR", "1e3", "rules.9.params.limits.EUR: "),
        (
            "rules.9.params.limits.EUX",
            "5",
            "rules.9.params.limits.EUX: 'EUX' is not an ISO 4217 currency code",
        ),
        ("thresholds.review", 0.96, "thresholds: review must not be above block"),
        ("thresholds.review", 0.0, "thresholds.review: "),
        ("reporting.near_ratio", 0.805, "reporting.near_ratio: must be a whole number of percent"),
        ("reporting.near_ratio", 1.0, "reporting.near_ratio: "),
        ("reporting.amounts.USD.citation", "", "reporting.amounts.USD.citation: "),
        ("reporting.amounts.USD.amount", "10000.001", "reporting.amounts: USD: "),
        ("lists.blocked_customers", ["a", "a"], "lists.blocked_customers: 'a' is listed twice"),
        ("lists.blocked_customers", ["a" * 65], "lists.blocked_customers.0: "),
        ("lists.blocked_countries", ["UK"], "lists.blocked_countries.0: 'UK' is not an ISO 3166-1"),
        ("lists.high_risk_countries.as_of", "yesterday", "lists.high_risk_countries.as_of: "),
        ("extra", 1, "extra: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(document, path, value, place):
    *parents, last = path.split(".")
    at = document
    for part in parents:
        at = at[int(part)] if isinstance(at, list) else at[part]
    at[last] = value
    assert place in refused(document)


@pytest.mark.parametrize("place", ["name", "thresholds", "reporting", "lists", "rules"])
def test_nothing_may_be_missing(document, place):
    del document[place]
    assert refused(document).startswith(f"{place}: ")


def test_every_mistake_is_named_at_once(document):
    document["name"] = ""
    document["rules"][6]["weight"] = 2
    assert [line.split(":")[0] for line in refused(document).splitlines()] == ["name", "rules.6.weight"]


@pytest.mark.parametrize("document", ["", "{", "[]", "null", '{"name": NaN}', {"name": float("nan")}, {1: {2}}])
def test_what_is_no_document(document):
    assert refused(document)


def test_lone_surrogates_are_refused(document):
    document["name"] = "\ud800"
    assert refused(document)


def test_endless_nesting_is_refused():
    assert refused('{"name":' + "[" * 100_000)


def test_feature_config(document):
    document["reporting"] = {
        "near_ratio": 0.75,
        "amounts": {
            "USD": {"amount": "10000", "citation": "c"},
            "JPY": {"amount": "2000000", "citation": "c"},
        },
    }
    config = RuleSet.parse(document).feature_config()
    assert config.reporting == (("JPY", 2_000_000), ("USD", 1_000_000))
    assert config.near_ratio_percent == 75


def test_ruleset_needs_no_numpy():
    """The web image has none."""
    without = "import sys; sys.modules.update(numpy=None, numba=None)"
    code = f"{without}; import argus_engine.ruleset as r; r.default_ruleset()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
