"""Who guesses waits, and nobody else does."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent
from argus_web.accounts import lockout
from django.db import connection
from django.test import Client
from django.utils import timezone

WRONG = "not the heron's"


def tried(client: Client, username: str, password: str, address: str = "203.0.113.7") -> Any:
    return client.post("/login/", {"username": username, "password": password}, REMOTE_ADDR=address)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock of whoever waits."""

    now = timezone.now

    def move(**said: Any) -> None:
        at = now() + timedelta(**said)
        monkeypatch.setattr(lockout.timezone, "now", lambda: at)

    return move


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["amara", "nobody", "AMARA "])
def test_after_five_refusals_one_waits_longer_and_longer(
    client: Client, officer: Any, password: str, later: Any, username: str
) -> None:
    for _ in range(5):
        assert tried(client, username, WRONG).status_code == 200
    held = tried(client, username, password)
    assert (held.status_code, held["Retry-After"]) == (429, "60")
    assert "Try again in 1 minute." in held.content.decode()
    # To be held is not to be refused once more.
    assert AuditEvent.objects.filter(action="user.sign_in_refused").count() == 5
    assert AuditEvent.objects.filter(action="user.sign_in_held").count() == 1
    later(seconds=61)
    assert tried(client, username, WRONG).status_code == 200
    # Two minutes from then on.
    later(seconds=115)
    assert tried(client, username, WRONG).status_code == 429
    later(seconds=125)
    assert tried(client, username, WRONG).status_code == 200


@pytest.mark.django_db
def test_the_right_password_ends_it(client: Client, officer: Any, password: str, later: Any) -> None:
    for _ in range(4):
        tried(client, "amara", WRONG)
    assert tried(client, "amara", password).status_code == 302
    client.logout()
    for _ in range(4):
        assert tried(client, "amara", WRONG).status_code == 200
    assert tried(client, "amara", password).status_code == 302


@pytest.mark.django_db
def test_nobody_else_is_held_up(client: Client, officer: Any, second_officer: Any, password: str) -> None:
    for _ in range(6):
        tried(client, "amara", WRONG)
    assert tried(client, "amara", password).status_code == 429
    assert tried(client, "bruno", password).status_code == 302
    client.logout()
    assert tried(client, "amara", password, address="198.51.100.4").status_code == 302


@pytest.mark.django_db
def test_one_name_after_the_other_is_slow_too(
    client: Client, officer: Any, password: str, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "FREE_BY_ADDRESS", 7)
    for number in range(7):
        assert tried(client, f"name-{number}", WRONG).status_code == 200
    assert tried(client, "amara", password).status_code == 429
    assert tried(client, "amara", password, address="198.51.100.4").status_code == 302
    client.logout()
    later(minutes=16)
    assert tried(client, "amara", password).status_code == 302


@pytest.mark.django_db
def test_the_log_tells_neither_name_nor_password(client: Client) -> None:
    tried(client, "hunter2", WRONG)
    (event,) = AuditEvent.objects.filter(action="user.sign_in_refused")
    assert event.after["address"] == "203.0.113.7"
    assert len(event.after["pair"]) == 32
    assert "hunter2" not in f"{event.after}{event.object_id}{event.actor}{event.note}"


@pytest.mark.django_db
def test_what_is_asked_at_each_attempt_is_read_by_index() -> None:
    since = timezone.now() - timedelta(minutes=15)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            actor="anonymous", action="user.sign_in_refused", object_type="user", object_id="unknown",
            after={"pair": f"pair {number}", "address": f"198.51.100.{number % 250}"},
        )
        for number in range(5000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_event")
        plans = []
        for name, index in (("pair", "audit_event_sign_in_pair"), ("address", "audit_event_sign_in_address")):
            found = AuditEvent.objects.filter(action="user.sign_in_refused", at__gte=since, **{f"after__{name}": "x"})
            plans.append((index, found.explain()))
    for index, plan in plans:
        assert index in plan, plan


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_heard_one_after_the_other(officer: Any, password: str) -> None:
    statuses: list[int] = []

    def guess() -> None:
        try:
            statuses.append(tried(Client(), "amara", WRONG).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [429] * 7


def test_waits_double_up_to_the_window() -> None:
    now = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    waits = [lockout._until(lockout.Refusals(count, now, 0, None), now) - now for count in (4, 5, 6, 7, 8, 9, 10, 40)]
    assert waits == [timedelta(minutes=m) for m in (0, 1, 2, 4, 8, 15, 15, 15)]
