"""From a rule set's documents to rules that run."""

from collections.abc import Callable
from typing import Any, Final

from argus_engine.rules import cash, habits, lists, velocity
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.language.composed import ComposedRule
from argus_engine.ruleset import RuleSet

_ALONE: Final[dict[str, Callable[[Any], CompiledRule]]] = {
    "velocity_count": velocity.VelocityCount,
    "velocity_amount": velocity.VelocityAmount,
    "amount_history": habits.AmountHistory,
    "new_counterparty": habits.NewCounterparty,
    "impossible_travel": habits.ImpossibleTravel,
}
# These also go by what the rule set says outside their own parameters.
_WITH_RULESET: Final[dict[str, Callable[[Any, RuleSet], CompiledRule]]] = {
    "composed": ComposedRule,
    "reporting_threshold": cash.ReportingThreshold,
    "structuring": cash.Structuring,
    "high_risk_country": lists.HighRiskCountry,
    "block_list": lists.BlockList,
    "allow_list": lists.AllowList,
}
KINDS: Final = frozenset(_ALONE) | frozenset(_WITH_RULESET)


def compiled(ruleset: RuleSet) -> tuple[CompiledRule, ...]:
    """The enabled rules, in the order of the document."""
    return tuple(
        _ALONE[spec.kind](spec) if spec.kind in _ALONE else _WITH_RULESET[spec.kind](spec, ruleset)
        for spec in ruleset.rules
        if spec.enabled
    )
