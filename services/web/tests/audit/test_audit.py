"""The audit log: its page, its filters, its file."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent
from argus_records.selectors import audit as selectors
from argus_records.selectors.audit import AuditFilter, audit_page, audit_stream, audit_values
from argus_records.selectors.paging import cursor_encode
from argus_web.audit.shown import COLUMNS, changes, words
from django.db import connection, transaction

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def event(minutes: int = 0, **changes: Any) -> AuditEvent:
    said = {"actor": "user:amara", "action": "alert.approved", "object_type": "alert", "object_id": "7"} | changes
    return AuditEvent.objects.create(at=NOON + timedelta(minutes=minutes), **said)


@pytest.fixture
def auditor(person: Any, browse: Any) -> Any:
    return browse(person("otto", "auditor"))


def pks(**filters: Any) -> list[int]:
    return [found.pk for found in audit_page(filters=AuditFilter(**filters)).rows]


def test_newest_first_by_time_page_after_page(db: None) -> None:
    # Ties in time, and times that do not follow the numbers.
    for number in range(23):
        event(minutes=(number * 7) % 5)
    expected = list(AuditEvent.objects.order_by("-at", "-id").values_list("pk", flat=True))
    seen: list[int] = []
    cursor = ""
    for _ in range(30):
        page = audit_page(filters=AuditFilter(), cursor=cursor, limit=4)
        seen += [found.pk for found in page.rows]
        if page.next is None:
            break
        cursor = page.next
    assert seen == expected


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", cursor_encode("2026-03-02T12:00:00", 1), cursor_encode("yesterday", 1), cursor_encode(5, "x")],
)
def test_a_cursor_that_was_never_given_begins_at_the_first_page(cursor: str) -> None:
    event()
    assert len(audit_page(filters=AuditFilter(), cursor=cursor).rows) == AuditEvent.objects.count()


def test_each_filter() -> None:
    one = event(0)
    two = event(1, actor="command", action="user.created", object_type="user")
    three = event(2, actor="user:command", object_id="8")
    assert pks(until=NOON + timedelta(days=1)) == [three.pk, two.pk, one.pk]
    assert pks(actor="user:amara") == pks(actor="amara") == [one.pk]
    # What is an actor as it stands is not looked for among people.
    assert pks(actor="command") == [two.pk]
    assert pks(action="user.created") == pks(object_type="user") == [two.pk]
    assert pks(object_type="alert", object_id="8") == [three.pk]
    assert pks(since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=2)) == [two.pk]
    assert pks(until=NOON + timedelta(minutes=1)) == [one.pk]
    assert pks(actor="nobody") == []


def test_values_to_choose_from() -> None:
    # What the migrations did.
    assert audit_values("object_type") == ["ruleset"]
    for number in range(40):
        event(action=f"a.{number % 3}")
    event(object_type="user")
    assert audit_values("action") == [
        "a.0", "a.1", "a.2", "alert.approved", "ruleset.activated", "ruleset.created",
    ]  # fmt: skip
    assert audit_values("object_type") == ["alert", "ruleset", "user"]
    with pytest.raises(ValueError, match="not listed"):
        audit_values("note; drop table audit_event")


def test_every_filter_is_read_by_index_without_sorting_all() -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=NOON + timedelta(seconds=number), actor=f"user:{number % 100}", action=f"a.{number % 90}",
            object_type=f"t{number % 80}", object_id=str(number),
        )
        for number in range(20_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_event")
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "audit_event_time"),
        ({"since": NOON, "until": NOON + timedelta(hours=2)}, "audit_event_time"),
        ({"actor": "user:3"}, "audit_event_actor"),
        ({"action": "a.3"}, "audit_event_action"),
        ({"object_type": "t3"}, "audit_event_object_type"),
        ({"object_type": "t3", "object_id": "3"}, "audit_event_object"),
    ]
    for filters, index in cases:
        plan = selectors._filtered(AuditFilter(**filters))[:51].explain()
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan


def test_the_page(auditor: Any) -> None:
    event(
        action="user.roles_changed", object_type="user", object_id="4000000",
        before={"roles": ["officer"], "same": 1}, after={"roles": ["officer", "ops"], "same": 1}, note="moves",
    )  # fmt: skip
    event(object_type="alert", object_id="7", note="<b>Known payee</b>")
    page = auditor.get("/audit/?actor=amara").content.decode()
    for text in ("changed the roles", "<dt>roles</dt>", "officer, ops</ins>", "moves", 'href="/people/4000000/"'):
        assert text in page, text
    assert 'href="/alerts/7/"' in page
    assert "&lt;b&gt;Known payee" in page
    assert "<dt>same</dt>" not in page
    assert "otto" not in page.partition('aria-label="Events"')[2]


def test_accounts_are_named(auditor: Any, officer: Any, django_assert_max_num_queries: Any) -> None:
    for object_id in (str(officer.pk), "999999", "unknown"):
        event(object_type="user", object_id=object_id, action="user.closed", actor="user:ada")
    with django_assert_max_num_queries(10):
        answer = auditor.get("/audit/?actor=ada")
    assert [row.name for row in answer.context["rows"]] == ["unknown", "999999", "amara"]


def test_filters_stand_in_the_address_and_days_in_the_readers_zone(auditor: Any) -> None:
    late = event(minutes=11 * 60 + 30)
    path = "/audit/?actor=amara&since=2026-03-03&until=2026-03-03&tz="
    assert auditor.get(path + "UTC").context["rows"] == []
    (row,) = auditor.get(path + "Europe/Berlin").context["rows"]
    assert row.event == late
    page = auditor.get(path + "Europe/Berlin").content.decode()
    assert "/audit/export.csv?actor=amara&amp;since=2026-03-03" in page


def test_a_page_leads_to_the_next(auditor: Any) -> None:
    for number in range(60):
        event(number)
    first = auditor.get("/audit/?actor=amara")
    second = auditor.get("/audit/", {"actor": "amara", "after": first.context["next"]})
    assert [len(answer.context["rows"]) for answer in (first, second)] == [50, 10]
    assert "First page" in second.content.decode()


def test_what_cannot_be_read_is_said(auditor: Any) -> None:
    assert "Choose of what this is the id." in auditor.get("/audit/?object_id=7").content.decode()
    page = auditor.get("/audit/?since=yesterday").content.decode()
    assert "A filter cannot be read" in page
    answer = auditor.get("/audit/export.csv?object_id=7")
    assert answer.status_code == 422
    assert not AuditEvent.objects.filter(action="audit.exported").exists()
    assert "Nothing matches" in auditor.get("/audit/?actor=nobody").content.decode()


def read(answer: Any) -> list[list[str]]:
    assert answer.streaming
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_file_holds_all_that_matches_whole(auditor: Any) -> None:
    before, after = {"roles": ["officer"]}, {"values": [f"v{number}" for number in range(50)], "näme": 'a "b", c'}
    event(0, before=before, after=after, note="two\nlines, and a comma")
    event(1, actor="user:@mara", note="=HYPERLINK(1)")
    event(2, action="other")
    for number in range(60):
        event(-number - 1)
    answer = auditor.get("/audit/export.csv?action=alert.approved&object_type=alert&object_id=7")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
    head, *rows = read(answer)
    assert head == list(COLUMNS)
    assert len(rows) == 62
    assert rows[0][0] == "2026-03-02T12:01:00+00:00"
    assert rows[0][7] == "'=HYPERLINK(1)"
    assert (json.loads(rows[1][5]), json.loads(rows[1][6])) == (before, after)
    assert rows[1][7] == "two\nlines, and a comma"
    (exported,) = AuditEvent.objects.filter(action="audit.exported")
    assert exported.actor == "user:otto"
    assert exported.after == {"action": "alert.approved", "object_type": "alert", "object_id": "7"}


def test_the_file_of_everything_tells_of_itself(auditor: Any) -> None:
    rows = read(auditor.get("/audit/export.csv"))
    assert rows[1][1:3] == ["user:otto", "audit.exported"]


@pytest.mark.django_db(transaction=True)
def test_the_file_is_of_one_moment_and_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "CHUNK", 3)
    for number in range(10):
        event(number)
    rows = audit_stream(filters=AuditFilter(object_type="alert"))
    first = next(rows)
    with connection.cursor() as cursor:
        # A cursor on the server: not all rows are here yet.
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE statement LIKE '%%audit_event%%' AND name <> ''")
        assert cursor.fetchone() == (1,)
    event(-5)
    event(99)
    assert [found.pk for found in rows] == list(range(first.pk - 1, first.pk - 10, -1))
    assert transaction.get_autocommit()


@pytest.mark.django_db(transaction=True)
def test_whoever_hangs_up_leaves_no_transaction_open(auditor: Any) -> None:
    event()
    answer = auditor.get("/audit/export.csv")
    stream = answer.streaming_content
    next(stream)
    next(stream)
    answer.close()
    del stream
    assert not connection.in_atomic_block


def test_differences() -> None:
    found = changes({"a": 1, "b": None}, {"a": 2, "b": None, "c": [1, 2]})
    assert [(change.name, change.before, change.after) for change in found] == [("a", "1", "2"), ("c", None, "1, 2")]
    assert changes(None, None) == []
    assert words(list(range(20))).endswith("11 and 8 more")
    assert len(words("x" * 900)) == 301
    assert words(True) == "yes"


def test_only_to_be_read(auditor: Any) -> None:
    assert auditor.post("/audit/").status_code == 405
    assert auditor.post("/audit/export.csv").status_code == 405


def test_what_was_done_is_chosen_in_the_words_of_the_log(auditor: Any) -> None:
    event(action="case.revealed", object_type="case")
    page = auditor.get("/audit/").content.decode()
    assert '<option value="case.revealed">case: had personal data shown</option>' in page
    assert "decided_since" not in page
