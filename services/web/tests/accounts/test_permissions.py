"""The table of permissions, cell by cell: each role asks for what each permission is about, and gets what it says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argus_records.selectors.rulesets import in_effect
from argus_records.services.approvals import case_close_propose
from argus_web.accounts.matrix import markdown
from argus_web.accounts.permissions import (
    may,
    may_decide,
    may_edit_rules,
    may_release_rules,
    permissions_of,
)
from argus_web.accounts.roles import DOORS, PERMISSIONS, Permission, Role
from argus_web.accounts.services import roles_change
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client
from records_factories import case

pytestmark = pytest.mark.django_db

# Written out again, so that a slip in the table is one here too.
WHO = {
    "decide_alerts": "officer supervisor administrator",
    "supervise": "supervisor administrator",
    "see_names": "officer supervisor auditor administrator",
    "read_reports": "supervisor auditor administrator",
    "draft_rules": "supervisor data_scientist administrator",
    "release_rules": "supervisor administrator",
    "read_audit": "supervisor auditor administrator",
    "read_people": "auditor administrator",
    "manage_people": "administrator",
    "pass_mlflow": "data_scientist administrator",
    "pass_flower": "ops administrator",
    "pass_prometheus": "ops administrator",
    "pass_alertmanager": "ops administrator",
    "pass_grafana": "ops administrator",
}
READING = {"see_names", "read_reports", "read_audit", "read_people", "pass_flower", "pass_prometheus", "pass_grafana"}

Ask = Callable[[Client, User], list[int]]


def _decide(browser: Client, user: User) -> list[int]:
    typed = {"action": "close", "disposition": "false_positive", "note": "Known payee.", "seen": "1"}
    return [browser.post(f"/cases/{case(customer_id=f'own-{user.pk}').pk}/act/", typed).status_code]


def _supervise(browser: Client, user: User) -> list[int]:
    found = case(customer_id=f"other-{user.pk}")
    made = case_close_propose(case_id=found.pk, seen=1, disposition="suspicious_reported", note="n", actor="user:vera")
    return [browser.post(f"/approvals/{made.pk}/", {"action": "grant"}).status_code]


def _see_names(browser: Client, _: User) -> list[int]:
    return [browser.post(f"/cases/{case().pk}/reveal/", {"reason": "a call"}).status_code]


def _read_reports(browser: Client, _: User) -> list[int]:
    return [browser.get(path).status_code for path in ("/reports/", "/reports/2026-03/", "/reports/2026-03/report.pdf")]


def _draft(browser: Client, _: User) -> list[int]:
    return [
        browser.get(f"/rules/versions/{in_effect().live}/new/").status_code,
        browser.get("/backtests/new/").status_code,
    ]


def _release(browser: Client, _: User) -> list[int]:
    return [browser.post("/rules/lists/").status_code, browser.post("/rules/lists/blocked_customers/").status_code]


def _read_audit(browser: Client, _: User) -> list[int]:
    return [browser.get(path).status_code for path in ("/audit/", "/audit/export.csv")]


def _read_people(browser: Client, user: User) -> list[int]:
    return [browser.get(path).status_code for path in ("/people/", f"/people/{user.pk}/")]


def _manage(browser: Client, user: User) -> list[int]:
    verbs = ("roles", "close", "reopen", "sign-out")
    # Nothing is there at these numbers, which only those who may are told.
    paths = ["/people/", "/people/invitations/0/revoke/", *(f"/people/0/{verb}/" for verb in verbs)]
    return [browser.post(path).status_code for path in paths]


def _pass(name: str) -> Ask:
    return lambda browser, _: [browser.get(f"/doors/{name}").status_code]


ASK: dict[Permission, Ask] = {
    Permission.DECIDE_ALERTS: _decide,
    Permission.SUPERVISE: _supervise,
    Permission.SEE_NAMES: _see_names,
    Permission.READ_REPORTS: _read_reports,
    Permission.DRAFT_RULES: _draft,
    Permission.RELEASE_RULES: _release,
    Permission.READ_AUDIT: _read_audit,
    Permission.READ_PEOPLE: _read_people,
    Permission.MANAGE_PEOPLE: _manage,
    **{door.permission: _pass(door.name) for door in DOORS.values()},
}


def test_every_permission_is_walked() -> None:
    assert set(ASK) == set(Permission) == set(PERMISSIONS)
    assert {str(name): set(right.roles) for name, right in PERMISSIONS.items()} == {
        name: set(roles.split()) for name, roles in WHO.items()
    }
    assert {str(name) for name, right in PERMISSIONS.items() if not right.changes} == READING


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_each_cell(person: Any, browse: Any, permission: Permission, role: Role) -> None:
    user = person("dana", role)
    expected = role in PERMISSIONS[permission].roles
    assert may(user, permission) is expected
    statuses = ASK[permission](browse(user), user)
    assert [status != 403 for status in statuses] == [expected] * len(statuses), statuses


@pytest.mark.parametrize("permission", list(Permission))
def test_an_auditor_changes_nothing_whatever_else_they_are(person: Any, browse: Any, permission: Permission) -> None:
    user = person("dana", *Role)
    statuses = ASK[permission](browse(user), user)
    assert [status != 403 for status in statuses] == [permission in READING] * len(statuses), statuses


@pytest.mark.parametrize("permission", list(Permission))
def test_without_a_role_nothing_and_as_superuser_everything(person: Any, browse: Any, permission: Permission) -> None:
    nobody, everybody = person("nora"), person("sol", superuser=True)
    assert set(ASK[permission](browse(nobody), nobody)) == {403}
    assert 403 not in ASK[permission](browse(everybody), everybody)


def test_who_is_not_signed_in_or_closed_may_nothing(person: Any) -> None:
    sol = person("sol", superuser=True)
    assert permissions_of(sol) == set(Permission)
    sol.is_active = False
    assert permissions_of(sol) == permissions_of(AnonymousUser()) == frozenset()


def test_the_older_names_ask_the_table(person: Any) -> None:
    user = person("dana", "data_scientist")
    assert [may_decide(user), may_edit_rules(user), may_release_rules(user)] == [False, True, False]


def test_a_role_that_is_taken_away_holds_at_once(person: Any, browse: Any) -> None:
    browser = browse(person("dana", "auditor"))
    assert browser.get("/audit/").status_code == 200
    roles_change(username="dana", remove=[Role.AUDITOR], actor="system")
    answer = browser.get("/audit/")
    assert answer.status_code == 403
    assert "one of these roles: supervisor, auditor, administrator" in answer.content.decode()


def test_all_that_one_may_is_one_question(person: Any, django_assert_num_queries: Any) -> None:
    user = person("dana", *Role)
    with django_assert_num_queries(1):
        permissions_of(user)


@pytest.mark.parametrize("role", list(Role))
def test_the_page_shows_the_table_to_everybody(person: Any, browse: Any, role: Role) -> None:
    answer = browse(person("dana", role)).get("/people/roles/")
    assert answer.status_code == 200
    shown = {line.words: line.cells for _, lines in answer.context["parts"] for line in lines}
    assert shown == {str(right.words): [each in right.roles for each in Role] for right in PERMISSIONS.values()}
    page = answer.content.decode()
    assert page.count('aria-label="yes"') == sum(len(right.roles) for right in PERMISSIONS.values())


def test_the_docs_show_the_same_table() -> None:
    docs = Path(__file__).parents[4] / "docs" / "operations.md"
    assert markdown() in docs.read_text()
