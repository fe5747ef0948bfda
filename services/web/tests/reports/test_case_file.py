"""Case files: what stands in them, what is masked, and that paper and document are one."""

import hashlib
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import jsonschema
import orjson
import pytest
import web_ledger
from argus_records.models import Alert, Approval, AuditEvent, Case, Transaction
from argus_records.services.approvals import approval_grant, case_close_propose
from argus_records.services.cases.closing import cases_label
from argus_records.services.cases.desk import case_note
from argus_records.services.cases.evidence import evidence_add
from argus_records.services.cases.gather import cases_gather
from argus_records.services.labels import LabelItem, labels_add
from argus_web.reports.paper.fonts import MISSING
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader
from records_factories import accept, case, decide, new_transaction

pytestmark = pytest.mark.django_db

SCHEMA: Final = json.loads((Path(__file__).parents[4] / "docs" / "case-file-1.schema.json").read_text())
PERSONAL: Final = {
    "device_id": "device-1234567", "ip_address": "192.0.2.77", "latitude": 52.516274, "longitude": 13.377703,
    "metadata": {"terminal": "T-998877", "seats": [4711, None]},
}  # fmt: skip
NAMES: Final = {"customer_id": "customer-4711", "counterparty_id": "merchant-0815"}
REASONS: Final = [
    {
        "code": "combination", "kind": "model", "message": "Paid merchant-0815 from device-1234567.", "weight": 0.6,
        "details": {
            "parts": {"amount": 0.4, "forest": 0.3, "rules": -0.2}, "forest": {"amount": 0.2}, "words": {},
            "cleared_by": "a known counterparty",
        },
    },
    {"code": "velocity", "kind": "rule", "message": "7 transactions within 10 minutes.", "weight": 0.3},
]  # fmt: skip


def whole() -> Case:
    """A case with two alerts and all that can belong to it, closed by a second person."""
    for amount in ("1234.50", "99.90"):
        accept(new_transaction(**NAMES, **PERSONAL, amount=amount, country="DE", channel="web", type="transfer"))
        decide(verdict="block", reasons=orjson.dumps(REASONS).decode())
    cases_gather()
    found = Case.objects.get()
    alert = Alert.objects.order_by("id")[0]
    labels_add(
        client_id=alert.transaction.client_id, actor="client:core-banking",
        items=[LabelItem(alert.transaction.transaction_id, "fraud", "chargeback", datetime.now(UTC))],
    )  # fmt: skip
    case_note(case_id=found.pk, note="Spoke to customer-4711 <b>&\nwrote down 192.0.2.77.", actor="user:amara")
    evidence_add(case_id=found.pk, name="letter.txt", content=b"Dear bank", actor="user:amara")
    found.refresh_from_db()
    case_close_propose(
        case_id=found.pk, seen=found.version, disposition="suspicious_reported", note="A mule.", actor="user:amara"
    )
    approval_grant(approval_id=Approval.objects.latest("id").pk, actor="user:sol", answer="Agreed.")
    Case.objects.update(closed_at=datetime.now(UTC) - timedelta(minutes=5))
    cases_label()
    found.refresh_from_db()
    return found


def document(browser: Client, record: Case) -> dict[str, Any]:
    answer = browser.get(f"/cases/{record.pk}/file.json")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def paper(browser: Client, record: Case) -> PdfReader:
    answer = browser.get(f"/cases/{record.pk}/file.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="case-{record.pk}.pdf"'
    return PdfReader(io.BytesIO(answer.content))


def words(reader: PdfReader) -> str:
    """All text of a paper, its lines run together as a reader's eye does."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_everything_stands_in_it(desk: Client) -> None:
    record = whole()
    found = document(desk, record)
    assert found["format"] == "argus-case-file/1"
    assert (found["case"]["state"], found["case"]["disposition"]) == ("closed", "suspicious_reported")
    assert found["case"]["closed_by"] == "user:sol"
    first, second = found["alerts"]
    assert [one["transaction"]["amount"] for one in (first, second)] == ["1234.5", "99.9"]
    decision = first["decision"]
    assert [reason["code"] for reason in decision["reasons"]] == ["combination", "velocity"]
    assert decision["contributions"] == {"amount": 0.4, "forest": 0.3, "rules": -0.2}
    assert [part["share_percent"] for part in decision["parts"]] == [57, 43, -29]
    assert (decision["ruleset_version"], decision["model_version"], decision["code_version"]) == (1, None, "test")
    assert decision["cleared_by"] == "a known counterparty"
    assert decision["features"][0]["value"] == pytest.approx(1234.5)
    assert {(label["label"], label["source"]) for label in first["labels"]} == {
        ("fraud", "chargeback"),
        ("fraud", "case"),
    }
    assert [note["text"] for note in found["notes"]] == ["Spoke to customer-4711 <b>&\nwrote down •••.77."]
    (proposal,) = found["proposals"]
    assert (proposal["proposed_by"], proposal["decided_by"], proposal["answer"]) == (
        "user:amara",
        "user:sol",
        "Agreed.",
    )
    (evidence,) = found["evidence"]
    assert evidence["sha256"] == hashlib.sha256(b"Dear bank").hexdigest()
    actions = [event["action"] for event in found["timeline"]]
    assert next(action for action in actions if action.startswith("case.")) == "case.opened"
    assert {
        "case.hit", "case.noted", "case.evidence_added", "case.propose", "approval.proposed", "approval.granted",
        "case.grant", "label.added",
    } <= set(actions)  # fmt: skip


def test_events_of_others_do_not_stand_in_it(desk: Client) -> None:
    record = whole()
    other = case(customer_id="another")
    case_note(case_id=other.pk, note="elsewhere", actor="user:amara")
    assert "elsewhere" not in json.dumps(document(desk, record))
    assert {event["object_id"] for event in document(desk, other)["timeline"]} == {str(other.pk)}


def test_paper_says_the_same_and_names_the_document(desk: Client) -> None:
    record = whole()
    content = desk.get(f"/cases/{record.pk}/file.json").content
    reader = paper(desk, record)
    text = words(reader)
    digest = hashlib.sha256(content).hexdigest()
    for page in reader.pages:
        assert digest in page.extract_text()
    assert f"page 1 of {len(reader.pages)}" in text
    assert f"page {len(reader.pages)} of {len(reader.pages)}" in text
    said = (
        "Case file", "suspicious, reported", "1,234.50 EUR", "99.90 EUR", "7 transactions within 10 minutes.",
        "a known counterparty", "Spoke to customer-4711 <b>& wrote down •••.77.", "letter.txt", "chargeback", "A mule.",
        "Agreed.", "agreed to its closing", "rules decided alone", "argus-case-file/1", "Made by amara",
    )  # fmt: skip
    for one in said:
        assert one in text, one
    assert hashlib.sha256(b"Dear bank").hexdigest() in text.replace(" ", "")
    about = reader.metadata
    assert about is not None
    assert (about.title, about.author, about.subject) == (f"Case file {record.pk}", "Argus Monitor", record.headline)
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert [one.title for one in reader.outline if not isinstance(one, list)] == [f"Case file {record.pk}"]


def test_the_same_case_gives_the_same_bytes_until_it_changes(desk: Client, supervisor: Client) -> None:
    record = whole()
    first = desk.get(f"/cases/{record.pk}/file.json")
    desk.get(f"/cases/{record.pk}/file.pdf")
    assert desk.get(f"/cases/{record.pk}/file.json").content == first.content
    assert supervisor.get(f"/cases/{record.pk}/file.json").content == first.content
    case_note(case_id=record.pk, note="One more.", actor="user:amara")
    assert desk.get(f"/cases/{record.pk}/file.json").content != first.content


def test_making_a_file_is_audited(desk: Client) -> None:
    record = whole()
    made = desk.get(f"/cases/{record.pk}/file.json")
    assert made["Cache-Control"] == "private, no-store"
    desk.get(f"/cases/{record.pk}/file.pdf")
    events = AuditEvent.objects.filter(action="case.file_made", object_type="case", object_id=str(record.pk))
    digest = hashlib.sha256(made.content).hexdigest()
    assert [(event.actor, event.after) for event in events.order_by("id")] == [
        ("user:amara", {"kind": kind, "personal_data": "names", "sha256": digest, "version": record.version})
        for kind in ("json", "pdf")
    ]


def test_devices_addresses_and_places_are_hidden_until_revealed(desk: Client) -> None:
    record = whole()
    hidden = ("device-1234567", "192.0.2.77", "52.516", "13.377", "T-998877", "4711,")
    found, text = desk.get(f"/cases/{record.pk}/file.json").content.decode(), words(paper(desk, record))
    for one in hidden:
        assert one not in found, one
        assert one not in text, one
    for one in ("customer-4711", "merchant-0815"):
        assert one in found
        assert one in text
    assert "Personal data is partly masked" in text
    masked = document(desk, record)
    assert masked["personal_data"] == "names"
    # A digest of what is hidden could be guessed at.
    assert masked["alerts"][0]["transaction"]["digest"] is None
    desk.post(f"/cases/{record.pk}/reveal/", {"reason": "for the prosecutor"})
    found, text = desk.get(f"/cases/{record.pk}/file.json").content.decode(), words(paper(desk, record))
    for one in hidden[:5]:
        assert one in found, one
        assert one in text, one
    assert "Personal data is shown" in text
    one = document(desk, record)["alerts"][0]["transaction"]
    assert {name: one[name] for name in PERSONAL} == PERSONAL
    assert one["digest"] == bytes(Transaction.objects.get(pk=one["id"]).digest).hex()


def test_who_sees_no_names_gets_none(scientist: Client, desk: Client) -> None:
    record = whole()
    desk.post(f"/cases/{record.pk}/reveal/", {"reason": "which the log repeats with customer-4711"})
    found, text = scientist.get(f"/cases/{record.pk}/file.json").content.decode(), words(paper(scientist, record))
    for one in ("customer-4711", "merchant-0815", "device-1234567", "192.0.2.77", "T-998877"):
        assert one not in found, one
        assert one not in text, one
    assert "Paid •••815 from •••567." in text
    assert "Personal data is masked" in text
    assert document(scientist, record)["personal_data"] == "masked"


def test_revealing_another_case_reveals_nothing_here(desk: Client) -> None:
    record, other = whole(), case(customer_id="another")
    desk.post(f"/cases/{other.pk}/reveal/", {"reason": "a call"})
    assert document(desk, record)["personal_data"] == "names"


def test_letters_of_any_script_never_break_a_paper(desk: Client) -> None:
    record = case(customer_id="Щукин-Ζωή-Łódź", counterparty_id="張偉")
    note = "ąčęλЖ 張偉 שלום سلام \u202egnp.exe \U0001f600 <para>&amp;</para> " + "x" * 3000
    case_note(case_id=record.pk, note=note, actor="user:amara")
    reader = paper(desk, record)
    text = words(reader)
    assert "Щукин-Ζωή-Łódź" in text
    assert f"ąčęλЖ {MISSING * 2} {MISSING * 4} {MISSING * 4} {MISSING}gnp.exe {MISSING} <para>&amp;</para>" in text
    assert text.replace(" ", "").count("x" * 60) >= 2
    found = document(desk, record)
    assert found["notes"][0]["text"] == note
    assert found["alerts"][0]["transaction"]["counterparty_id"] == "張偉"


def test_a_case_of_many_alerts_is_there_whole(desk: Client) -> None:
    accept(*[new_transaction(customer_id="busy", amount=f"{number}.25") for number in range(1, 151)])
    decide(verdict="review", reasons=orjson.dumps(REASONS).decode())
    cases_gather()
    record = Case.objects.get()
    found = document(desk, record)
    assert len(found["alerts"]) == found["case"]["alerts_count"] == 150
    text = words(paper(desk, record))
    assert all(f"Alert {alert['id']} " in text for alert in found["alerts"])
    # Each with its heading in the outline, below the title.
    _, below = paper(desk, record).outline
    titles = [one.title for one in below if not isinstance(one, list)]
    assert titles[1:3] == [f"Alert {alert['id']}" for alert in found["alerts"][:2]]


def test_many_alerts_are_asked_for_at_once(desk: Client) -> None:
    def queries(alerts: int) -> int:
        accept(*[new_transaction(customer_id=f"busy-{alerts}") for _ in range(alerts)])
        decide(verdict="review")
        cases_gather()
        record = Case.objects.get(customer_id=f"busy-{alerts}")
        with CaptureQueriesContext(connection) as asked:
            assert len(document(desk, record)["alerts"]) == alerts
        return len(asked)

    queries(1)
    assert queries(2) == queries(20)


def test_cases_in_every_state_keep_to_the_schema(desk: Client) -> None:
    made = web_ledger.ledger()
    states = set()
    for key in made.cases:
        record = Case.objects.get(pk=key)
        states.add(document(desk, record)["case"]["state"])
        assert f"Case file {key}" in words(paper(desk, record))
    assert len(states) == 7


def test_the_applications_role_is_enough(as_application: str, supervisor: Client) -> None:
    record = whole()
    assert document(supervisor, record)["case"]["id"] == record.pk
    assert f"Case file {record.pk}" in words(paper(supervisor, record))
    for path in ("/reports/", f"/reports/{datetime.now(UTC):%Y-%m}/", f"/reports/{datetime.now(UTC):%Y-%m}/report.pdf"):
        assert supervisor.get(path).status_code == 200


def test_files_of_cases_that_are_none(desk: Client) -> None:
    for name in ("file.json", "file.pdf"):
        assert desk.get(f"/cases/0/{name}").status_code == 404
        assert desk.get(f"/cases/99999999999999999999999/{name}").status_code == 404
        assert desk.post(f"/cases/{case().pk}/{name}").status_code == 405
        answer = Client().get(f"/cases/1/{name}")
        assert re.match("/login/", answer["Location"])
    assert not AuditEvent.objects.filter(action="case.file_made").exists()
