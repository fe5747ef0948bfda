"""A whole rule as a form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from argus_engine.rules.language.checks import Fault
from django.http import QueryDict

from argus_web.rules.builder.rows import Row
from argus_web.rules.builder.texts import number

MOST_SENTENCES: Final = 6
_PLAIN: Final = ("code", "title", "citation", "weight", "outcome")


@dataclass(slots=True)
class Said:
    """A sentence of the message, and when it is said; the first always."""

    place: int
    text: str
    when: Row | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def place_text(self) -> str:
        return str(self.place)


@dataclass(slots=True)
class RuleForm:
    """What the controls of a rule hold."""

    values: dict[str, str]
    enabled: bool
    firm: bool
    when: Row
    message: list[Said]
    errors: dict[str, list[str]] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)

    @classmethod
    def blank(cls) -> "RuleForm":
        """A rule to begin with."""
        values = {"code": "", "title": "", "citation": "", "weight": "0.4", "outcome": "score"}
        return cls(values, True, False, Row("when", "all", children=[Row("when-0")]), [Said(0, "")])

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> "RuleForm":
        """From a rule's document."""
        when = Row.of("when", rule["when"])
        if not when.is_group:
            # A form has room for more than one.
            when = Row.of("when", {"all": [rule["when"]]})
        message = []
        for place, part in enumerate(rule["message"]):
            whole: Mapping[str, Any] = {"say": part} if isinstance(part, str) else part
            condition = Row.of(f"message-{place}", whole["when"]) if "when" in whole else None
            message.append(Said(place, whole["say"], condition))
        values = {name: str(rule[name]) for name in _PLAIN}
        return cls(values, rule["enabled"], rule["firm"], when, message)

    @classmethod
    def read(cls, posted: QueryDict) -> "RuleForm":
        """From what a browser sent."""
        size = posted.get("message.size", "1")
        count = min(int(size), MOST_SENTENCES) if size.isdecimal() and len(size) < 4 else 1
        message = []
        for place in range(max(count, 1)):
            conditional = f"message-{place}.subject" in posted
            condition = Row.read(f"message-{place}", posted) if conditional else None
            message.append(Said(place, posted.get(f"message-{place}.say", ""), condition))
        return cls(
            {name: posted.get(name, "").strip() for name in _PLAIN},
            posted.get("enabled") == "yes",
            posted.get("firm") == "yes",
            Row.read("when", posted),
            message,
        )

    def change(self, action: str) -> None:
        """What a button of the form does: ``add-test:PATH``, ``add-group:PATH``, ``remove:PATH``, ``add-sentence``,
        ``add-when:N``, ``remove-sentence:N``. What is not there is left alone."""
        verb, _, target = action.partition(":")
        if verb == "add-sentence" and len(self.message) < MOST_SENTENCES:
            self.message.append(Said(len(self.message), ""))
        elif verb == "remove-sentence" and target.isdecimal() and 0 < int(target) < len(self.message):
            del self.message[int(target)]
        elif verb == "add-when" and target.isdecimal() and 0 < int(target) < len(self.message):
            self.message[int(target)].when = Row(f"message-{target}", "all", children=[Row(f"message-{target}-0")])
        for root in self._roots():
            _change(root, verb, target)
        for said in self.message:
            if said.when is not None and verb == "remove" and target == said.when.path:
                said.when = None
        self._renumber()

    def rows(self) -> list[Row]:
        """All conditions, those of the message included."""
        return [row for root in self._roots() for row in _all(root)]

    def _roots(self) -> Iterator[Row]:
        yield self.when
        yield from (said.when for said in self.message if said.when is not None)

    def _renumber(self) -> None:
        _number(self.when, "when")
        for place, said in enumerate(self.message):
            said.place = place
            if said.when is not None:
                _number(said.when, f"message-{place}")

    def document(self) -> dict[str, Any]:
        """The rule's document, as far as the form says it."""
        message: list[Any] = []
        for place, said in enumerate(self.message):
            if said.when is None:
                message.append(said.text.strip())
            else:
                message.append({"say": said.text.strip(), "when": said.when.document(f"message.{place}.when")})
        return {
            "code": self.values["code"],
            "kind": "composed",
            "title": self.values["title"],
            "citation": self.values["citation"],
            "enabled": self.enabled,
            "weight": number(self.values["weight"]),
            "outcome": self.values["outcome"],
            "firm": self.firm,
            "when": self.when.document("when"),
            "message": message,
        }

    def blame(self, faults: Sequence[Fault], place: str) -> None:
        """Put each fault beside its control. ``place``: of this rule in the document; what is elsewhere is told."""
        rows = self.rows()
        for fault in faults:
            if not fault.place.startswith(f"{place}."):
                self.elsewhere.append(str(fault))
                continue
            inside = fault.place.removeprefix(f"{place}.")
            part, _, rest = inside.partition(".")
            owners = [row for row in rows if inside == row.place or inside.startswith(f"{row.place}.")]
            if owners:
                owner = max(owners, key=lambda row: len(row.place))
                control = _control(inside.removeprefix(owner.place).removeprefix("."))
                owner.errors.setdefault(control, []).append(fault.said)
            elif part == "message" and rest.split(".")[0].isdecimal() and int(rest.split(".")[0]) < len(self.message):
                self.message[int(rest.split(".")[0])].errors.append(fault.said)
            else:
                self.errors.setdefault(part, []).append(fault.said)


def _change(row: Row, verb: str, target: str) -> None:
    if row.path == target and row.is_group:
        if verb == "add-test":
            row.children.append(Row("new"))
        elif verb == "add-group":
            row.children.append(Row("new", "any", children=[Row("new-0")]))
    row.children = [child for child in row.children if not (verb == "remove" and child.path == target)]
    for child in row.children:
        _change(child, verb, target)


def _number(row: Row, path: str) -> None:
    row.path = path
    if row.window is not None:
        row.window.prefix = f"{path}.window"
    if row.other_window is not None:
        row.other_window.prefix = f"{path}.other_window"
    for place, child in enumerate(row.children):
        _number(child, f"{path}-{place}")


def _all(row: Row) -> Iterator[Row]:
    yield row
    for child in row.children:
        yield from _all(child)


def _control(rest: str) -> str:
    """The control that a place within a condition is about."""
    first, _, more = rest.partition(".")
    if first == "value" and more.startswith("window"):
        return "other_window"
    return {"list": "subject", "rule": "subject", "field": "subject", "feature": "subject"}.get(first, first or "row")
