"""Roles: given, taken, listed, audited, and what they allow at an alert."""

import io
from typing import Any

import pytest
from argus_records.models import Alert, AuditEvent
from argus_web.accounts.permissions import roles_of
from argus_web.accounts.roles import DESCRIPTIONS, Role
from argus_web.accounts.services import OfficerError, officer_create, roles_change, roles_ensure
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from records_factories import case

pytestmark = pytest.mark.django_db

PASSWORD = "nine lives of a heron"


def account(*roles: Role, superuser: bool = False) -> User:
    return officer_create(username="dana", password=PASSWORD, actor="system", roles=roles, superuser=superuser)


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("roles", *words, stdout=out)
    return out.getvalue()


def test_migrating_makes_the_groups() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(Role) == set(DESCRIPTIONS)


def test_accounts_from_before_there_were_roles_are_officers() -> None:
    before, other = account(), officer_create(username="otto", password=PASSWORD, actor="system", roles=[Role.OPS])
    Group.objects.get(name=Role.OFFICER).delete()
    roles_ensure()
    assert roles_of(before) == {Role.OFFICER}
    assert roles_of(other) == {Role.OPS}
    event = AuditEvent.objects.get(action="user.roles_changed")
    assert (event.object_id, event.after) == (str(before.pk), {"roles": ["officer"]})
    # Once: later an account without a role is one that lost them.
    roles_change(username="dana", remove=[Role.OFFICER], actor="system")
    roles_ensure()
    assert roles_of(before) == frozenset()


def test_new_accounts_are_officers_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    words = ["--password-env", "THE_PASSWORD"]
    call_command("officer_create", "--username", "chidi", *words, stdout=io.StringIO())
    call_command(
        "officer_create", "--username", "olu", "--role", "ops", "--role", "data_scientist", *words,
        stdout=io.StringIO(),
    )  # fmt: skip
    assert roles_of(User.objects.get(username="chidi")) == {Role.OFFICER}
    assert roles_of(User.objects.get(username="olu")) == {Role.OPS, Role.DATA_SCIENTIST}
    with pytest.raises(CommandError, match="invalid choice: 'boss'"):
        call_command("officer_create", "--username", "x", "--role", "boss", *words)


def test_a_change_is_audited_with_what_was_before() -> None:
    user = account(Role.OFFICER)
    assert "administrator, officer" in said("dana", "--add", "administrator", "--add", "officer")
    assert "dana                     administrator\n" in said("dana", "--remove", "officer")
    first, second = AuditEvent.objects.filter(action="user.roles_changed").order_by("pk")
    assert (first.actor, first.object_id) == ("command", str(user.pk))
    assert (first.before, first.after) == ({"roles": ["officer"]}, {"roles": ["administrator", "officer"]})
    assert second.after == {"roles": ["administrator"]}


def test_what_changes_nothing_is_not_audited() -> None:
    account(Role.OPS)
    assert "ops" in said("dana", "--add", "ops", "--remove", "auditor")
    assert not AuditEvent.objects.filter(action="user.roles_changed").exists()


def test_a_change_and_its_event_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    user = account(Role.OPS)

    def broken(**_: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr("argus_web.accounts.services.audit_record", broken)
    with pytest.raises(RuntimeError):
        roles_change(username="dana", add=[Role.ADMINISTRATOR], actor="system")
    assert roles_of(user) == {Role.OPS}


def test_listing() -> None:
    account(Role.OPS, superuser=True)
    officer_create(username="nora", password=PASSWORD, actor="system", roles=[])
    User.objects.filter(username="nora").update(is_active=False)
    assert said("--list") == said()
    assert said().splitlines() == [
        "dana                     ops, superuser",
        "nora                     no role  (cannot sign in)",
    ]
    assert said("dana", "--list") == "dana                     ops, superuser\n"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["nobody", "--add", "ops"], "no account named nobody"),
        (["nobody"], "no account named nobody"),
        (["dana", "--add", "ops", "--remove", "ops"], "ops cannot be added and removed"),
        (["--add", "ops"], "need a USER"),
        (["dana", "--add", "ops", "--list"], "go without --list"),
        (["dana", "--add", "king"], "invalid choice: 'king'"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], error: str) -> None:
    account()
    with pytest.raises(CommandError, match=error):
        said(*words)


def test_a_database_without_the_groups_is_named() -> None:
    Group.objects.all().delete()
    with pytest.raises(OfficerError, match="run migrate"):
        account(Role.OFFICER)


DECIDES: list[tuple[list[Role], bool]] = [
    ([Role.OFFICER], True),
    ([Role.SUPERVISOR], True),
    ([Role.ADMINISTRATOR], True),
    ([Role.OPS, Role.OFFICER], True),
    ([Role.OPS], False),
    ([Role.DATA_SCIENTIST], False),
    ([Role.OPS, Role.DATA_SCIENTIST], False),
    ([Role.AUDITOR], False),
    ([Role.AUDITOR, Role.OFFICER], False),
    ([], False),
]


@pytest.mark.parametrize(("roles", "may"), DECIDES)
def test_who_may_decide(roles: list[Role], may: bool) -> None:
    record, browser = case(), Client()
    browser.force_login(account(*roles))
    answer = browser.get(f"/cases/{record.pk}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert ('data-value="false_positive"' in page) is may
    assert ("Your account reads cases" in page) is not may
    typed = {"action": "close", "disposition": "false_positive", "note": "Known payee.", "seen": "1"}
    answer = browser.post(f"/cases/{record.pk}/act/", typed)
    if may:
        assert answer.status_code == 302
    else:
        assert answer.status_code == 403
        assert "Working on cases is for officers" in answer.content.decode()
    assert (Alert.objects.get().status == "approved") is may
    assert AuditEvent.objects.filter(action="case.close").exists() is may


def test_superusers_decide_without_a_role() -> None:
    record, browser = case(), Client()
    browser.force_login(account(superuser=True))
    typed = {"action": "escalate", "note": "Look again.", "seen": "1"}
    assert browser.post(f"/cases/{record.pk}/act/", typed).status_code == 302


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_the_pages(role: Role, redis_url: Any) -> None:
    record, browser = case(), Client()
    browser.force_login(account(role))
    ledger_id = record.alerts.get().transaction_id
    pages = ("/", "/cases/", f"/cases/{record.pk}/", "/alerts/", "/transactions/", f"/transactions/{ledger_id}/")
    for path in (*pages, "/approvals/", "/notices/"):
        assert browser.get(path).status_code == 200, path
