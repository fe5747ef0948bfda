"""A rule set's document with one rule changed. Saving it is argus_records.services.rulesets.ruleset_create."""

import copy
from typing import Any


def with_rule(document: dict[str, Any], *, code: str | None, rule: dict[str, Any], before: str) -> tuple[Any, int]:
    """The document with ``rule`` in place of the one named ``code``, or as a new one; and where it stands.

    ``before``: the code of the rule ahead of which it goes, empty for the end.
    """
    made = copy.deepcopy(document)
    rules = [one for one in made["rules"] if one["code"] != code]
    codes = [one["code"] for one in rules]
    place = codes.index(before) if before in codes else len(rules)
    rules.insert(place, rule)
    made["rules"] = rules
    return made, place


def without_rule(document: dict[str, Any], *, code: str) -> dict[str, Any]:
    """The document without one rule."""
    made = copy.deepcopy(document)
    made["rules"] = [one for one in made["rules"] if one["code"] != code]
    return made


def switched(document: dict[str, Any], *, code: str, enabled: bool) -> dict[str, Any]:
    """The document with one rule on or off."""
    made = copy.deepcopy(document)
    for one in made["rules"]:
        if one["code"] == code:
            one["enabled"] = enabled
    return made
