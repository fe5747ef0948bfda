"""What fits together in composed rules, beyond the form of each part. Importable without numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from argus_engine.rules.language import walk
from argus_engine.rules.language.nodes import (
    Comparison,
    Composed,
    LimitPerCurrency,
    ListTest,
    OtherFeature,
    OtherField,
    OtherWindow,
    RuleTest,
    Sentence,
)
from argus_engine.rules.language.quantities import CHOICE, MONEY, NUMBER, TEXT, YES_NO, Quantity, features, fields
from argus_engine.rules.language.templates import SPECIAL, Hole, TemplateError, split

if TYPE_CHECKING:
    from argus_engine.rules.specs import AnyRule

# A person can read this much, and a batch is judged in milliseconds.
DEEPEST: Final = 8
MOST_TESTS: Final = 64
MOST_RULES: Final = 200
MOST_WINDOWS: Final = 16

# The lists that are part of a rule set, and where to look for what they hold. Managed lists of these names add to them.
OWN_LISTS: Final = {
    "blocked_customers": "customer",
    "blocked_counterparties": "counterparty",
    "blocked_countries": "country",
    "allowed_customers": "customer",
    "allowed_counterparties": "counterparty",
    "high_risk_countries": "country",
}

_ORDERED: Final = (">", ">=", "<", "<=")
_OPERATORS: Final = {
    MONEY: (*_ORDERED, "=", "!=", "known"),
    NUMBER: (*_ORDERED, "=", "!=", "known"),
    TEXT: ("=", "!=", "in", "known"),
    CHOICE: ("=", "!=", "in", "known"),
    YES_NO: ("=", "known"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where in the document."""

    place: str
    said: str

    def __str__(self) -> str:
        return f"{self.place}: {self.said}"


def operators(kind: str) -> tuple[str, ...]:
    """The comparisons that something of this kind allows."""
    return _OPERATORS[kind]


def faults(rules: Sequence["AnyRule"], lists: Mapping[str, str]) -> list[Fault]:
    """Everything that is wrong with the rules of a set.

    ``lists``: the managed lists that exist, and for each the field in which to look for what it holds.
    """
    found: list[Fault] = []
    if len(rules) > MOST_RULES:
        found.append(Fault("rules", f"there are {len(rules)} rules; {MOST_RULES} is the most"))
    earlier: dict[str, bool] = {}
    windows = set()
    for number, rule in enumerate(rules):
        if isinstance(rule, Composed):
            found += _Checking(rule, f"rules.{number}", earlier, dict(lists) | OWN_LISTS).faults()
            windows |= {window.window() for window in walk.windows_of(rule) if not window.kept()}
        earlier[rule.code] = rule.enabled
    if len(windows) > MOST_WINDOWS:
        found.append(Fault("rules", f"they ask for {len(windows)} different windows; {MOST_WINDOWS} is the most"))
    return found


class _Checking:
    """One rule under the eye of the checker."""

    def __init__(self, rule: Composed, place: str, earlier: Mapping[str, bool], lists: Mapping[str, str]) -> None:
        self._rule, self._place, self._earlier, self._lists = rule, place, earlier, lists
        self._found: list[Fault] = []

    def faults(self) -> list[Fault]:
        rule = self._rule
        for start, condition in walk.conditions(rule):
            if walk.depth(condition) > DEEPEST:
                self._say(start, f"conditions stand {DEEPEST} levels deep at most")
        if sum(1 for start, node in walk.conditions(rule) for _ in walk.everything(node, start)) > MOST_TESTS:
            self._say("when", f"a rule has {MOST_TESTS} conditions at most")
        for place, test in walk.tests_of(rule, Comparison):
            self._comparison(place, test)
        for place, listed in walk.tests_of(rule, ListTest):
            self._list(place, listed)
        for place, hit in walk.tests_of(rule, RuleTest):
            self._earlier_rule(place, hit)
        self._names()
        self._message()
        return self._found

    def _say(self, place: str, said: str) -> None:
        self._found.append(Fault(f"{self._place}.{place}" if place else self._place, said))

    def _comparison(self, place: str, test: Comparison) -> None:
        left = walk.quantity(test)
        if test.op not in operators(left.kind):
            allowed = ", ".join(operators(left.kind))
            self._say(f"{place}.op", f"{left.words} is compared by one of {allowed}, not {test.op}")
        elif test.op == "known":
            if test.value is not None:
                self._say(f"{place}.value", "known compares with nothing: leave value out")
        elif test.value is None:
            self._say(f"{place}.value", f"{left.words} needs something to be compared with")
        else:
            self._value(f"{place}.value", left, test)

    def _value(self, place: str, left: Quantity, test: Comparison) -> None:
        value = test.value
        if isinstance(value, OtherField | OtherFeature | OtherWindow):
            self._other(place, left, value)
        elif left.kind == MONEY:
            if not isinstance(value, LimitPerCurrency):
                self._say(place, 'money is compared with an amount per currency, as {"amounts": {"EUR": "5000"}}')
        elif left.kind == NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | float):
                self._say(place, "must be a number")
        elif left.kind == YES_NO:
            if not isinstance(value, bool):
                self._say(place, "must be true or false")
        elif test.op == "in":
            if not isinstance(value, tuple):
                self._say(place, "must be a list of texts")
            else:
                for number, one in enumerate(value):
                    self._choice(f"{place}.{number}", left, one)
        elif not isinstance(value, str):
            self._say(place, "must be a text")
        else:
            self._choice(place, left, value)

    def _choice(self, place: str, left: Quantity, value: str) -> None:
        if left.kind == CHOICE and value not in left.choices:
            some = ", ".join(sorted(left.choices)) if len(left.choices) < 20 else "its codes"
            self._say(place, f"{value!r} is not {left.words.removeprefix('the ')}: it is one of {some}")

    def _other(self, place: str, left: Quantity, value: OtherField | OtherFeature | OtherWindow) -> None:
        right = walk.quantity(value)
        if left.kind not in {MONEY, NUMBER}:
            self._say(place, f"{left.words} is compared with what is written, not with {right.words}")
        elif right.kind != left.kind:
            self._say(place, f"{left.words} is {left.kind}, {right.words} is {right.kind}")

    def _list(self, place: str, test: ListTest) -> None:
        field = self._lists.get(test.list)
        if field is None:
            self._say(f"{place}.list", f"there is no list {test.list!r}")
        elif field != test.field:
            self._say(f"{place}.field", f"the list {test.list!r} holds what a {field} can be, not a {test.field}")

    def _earlier_rule(self, place: str, test: RuleTest) -> None:
        enabled = self._earlier.get(test.rule)
        if enabled is None:
            self._say(f"{place}.rule", f"no rule before this one has the code {test.rule!r}")
        elif not enabled:
            self._say(f"{place}.rule", f"the rule {test.rule!r} is switched off, so it never hits")

    def _names(self) -> None:
        taken = set(fields()) | set(features()) | set(SPECIAL)
        for place, test in walk.nameable(self._rule):
            if test.name is None:
                continue
            if test.name in taken:
                self._say(f"{place}.name", f"{test.name!r} is taken: a name is of one thing alone")
            taken.add(test.name)

    def _message(self) -> None:
        for number, part in enumerate(self._rule.message):
            place, text = f"message.{number}", part
            if isinstance(part, Sentence):
                place, text = f"{place}.say", part.say
                if number == 0:
                    self._say("message.0", "the first sentence is always said: it has no condition")
            try:
                holes = [piece for piece in split(str(text)) if isinstance(piece, Hole)]
            except TemplateError as error:
                self._say(place, str(error))
                continue
            for hole in holes:
                said = self._hole(hole)
                if said:
                    self._say(place, f"{{{hole.name}}}: {said}")

    def _hole(self, hole: Hole) -> str | None:
        test = walk.named(self._rule).get(hole.name)
        if isinstance(test, ListTest):
            return None if hole.part in {"", "reason"} and not hole.form else "a list says its value or its .reason"
        if test is not None:
            left = walk.quantity(test)
            if hole.part == "reason":
                return "only a list has a .reason"
            if hole.part and left.kind not in {MONEY, NUMBER}:
                return f"{left.words} has no .{hole.part}"
            if hole.part == "limit" and (test.value is None or test.op == "known"):
                return "it is compared with nothing"
            if hole.part == "times" and not isinstance(test.value, OtherField | OtherFeature | OtherWindow):
                return "only what is compared with another quantity has .times"
        elif hole.part:
            return "only a test that has a name has a part after the point"
        elif hole.name in SPECIAL:
            return "it has no form" if hole.form else None
        else:
            known = fields().get(hole.name) or features().get(hole.name)
            if known is None:
                return "is neither a field, nor a feature, nor the name of a test of this rule"
            left = known
        return f"only a number can be written as {hole.form}" if hole.form and left.kind != NUMBER else None
