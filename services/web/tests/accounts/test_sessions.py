"""Being signed out everywhere: all sessions of one account, and nobody else's."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent
from argus_web.accounts import views
from argus_web.accounts.services import sessions_end_own
from argus_web.accounts.sessions import session_store, sessions_count, sessions_delete
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone


def signed_in(browser: Client) -> bool:
    return browser.get("/account/password/").status_code == 200


@pytest.mark.django_db
def test_out_of_every_browser_and_nobody_else(browse: Any, officer: Any, second_officer: Any) -> None:
    mine, other = [browse(officer) for _ in range(3)], browse(second_officer)
    assert sessions_count(officer) == 3
    answer = mine[0].post("/account/sign-out-everywhere/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert [signed_in(browser) for browser in mine] == [False] * 3
    assert signed_in(other)
    (event,) = AuditEvent.objects.filter(action="user.sessions_ended")
    assert (event.actor, event.object_id, event.after) == ("user:amara", str(officer.pk), {"sessions_ended": 3})
    # Nothing of the session that asked is saved again.
    assert Session.objects.count() == 1


@pytest.mark.django_db
def test_only_who_asks_by_form(browse: Any, officer: Any) -> None:
    browser = browse(officer)
    assert browser.get("/account/sign-out-everywhere/").status_code == 405
    assert signed_in(browser)


@pytest.mark.django_db
def test_an_account_whose_number_begins_alike_is_another(officer: Any) -> None:
    for user_id in (officer.pk, f"{officer.pk}0"):
        store = Client().session
        store[SESSION_KEY] = str(user_id)
        store.save()
    assert sessions_delete(officer) == 1
    assert Session.objects.count() == 1


@pytest.mark.django_db
def test_sessions_that_are_over_and_unreadable_ones_are_passed_by(browse: Any, officer: Any) -> None:
    browse(officer)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    Session.objects.create(session_key="x", session_data="nonsense", expire_date=timezone.now() + timedelta(hours=1))
    assert sessions_count(officer) == 0
    browse(officer)
    assert sessions_delete(officer) == 1


@pytest.mark.django_db
def test_a_request_under_way_does_not_bring_its_session_back(browse: Any, officer: Any) -> None:
    browser = browse(officer)
    under_way = browser.session
    assert under_way[SESSION_KEY] == str(officer.pk)
    sessions_delete(officer)
    under_way["changed"] = "meanwhile"
    with pytest.raises(UpdateError), transaction.atomic():
        under_way.save()
    assert not signed_in(browser)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["sign in", "change the password"])
def test_nothing_that_is_under_way_slips_away(
    browse: Any, officer: Any, password: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Both give a session another key. Whoever ends sessions meanwhile waits for the account's row, and finds it."""
    browser = browse(officer) if what == "change the password" else Client()
    began, ended = threading.Event(), threading.Event()
    statuses: list[int] = []

    def slow(request: Any) -> None:
        session_store(request)
        began.set()
        # Long enough for the other side to be waiting for the row, which it must not get yet.
        assert not ended.wait(0.5)

    monkeypatch.setattr(views, "session_store", slow)
    new = {"old_password": password, "new_password1": "quiet herons wade", "new_password2": "quiet herons wade"}
    said = ("/account/password/", new) if browser.cookies else ("/login/", {"username": "amara", "password": password})

    def act() -> None:
        try:
            statuses.append(browser.post(*said).status_code)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    assert began.wait(10)
    assert sessions_end_own(user=officer) == 1
    ended.set()
    thread.join()
    assert statuses in ([302], [400])
    assert sessions_count(officer) == 0
    assert not signed_in(browser)
