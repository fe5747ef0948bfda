"""What a score is made of, as bars with words: what raises it and what lowers it, the strongest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext

MOST_SHOWN: Final = 8
_RULE: Final = "rule:"


@dataclass(frozen=True, slots=True)
class FeatureValue:
    """One feature as the engine saw it."""

    name: str
    meaning: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: its words, the length of its bar in percent of the strongest, which way it goes, and which
    share of all that raises the score it is, in percent, negative where it lowers it."""

    name: str
    words: str
    bar: int
    raises: bool
    share: int


def score_parts(details: Mapping[str, Any], values: Mapping[str, FeatureValue]) -> list[Part]:
    """From a reason's details. Where no label has taught a rank, the forest's parts say more than the rank's."""
    parts = dict(details["parts"])
    if not any(name in values for name in parts):
        parts = dict(details["forest"])
    raised = sum(part for part in parts.values() if part > 0) or 1.0
    order = sorted(parts, key=lambda name: -abs(parts[name]))
    shown = {name: parts[name] for name in order[:MOST_SHOWN]}
    rest = sum(parts[name] for name in order[MOST_SHOWN:])
    strongest = max((abs(part) for part in shown.values()), default=0.0) or 1.0
    found = [
        Part(
            name,
            _words(name, details.get("words", {}), values),
            round(100 * abs(part) / strongest),
            part > 0,
            round(100 * part / raised),
        )
        for name, part in shown.items()
    ]
    if len(order) > MOST_SHOWN:
        bar = min(100, round(100 * abs(rest) / strongest))
        found.append(Part("", gettext("all else together"), bar, rest > 0, round(100 * rest / raised)))
    return found


def _words(name: str, words: Mapping[str, str], values: Mapping[str, FeatureValue]) -> str:
    if name in words:
        return words[name][:1].upper() + words[name][1:]
    if name == "forest":
        return gettext("How unusual the anomaly model finds it")
    if name == "rules":
        return gettext("That no rule applies")
    if name.startswith(_RULE):
        return gettext("The rule %(code)s applies") % {"code": name.removeprefix(_RULE)}
    if name in values:
        value = values[name]
        return f"{value.meaning[:1].upper()}{value.meaning[1:]}: {value.value}"
    return name.replace("_", " ")
