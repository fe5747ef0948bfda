"""Where decimals have commas, machines still get what they read, and people one notation and not two."""

import re
from html.parser import HTMLParser
from typing import Any, Final

import pytest
import web_ledger
import web_pages
from django.test import Client
from django.utils import translation

# Attributes that people read, and what says the language itself.
READ: Final = {"title", "alt", "placeholder", "aria-label", "aria-description", "label", "lang"}
# Links of a moving range say when it begins.
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
NUMBER: Final = re.compile(r"\d[\d.,]*")


class Read(HTMLParser):
    """What of a page scripts, style sheets and the server read: attributes, and JSON. Of its texts the numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        if dict(attrs).get("name") == "csrfmiddlewaretoken":
            return
        for name, value in attrs:
            self.found += NUMBER.findall(value or "") if name in READ else [f"<{tag} {name}={value}>"]

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        self.found += [data] if self._script else NUMBER.findall(data)


def read(page: str) -> list[str]:
    parser = Read()
    parser.feed(MOMENT.sub("", page))
    return parser.found


def differences(browser: Client, path: str, language: str) -> list[str]:
    """What a page says otherwise in a language than in English; asked again where it has moved meanwhile."""
    for _ in range(5):
        pages = []
        for one in ("en", language, "en"):
            with translation.override(one):
                pages.append(read(browser.get(path).content.decode()))
        english, other, again = pages
        if english == again:
            return [f"{path}: {one} {two}" for one, two in zip(english, other, strict=True) if one != two]
    pytest.fail(f"{path} is never twice the same")


@pytest.mark.django_db
def test_numbers_and_what_machines_read_are_the_same_in_every_language(redis_url: str, settings: Any) -> None:
    from argus_web.accounts.roles import DOORS, Role
    from argus_web.accounts.services import officer_create

    settings.DOORS = list(DOORS)
    administrator = officer_create(username="4711", password="0" * 20 + "#", actor="-", roles=[Role.ADMINISTRATOR])
    made = web_ledger.ledger()
    browser = Client()
    browser.force_login(administrator)
    found = [text for path in web_pages.addresses(made) for text in differences(browser, path, "de")]
    assert not found, "\n".join(found)


def test_it_sees_a_comma() -> None:
    assert read("<td data-at='0.5' title='1,5 of 2'>0,5 and 7</td><script>{\"a\": 1}</script>") == [
        "<td data-at=0.5>", "1,5", "2", "0,5", "7", '{"a": 1}',
    ]  # fmt: skip
