"""Signing in and out, and the trail that it leaves."""

from typing import Any

import pytest
from argus_records.models import AuditEvent
from django.test import Client

pytestmark = pytest.mark.django_db


def trail(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action))


def test_every_page_asks_to_sign_in(client: Client) -> None:
    pages = ("/", "/alerts/", "/alerts/1/", "/transactions/", "/transactions/1/")
    for path in (*pages, "/live/events", "/live/snapshot", "/account/password/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/login/?next="), path


def test_signing_in_leads_on_and_is_audited(client: Client, officer: Any, password: str) -> None:
    said = {"username": "amara", "password": password, "next": "/alerts/"}
    answer = client.post("/login/", said)
    assert (answer.status_code, answer["Location"]) == (302, "/alerts/")
    (event,) = trail("user.signed_in")
    assert (event.actor, event.object_type, event.object_id) == ("user:amara", "user", str(officer.pk))
    assert event.after["address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("behind", "header", "address"),
    [
        (True, "203.0.113.7", "203.0.113.7"),
        (True, "made up, 203.0.113.7", "203.0.113.7"),
        (True, None, "127.0.0.1"),
        (False, "203.0.113.7", "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_can_be_believed(
    client: Client, officer: Any, password: str, settings: Any, behind: bool, header: str | None, address: str
) -> None:
    settings.BEHIND_PROXY = behind
    said = {"X-Forwarded-For": header} if header else {}
    client.post("/login/", {"username": "amara", "password": password}, headers=said)
    (event,) = trail("user.signed_in")
    assert event.after["address"] == address


def test_a_refusal_is_audited_without_the_password(client: Client, officer: Any) -> None:
    answer = client.post("/login/", {"username": "amara", "password": "wrong-secret"})
    assert answer.status_code == 200
    assert "alert" in answer.content.decode()
    (event,) = trail("user.sign_in_refused")
    assert event.actor == "user:amara"
    assert "wrong-secret" not in f"{event.before}{event.after}{event.note}"


def test_an_unknown_name_is_not_kept(client: Client, officer: Any) -> None:
    client.post("/login/", {"username": "my-password-by-mistake", "password": "x"})
    (event,) = trail("user.sign_in_refused")
    assert (event.actor, event.object_id) == ("anonymous", "unknown")
    assert "my-password-by-mistake" not in str(AuditEvent.objects.values_list())


def test_signing_out_is_audited(desk: Client) -> None:
    answer = desk.post("/logout/")
    assert answer.status_code == 302
    (event,) = trail("user.signed_out")
    assert event.actor == "user:amara"
    assert desk.get("/").status_code == 302


def test_nobody_is_led_to_another_site(client: Client, officer: Any, password: str) -> None:
    answer = client.post("/login/", {"username": "amara", "password": password, "next": "https://elsewhere.test/"})
    assert answer["Location"] == "/"


def test_changing_the_password(desk: Client, officer: Any, password: str) -> None:
    new = "quiet herons wade"
    said = {"old_password": password, "new_password1": new, "new_password2": new}
    answer = desk.post("/account/password/", said)
    assert answer.status_code == 302
    officer.refresh_from_db()
    assert officer.check_password("quiet herons wade")
    (event,) = trail("user.password_changed")
    assert (event.actor, event.after) == ("user:amara", None)
    assert desk.get("/account/password/").status_code == 200


def test_a_weak_password_is_refused(desk: Client, officer: Any, password: str) -> None:
    said = {"old_password": password, "new_password1": "password", "new_password2": "password"}
    answer = desk.post("/account/password/", said)
    assert answer.status_code == 200
    assert "too common" in answer.content.decode()
    assert trail("user.password_changed") == []
