import copy
from typing import Any

from argus_engine.difference import Change, difference
from argus_engine.ruleset import RuleSet, default_ruleset
from decisions import built_in


def changed(change: Any) -> list[Change]:
    document = copy.deepcopy(default_ruleset().document())
    change(document)
    return difference(default_ruleset(), RuleSet.parse(document))


def test_nothing_changed() -> None:
    assert changed(lambda document: None) == []


def test_a_setting_and_a_list() -> None:
    def change(document: dict[str, Any]) -> None:
        document["thresholds"]["review"] = 0.4
        document["lists"]["blocked_countries"] = ["KP"]

    assert changed(change) == [
        Change("changed", "settings", "thresholds review", "0.5", "0.4"),
        Change("changed", "settings", "lists blocked_countries", "nothing", "KP"),
    ]


def test_a_limit_is_told_in_words() -> None:
    def change(document: dict[str, Any]) -> None:
        document["rules"][6]["when"]["value"] = 7
        document["rules"][6]["enabled"] = False

    assert changed(change) == [
        Change("changed", "velocity_count_10m", "enabled", "yes", "no"),
        Change(
            "changed", "velocity_count_10m", "when",
            "the number of the customer's transactions within 10 minutes is more than 5 transactions",
            "the number of the customer's transactions within 10 minutes is more than 7 transactions",
        ),
    ]  # fmt: skip


def test_added_removed_and_moved_as_little_as_possible() -> None:
    def change(document: dict[str, Any]) -> None:
        rules = document["rules"]
        rules.insert(0, rules.pop(4))
        gone = rules.pop()
        rules.append(gone | {"code": "another"})

    assert [(one.kind, one.subject) for one in changed(change)] == [
        ("moved", "high_risk_country"),
        ("added", "another"),
        ("removed", "new_counterparty"),
    ]


def test_from_the_old_kinds_to_composed_rules() -> None:
    kinds = {one.what for one in difference(built_in(), default_ruleset()) if one.subject == "structuring"}
    assert {"kind", "title", "when", "params"} <= kinds
