"""A composed rule, ready to run."""

from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import Context, Mask
from argus_engine.rules.language.masks import predicate
from argus_engine.rules.language.nodes import Composed
from argus_engine.rules.language.sentences import writer
from argus_engine.ruleset import RuleSet


class ComposedRule(CompiledRule):
    """What somebody composed: a condition, and sentences on why it was met."""

    def __init__(self, spec: Composed, ruleset: RuleSet) -> None:
        super().__init__(spec)
        self.firm = spec.firm
        self._when = predicate(spec.when, ruleset)
        self._sentences = [
            (None, writer(part, spec, ruleset))
            if isinstance(part, str)
            else (predicate(part.when, ruleset), writer(part.say, spec, ruleset))
            for part in spec.message
        ]

    def hits(self, context: Context) -> Mask:
        return self._when(context)

    def message(self, context: Context, i: int) -> str:
        alone = context.alone(i)
        return " ".join(say(alone, 0) for when, say in self._sentences if when is None or when(alone)[0])
