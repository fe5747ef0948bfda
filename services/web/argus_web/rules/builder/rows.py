"""One condition as a row of controls, a group of conditions as rows within a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from argus_engine.rules.language.checks import DEEPEST, MOST_TESTS, operators
from argus_engine.rules.language.quantities import CHOICE, MONEY, NUMBER, TEXT, YES_NO, Quantity, features, fields
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from argus_web.rules.builder.texts import amounts, amounts_text, joined, number, pieces
from argus_web.rules.builder.windows import WindowControls

OPERATORS: Final = {
    ">": _("is more than"),
    ">=": _("is at least"),
    "<": _("is less than"),
    "<=": _("is at most"),
    "=": _("is"),
    "!=": _("is known and not"),
    "in": _("is one of"),
    "known": _("is known"),
}
GROUPS: Final = ("all", "any")
# Fewer choices than this are picked, more are typed.
_PICKED: Final = 20


@dataclass(slots=True)
class Row:
    """A condition. ``path``: of its controls' names; ``place``: where it stands in the rule's document."""

    path: str
    subject: str = "field:amount"
    negated: bool = False
    op: str = ""
    against: str = "written"
    text: str = ""
    picked: list[str] = field(default_factory=list)
    other: str = ""
    times: str = ""
    name: str = ""
    window: WindowControls | None = None
    other_window: WindowControls | None = None
    children: list["Row"] = field(default_factory=list)
    place: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Controls that the subject needs, and operators that it allows."""
        if self.subject == "window" and self.window is None:
            self.window = WindowControls(f"{self.path}.window")
        if self.other == "window" and self.other_window is None:
            self.other_window = WindowControls(f"{self.path}.other_window")
        if self.is_comparison and self.op not in operators(self.quantity.kind):
            self.op = operators(self.quantity.kind)[0]

    # What it is

    @property
    def is_group(self) -> bool:
        return self.subject in GROUPS

    @property
    def is_comparison(self) -> bool:
        return not self.is_group and not self.subject.startswith(("list:", "rule:"))

    @property
    def quantity(self) -> Quantity:
        """What is compared."""
        if self.window is not None and self.subject == "window":
            return Quantity("window", "", self.window.kind)
        kind, _, name = self.subject.partition(":")
        found = (fields() if kind == "field" else features()).get(name)
        return found or fields()["amount"]

    @property
    def operators(self) -> list[tuple[str, str]]:
        """The comparisons that the subject allows, in words."""
        return [(op, str(OPERATORS[op])) for op in operators(self.quantity.kind)]

    @property
    def control(self) -> str:
        """Which control its value has: "none", "yes_no", "pick", "picks", "text", "amounts", "other"."""
        kind = self.quantity.kind
        if self.op == "known":
            return "none"
        if kind == YES_NO:
            return "yes_no"
        if kind in {TEXT, CHOICE}:
            few = kind == CHOICE and len(self.quantity.choices) < _PICKED
            return ("picks" if self.op == "in" else "pick") if few else "text"
        if self.against == "other":
            return "other"
        return "amounts" if kind == MONEY else "number"

    @property
    def comparable(self) -> bool:
        """Whether it can be compared with another quantity."""
        return self.quantity.kind in {MONEY, NUMBER} and self.op != "known"

    @property
    def nameable(self) -> bool:
        """Whether a message can speak of it by a name of its own: a text is spoken of by its field's."""
        return self.subject.startswith("list:") or (self.is_comparison and self.comparable)

    @property
    def choices(self) -> list[str]:
        return sorted(self.quantity.choices)

    @property
    def others(self) -> list[tuple[str, str]]:
        """With what else it can be compared."""
        kind = self.quantity.kind
        found = [(f"field:{one.name}", one.words) for one in fields().values() if one.kind == kind]
        return found + [(f"feature:{one.name}", one.words) for one in features().values() if one.kind == kind]

    # Reading and writing

    @classmethod
    def read(cls, path: str, posted: QueryDict, level: int = 1) -> "Row":
        """From a form. What is deeper or longer than a rule can be is left out."""
        subject = posted.get(f"{path}.subject", "all")
        row = cls(
            path,
            subject,
            posted.get(f"{path}.negated", "") == "not",
            posted.get(f"{path}.op", ""),
            posted.get(f"{path}.against", "written"),
            posted.get(f"{path}.text", "").strip(),
            posted.getlist(f"{path}.picked"),
            posted.get(f"{path}.other", ""),
            posted.get(f"{path}.times", "").strip(),
            posted.get(f"{path}.name", "").strip(),
            WindowControls.read(f"{path}.window", posted) if subject == "window" else None,
            WindowControls.read(f"{path}.other_window", posted) if posted.get(f"{path}.other") == "window" else None,
        )
        if row.is_group and level <= DEEPEST:
            size = posted.get(f"{path}.size", "0")
            count = min(int(size), MOST_TESTS) if size.isdecimal() and len(size) < 4 else 0
            row.children = [cls.read(f"{path}-{place}", posted, level + 1) for place in range(count)]
        return row

    @classmethod
    def of(cls, path: str, document: Mapping[str, Any]) -> "Row":
        """From a condition's document."""
        negated = False
        while "not" in document:
            negated, document = not negated, document["not"]
        for group in GROUPS:
            if group in document:
                parts = [cls.of(f"{path}-{place}", part) for place, part in enumerate(document[group])]
                return cls(path, group, negated, children=parts)
        name = document.get("name", "")
        if "list" in document:
            return cls(path, f"list:{document['list']}:{document['field']}", negated, name=name)
        if "rule" in document:
            return cls(path, f"rule:{document['rule']}", negated)
        row = cls(path, _subject(document), negated, document["op"], name=name)
        if "window" in document:
            row.window = WindowControls.of(f"{path}.window", document["window"])
            row.op = document["op"]
        row._take(document.get("value"))
        return row

    def _take(self, value: Any) -> None:
        if isinstance(value, Mapping) and "amounts" in value:
            self.text = amounts_text(value["amounts"])
        elif isinstance(value, Mapping):
            self.against, self.other = "other", _subject(value)
            self.times = f"{value['times']:g}" if value.get("times") is not None else ""
            if "window" in value:
                self.other_window = WindowControls.of(f"{self.path}.other_window", value["window"])
        elif isinstance(value, list):
            self.picked, self.text = list(value), joined(value)
        elif isinstance(value, bool):
            self.text = "yes" if value else "no"
        elif value is not None:
            self.picked, self.text = [str(value)], str(value)

    def document(self, place: str) -> dict[str, Any]:
        """The condition's document; ``place`` is where it comes to stand."""
        self.place = f"{place}.not" if self.negated else place
        made = self._bare()
        return {"not": made} if self.negated else made

    def _bare(self) -> dict[str, Any]:
        kind, _, rest = self.subject.partition(":")
        name = {"name": self.name} if self.name else {}
        if self.is_group:
            return {
                self.subject: [
                    child.document(f"{self.place}.{self.subject}.{place}") for place, child in enumerate(self.children)
                ]
            }
        if kind == "list":
            listed, _, looked_up = rest.partition(":")
            return {"list": listed, "field": looked_up} | name
        if kind == "rule":
            return {"rule": rest}
        made: dict[str, Any] = {"window": self.window.document()} if self.window else {kind: rest}
        made["op"] = self.op
        value = self._value()
        return made | ({} if value is None else {"value": value}) | name

    def _value(self) -> Any:
        control = self.control
        if control == "yes_no":
            return self.text != "no"
        if control in {"pick", "picks"}:
            return self.picked if control == "picks" else (self.picked or [self.choices[0]])[0]
        if control == "other":
            return self._other()
        if control == "none" or not self.text:
            return None
        if control == "amounts":
            return {"amounts": amounts(self.text)}
        if control == "number":
            return number(self.text)
        coded = [piece.upper() if self.quantity.kind == CHOICE else piece for piece in pieces(self.text)]
        return coded if self.op == "in" else (coded[0] if len(coded) == 1 else self.text)

    def _other(self) -> dict[str, Any] | None:
        kind, _, rest = (self.other or self.others[0][0]).partition(":")
        made: dict[str, Any] = {"window": self.other_window.document()} if self.other_window else {kind: rest}
        factor = number(self.times) if self.times else None
        return made | ({} if factor is None else {"times": float(factor) if isinstance(factor, int) else factor})


def _subject(document: Mapping[str, Any]) -> str:
    if "window" in document:
        return "window"
    return f"field:{document['field']}" if "field" in document else f"feature:{document['feature']}"
