"""What a composed rule may say. Importable without numpy.

Unions are told apart by what a part has, so that an error speaks of the part that was meant. Their tags are written in
angle brackets, which no key of a document has: :func:`argus_engine.ruleset.told` leaves them out of the place.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from argus_engine.catalogue import INDEX
from argus_engine.rules.language.quantities import FieldName, ListedField
from argus_engine.rules.language.windows import WindowOf
from argus_engine.rules.terms import Amounts, Code, Rule, Strict

Operator = Literal[">", ">=", "<", "<=", "=", "!=", "in", "known"]
Factor = Annotated[float, Field(gt=0.0, le=1_000_000.0)]


def _feature(name: str) -> str:
    if name not in INDEX:
        raise ValueError(f"{name!r} is not a feature")
    return name


Feature = Annotated[str, AfterValidator(_feature)]
ListName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class LimitPerCurrency(Strict):
    """An amount per currency; a currency without one meets no comparison with it."""

    amounts: Annotated[Amounts, Field(min_length=1)]


class OtherField(Strict):
    """Another field, ``times`` a factor."""

    field: FieldName
    times: Factor | None = None


class OtherFeature(Strict):
    """A feature, ``times`` a factor."""

    feature: Feature
    times: Factor | None = None


class OtherWindow(Strict):
    """A window, ``times`` a factor."""

    window: WindowOf
    times: Factor | None = None


def _tag_by_key(*keys: str) -> Any:
    def tag(value: Any) -> str | None:
        for key in keys:
            if key in value if isinstance(value, Mapping) else hasattr(value, key.replace("not", "not_")):
                return f"<{key}>"
        return None

    return tag


_other = _tag_by_key("amounts", "field", "feature", "window")


def _value_tag(value: Any) -> str | None:
    if isinstance(value, bool):
        return "<yes or no>"
    if isinstance(value, int | float):
        return "<number>"
    if isinstance(value, str):
        return "<text>"
    if isinstance(value, list | tuple):
        return "<texts>"
    found: str | None = _other(value)
    return found


Number = Annotated[int | float, Field(ge=-1e12, le=1e12)]
Text = Annotated[str, Field(min_length=1, max_length=64)]
Value = Annotated[
    Annotated[bool, Tag("<yes or no>")]
    | Annotated[Number, Tag("<number>")]
    | Annotated[Text, Tag("<text>")]
    | Annotated[tuple[Text, ...], Field(min_length=1, max_length=1_000), Tag("<texts>")]
    | Annotated[LimitPerCurrency, Tag("<amounts>")]
    | Annotated[OtherField, Tag("<field>")]
    | Annotated[OtherFeature, Tag("<feature>")]
    | Annotated[OtherWindow, Tag("<window>")],
    Discriminator(
        _value_tag,
        custom_error_type="value",
        custom_error_message="must be a number, a text, a list of texts, true or false, amounts, a field, a feature "
        "or a window",
    ),
]


class Comparison(Strict):
    """What comparisons have in common. ``name``: by which a message can speak of it."""

    op: Operator
    value: Value | None = None
    name: Code | None = None


class FieldTest(Comparison):
    """A field of the transaction, compared."""

    field: FieldName


class FeatureTest(Comparison):
    """A feature, compared."""

    feature: Feature


class WindowTest(Comparison):
    """A sliding window, compared."""

    window: WindowOf


class ListTest(Strict):
    """The field's value is on the list."""

    list: ListName
    field: ListedField
    name: Code | None = None


class RuleTest(Strict):
    """An earlier rule of the set has hit."""

    rule: Code


class AllOf(Strict):
    """Every one of them holds."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=64)]


class AnyOf(Strict):
    """At least one of them holds."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=64)]


class NotOf(Strict):
    """It does not hold."""

    not_: Annotated["Condition", Field(alias="not")]


KEYS: Final = ("all", "any", "not", "list", "rule", "field", "feature", "window")

Condition = Annotated[
    Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[NotOf, Tag("<not>")]
    | Annotated[ListTest, Tag("<list>")]
    | Annotated[RuleTest, Tag("<rule>")]
    | Annotated[FieldTest, Tag("<field>")]
    | Annotated[FeatureTest, Tag("<feature>")]
    | Annotated[WindowTest, Tag("<window>")],
    Discriminator(
        _tag_by_key(*KEYS),
        custom_error_type="condition",
        custom_error_message=f"a condition has one of {', '.join(KEYS)}",
    ),
]
Test = FieldTest | FeatureTest | WindowTest
Other = OtherField | OtherFeature | OtherWindow

Words = Annotated[str, Field(min_length=1, max_length=500)]


class Sentence(Strict):
    """A sentence that is added when its condition holds too."""

    say: Words
    when: Condition


Message = Annotated[
    Annotated[Words, Tag("<always>")] | Annotated[Sentence, Tag("<sentence>")],
    Discriminator(lambda value: "<always>" if isinstance(value, str) else "<sentence>"),
]


class Composed(Rule):
    """A rule that people compose.

    ``title``: what it looks for. ``citation``: who says that it should, empty where nobody does. ``firm``: a hit
    stands even for those on the allow list. ``message``: sentences with {placeholders}, the first of them always said.
    """

    kind: Literal["composed"]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    citation: Annotated[str, Field(max_length=500)]
    firm: bool
    when: Condition
    message: Annotated[tuple[Message, ...], Field(min_length=1, max_length=6)]


for _model in (AllOf, AnyOf, NotOf, Sentence, Composed):
    _model.model_rebuild()
