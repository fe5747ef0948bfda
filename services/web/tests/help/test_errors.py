"""Pages for what went wrong: what happened, what to do next, and the number to tell."""

from typing import Any

import pytest
from argus_web.dashboard import views
from django.http import HttpResponse
from django.test import Client

pytestmark = pytest.mark.django_db


def says(answer: HttpResponse, status: int, *texts: str) -> None:
    page = answer.content.decode()
    assert answer.status_code == status
    for text in texts:
        assert text in page, text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def number(answer: HttpResponse) -> str:
    return f'<code class="request-id">{answer.headers["X-Request-ID"]}</code>'


def test_nothing_there(desk: Client) -> None:
    says(desk.get("/nothing/"), 404, "There is nothing here", 'href="/transactions/"')
    says(desk.get("/alerts/999/"), 404, "There is nothing here")


def test_not_for_this_account(desk: Client) -> None:
    answer = desk.get("/backtests/new/")
    says(answer, 403, "Your account may not do this.", "Ask whoever administers Argus", number(answer))
    answer = desk.get("/backtests/new/", headers={"X-Request-ID": "from-the-proxy"})
    says(answer, 403, "from-the-proxy")


def test_a_refusal_says_its_reason(desk: Client, officer: Any) -> None:
    from django.contrib.auth.models import Group

    officer.groups.add(Group.objects.get(name="auditor"))
    answer = desk.post("/cases/1/act/", {"action": "close"})
    says(answer, 403, "Working on cases is for officers", "Nothing was changed.")


def test_a_form_of_another_session() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "amara"})
    says(answer, 403, "This form is out of date", "reload the page", number(answer))


def test_a_name_that_argus_does_not_go_by(desk: Client) -> None:
    answer = desk.get("/alerts/", headers={"host": "elsewhere.example"})
    says(answer, 400, "This could not be read", number(answer))


def test_a_page_that_breaks(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(**_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(views.search, "transaction_get", breaks)
    desk.raise_request_exception = False
    answer = desk.get("/transactions/1/")
    says(answer, 500, "Something broke", "try once more", number(answer))
    assert "secret" not in answer.content.decode()
