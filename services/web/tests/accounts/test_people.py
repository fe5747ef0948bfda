"""Accounts: who changes them, what nobody can do to themselves, and that an administrator is always left."""

import threading
import time
from typing import Any

import pytest
from argus_records.models import AuditEvent
from argus_web.accounts import guard, services
from argus_web.accounts.guard import managers
from argus_web.accounts.invitations import invitation_accept, invitation_create, invitation_revoke
from argus_web.accounts.permissions import may, roles_of
from argus_web.accounts.roles import Permission, Role
from argus_web.accounts.services import OfficerError, account_close, account_reopen, roles_change, sessions_end
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

ADMINISTRATOR = Role.ADMINISTRATOR
MANAGES = Permission.MANAGE_PEOPLE


def trail(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk"))


@pytest.fixture
def ada(person: Any) -> Any:
    return person("ada", "administrator")


# What holds


@pytest.mark.parametrize(
    ("roles", "superuser", "active"),
    [
        (["administrator"], False, True),
        (["administrator", "officer"], False, True),
        (["administrator", "auditor"], False, True),
        (["officer"], False, True),
        ([], True, True),
        (["auditor"], True, True),
        ([], True, False),
        (["administrator"], False, False),
    ],
)
def test_the_query_for_managers_agrees_with_the_permission(
    person: Any, roles: list[str], superuser: bool, active: bool
) -> None:
    user = person("dana", *roles, superuser=superuser)
    User.objects.update(is_active=active)
    user.refresh_from_db()
    assert managers().filter(pk=user.pk).exists() is may(user, MANAGES)


def close(username: str, by: Any) -> None:
    account_close(username=username, by=by, actor="user:x", why="left the bank")


def test_closing_signs_out_and_keeps_out(ada: Any, browse: Any, officer: Any, password: str) -> None:
    browser = browse(officer)
    close("amara", ada)
    assert browser.get("/alerts/").status_code == 302
    assert Client().post("/login/", {"username": "amara", "password": password}).status_code == 200
    (event,) = trail("user.closed")
    assert (event.object_id, event.note) == (str(officer.pk), "left the bank")
    assert (event.before, event.after) == ({"active": True}, {"active": False, "sessions_ended": 1})
    close("amara", ada)
    assert len(trail("user.closed")) == 1


def test_reopening_brings_no_session_back(ada: Any, browse: Any, officer: Any, password: str) -> None:
    close("amara", ada)
    # A sign-in that was under way while the account closed.
    browser = browse(officer)
    assert browser.get("/alerts/").status_code == 302
    account_reopen(username="amara", by=ada, actor="user:ada", why="came back")
    assert browser.get("/alerts/").status_code == 302
    (event,) = trail("user.reopened")
    assert event.after == {"active": True, "sessions_ended": 1}
    assert roles_of(officer) == {Role.OFFICER}
    assert Client().post("/login/", {"username": "amara", "password": password}).status_code == 302


def test_nobody_closes_themselves(ada: Any, person: Any) -> None:
    person("abel", "administrator")
    for username, by in (("ada", ada), ("sol", person("sol", superuser=True))):
        with pytest.raises(OfficerError, match="cannot close your own account"):
            close(username, by)
    assert User.objects.filter(is_active=True).count() == 3


@pytest.mark.parametrize("change", [{"remove": [ADMINISTRATOR]}, {"add": [Role.AUDITOR]}])
def test_nobody_takes_their_own_right(ada: Any, person: Any, change: dict[str, Any]) -> None:
    person("abel", "administrator")
    with pytest.raises(OfficerError, match="cannot take your own right"):
        roles_change(username="ada", actor="user:ada", by=ada, **change)
    assert roles_of(ada) == {ADMINISTRATOR}
    roles_change(username="ada", actor="user:ada", by=ada, add=[Role.OPS])
    assert roles_of(ada) == {ADMINISTRATOR, Role.OPS}


@pytest.mark.parametrize("change", [{"remove": [ADMINISTRATOR]}, {"add": [Role.AUDITOR]}])
def test_the_last_administrator_stays_even_for_the_command_line(ada: Any, change: dict[str, Any]) -> None:
    with pytest.raises(OfficerError, match="last administrator"):
        roles_change(username="ada", actor="command", **change)
    with pytest.raises(OfficerError, match="last administrator"):
        close("ada", None)
    assert roles_of(ada) == {ADMINISTRATOR}
    assert User.objects.get().is_active
    assert not trail("user.closed")
    assert not trail("user.roles_changed")


def test_a_closed_administrator_does_not_count(ada: Any, person: Any) -> None:
    person("abel", "administrator")
    close("abel", ada)
    with pytest.raises(OfficerError, match="last administrator"):
        close("ada", None)
    # Of a closed account any role may be taken.
    roles_change(username="abel", actor="command", remove=[ADMINISTRATOR])


def test_a_superuser_is_an_administrator_who_is_left(ada: Any, person: Any) -> None:
    sol = person("sol", superuser=True)
    close("ada", sol)
    with pytest.raises(OfficerError, match="last administrator"):
        close("sol", None)


def test_superusers_are_changed_by_superusers_only(ada: Any, person: Any) -> None:
    sol = person("sol", superuser=True)
    attempts: list[Any] = [
        lambda: close("sol", ada),
        lambda: roles_change(username="sol", actor="user:ada", by=ada, add=[Role.AUDITOR]),
        lambda: sessions_end(username="sol", by=ada, actor="user:ada"),
    ]
    for attempt in attempts:
        with pytest.raises(OfficerError, match="by superusers only"):
            attempt()
    assert User.objects.get(username="sol").is_active
    assert sessions_end(username="ada", by=sol, actor="user:sol") == 0


@pytest.mark.parametrize("role", [role for role in Role if role != ADMINISTRATOR])
def test_nobody_else_changes_accounts(ada: Any, person: Any, officer: Any, role: Role) -> None:
    by = person("olu", role)
    attempts: list[Any] = [
        lambda: close("amara", by),
        lambda: account_reopen(username="amara", by=by, actor="user:olu", why="w"),
        lambda: roles_change(username="olu", actor="user:olu", by=by, add=[ADMINISTRATOR]),
        lambda: sessions_end(username="amara", by=by, actor="user:olu"),
    ]
    for attempt in attempts:
        with pytest.raises(OfficerError, match="only administrators"):
            attempt()
    assert roles_of(by) == {role}


def test_a_right_that_is_lost_meanwhile_is_looked_up_anew(ada: Any, person: Any) -> None:
    abel = person("abel", "administrator")
    roles_change(username="abel", actor="user:ada", by=ada, remove=[ADMINISTRATOR])
    with pytest.raises(OfficerError, match="only administrators"):
        close("ada", abel)


def test_a_superuser_who_is_none_any_more(person: Any) -> None:
    person("abel", superuser=True)
    sol = person("sol", "administrator", superuser=True)
    User.objects.filter(username="sol").update(is_superuser=False)
    with pytest.raises(OfficerError, match="by superusers only"):
        close("abel", sol)


def test_an_account_that_is_not_there(ada: Any) -> None:
    with pytest.raises(OfficerError, match="no account named nobody"):
        close("nobody", ada)


def test_a_change_and_its_event_are_one(ada: Any, officer: Any, browse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = browse(officer)

    def broken(**_: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(services, "audit_record", broken)
    with pytest.raises(RuntimeError):
        close("amara", ada)
    assert User.objects.get(username="amara").is_active
    assert browser.get("/alerts/").status_code == 200


def at_once(*steps: Any) -> list[str]:
    outcomes: list[str] = []
    barrier = threading.Barrier(len(steps))

    def run(step: Any) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            step()
            outcomes.append("done")
        except OfficerError as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["close", "roles", "both"])
def test_two_administrators_who_remove_each_other(ada: Any, person: Any, how: str) -> None:
    abel = person("abel", "administrator")
    shut = {"ada": lambda: close("ada", abel), "abel": lambda: close("abel", ada)}
    take = {
        name: lambda name=name, by=by: roles_change(username=name, actor="x", by=by, remove=[ADMINISTRATOR])
        for name, by in (("ada", abel), ("abel", ada))
    }
    pairs = {
        "close": (shut["ada"], shut["abel"]),
        "roles": (take["ada"], take["abel"]),
        "both": (shut["ada"], take["abel"]),
    }
    # Whoever comes second has lost the right in between.
    assert at_once(*pairs[how]) == ["done", "only administrators manage people"]
    assert managers().count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_ones_removed_at_once_by_the_command_line(
    ada: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow:
        """Looks, and tells only after the others had time to look too."""

        def exists(self) -> bool:
            found = managers().exists()
            time.sleep(0.3)
            return found

    monkeypatch.setattr(guard, "managers", Slow)
    person("abel", "administrator")
    person("sol", superuser=True)
    outcomes = at_once(*[lambda name=name: close(name, None) for name in ("ada", "abel", "sol")])
    assert outcomes == ["done", "done", "this is the last administrator: make another one first"]
    assert managers().count() == 1


def test_the_applications_role_is_enough(as_application: str, person: Any, browse: Any) -> None:
    ada = person("ada", "administrator")
    _, token = invitation_create(username="nora", roles={Role.OFFICER}, by=ada)
    nora = invitation_accept(token=token, password="quiet herons wade")
    made, _ = invitation_create(username="otto", roles={Role.OPS}, by=ada)
    invitation_revoke(invitation_id=made.pk, by=ada)
    browse(nora)
    roles_change(username="nora", actor="user:ada", by=ada, add=[Role.OPS], remove=[Role.OFFICER])
    close("nora", ada)
    account_reopen(username="nora", by=ada, actor="user:ada", why="came back")
    assert sessions_end(username="nora", by=ada, actor="user:ada") == 0


# The pages


@pytest.fixture
def desk(ada: Any, browse: Any) -> Any:
    return browse(ada)


def test_the_list(desk: Any, officer: Any, person: Any) -> None:
    person("nora")
    person("sol", superuser=True)
    User.objects.filter(username="amara").update(email="amara@bank.test")
    page = desk.get("/people/").content.decode()
    for text in ("amara@bank.test", "officer", "no role", "superuser", "never"):
        assert text in page, text
    assert "sol" not in desk.get("/people/?text=AMARA@bank").content.decode()
    assert "Nobody matches" in desk.get("/people/?text=zzz").content.decode()
    assert "No account is closed" in desk.get("/people/?state=closed").content.decode()
    User.objects.filter(username="nora").update(is_active=False)
    assert "nora" in desk.get("/people/?state=closed").content.decode()
    assert "nora" not in desk.get("/people/").content.decode()


def test_the_list_goes_on(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.bulk_create(User(username=f"p-{number:03}", password="!") for number in range(150))
    first = desk.get("/people/")
    assert len(first.context["rows"]) == 100
    second = desk.get("/people/", {"after": first.context["next"]})
    names = [person.username for person in [*first.context["rows"], *second.context["rows"]]]
    assert names == sorted(User.objects.values_list("username", flat=True))
    assert second.context["next"] == ""


def test_the_list_asks_little(desk: Any, django_assert_max_num_queries: Any) -> None:
    User.objects.bulk_create(User(username=f"p-{number:03}", password="!") for number in range(90))
    with django_assert_max_num_queries(10):
        desk.get("/people/")


def test_roles_by_form_change_only_what_was_changed(desk: Any, officer: Any) -> None:
    path = f"/people/{officer.pk}/"
    assert 'name="seen" value="officer"' in desk.get(path).content.decode()
    # Somebody else made a supervisor of them meanwhile: this form has not seen it, and leaves it.
    roles_change(username="amara", add=[Role.SUPERVISOR], actor="command")
    typed = {"roles": ["ops"], "seen": ["officer"], "note": "moves to operations"}
    answer = desk.post(f"{path}roles/", typed, follow=True)
    assert "Saved." in answer.content.decode()
    assert roles_of(officer) == {Role.OPS, Role.SUPERVISOR}
    event = trail("user.roles_changed")[-1]
    assert (event.actor, event.note) == ("user:ada", "moves to operations")
    assert "moves to operations" in answer.content.decode()


def test_what_is_refused_stands_on_the_page(desk: Any, ada: Any, officer: Any) -> None:
    typed = {"roles": ["officer"], "seen": ["administrator"]}
    answer = desk.post(f"/people/{ada.pk}/roles/", typed)
    assert answer.status_code == 409
    assert "You cannot take your own right to manage people" in answer.content.decode()
    assert desk.post(f"/people/{officer.pk}/roles/", {"roles": ["king"]}).status_code == 422
    answer = desk.post(f"/people/{ada.pk}/close/", {"why": "tired"})
    assert answer.status_code == 409
    assert "You cannot close your own account" in answer.content.decode()
    answer = desk.post(f"/people/{officer.pk}/close/", {"why": " "})
    assert answer.status_code == 422
    assert "an examiner will read it" in answer.content.decode()


def test_closing_and_reopening_by_form(desk: Any, officer: Any, browse: Any) -> None:
    browser, path = browse(officer), f"/people/{officer.pk}/"
    answer = desk.post(f"{path}close/", {"why": "left the bank"}, follow=True)
    assert "The account amara is closed" in answer.content.decode()
    assert "left the bank" in answer.content.decode()
    assert browser.get("/alerts/").status_code == 302
    answer = desk.post(f"{path}reopen/", {"why": "came back"}, follow=True)
    assert "is open again" in answer.content.decode()
    officer.refresh_from_db()
    assert officer.is_active


def test_signing_somebody_out(desk: Any, officer: Any, browse: Any) -> None:
    browser = browse(officer)
    assert "In 1 browser." in desk.get(f"/people/{officer.pk}/").content.decode()
    answer = desk.post(f"/people/{officer.pk}/sign-out/", follow=True)
    assert "Signed out of 1 browser" in answer.content.decode()
    assert browser.get("/alerts/").status_code == 302
    (event,) = trail("user.sessions_ended")
    assert event.actor == "user:ada"


def test_an_administrator_is_shown_no_form_for_a_superuser(desk: Any, person: Any) -> None:
    sol = person("sol", superuser=True)
    page = desk.get(f"/people/{sol.pk}/").content.decode()
    assert "Save the roles" not in page
    assert "Close the account" not in page
    answer = desk.post(f"/people/{sol.pk}/sign-out/", follow=True)
    assert "by superusers only" in answer.content.decode()


def test_an_auditor_reads_and_is_shown_no_form(browse: Any, person: Any, officer: Any) -> None:
    browser = browse(person("otto", "auditor"))
    for path in ("/people/", f"/people/{officer.pk}/"):
        page = browser.get(path).content.decode()
        assert "amara" in page
        for text in ("Invite somebody", "Save the roles", "Close the account"):
            assert text not in page, (path, text)


def test_nobody_is_there(desk: Any) -> None:
    assert desk.get("/people/999999/").status_code == 404
    for verb in ("roles", "close", "reopen"):
        assert desk.post(f"/people/999999/{verb}/", {"why": "w"}).status_code == 404, verb


def test_the_menu_leads_where_one_may_go(desk: Any, browse: Any, officer: Any) -> None:
    page = desk.get("/account/password/").content.decode()
    assert 'href="/people/"' in page
    assert 'href="/audit/"' in page
    page = browse(officer).get("/account/password/").content.decode()
    assert 'href="/people/"' not in page
    assert 'href="/audit/"' not in page
    assert 'href="/people/roles/"' in page
