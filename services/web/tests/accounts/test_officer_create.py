"""The command that makes officers."""

import io
from typing import Any

import pytest
from argus_records.models import AuditEvent
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def test_password_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("quiet herons wade\n"))
    out = io.StringIO()
    call_command("officer_create", "--username", "chidi", "--password-stdin", stdout=out)
    user = User.objects.get(username="chidi")
    assert user.check_password("quiet herons wade")
    assert not user.is_superuser
    event = AuditEvent.objects.get(action="user.created")
    assert (event.actor, event.object_id) == ("system", str(user.pk))
    assert event.after == {"username": "chidi", "superuser": False, "roles": ["officer"]}
    assert "chidi" in out.getvalue()


def test_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_PASSWORD", "quiet herons wade")
    said = ["--username", "chidi", "--password-env", "THE_PASSWORD", "--superuser"]
    call_command("officer_create", *said, stdout=io.StringIO())
    assert User.objects.get(username="chidi").is_superuser


@pytest.mark.parametrize(
    ("username", "password", "said"),
    [
        ("chidi", "elevenchars", "at least 12 characters"),
        ("chidi", "", "is not set"),
        ("not a name", "quiet herons wade", "valid username"),
        ("n" * 141, "quiet herons wade", "at most 140"),
        ("amara", "quiet herons wade", "already"),
    ],
)
def test_what_cannot_be_made_is_said(
    monkeypatch: pytest.MonkeyPatch, officer: Any, username: str, password: str, said: str
) -> None:
    monkeypatch.setenv("THE_PASSWORD", password)
    with pytest.raises(CommandError, match=said):
        call_command("officer_create", "--username", username, "--password-env", "THE_PASSWORD")
    assert list(User.objects.values_list("username", flat=True)) == ["amara"]
    assert AuditEvent.objects.filter(action="user.created").count() == 1
