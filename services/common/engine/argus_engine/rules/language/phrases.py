"""Rules in words, as a person would say them. Importable without numpy."""

from decimal import Decimal
from typing import Final

from argus_engine.money import format_amount, to_minor
from argus_engine.rules.language import walk
from argus_engine.rules.language.nodes import (
    AllOf,
    AnyOf,
    Comparison,
    Composed,
    Condition,
    LimitPerCurrency,
    ListTest,
    NotOf,
    OtherFeature,
    OtherField,
    OtherWindow,
    RuleTest,
    Sentence,
)
from argus_engine.rules.language.quantities import YES_NO, Quantity

_OPERATORS: Final = {
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
    "=": "is",
    "!=": "is known and not",
    "in": "is",
}


def rule_phrase(rule: Composed) -> str:
    """What a rule does, in one or two sentences."""
    does = {"score": "raise the score", "review": "ask for a review", "block": "block"}[rule.outcome]
    firm = " Not even the allow list lifts this." if rule.firm else ""
    return f"When {phrase(rule.when)}: {does}, with weight {rule.weight:g}.{firm}"


def phrase(node: Condition) -> str:
    """A condition as a clause.

    >>> from argus_engine.rules.language.nodes import FieldTest
    >>> phrase(FieldTest(field="type", op="=", value="cash_deposit"))
    'the kind of transaction is cash deposit'
    """
    if isinstance(node, AllOf):
        return _joined(node.all, " and ", AnyOf)
    if isinstance(node, AnyOf):
        return _joined(node.any, " or ", AllOf)
    if isinstance(node, NotOf):
        return _negated(node.not_)
    if isinstance(node, ListTest):
        return f"the {node.field} is on the list {node.list}"
    if isinstance(node, RuleTest):
        return f"the rule {node.rule} has hit"
    return _compared(node)


def _joined(nodes: tuple[Condition, ...], word: str, other: type[AllOf] | type[AnyOf]) -> str:
    said = [f"({phrase(node)})" if isinstance(node, other) and len(walk.parts(node, "")) > 1 else phrase(node)
            for node in nodes]  # fmt: skip
    return word.join(said)


def _negated(node: Condition) -> str:
    if isinstance(node, ListTest):
        return f"the {node.field} is not on the list {node.list}"
    if isinstance(node, RuleTest):
        return f"the rule {node.rule} has not hit"
    if isinstance(node, Comparison) and node.op == "known":
        return f"{walk.quantity(node).words} is not known"
    return (
        f"it is not so that {phrase(node)}" if isinstance(node, Comparison) else f"it is not so that ({phrase(node)})"
    )


def _compared(test: Comparison) -> str:
    left = walk.quantity(test)
    if test.op == "known":
        return f"{left.words} is known"
    if left.kind == YES_NO:
        return left.words if test.value else f"it is not so that {left.words}"
    return f"{left.words} {_OPERATORS[test.op]} {_value(test, left)}"


def _value(test: Comparison, left: Quantity) -> str:
    value = test.value
    if isinstance(value, LimitPerCurrency):
        amounts = [
            format_amount(to_minor(Decimal(amount), currency), currency) for currency, amount in value.amounts.items()
        ]
        return " or ".join(filter(None, [", ".join(amounts[:-1]), amounts[-1]]))
    if isinstance(value, OtherField | OtherFeature | OtherWindow):
        right = walk.quantity(value).words
        return right if value.times is None else f"{value.times:g} times {right}"
    if isinstance(value, tuple):
        spoken = [one.replace("_", " ") for one in value]
        return " or ".join(filter(None, [", ".join(spoken[:-1]), spoken[-1]]))
    if isinstance(value, str):
        return value.replace("_", " ")
    assert value is not None
    spoken_number = f"{value:,.0f}" if value == round(value) else f"{value:,}"
    return f"{spoken_number} {left.unit}".strip()


def message_phrase(rule: Composed) -> str:
    """The message as it was written, with when each further sentence is said."""
    said = [
        f"{part.say} [said when {phrase(part.when)}]" if isinstance(part, Sentence) else part for part in rule.message
    ]
    return " ".join(said)
