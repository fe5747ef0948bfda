"""Messages, written by the engine's own words: a person's text only says which of them stand where."""

import math
from collections.abc import Callable

from argus_engine.money import format_amount
from argus_engine.rules.context import Context
from argus_engine.rules.language import columns, walk
from argus_engine.rules.language.columns import Numbers, Times
from argus_engine.rules.language.masks import compared_with, own_list
from argus_engine.rules.language.nodes import Comparison, Composed, FeatureTest, FieldTest, ListTest
from argus_engine.rules.language.quantities import CHOICE, MONEY, TEXT, YES_NO, Quantity, fields
from argus_engine.rules.language.templates import Hole, split
from argus_engine.rules.lists import are
from argus_engine.rules.words import counted, money, ordinal, times, whole
from argus_engine.ruleset import RuleSet

Said = Callable[[Context, int], str]

UNKNOWN = "an unknown value"
_UNITS = {"kilometres": "km", "kilometres an hour": "km/h", "seconds": "seconds", "hours": "hours"}


def writer(text: str, rule: Composed, ruleset: RuleSet) -> Said:
    """What writes one sentence."""
    pieces = [piece if isinstance(piece, str) else _hole(piece, rule, ruleset) for piece in split(text)]
    return lambda context, i: "".join(piece if isinstance(piece, str) else piece(context, i) for piece in pieces)


def _hole(hole: Hole, rule: Composed, ruleset: RuleSet) -> Said:
    test = walk.named(rule).get(hole.name)
    if isinstance(test, ListTest):
        return _on_list(test, hole.part)
    if test is not None:
        return _of_test(test, hole, ruleset)
    if hole.name == "listed":
        return _listed(rule, ruleset)
    if hole.name == "reporting_citation":
        citations = {currency: entry.citation for currency, entry in ruleset.reporting.amounts.items()}
        return lambda context, i: citations.get(context.batch.currency[i], UNKNOWN)
    if hole.name == "high_risk_citation":
        return lambda _context, _i: ruleset.lists.high_risk_countries.citation
    if hole.name in fields():
        # Compares with nothing: it stands for its field alone.
        return _of_test(FieldTest(field=hole.name, op="known"), hole, ruleset)  # type: ignore[arg-type]
    return _of_test(FeatureTest(feature=hole.name, op="known"), hole, ruleset)


def _of_test(test: Comparison, hole: Hole, ruleset: RuleSet) -> Said:
    quantity = walk.quantity(test)
    if quantity.kind in {TEXT, CHOICE}:
        field = quantity.name
        return lambda context, i: _text(field, columns.texts(field, context)[i])
    if quantity.name == "amount" and not hole.part:
        return lambda context, i: format_amount(int(context.batch.amount[i]), context.batch.currency[i])
    left = columns.numbers(test, ruleset.feature_config())
    if not hole.part:
        return _written(left, quantity, hole.form)
    right = compared_with(test, ruleset)
    if hole.part == "limit":
        return _written(right, quantity, hole.form)
    base = right.column if isinstance(right, Times) else right
    return lambda context, i: times(_at(left, context, i) / _at(base, context, i))


def _at(column: Numbers, context: Context, i: int) -> float:
    return float(column.values(context)[i])


def _written(column: Numbers, quantity: Quantity, form: str) -> Said:
    def said(context: Context, i: int) -> str:
        value = _at(column, context, i)
        return UNKNOWN if math.isnan(value) else _number(value, quantity, form, context.batch.currency[i])

    return said


def _number(value: float, quantity: Quantity, form: str, currency: str) -> str:
    if quantity.kind == MONEY:
        return money(value, currency)
    if quantity.kind == YES_NO:
        return "yes" if value else "no"
    if form == "ordinal":
        return ordinal(round(value))
    if form == "earlier":
        return counted(value, "earlier transaction", "earlier transactions")
    if not form and quantity.unit == "transactions":
        return counted(value, "transaction", "transactions")
    if not form and quantity.unit == "times":
        return times(value)
    if not form and quantity.unit == "log of times":
        return times(math.exp(value))
    if not form and quantity.unit in _UNITS:
        return whole(value, _UNITS[quantity.unit])
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def _text(field: str, value: str | None) -> str:
    if value is None:
        return UNKNOWN
    return value.replace("_", " ") if field == "type" else value.capitalize() if field == "weekday" else value


def _on_list(test: ListTest, part: str) -> Said:
    def said(context: Context, i: int) -> str:
        value = columns.texts(test.field, context)[i]
        if not part:
            return _text(test.field, value)
        entry = context.lists.find(test.list, value)
        return entry.reason if entry else UNKNOWN

    return said


def _listed(rule: Composed, ruleset: RuleSet) -> Said:
    tests = [(test, own_list(ruleset, test.list)) for _, test in walk.tests_of(rule, ListTest)]

    def said(context: Context, i: int) -> str:
        found: dict[tuple[str, str], None] = {}
        for test, own in tests:
            value = columns.texts(test.field, context)[i]
            if value is not None and (value in own or context.lists.find(test.list, value)):
                found[test.field, value] = None
        return are(list(found))

    return said
