"""Every page in a language of brackets: what stands outside them no translator can reach."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from html.parser import HTMLParser
from typing import Any, Final

import pytest
import web_ledger
import web_pages
from django.test import Client
from django.utils import translation

READ: Final = {"title", "alt", "placeholder", "aria-label", "aria-description", "label"}
VERBATIM: Final = {"code", "pre", "kbd", "script", "style"}
WORD: Final = re.compile(r"[^\W\d_]{2}")
# Codes of countries, currencies and zones are the same in every language.
CODES: Final = re.compile(r"\b[A-Z]{2,3}\b")
# Names of products, and of the parts of a score, which stand in a title for who knows the engine.
NAMES: Final = {"Argus", "Monitor", "Prometheus", "Alertmanager", "Grafana", "forest", "rules", "rule:"}


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on every message is translated into itself, between brackets."""

    def between(said: Callable[..., str]) -> Callable[..., str]:
        return lambda *args: f"⟦{said(*args)}⟧"

    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        monkeypatch.setattr(translation._trans, name, between(getattr(translation._trans, name)), raising=False)


def outside(text: str, inside: int) -> tuple[str, int]:
    """What of a text stands outside brackets, ``inside`` of so many when it begins; and inside of how many it ends."""
    kept = []
    for letter in text:
        inside -= letter == "⟧"
        kept.append(" " if inside else letter)
        inside += letter == "⟦"
    return "".join(kept), inside


class Shown(HTMLParser):
    """What of a page is read, piece by piece, but for what its author marked as the same in every language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        same = tag in VERBATIM or said.get("translate") == "no" or "mono" in (said.get("class") or "").split()
        if tag not in {"input", "img", "link", "meta", "br", "hr", "rect", "path", "circle"}:
            self._open.append((tag, same))
        if not self._same and not same:
            prose = (value for name, value in attrs if name.startswith("data-") and re.search(r"\s", value or ""))
            read = (value for name, value in attrs if name in READ)
            self.found += [outside(value, 0)[0] for value in (*read, *prose) if value]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        # A message may have elements in it, so its brackets may stand in texts apart.
        shown, self._inside = outside(data, self._inside)
        if not self._same:
            self.found.append(shown)

    @property
    def _same(self) -> bool:
        return any(same for _, same in self._open)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)


def of_the_engine() -> set[str]:
    """What the engine says: it is pure, knows no translations, and its sentences are kept with the decision."""
    from argus_engine.catalogue import FEATURES
    from argus_engine.rules.language.nodes import Composed
    from argus_engine.rules.language.phrases import rule_phrase
    from argus_engine.rules.language.quantities import features, fields
    from argus_engine.ruleset import RuleSet
    from argus_records.models import RuleSetVersion
    from argus_web.accounts.veil import Shown, Veil
    from argus_web.rules.shown import changes, rules_shown

    said: set[str] = set()
    for version in RuleSetVersion.objects.all():
        ruleset = RuleSet.parse(version.document)
        said |= set(_strings(version.document))
        said |= {rule_phrase(rule) for rule in ruleset.rules if isinstance(rule, Composed)}
        for shown in rules_shown(ruleset, {}):
            said |= {shown.title, shown.when, shown.message, shown.citation}
        for change in changes(version, version.parent, Veil(Shown.NAMES)) or []:
            said |= set(_strings(asdict(change)))
    for one in (*fields().values(), *features().values()):
        said |= {one.name, one.words, one.unit, *one.choices}
    said |= {text for feature in FEATURES for text in (feature.name, feature.meaning, feature.unit)}
    return said


def of_the_ledger() -> set[str]:
    """Names and notes that stand in the ledger from the start."""
    from argus_records.models import ApiClient, AuditEvent, CaseEvidence, ManagedList, RuleSetVersion
    from django.contrib.auth.models import User

    lists = ManagedList.objects.values_list("name", "purpose")
    versions = RuleSetVersion.objects.values_list("author", "note")
    actors = AuditEvent.objects.values_list("actor")
    clients = ApiClient.objects.values_list("name")
    files = CaseEvidence.objects.values_list("name")
    people = User.objects.values_list("username")
    return {text for rows in (lists, versions, actors, clients, files, people) for row in rows for text in row}


def left(page: str, data: list[str]) -> list[str]:
    """The texts of a page with letters outside brackets that are no data."""
    parser = Shown()
    parser.feed(page)
    found = []
    for piece in parser.found:
        # Most pieces are nothing but brackets.
        for known in data if WORD.search(piece) else []:
            piece = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", piece, flags=re.IGNORECASE)
        if WORD.search(CODES.sub(" ", piece)):
            found.append(" ".join(piece.split()))
    return found


@pytest.mark.django_db
def test_no_page_says_what_cannot_be_translated(redis_url: str, officer: Any, brackets: None, settings: Any) -> None:
    from argus_web.accounts.roles import DOORS, Role
    from argus_web.accounts.services import officer_create

    settings.DOORS = list(DOORS)
    administrator = officer_create(username="4711", password="0" * 20 + "#", actor="-", roles=[Role.ADMINISTRATOR])
    made = web_ledger.ledger()
    known = of_the_engine() | of_the_ledger() | NAMES
    data = sorted((text for text in known if len(text) > 2), key=len, reverse=True)
    browser, refused = Client(), Client()
    browser.force_login(administrator)
    refused.force_login(officer)
    pages = {path: browser.get(path) for path in web_pages.addresses(made)}
    pages |= {path: refused.get(path) for path in web_pages.REFUSALS}
    pages["/login/"] = Client().get("/login/")
    texts = {path: answer.content.decode() for path, answer in pages.items()} | web_pages.errors()
    shown = {path: left(text, data) for path, text in texts.items()}
    found = [f"{path}: {text}" for path, texts in shown.items() for text in texts]
    assert not found, "\n".join(found)


def test_it_sees_letters_outside_brackets() -> None:
    page = (
        "<p>DE ⟦Hello <b>you</b>⟧ 7</p><a title='Go'>⟦x⟧</a><p>it said</p><p class='mono'>a</p><i data-text='all %s'>"
    )
    assert left(page, ["it"]) == ["Go", "said", "all %s"]
