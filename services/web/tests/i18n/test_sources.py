"""Every text that people read goes through Django's translations: what templates and Python say without is named."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import argus_records
import argus_web
import pytest
from argus_web.audit.forms import KINDS
from argus_web.dashboard.templatetags.argus import ACTIONS
from django.template.base import Lexer, TokenType

WEB: Final = Path(argus_web.__file__).parent
RECORDS: Final = Path(argus_records.__file__).parent
TEMPLATES: Final = WEB / "templates"
# Names, codes, currencies and countries are the same in every language.
SAME: Final = re.compile(r"\b(Argus|Monitor|[A-Z]{2,3}|[a-z]+(_[a-z]+)+)\b")
WORD: Final = re.compile(r"[^\W\d_]")
READ: Final = {"title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label"}
# What is typed into a machine, or stands for a key.
VERBATIM: Final = {"code", "pre", "kbd", "script", "style"}


def said(text: str) -> str:
    """What of a text a translator would have to say otherwise."""
    rest = SAME.sub("", text)
    return text.strip() if WORD.search(rest) else ""


class Texts(HTMLParser):
    """The texts and the attributes that are read, of a page whose translations are taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._verbatim += tag in VERBATIM
        for name, value in attrs:
            prose = name.startswith("data-") and re.search(r"\s|^[A-Z]", value or "")
            if (name in READ or prose) and said(value or ""):
                self.found.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        self._verbatim -= tag in VERBATIM

    def handle_data(self, data: str) -> None:
        if not self._verbatim and said(data):
            self.found.append(data.strip())


def untranslated(source: str) -> list[str]:
    """The texts of a template that stand outside ``translate`` and ``blocktranslate``."""
    kept: list[str] = []
    inside = ""
    handed: list[str] = []
    for token in Lexer(source).tokenize():
        words = token.split_contents() if token.token_type is TokenType.BLOCK else [""]
        if inside:
            inside = "" if words[0] == inside else inside
        elif words[0] in {"blocktranslate", "blocktrans", "comment"}:
            inside = f"end{words[0]}"
        elif words[0] in {"include", "with"}:
            handed += [word for word in words[1:] if re.search(r"""=["'].*\s""", word) and said(word.partition("=")[2])]
        elif token.token_type is TokenType.TEXT:
            kept.append(token.contents)
    parser = Texts()
    parser.feed("".join(kept))
    return parser.found + handed


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_say_nothing_untranslated(path: Path) -> None:
    assert untranslated(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{% translate 'Hello' %} · {{ name }}</p>", []),
        ("<p>{% blocktranslate %}Hello{% plural %}Hellos{% endblocktranslate %} again</p>", ["again"]),
        ("<a title='Go' href='/go'>{{ it }}</a>", ["title=Go"]),
        ("<a title='{% translate \"Go\" %}'></a>", []),
        ("<i data-tone='block' data-text='%s of all'></i>", ["data-text=%s of all"]),
        ("<code>manage.py</code> <input placeholder='EUR 5'> Argus <small>Monitor</small>", []),
        ("{% include 'a.html' with title='New here' %}", ["title='New here'"]),
    ],
)
def test_the_walker_sees_texts(source: str, found: list[str]) -> None:
    assert untranslated(source) == found


# Calls whose text people read, by the place of it; and keywords and keys that hold such texts.
CALLS: Final = {
    "success": 1, "error": 1, "warning": 1, "info": 1, "add_error": 1, "PermissionDenied": 0, "ValidationError": 0,
    "AlertError": 0, "ListError": 0, "RuleSetMoveError": 0, "BacktestRefused": 0,
}  # fmt: skip
KEYWORDS: Final = {"label", "help_text", "empty_label", "choices", "error_messages"}
KEYS: Final = {"placeholder", "title", "aria-label"}


def _literal(node: ast.expr) -> str:
    """The text of an expression that is one as it stands, however it is put together."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return said(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_literal, node.values))
    if isinstance(node, ast.BinOp):
        return _literal(node.left) or _literal(node.right)
    return ""


def _held(node: ast.expr) -> Iterator[ast.expr]:
    """The texts that a keyword's value holds: itself, the values of a dict, the second ones of pairs."""
    if isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.List | ast.Tuple):
        for one in node.elts:
            if isinstance(one, ast.Tuple) and len(one.elts) == 2:
                yield one.elts[1]
    else:
        yield node


def spoken(tree: ast.AST, *, models: bool = False) -> Iterator[tuple[int, str]]:
    """Line and text of what people would read untranslated."""
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            on_messages = not isinstance(node.func, ast.Attribute) or getattr(node.func.value, "id", "") != "log"
            if name in CALLS and on_messages:
                found += node.args[CALLS[name] : CALLS[name] + 1]
            if not models:
                found += [held for word in node.keywords if word.arg in KEYWORDS for held in _held(word.value)]
        elif isinstance(node, ast.Dict):
            found += [
                value for key, value in zip(node.keys, node.values, strict=True) if getattr(key, "value", "") in KEYS
            ]
        elif isinstance(node, ast.ClassDef) and any("Choices" in ast.unparse(base) for base in node.bases):
            found += [
                one.value.elts[1] if isinstance(one.value, ast.Tuple) else one.value
                for one in node.body
                if isinstance(one, ast.Assign)
            ]
        yield from ((one.lineno, text) for one in found if (text := _literal(one)))


def _sources() -> list[tuple[Path, bool]]:
    pages = [path for path in WEB.rglob("*.py") if "management" not in path.parts and "ingest" not in path.parts]
    kept = [path for folder in ("models", "services") for path in (RECORDS / folder).rglob("*.py")]
    return [(path, False) for path in pages] + [(path, True) for path in kept]


@pytest.mark.parametrize(("path", "models"), _sources(), ids=lambda value: str(value)[-40:])
def test_python_says_nothing_untranslated(path: Path, models: bool) -> None:
    assert list(spoken(ast.parse(path.read_text()), models=models)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("messages.error(request, 'No.')", ["No."]),
        ("messages.error(request, _('No.'))", []),
        ("messages.error(request, _('No') + ' more')", ["more"]),
        ("raise ListError(f'{name} is there')", ["is there"]),
        ("forms.CharField(label='Name')", ["Name"]),
        ("forms.ChoiceField(choices=[('a', 'All'), ('b', _('Some'))])", ["All"]),
        ("forms.CharField(error_messages={'required': 'Write'})", ["Write"]),
        ("class State(models.TextChoices):\n    NEW = 'new', 'new'\n    OLD = 'old', _('old')", ["new"]),
        ("class State(models.TextChoices):\n    NEW = 'new'", ["new"]),
        ("forms.TextInput(attrs={'placeholder': 'EUR'})", []),
    ],
)
def test_the_reader_sees_texts(source: str, found: list[str]) -> None:
    assert [text for _, text in spoken(ast.parse(source))] == found


@pytest.mark.parametrize(
    ("said", "known"), [(r"action=\"([a-z_]+\.[a-z_]+)\"", ACTIONS), (r"object_type=\"([a-z_]+)\"", KINDS)]
)
def test_the_audit_log_has_words_for_whatever_is_recorded(said: str, known: dict[str, object]) -> None:
    sources = [path.read_text() for folder in (WEB, RECORDS) for path in folder.rglob("*.py")]
    written = {value for text in sources for value in re.findall(said, text)}
    assert len(written) > 10
    assert written - known.keys() == set()
