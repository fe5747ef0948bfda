"""One alert: what its page says, and deciding on it."""

import threading
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from argus_records.models import Alert, AuditEvent
from argus_records.services.labels import LabelItem, labels_add
from django.db import connection
from django.test import Client
from records_factories import accept, alert, decide, new_transaction

REASONS = [
    {"code": "first_seen", "kind": "rule", "message": "First dealing with <M-9>.", "weight": 0.25},
    {"code": "velocity", "kind": "rule", "message": "7 transactions within 10 minutes.", "weight": 0.5},
]


def made(**said: Any) -> Alert:
    accept(new_transaction(**said))
    stored = decide(verdict="block", reasons=orjson.dumps(REASONS).decode())
    assert stored is not None
    return Alert.objects.get(pk=stored.alerts[0][0])


def said(action: str = "approve", note: str = "Known payee.", seen: str = "open") -> dict[str, str]:
    return {"action": action, "note": note, "seen": seen}


@pytest.mark.django_db
def test_the_page_answers_what_and_why(desk: Client) -> None:
    record = made(amount="1234.50", counterparty_id="M-9", metadata={"terminal": "T-1"})
    accept(new_transaction(amount="7", currency="JPY"))
    labels_add(
        client_id=record.transaction.client_id, actor="client:core-banking",
        items=[LabelItem(record.transaction.transaction_id, "fraud", "chargeback", datetime.now(UTC))],
    )  # fmt: skip
    answer = desk.get(f"/alerts/{record.pk}/")
    page = answer.content.decode()
    shown = ("1,234.50 EUR", "First dealing with &lt;M-9&gt;.", "rule set 1", "decided by rules alone")
    for text in (*shown, "chargeback", "T-1"):
        assert text in page, text
    # The strongest reason comes first, its bar fills the line.
    assert [(reason.code, reason.bar) for reason in answer.context["decision"].reasons] == [
        ("velocity", 100), ("first_seen", 50),
    ]  # fmt: skip
    history = answer.context["history"]
    assert [point["id"] for point in history["points"]] == [record.transaction_id]
    assert history["elsewhere"] == 1


@pytest.mark.django_db
def test_deciding_is_audited_with_its_note(desk: Client) -> None:
    record = alert()
    answer = desk.post(f"/alerts/{record.pk}/decision/", said("escalate"))
    assert (answer.status_code, answer["Location"]) == (302, f"/alerts/{record.pk}/")
    record.refresh_from_db()
    assert (record.status, record.decided_by) == ("escalated", "user:amara")
    event = AuditEvent.objects.get(action="alert.escalated")
    assert (event.actor, event.note) == ("user:amara", "Known payee.")
    page = desk.get(f"/alerts/{record.pk}/").content.decode()
    assert "Known payee." in page
    assert 'value="block"' in page
    assert 'value="escalate"' not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"action": "approve", "note": "  ", "seen": "open"}, "Write a note"),
        ({"action": "erase", "note": "Known payee.", "seen": "open"}, "Choose what to do"),
        ({"note": "Known payee.", "seen": "open"}, "Choose what to do"),
        ({"action": "approve", "note": "x" * 4001, "seen": "open"}, "at most 4000"),
    ],
)
def test_a_refusal_keeps_what_was_typed(desk: Client, typed: dict[str, str], error: str) -> None:
    record = alert()
    answer = desk.post(f"/alerts/{record.pk}/decision/", typed)
    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert typed["note"] in answer.content.decode()
    record.refresh_from_db()
    assert record.status == "open"


@pytest.mark.django_db
def test_who_comes_second_learns_who_was_first(desk: Client, second_officer: Any) -> None:
    record = alert()
    other = Client()
    other.force_login(second_officer)
    assert other.post(f"/alerts/{record.pk}/decision/", said("block", "Mule account.")).status_code == 302
    answer = desk.post(f"/alerts/{record.pk}/decision/", said("approve", "A long note."))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "bruno was first" in page
    assert "A long note.</textarea>" in page
    record.refresh_from_db()
    assert (record.status, record.decided_by) == ("blocked", "user:bruno")


@pytest.mark.django_db
def test_nobody_approves_without_knowing_of_an_escalation(desk: Client, second_officer: Any) -> None:
    record = alert()
    other = Client()
    other.force_login(second_officer)
    other.post(f"/alerts/{record.pk}/decision/", said("escalate", "Needs a second look."))
    answer = desk.post(f"/alerts/{record.pk}/decision/", said("approve", "Known payee."))
    assert answer.status_code == 409
    assert "Known payee.</textarea>" in answer.content.decode()
    # Now that they know, they may.
    again = desk.post(f"/alerts/{record.pk}/decision/", said("approve", "Known payee.", seen="escalated"))
    assert again.status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_browsers_at_once_one_decision(officer: Any, second_officer: Any) -> None:
    record = alert()
    ready, answers = threading.Barrier(2), {}

    def decide_as(user: Any, action: str) -> None:
        try:
            browser = Client()
            browser.force_login(user)
            ready.wait()
            typed = said(action, f"By {user.username}.")
            answers[user.username] = browser.post(f"/alerts/{record.pk}/decision/", typed)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide_as, args=(officer, "approve")),
        threading.Thread(target=decide_as, args=(second_officer, "block")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [302, 409]
    record.refresh_from_db()
    (winner,) = [name for name, answer in answers.items() if answer.status_code == 302]
    (loser,) = [name for name in answers if name != winner]
    assert record.decided_by == f"user:{winner}"
    assert f"{winner} was first" in answers[loser].content.decode()
    assert f"By {loser}." in answers[loser].content.decode()
    decided = AuditEvent.objects.filter(action__in=["alert.approved", "alert.blocked"])
    assert decided.count() == 1


@pytest.mark.django_db
def test_a_form_needs_its_token(officer: Any) -> None:
    record = alert()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(officer)
    answer = browser.post(f"/alerts/{record.pk}/decision/", said())
    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()


@pytest.mark.django_db
def test_whoever_signed_in_on_the_way_comes_back_to_the_alert(desk: Client) -> None:
    record = alert()
    answer = desk.get(f"/alerts/{record.pk}/decision/")
    assert answer["Location"] == f"/alerts/{record.pk}/"


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["0", "99999999999999999999999"])
def test_an_alert_that_is_none(desk: Client, number: str) -> None:
    assert desk.get(f"/alerts/{number}/").status_code == 404
    assert desk.post(f"/alerts/{number}/decision/", said()).status_code == 404
