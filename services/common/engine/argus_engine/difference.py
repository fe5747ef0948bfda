"""What changed from one rule set to another, for people. Importable without numpy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from argus_engine.rules.language.nodes import Composed
from argus_engine.rules.language.phrases import message_phrase, phrase
from argus_engine.rules.specs import AnyRule
from argus_engine.ruleset import RuleSet

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``subject``: the rule's code, or "settings". ``what``: the part of it; before and after in words."""

    kind: str
    subject: str
    what: str = ""
    before: str = ""
    after: str = ""


def difference(before: RuleSet, after: RuleSet) -> list[Change]:
    """All changes: settings, then rules in their new order, then those that are gone."""
    changes = [Change(CHANGED, "settings", *change) for change in _leaves(_settings(before), _settings(after))]
    old, new = ({rule.code: rule for rule in ruleset.rules} for ruleset in (before, after))
    stayed = [code for code in old if code in new]
    moved = _moved(stayed, [code for code in new if code in old])
    for code, rule in new.items():
        if code not in old:
            changes.append(Change(ADDED, code, after=_whole(rule)))
            continue
        changes += [Change(CHANGED, code, *change) for change in _leaves(_said(old[code]), _said(rule))]
        if code in moved:
            changes.append(Change(MOVED, code))
    changes += [Change(REMOVED, code, before=_whole(rule)) for code, rule in old.items() if code not in new]
    return changes


def _settings(ruleset: RuleSet) -> dict[str, Any]:
    document = ruleset.document()
    del document["rules"]
    return document


def _said(rule: AnyRule) -> dict[str, Any]:
    document = rule.model_dump(mode="json", by_alias=True, exclude_unset=True)
    del document["code"]
    if isinstance(rule, Composed):
        document |= {"when": phrase(rule.when), "message": message_phrase(rule)}
        names = [part.get("name") for part in _parts(rule.model_dump(mode="json")["when"]) if part.get("name")]
        if names:
            document["names of tests"] = names
    return document


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for part in value.values():
            yield from _parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _parts(part)


def _whole(rule: AnyRule) -> str:
    if isinstance(rule, Composed):
        return f"{rule.title}: when {phrase(rule.when)}"
    return rule.kind.replace("_", " ")


def _leaves(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _leaves(before.get(key), after.get(key), f"{place} {key}".strip())
    elif isinstance(before, list) and isinstance(after, list):
        gone, new = ([one for one in these if one not in those] for these, those in ((before, after), (after, before)))
        yield place, _spoken(gone or before), _spoken(new or after)
    else:
        yield place, _spoken(before), _spoken(after)


def _spoken(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_spoken, value)) or "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_spoken(one)}" for key, one in value.items())
    return str(value)


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The codes to take out so that the rest stands in the same order: as few as possible."""
    place = {code: number for number, code in enumerate(before)}
    chains: list[list[str]] = []
    for code in after:
        ahead = [chain for chain in chains if place[chain[-1]] < place[code]]
        chains.append([*_longest(ahead), code])
    return set(after) - set(_longest(chains))


def _longest(chains: list[list[str]]) -> list[str]:
    return max(chains, key=lambda chain: len(chain)) if chains else []
