"""Conditions, compiled to functions from a batch to the transactions that meet them.

A comparison with what is not known is not met, ``!=`` included; a ``not`` around it is.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from argus_engine.rules.context import Context, Mask
from argus_engine.rules.language import columns, walk
from argus_engine.rules.language.columns import Numbers, Times
from argus_engine.rules.language.nodes import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    FieldTest,
    LimitPerCurrency,
    ListTest,
    NotOf,
    OtherFeature,
    OtherField,
    OtherWindow,
    RuleTest,
)
from argus_engine.rules.language.quantities import CHOICE, TEXT
from argus_engine.rules.lists import among, on_lists
from argus_engine.rules.terms import exact
from argus_engine.ruleset import RuleSet

Predicate = Callable[[Context], Mask]

_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "!=": np.not_equal,
}


def predicate(node: Condition, ruleset: RuleSet) -> Predicate:
    """Compile a condition that was checked."""
    if isinstance(node, AllOf):
        inner = [predicate(part, ruleset) for part in node.all]
        return lambda context: np.logical_and.reduce([part(context) for part in inner])
    if isinstance(node, AnyOf):
        inner = [predicate(part, ruleset) for part in node.any]
        return lambda context: np.logical_or.reduce([part(context) for part in inner])
    if isinstance(node, NotOf):
        negated = predicate(node.not_, ruleset)
        return lambda context: ~negated(context)
    if isinstance(node, ListTest):
        return _listed(node, own_list(ruleset, node.list))
    if isinstance(node, RuleTest):
        return lambda context: context.hits[node.rule].copy()
    if isinstance(node, FieldTest) and walk.quantity(node).kind in {TEXT, CHOICE}:
        return _text(node)
    return _number(node, ruleset)


def own_list(ruleset: RuleSet, name: str) -> frozenset[str]:
    """What the rule set itself has on the list of this name."""
    found = getattr(ruleset.lists, name, ())
    return frozenset(found if isinstance(found, tuple) else found.countries)


def _listed(node: ListTest, own: frozenset[str]) -> Predicate:
    return lambda context: on_lists(context, node.list, columns.texts(node.field, context), own)


def _text(node: FieldTest) -> Predicate:
    if node.op == "known":
        return lambda context: np.array([value is not None for value in columns.texts(node.field, context)], bool)
    wanted = frozenset(node.value if isinstance(node.value, tuple) else [str(node.value)])
    if node.op == "!=":
        return lambda context: np.array(
            [value is not None and value not in wanted for value in columns.texts(node.field, context)], bool
        )
    return lambda context: among(columns.texts(node.field, context), wanted)


def _number(node: Comparison, ruleset: RuleSet) -> Predicate:
    left = columns.numbers(node, ruleset.feature_config())
    if node.op == "known":
        return left.known
    right, compare = compared_with(node, ruleset), _COMPARE[node.op]

    def met(context: Context) -> Mask:
        if isinstance(right, Times):
            found = compare(left.values(context), right.values(context))
        else:
            found = compare(left.minor(context), right.minor(context))
        mask: Mask = found & left.known(context) & right.known(context)
        return mask

    return met


def compared_with(node: Comparison, ruleset: RuleSet) -> Numbers:
    """The column of what a number or an amount is compared with."""
    value = node.value
    if isinstance(value, LimitPerCurrency):
        return columns.per_currency({currency: exact(amount, currency) for currency, amount in value.amounts.items()})
    if isinstance(value, OtherField | OtherFeature | OtherWindow):
        column = columns.numbers(value, ruleset.feature_config())
        return column if value.times is None else Times(column, value.times)
    assert isinstance(value, int | float)
    return columns.constant(value)
