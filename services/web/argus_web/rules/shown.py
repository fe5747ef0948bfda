"""Rules and rule sets as pages show them."""

from dataclasses import dataclass, replace
from typing import Any, Final

from argus_engine.difference import Change, difference
from argus_engine.rules.language.nodes import Composed
from argus_engine.rules.language.phrases import message_phrase, phrase
from argus_engine.rules.specs import AllowList, AnyRule
from argus_engine.ruleset import RuleSet, RuleSetError
from argus_records.models import RuleSetVersion
from django.utils.translation import gettext as _

from argus_web.accounts.veil import HIDDEN, Veil

# Settings that are lists of people, as a difference names them.
_OWN_IDS: Final = frozenset(
    f"lists {kind}_{whose}" for kind in ("blocked", "allowed") for whose in ("customers", "counterparties")
)


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One rule in words, and how often it hit."""

    rule: AnyRule
    title: str
    when: str
    message: str
    citation: str
    composed: bool
    hits: int
    errors: int


def rules_shown(ruleset: RuleSet, hits: dict[str, dict[str, int]]) -> list[RuleShown]:
    """The rules of a set, in its order."""
    return [rule_shown(rule, hits) for rule in ruleset.rules]


def rule_shown(rule: AnyRule, hits: dict[str, dict[str, int]]) -> RuleShown:
    """One rule."""
    tally = hits.get(rule.code, {"hits": 0, "errors": 0})
    if isinstance(rule, Composed):
        words = phrase(rule.when), message_phrase(rule), rule.citation
        return RuleShown(rule, rule.title, *words, True, tally["hits"], tally["errors"])
    title = rule.code.replace("_", " ").capitalize()
    if isinstance(rule, AllowList):
        when = _("the customer or the counterparty is on an allow list; lifts verdicts but for firm rules")
    else:
        said = rule.params.model_dump(mode="json")
        when = rule.kind.replace("_", " ") + "".join(
            f"; {name.replace('_', ' ')} {value}" for name, value in said.items()
        )
    return RuleShown(rule, title, when, "", "", False, tally["hits"], tally["errors"])


def changes(version: RuleSetVersion, against: RuleSetVersion | None, veil: Veil) -> list[Change] | None:
    """What a version changed, None where there is nothing to compare with or one of both cannot be read any more.

    The ids on a rule set's own lists are veiled as those on the managed ones.
    """
    if against is None:
        return None
    try:
        found = difference(RuleSet.parse(against.document), RuleSet.parse(version.document))
    except RuleSetError:
        return None
    return found if veil.shown.names else [_masked(change) for change in found]


def _masked(change: Change) -> Change:
    if change.what not in _OWN_IDS:
        return change
    return replace(change, before=HIDDEN if change.before else "", after=HIDDEN if change.after else "")


def rule_document(version: RuleSetVersion, code: str) -> dict[str, Any] | None:
    """The document of one rule of a version."""
    rules: list[dict[str, Any]] = version.document["rules"]
    return next((rule for rule in rules if rule["code"] == code), None)
