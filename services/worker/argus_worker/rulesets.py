"""The rule set in force, compiled once per version."""

from dataclasses import dataclass
from functools import lru_cache

from argus_engine.evaluate import CompiledRuleSet
from argus_engine.ruleset import RuleSet
from argus_records.models import RuleSetVersion


@dataclass(frozen=True, slots=True)
class InForce:
    """A version of the rule set, ready to evaluate."""

    version: int
    ruleset: RuleSet
    compiled: CompiledRuleSet


@lru_cache(maxsize=4)
def load(version: int) -> InForce:
    """Parse and compile one saved version; documents never change, so once is enough."""
    ruleset = RuleSet.parse(RuleSetVersion.objects.get(version=version).document)
    return InForce(version, ruleset, CompiledRuleSet(ruleset))


def in_force() -> InForce:
    """The live version, as of now: a switch takes effect with the next batch."""
    return load(RuleSetVersion.objects.values_list("version", flat=True).get(live=True))
