"""Messages with placeholders: split once, so that nothing a person typed is ever formatted as code would be.

A placeholder is ``{name}``, ``{name.part}``, and either with ``|form``. Importable without numpy.
"""

import re
from dataclasses import dataclass
from typing import Final

PARTS: Final = ("limit", "times", "reason")
FORMS: Final = ("ordinal", "number", "earlier")
# What every rule can say beside fields, features, and the tests it has given a name.
SPECIAL: Final = {
    "listed": "who of this transaction is on a list that the rule asks for, with is or are",
    "reporting_citation": "who sets the reporting threshold of the currency",
    "high_risk_citation": "who lists the high-risk countries",
}

_HOLE: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?:\.([a-z]+))?(?:\|([a-z]+))?\}")


@dataclass(frozen=True, slots=True)
class Hole:
    """One placeholder."""

    name: str
    part: str = ""
    form: str = ""


class TemplateError(ValueError):
    """A text is no template."""


def split(text: str) -> tuple[str | Hole, ...]:
    """Text and placeholders, in order. Raises TemplateError for a brace that belongs to none.

    >>> split("The {count_1h|ordinal} one.")
    ('The ', Hole(name='count_1h', part='', form='ordinal'), ' one.')
    """
    pieces: list[str | Hole] = []
    end = 0
    for found in _HOLE.finditer(text):
        pieces.append(_plain(text[end : found.start()]))
        name, part, form = (group or "" for group in found.groups())
        if part and part not in PARTS:
            raise TemplateError(f"{found.group()}: after the point stands one of {', '.join(PARTS)}")
        if form and form not in FORMS:
            raise TemplateError(f"{found.group()}: after the bar stands one of {', '.join(FORMS)}")
        pieces.append(Hole(name, part, form))
        end = found.end()
    pieces.append(_plain(text[end:]))
    return tuple(piece for piece in pieces if piece)


def _plain(text: str) -> str:
    if "{" in text or "}" in text:
        raise TemplateError("a brace stands for a placeholder, as {amount} or {count_1h|ordinal}, and for nothing else")
    return text
