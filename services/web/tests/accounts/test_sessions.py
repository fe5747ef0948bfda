"""Being signed out everywhere: all sessions of one account, and nobody else's."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent
from argus_web.accounts.sessions import sessions_count, sessions_delete
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest
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
    sessions_delete(officer)
    under_way["changed"] = "meanwhile"
    with pytest.raises(Exception, match="Forced update"), transaction.atomic():
        under_way.save()
    assert not signed_in(browser)


@pytest.mark.django_db(transaction=True)
def test_a_change_of_password_meanwhile_does_not_slip_away(browse: Any, officer: Any, password: str) -> None:
    """It gives its session another key. Whoever comes second waits for the account's row."""
    browser = browse(officer)
    began, done = threading.Event(), threading.Event()

    def change() -> None:
        try:
            request = HttpRequest()
            request.session = browser.session
            with transaction.atomic():
                user = User.objects.get(pk=officer.pk)
                user.set_password("quiet herons wade")
                user.save()
                began.set()
                # The other side is waiting for the row by now, or would have deleted the old key too early.
                done.wait(0.5)
                update_session_auth_hash(request, user)
                request.session.save()
        finally:
            connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    began.wait()
    from argus_web.accounts.services import sessions_end_own

    assert sessions_end_own(user=officer) == 1
    done.set()
    thread.join()
    assert sessions_count(officer) == 0
