"""docs/rules.md says what is true."""

import json
import re
from pathlib import Path

from argus_engine.rules.language.checks import DEEPEST, MOST_RULES, MOST_TESTS, MOST_WINDOWS, OWN_LISTS
from argus_engine.rules.language.quantities import fields
from argus_engine.rules.language.templates import FORMS, PARTS, SPECIAL
from argus_engine.ruleset import RuleSet, default_ruleset

PAGE = (Path(__file__).parents[4] / "docs" / "rules.md").read_text()


def test_every_shipped_scenario_is_listed_with_its_citation() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", PAGE.split("## Shipped scenarios")[1], re.MULTILINE)
    shipped = [
        (rule["code"], rule["title"], rule["citation"])
        if rule["kind"] == "composed"
        else (rule["code"], "Somebody known to be fine", "Set by the institution")
        for rule in default_ruleset().document()["rules"]
    ]
    assert rows == shipped


def test_the_example_is_a_rule() -> None:
    document = default_ruleset().document()
    document["rules"] = [json.loads(PAGE.split("```json")[1].split("```")[0])]
    assert RuleSet.parse(document, {}).windows()


def test_the_language_is_described_whole() -> None:
    for word in [*fields(), *OWN_LISTS, *(f"|{form}" for form in FORMS), *(f".{part}" for part in PARTS)]:
        assert word in PAGE, word
    assert all(f"{{{name}}}" in PAGE for name in SPECIAL)
    assert f"at most {DEEPEST} levels deep, {MOST_TESTS} to a rule" in PAGE
    assert f"at most {MOST_RULES} rules and {MOST_WINDOWS} different windows" in PAGE
