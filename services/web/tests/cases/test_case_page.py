"""One case: what its page says, and what officers do on it."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from argus_records.models import Alert, Approval, AuditEvent, Case, CaseNotice
from argus_records.services.cases.gather import cases_gather
from argus_records.services.labels import LabelItem, labels_add
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from records_factories import accept, alert, case, decide, new_transaction

REASONS = [
    {"code": "first_seen", "kind": "rule", "message": "First dealing with <M-9>.", "weight": 0.25},
    {"code": "velocity", "kind": "rule", "message": "7 transactions within 10 minutes.", "weight": 0.5},
]


def made(**said: Any) -> Case:
    accept(new_transaction(**said))
    stored = decide(verdict="block", reasons=orjson.dumps(REASONS).decode())
    assert stored is not None
    cases_gather()
    found = Alert.objects.get(pk=stored.alerts[0][0]).case
    assert found is not None
    return found


def close(
    disposition: str = "false_positive", note: str = "Known payee.", seen: int = 1, **more: str
) -> dict[str, Any]:
    return {"action": "close", "disposition": disposition, "note": note, "seen": str(seen)} | more


def browser_of(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.django_db
def test_the_page_answers_what_and_why(desk: Client) -> None:
    accept(*[new_transaction(amount="10.00", country="DE", counterparty_id="usual") for _ in range(4)])
    decide()
    record = made(amount="1234.50", counterparty_id="M-9", metadata={"terminal": "T-1"}, country="KP")
    accept(new_transaction(amount="7", currency="JPY"))
    first = Alert.objects.get()
    labels_add(
        client_id=first.transaction.client_id, actor="client:core-banking",
        items=[LabelItem(first.transaction.transaction_id, "fraud", "chargeback", datetime.now(UTC))],
    )  # fmt: skip
    answer = desk.get(f"/cases/{record.pk}/")
    page = answer.content.decode()
    shown = ("1,234.50 EUR", "First dealing with &lt;M-9&gt;.", "rule set 1", "decided by rules alone")
    normal = ("Median amount: <strong>10.00 EUR", "this one, for the first time", "4 transactions before this one")
    for text in (*shown, *normal, "chargeback", "opened the case"):
        assert text in page, text
    # The strongest reason comes first, its bar fills the line.
    assert [(reason.code, reason.bar) for reason in answer.context["decision"].reasons] == [
        ("velocity", 100), ("first_seen", 50),
    ]  # fmt: skip
    history = answer.context["history"]
    assert len(history["points"]) == 5
    assert history["elsewhere"] == 1


@pytest.mark.django_db
def test_an_alert_is_looked_at_within_its_case(desk: Client) -> None:
    record = alert()
    answer = desk.get(f"/alerts/{record.pk}/")
    (gathered,) = Case.objects.all()
    assert answer["Location"] == f"/cases/{gathered.pk}/?alert={record.pk}"
    other = case(amount="77.00")
    page = desk.get(f"/cases/{other.pk}/?alert={record.pk}")
    assert page.context["alert"].pk == record.pk
    assert desk.get(f"/cases/{other.pk}/?alert=x").context["alert"] in Alert.objects.all()


@pytest.mark.django_db
def test_closing_is_audited_with_its_note_and_can_be_undone(desk: Client) -> None:
    record = case()
    answer = desk.post(f"/cases/{record.pk}/act/", close())
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{record.pk}/")
    event = AuditEvent.objects.get(action="case.close")
    assert (event.actor, event.note) == ("user:amara", "Known payee.")
    page = desk.get(f"/cases/{record.pk}/").content.decode()
    assert "false positive" in page
    assert "Undo" in page
    assert "Undone" in desk.post(f"/cases/{record.pk}/undo/", follow=True).content.decode()
    record.refresh_from_db()
    assert record.state == "in_review"
    desk.post(f"/cases/{record.pk}/act/", close(seen=record.version))
    Case.objects.update(closed_at=timezone.now() - timedelta(minutes=2))
    assert "cannot be undone" in desk.post(f"/cases/{record.pk}/undo/", follow=True).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (close(note="  "), "Write a note"),
        (close(note="x" * 4001), "at most 4000"),
        (close(disposition=""), "Choose what the case turned out to be"),
        (close() | {"action": "erase"}, "Choose what to do"),
        ({"note": "Known payee.", "seen": "1"}, "Choose what to do"),
        ({"note": "A reason.", "seen": "1", "action": "wait"}, "Choose how long"),
        ({"note": "A reason.", "seen": "1", "action": "assign", "to": "nobody"}, "Choose somebody"),
        ({"note": "A reason.", "seen": "1", "action": "merge"}, "number of the other case"),
        ({"note": "A reason.", "seen": "1", "action": "merge", "into": "999999"}, "There is no case 999999"),
        ({"note": "A reason.", "seen": "x", "action": "escalate"}, "whole number"),
    ],
)
def test_a_refusal_keeps_what_was_typed(desk: Client, typed: dict[str, str], error: str) -> None:
    record = case()
    answer = desk.post(f"/cases/{record.pk}/act/", typed)
    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert typed["note"] in answer.content.decode()
    record.refresh_from_db()
    assert (record.state, record.version) == ("new", 1)


@pytest.mark.django_db
def test_who_comes_second_learns_that_somebody_was_first(desk: Client, second_officer: Any) -> None:
    record = case()
    other = browser_of(second_officer)
    assert other.post(f"/cases/{record.pk}/act/", close("confirmed_fraud", "Mule account.")).status_code == 302
    answer = desk.post(f"/cases/{record.pk}/act/", close(note="A long note."))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Somebody was first" in page
    assert "A long note.</textarea>" in page
    record.refresh_from_db()
    assert (record.disposition, record.closed_by) == ("confirmed_fraud", "user:bruno")


@pytest.mark.django_db
def test_a_hit_that_came_in_meanwhile_is_seen_before_the_case_is_closed(desk: Client) -> None:
    record = case()
    case()
    answer = desk.post(f"/cases/{record.pk}/act/", close())
    assert answer.status_code == 409
    assert "something came in" in answer.content.decode()
    assert desk.post(f"/cases/{record.pk}/act/", close(seen=2)).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_browsers_at_once_one_decision(officer: Any, second_officer: Any) -> None:
    record = case()
    ready, answers = threading.Barrier(2), {}

    def decide_as(user: Any, disposition: str) -> None:
        try:
            browser = browser_of(user)
            ready.wait()
            typed = close(disposition, f"By {user.username}.")
            answers[user.username] = browser.post(f"/cases/{record.pk}/act/", typed)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide_as, args=(officer, "false_positive")),
        threading.Thread(target=decide_as, args=(second_officer, "confirmed_fraud")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [302, 409]
    record.refresh_from_db()
    (winner,) = [name for name, answer in answers.items() if answer.status_code == 302]
    (loser,) = [name for name in answers if name != winner]
    assert record.closed_by == f"user:{winner}"
    assert f"By {loser}." in answers[loser].content.decode()
    assert AuditEvent.objects.filter(action="case.close").count() == 1


@pytest.mark.django_db
def test_what_another_holds_is_theirs_and_a_supervisors(desk: Client, second_officer: Any, supervisor: Client) -> None:
    record = case()
    desk.post(f"/cases/{record.pk}/act/", {"action": "begin", "seen": "1"})
    other = browser_of(second_officer)
    page = other.get(f"/cases/{record.pk}/").content.decode()
    assert "amara holds this case" in page
    assert "data-act" not in page
    answer = other.post(f"/cases/{record.pk}/act/", close(seen=2))
    assert answer.status_code == 409
    assert "Somebody else holds this case" in answer.content.decode()
    answer = supervisor.post(f"/cases/{record.pk}/act/", {"action": "assign", "to": "bruno", "seen": "2", "note": ""})
    assert answer.status_code == 302
    record.refresh_from_db()
    assert (record.state, record.assignee) == ("assigned", "user:bruno")
    told = CaseNotice.objects.filter(actor="user:bruno")
    assert told.count() == 1
    assert "assigned it" in other.get("/notices/").content.decode()
    assert "1 notice that is new" in other.get("/cases/").content.decode()
    other.post("/notices/")
    assert not told.filter(read_at=None).exists()


@pytest.mark.django_db
def test_what_is_escalated_is_for_supervisors(desk: Client, supervisor: Client) -> None:
    record = case()
    desk.post(f"/cases/{record.pk}/act/", {"action": "escalate", "seen": "1", "note": "Too large for me."})
    page = desk.get(f"/cases/{record.pk}/").content.decode()
    assert "supervisors decide on it" in page
    assert "Too large for me." in page
    assert desk.post(f"/cases/{record.pk}/act/", close(seen=2)).status_code == 409
    assert desk.post("/cases/next/")["Location"] == "/cases/"
    assert supervisor.post("/cases/next/")["Location"] == f"/cases/{record.pk}/"
    assert supervisor.post(f"/cases/{record.pk}/act/", close(seen=3)).status_code == 302


@pytest.mark.django_db
def test_four_eyes(desk: Client, supervisor: Client) -> None:
    record = case(amount="25000.00")
    assert (
        "A second person has to agree: 25,000 EUR reaches 10,000" in desk.get(f"/cases/{record.pk}/").content.decode()
    )
    answer = desk.post(f"/cases/{record.pk}/act/", close(), follow=True)
    assert "A second person has to agree" in answer.content.decode()
    made = Approval.objects.get()
    path = f"/approvals/{made.pk}/"
    assert "You proposed this" in desk.get(path).content.decode()
    assert desk.post(path, {"action": "grant"}).status_code == 403
    page = supervisor.get(path).content.decode()
    assert "closed: false positive" in page
    assert "25,000.00 EUR" in page
    assert "customer-1" in page
    assert supervisor.post(path, {"action": "refuse"}).status_code == 409
    assert "1 waits for approval" in supervisor.get("/cases/").content.decode()
    assert supervisor.post(path, {"action": "grant"}).status_code == 302
    record.refresh_from_db()
    assert (record.state, record.closed_by) == ("closed", "user:sol")
    assert "was first" in supervisor.post(path, {"action": "grant"}).content.decode()


@pytest.mark.django_db
def test_nobody_approves_their_own(supervisor: Client) -> None:
    record = case()
    supervisor.post(f"/cases/{record.pk}/act/", close("suspicious_reported"))
    made = Approval.objects.get()
    answer = supervisor.post(f"/approvals/{made.pk}/", {"action": "grant"})
    assert answer.status_code == 409
    assert "Nobody approves what they proposed themselves" in answer.content.decode()
    supervisor.post(f"/approvals/{made.pk}/", {"action": "withdraw"})
    record.refresh_from_db()
    assert record.state == "in_review"


@pytest.mark.django_db
def test_personal_data_is_shown_for_a_reason_that_is_audited(
    desk: Client, scientist: Client, second_officer: Any
) -> None:
    record = case(device_id="device-1234567", ip_address="192.0.2.77", counterparty_id="merchant-4711")
    page = desk.get(f"/cases/{record.pk}/").content.decode()
    assert "customer-1" in page
    assert "merchant-4711" in page
    assert "192.0.2.77" not in page
    assert "device-1234567" not in page
    desk.post(f"/cases/{record.pk}/reveal/", {"reason": " "})
    assert "192.0.2.77" not in desk.get(f"/cases/{record.pk}/").content.decode()
    desk.post(f"/cases/{record.pk}/reveal/", {"reason": "the customer is on the phone"})
    page = desk.get(f"/cases/{record.pk}/").content.decode()
    assert "192.0.2.77" in page
    assert "device-1234567" in page
    event = AuditEvent.objects.get(action="case.revealed")
    assert (event.actor, event.note) == ("user:amara", "the customer is on the phone")
    # For this case and this session only.
    assert "192.0.2.77" not in browser_of(second_officer).get(f"/cases/{record.pk}/").content.decode()
    page = scientist.get(f"/cases/{record.pk}/").content.decode()
    assert "customer-1" not in page
    assert "merchant-4711" not in page
    assert scientist.post(f"/cases/{record.pk}/reveal/", {"reason": "curious"}).status_code == 403
    assert "customer-1" not in scientist.get("/cases/?pile=all").content.decode()


@pytest.mark.django_db
def test_notes_mentions_and_watching(desk: Client, second_officer: Any) -> None:
    record = case()
    other = browser_of(second_officer)
    desk.post(f"/cases/{record.pk}/note/", {"note": "@bruno, is this your customer? @nobody"})
    assert CaseNotice.objects.filter(actor="user:bruno").count() == 1
    assert CaseNotice.objects.count() == 1
    other.post(f"/cases/{record.pk}/watch/", {"on": "yes"})
    assert "watched by" in desk.get(f"/cases/{record.pk}/").content.decode()
    answer = desk.post(f"/cases/{record.pk}/note/", {"note": " "}, follow=True)
    assert "Write the note first" in answer.content.decode()
    desk.post(f"/cases/{record.pk}/act/", close(seen=1))
    assert CaseNotice.objects.filter(actor="user:bruno").count() == 2


@pytest.mark.django_db
def test_evidence_is_kept_and_never_run(desk: Client, scientist: Client) -> None:
    record = case()
    path = f"/cases/{record.pk}/evidence/"
    pdf = SimpleUploadedFile('let"ter.pdf', b"%PDF-1.7 dear bank", content_type="text/html")
    desk.post(path, {"file": pdf})
    kept = record.evidence.get()
    answer = desk.get(f"{path}{kept.pk}/")
    assert answer.content == b"%PDF-1.7 dear bank"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="let_ter.pdf"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "not taken" in desk.post(path, {"file": SimpleUploadedFile("a.html", b"x")}, follow=True).content.decode()
    assert "Choose a file" in desk.post(path, follow=True).content.decode()
    assert scientist.get(f"{path}{kept.pk}/").status_code == 403
    assert desk.get(f"{path}99999/").status_code == 404


@pytest.mark.django_db
def test_a_form_needs_its_token(officer: Any) -> None:
    record = case()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(officer)
    answer = browser.post(f"/cases/{record.pk}/act/", close())
    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()


@pytest.mark.django_db
def test_whoever_signed_in_on_the_way_comes_back_to_the_case(desk: Client) -> None:
    record = case()
    assert desk.get(f"/cases/{record.pk}/act/")["Location"] == f"/cases/{record.pk}/"


@pytest.mark.django_db
def test_then_the_next_case(desk: Client) -> None:
    first, second = case(customer_id="a"), case(customer_id="b")
    assert desk.post(f"/cases/{first.pk}/act/", close(then="next"))["Location"] == f"/cases/{second.pk}/"
    second.refresh_from_db()
    assert (second.state, second.assignee) == ("in_review", "user:amara")


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["0", "99999999999999999999999"])
def test_a_case_that_is_none(desk: Client, number: str) -> None:
    for path in (f"/alerts/{number}/", f"/cases/{number}/"):
        assert desk.get(path).status_code == 404
    for path in ("act", "undo", "note", "watch", "reveal", "evidence"):
        assert desk.post(f"/cases/{number}/{path}/", close()).status_code == 404, path


@pytest.mark.django_db
def test_linked_alerts_and_earlier_cases(desk: Client) -> None:
    other = case(customer_id="other", device_id="shared-device", ip_address="192.0.2.9")
    before = case(customer_id="mine")
    desk.post(f"/cases/{before.pk}/act/", close())
    record = case(customer_id="mine", device_id="shared-device", ip_address="192.0.2.8")
    answer = desk.get(f"/cases/{record.pk}/")
    assert [(one.alert.customer_id, one.by) for one in answer.context["linked"]] == [("other", ["device"])]
    assert [one.pk for one in answer.context["others"]] == [before.pk]
    assert "same device" in answer.content.decode()
    assert other.pk != record.pk


@pytest.mark.django_db
def test_the_timeline_says_that_a_hit_has_ended_the_wait(desk: Client) -> None:
    record = made()
    waits = {"action": "wait", "wait": "3", "note": "asked the branch", "seen": "1"}
    assert desk.post(f"/cases/{record.pk}/act/", waits).status_code == 302
    made()
    assert ": Several within minutes. (assigned)" in desk.get(f"/cases/{record.pk}/").content.decode()
