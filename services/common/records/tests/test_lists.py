"""Managed lists: what is on them, why, until when; and what was, at any moment."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent, ListEntry, ManagedList
from argus_records.selectors import lists as shown
from argus_records.selectors.rulesets import in_effect, list_entries
from argus_records.services.lists import ListError, list_create, list_entries_add, list_entry_remove
from django.db import DatabaseError, connection, transaction
from django.utils import timezone


@pytest.fixture
def mules(db: None) -> ManagedList:
    return list_create(name="mules", kind="counterparty", purpose="Seen taking stolen money", actor="user:amara")


def add(*values: str, **said: Any) -> Any:
    given = {"name": "mules", "reason": "told by the branch", "expires_at": None, "actor": "user:amara"} | said
    return list_entries_add(values=values, **given)


def held(revision: int | None = None, at: datetime | None = None) -> list[str]:
    now = in_effect()
    rows = list_entries(names=["mules"], revision=now.lists_revision if revision is None else revision, at=at or now.at)
    return sorted(value for _, value, _, _ in rows)


def test_shipped_lists_are_there(db: None) -> None:
    assert {one.list.name for one in shown.lists_shown()} >= {"blocked_customers", "allowed_counterparties"}


def test_entries_have_a_reason_and_leave_a_trail(mules: ManagedList) -> None:
    assert add("m-1", " m-2 ", "m-1", "").added == 2
    entry = ListEntry.objects.get(value="m-1")
    assert (entry.reason, entry.author, entry.expires_at) == ("told by the branch", "user:amara", None)
    list_entry_remove(entry_id=entry.pk, why="cleared", actor="user:bruno")
    events = AuditEvent.objects.filter(object_type="list", object_id="mules").order_by("id")
    assert [(event.action, event.actor, event.note) for event in events] == [
        ("list.created", "user:amara", ""),
        ("list.added", "user:amara", "told by the branch"),
        ("list.removed", "user:bruno", "cleared"),
    ]
    assert held() == ["m-2"]
    with pytest.raises(ListError, match="user:bruno has taken m-1 off"):
        list_entry_remove(entry_id=entry.pk, why="again", actor="user:amara")


def test_what_was_on_a_list_at_any_moment_can_be_told_again(mules: ManagedList) -> None:
    begin = in_effect().lists_revision
    add("m-1")
    add("m-2", expires_at=timezone.now() + timedelta(hours=1))
    both = in_effect()
    list_entry_remove(entry_id=ListEntry.objects.get(value="m-1").pk, why="cleared", actor="a")
    add("m-3")
    assert held(begin) == []
    assert held(begin + 1) == ["m-1"]
    assert held(both.lists_revision, both.at) == ["m-1", "m-2"]
    assert held(both.lists_revision, both.at + timedelta(hours=2)) == ["m-1"]
    assert held() == ["m-2", "m-3"]


def test_what_is_on_a_list_stays_and_what_has_expired_is_renewed(mules: ManagedList) -> None:
    add("m-1", "m-2")
    again = add("m-1", "m-3", reason="another reason")
    assert (again.added, again.present) == (1, ["m-1"])
    assert ListEntry.objects.get(value="m-1").reason == "told by the branch"
    add("m-4", expires_at=timezone.now() + timedelta(microseconds=300_000))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.4)")
    assert add("m-4", reason="still").added == 1
    assert list(ListEntry.objects.filter(value="m-4").order_by("id").values_list("removed_why", "reason")) == [
        ("expired, and added anew", "told by the branch"),
        (None, "still"),
    ]


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"values": ["", " "]}, "values", "at least one"),
        ({"values": ["x" * 65]}, "values", "longer than 64"),
        ({"values": [str(number) for number in range(1001)]}, "values", "1,000 values"),
        ({"values": ["x"], "reason": " "}, "reason", "a reason"),
        ({"values": ["x"], "expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at", "expired already"),
    ],
)
def test_what_is_wrong_is_said(mules: ManagedList, said: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ListError, match=words) as caught:
        add(*said.pop("values"), **said)
    assert caught.value.field == field
    assert not ListEntry.objects.exists()


def test_countries_are_countries(db: None) -> None:
    with pytest.raises(ListError, match="UK is not an ISO 3166-1"):
        add("uk", name="blocked_countries")
    assert add("kp", name="blocked_countries").added == 1
    assert ListEntry.objects.get().value == "KP"


@pytest.mark.parametrize(("name", "kind"), [("high_risk_countries", "country"), ("mules", "customer"), ("new", "ip")])
def test_lists_that_cannot_be(mules: ManagedList, name: str, kind: str) -> None:
    with pytest.raises(ListError):
        list_create(name=name, kind=kind, purpose="", actor="a")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE list_entry SET reason = 'other'",
        "UPDATE list_entry SET expires_at = now()",
        "DELETE FROM list_entry",
        "TRUNCATE list_entry",
        "UPDATE managed_list SET kind = 'customer'",
        "DELETE FROM managed_list",
    ],
)
def test_the_database_refuses(mules: ManagedList, statement: str) -> None:
    add("m-1")
    with connection.cursor() as cursor:
        # As after the commit: nothing left to check that would refuse for another reason.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="is refused"), transaction.atomic():
            cursor.execute(statement)


def test_an_entry_is_taken_off_once(mules: ManagedList) -> None:
    add("m-1")
    list_entry_remove(entry_id=ListEntry.objects.get().pk, why="cleared", actor="a")
    with pytest.raises(DatabaseError, match="taken off its list, once"), transaction.atomic():
        ListEntry.objects.update(removed_why="other")


@pytest.mark.django_db(transaction=True)
def test_who_sees_a_revision_sees_all_up_to_it() -> None:
    """A change that commits late cannot slip under a revision that was read already."""
    list_create(name="mules", kind="counterparty", purpose="p", actor="a")
    ready, go = threading.Event(), threading.Event()

    def late() -> None:
        try:
            with transaction.atomic():
                add("late")
                ready.set()
                go.wait(30)
        finally:
            connection.close()

    def next_one() -> None:
        try:
            add("next")
        finally:
            connection.close()

    threads = [threading.Thread(target=late), threading.Thread(target=next_one)]
    threads[0].start()
    assert ready.wait(30)
    threads[1].start()
    before = in_effect().lists_revision
    assert held(before) == []
    go.set()
    for thread in threads:
        thread.join()
    assert held(before) == []
    assert held() == ["late", "next"]
    assert in_effect().lists_revision == before + 2


def test_shown_by_what_holds_and_what_is_past(mules: ManagedList) -> None:
    add("m-1", "m-2")
    list_entry_remove(entry_id=ListEntry.objects.get(value="m-1").pk, why="cleared", actor="a")

    def page(**said: Any) -> list[str]:
        given = {"name": "mules", "past": False, "text": "", "before": None, "limit": 10} | said
        return [entry.value for entry in shown.entries_shown(**given)]

    assert (page(), page(past=True), page(text="M-2"), page(text="nobody")) == (["m-2"], ["m-1"], ["m-2"], [])
    assert {one.list.name: one.active for one in shown.lists_shown()}["mules"] == 1
