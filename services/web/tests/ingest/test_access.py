"""Keys: missing, unknown, revoked, without the scope; and what a process remembers of them."""

from collections.abc import Callable
from typing import Any

import pytest
from argus_records.models import Transaction
from argus_records.services.apikeys import api_key_revoke
from argus_web.ingest import access
from django.test import Client

pytestmark = pytest.mark.django_db
PATH = "/api/v1/transactions"


class Clock:
    """Stands in for the clock of the module."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(access, "time", made)
    return made


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "key_missing"),
        ("", "key_missing"),
        ("Bearer", "key_missing"),
        ("Basic YTpi", "key_missing"),
        ("Bearer argus_nobody", "key_unknown"),
        ("Bearer nonsense", "key_unknown"),
        ("Bearer argus_" + "x" * 5000, "key_unknown"),
        ("Bearer argus_é", "key_unknown"),
    ],
)
def test_without_a_good_key_nothing_is_done(
    good: dict[str, Any], count: Callable[..., float], header: str | None, code: str
) -> None:
    refused = count("argus_requests_refused_total", endpoint="submit", reason=code)
    headers = {} if header is None else {"authorization": header}
    answer = Client().post(PATH, good, content_type="application/json", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["type"] == f"urn:argus:problem:{code}"
    assert count("argus_requests_refused_total", endpoint="submit", reason=code) == refused + 1
    assert not Transaction.objects.exists()


def test_the_scheme_is_written_as_one_likes(make_key: Callable[..., str], good: dict[str, Any]) -> None:
    headers = {"authorization": f"bEARER  {make_key()} "}
    assert Client().post(PATH, good, content_type="application/json", headers=headers).status_code == 202


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("ingest", {"submit", "batch"}), ("read", {"read", "feed"}), ("label", {"label"})],
)
def test_a_key_does_what_its_scopes_say(
    make_bank: Callable[..., Any], good: dict[str, Any], scope: str, allowed: set[str]
) -> None:
    bank = make_bank(scope)
    answers = {
        "submit": bank.post(good),
        "batch": bank.batch([good]),
        "read": bank.get(f"{PATH}/t-1"),
        "feed": bank.get("/api/v1/decisions"),
        "label": bank.label([{}]),
    }
    needed = {"submit": "ingest", "batch": "ingest", "read": "read", "feed": "read", "label": "label"}
    for name, answer in answers.items():
        assert (answer.status_code != 403) == (name in allowed), name
        if name not in allowed:
            assert repr(needed[name]) in answer.json()["detail"]


def test_a_revoked_key_ends_within_a_second(make_bank: Callable[..., Any], good: dict[str, Any], clock: Clock) -> None:
    bank = make_bank()
    assert bank.post(good).status_code == 202
    api_key_revoke(prefix=bank.key[:12], actor="system")
    clock.now += 0.6
    assert bank.post(good).status_code == 200
    clock.now += 0.4
    answer = bank.post(good)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:argus:problem:key_revoked"


def test_an_unknown_key_is_remembered_too(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(access, "api_key_find", asked.append)
    keys = access.Keys()
    for _ in range(5):
        assert keys.find("argus_x") is None
    clock.now += 1.0
    keys.find("argus_x")
    assert asked == ["argus_x"] * 2


def test_one_asks_and_the_others_believe_for_the_rest_of_the_second(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = access.Keys()
    asked: list[str] = []

    def find(key: str) -> None:
        asked.append(key)
        if len(asked) == 2:
            # Another thread comes while this one asks.
            keys.find(key)
            assert len(asked) == 2
            # A second after the last answer nobody is believed any more.
            clock.now += 0.3
            keys.find(key)
            assert len(asked) == 3

    monkeypatch.setattr(access, "api_key_find", find)
    keys.find("argus_x")
    clock.now += 0.7
    keys.find("argus_x")
    assert len(asked) == 3


def test_what_is_remembered_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "KEYS_KEPT", 3)
    monkeypatch.setattr(access, "api_key_find", lambda key: None)
    keys = access.Keys()
    for number in range(10):
        keys.find(f"argus_{number}")
    assert list(keys._known) == ["argus_7", "argus_8", "argus_9"]
