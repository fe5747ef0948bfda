"""Going through a condition, with the place of each part in its document."""

from collections.abc import Iterator
from typing import TypeVar

from argus_engine.rules.language.nodes import (
    AllOf,
    AnyOf,
    Comparison,
    Composed,
    Condition,
    FeatureTest,
    FieldTest,
    ListTest,
    NotOf,
    Other,
    OtherFeature,
    OtherField,
    OtherWindow,
    Sentence,
    WindowTest,
)
from argus_engine.rules.language.quantities import Quantity, features, fields
from argus_engine.rules.language.windows import WindowOf

Node = TypeVar("Node")


def parts(node: Condition, place: str) -> list[tuple[str, Condition]]:
    """What stands directly within a condition."""
    if isinstance(node, AllOf):
        return [(f"{place}.all.{number}", part) for number, part in enumerate(node.all)]
    if isinstance(node, AnyOf):
        return [(f"{place}.any.{number}", part) for number, part in enumerate(node.any)]
    if isinstance(node, NotOf):
        return [(f"{place}.not", node.not_)]
    return []


def everything(node: Condition, place: str = "when") -> Iterator[tuple[str, Condition]]:
    """The condition and all within it, in reading order."""
    yield place, node
    for where, part in parts(node, place):
        yield from everything(part, where)


def depth(node: Condition) -> int:
    """How many levels: 1 for a single test."""
    return 1 + max((depth(part) for _, part in parts(node, "")), default=0)


def conditions(rule: Composed) -> Iterator[tuple[str, Condition]]:
    """All conditions of a rule: what it looks for, then those of its sentences."""
    yield "when", rule.when
    for number, part in enumerate(rule.message):
        if isinstance(part, Sentence):
            yield f"message.{number}.when", part.when


def tests_of(rule: Composed, kind: type[Node]) -> list[tuple[str, Node]]:
    """All tests of one kind in a rule, with their places."""
    return [
        (place, node)
        for start, condition in conditions(rule)
        for place, node in everything(condition, start)
        if isinstance(node, kind)
    ]


def windows_of(rule: Composed) -> list[WindowOf]:
    """All windows of a rule, also those that something is compared with."""
    found = [test.window for _, test in tests_of(rule, WindowTest)]
    return found + [test.value.window for _, test in tests_of(rule, Comparison) if isinstance(test.value, OtherWindow)]


def quantity(part: Comparison | Other) -> Quantity:
    """What is compared, or what it is compared with."""
    if isinstance(part, FieldTest | OtherField):
        return fields()[part.field]
    if isinstance(part, FeatureTest | OtherFeature):
        return features()[part.feature]
    assert isinstance(part, WindowTest | OtherWindow)
    return part.window.quantity()


def nameable(rule: Composed) -> list[tuple[str, Comparison | ListTest]]:
    """The tests that can have a name, with their places."""
    return [*tests_of(rule, Comparison), *tests_of(rule, ListTest)]


def named(rule: Composed) -> dict[str, Comparison | ListTest]:
    """The tests of which the rule's message can speak."""
    return {test.name: test for _, test in nameable(rule) if test.name}
