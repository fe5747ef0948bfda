"""A run and its result as the page shows them."""

from dataclasses import dataclass
from typing import Any, Final

from argus_records.models import BacktestRun
from django.utils.translation import gettext as _

# Of rules that overlap, the foremost pairs.
MOST_PAIRS: Final = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rules, on how many transactions both hit, and which share of the rarer one's hits that is, 0 to 1."""

    first: str
    second: str
    both: int
    share: float


def pairs(result: dict[str, Any]) -> list[Pair]:
    """The rules that hit together most, the closest first."""
    rules, overlap = result["rules"], result["overlap"]
    found = [
        Pair(one["code"], other["code"], overlap[i][j], overlap[i][j] / min(one["hits"], other["hits"]))
        for i, one in enumerate(rules)
        for j, other in enumerate(rules[:i])
        if overlap[i][j]
    ]
    return sorted(found, key=lambda pair: (-pair.share, -pair.both))[:MOST_PAIRS]


def asked_words(run: BacktestRun) -> tuple[str, str]:
    """With which rule set and which model, in words."""
    rules = _("the rule sets of then") if run.ruleset_id is None else _("rule set %d") % run.ruleset_id
    models = {BacktestRun.AS_THEN: _("the models of then"), BacktestRun.RULES_ALONE: _("no model")}
    return rules, models.get(run.model) or _("model %s") % run.model


def by_day(result: dict[str, Any]) -> dict[str, list[Any]]:
    """What the chart draws."""
    days = result["days"]
    return {
        "days": [day["day"] for day in days],
        "decided": [day["decided_review"] + day["decided_block"] for day in days],
        "asked": [day["review"] + day["block"] for day in days],
    }
