"""The list of cases: piles, filters, orders, pages, views, files, many at once."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent, Case, SavedView
from argus_records.selectors.cases import CaseFilter, CaseSort, cases_page
from argus_records.services.cases.closing import UNDO
from argus_records.services.cases.desk import case_assign, case_escalate
from django.test import Client
from django.utils import timezone
from records_factories import case

pytestmark = pytest.mark.django_db


def test_an_empty_list_says_what_to_do(desk: Client) -> None:
    assert "No case waits to be taken" in desk.get("/cases/").content.decode()
    assert "No case matches" in desk.get("/cases/?customer=nobody").content.decode()
    assert "Nothing is on your desk" in desk.get("/cases/?pile=mine").content.decode()
    assert "You watch no case" in desk.get("/cases/?pile=watched").content.decode()


def test_piles(desk: Client, officer: Any) -> None:
    free, mine, up, done = (case(customer_id=name) for name in ("free", "mine", "up", "done"))
    case_assign(case_id=mine.pk, seen=1, to="user:amara", actor="user:sol")
    case_escalate(case_id=up.pk, seen=1, note="n", actor="user:amara")
    desk.post(f"/cases/{done.pk}/act/", {"action": "close", "disposition": "no_action", "note": "n", "seen": "1"})
    desk.post(f"/cases/{free.pk}/watch/", {"on": "yes"})
    expected = {
        "queue": {free}, "mine": {mine}, "watched": {free}, "open": {free, mine, up}, "escalated": {up},
        "pending_approval": set(), "closed": {done}, "all": {free, mine, up, done},
    }  # fmt: skip
    for pile, cases in expected.items():
        page = desk.get(f"/cases/?pile={pile}")
        assert {row.pk for row in (page.context["page"].rows)} == {one.pk for one in cases}, pile
        counts = {tab["pile"]: tab["count"] for tab in page.context["tabs"]}
        assert counts == {name: len(found) for name, found in expected.items()}


def test_what_is_escalated_waits_for_who_may_take_it(desk: Client, supervisor: Client, scientist: Client) -> None:
    free, up = case(customer_id="free"), case(customer_id="up")
    case_escalate(case_id=up.pk, seen=1, note="n", actor="user:amara")
    for browser, waits in ((desk, {free.pk}), (supervisor, {free.pk, up.pk}), (scientist, {free.pk, up.pk})):
        page = browser.get("/cases/")
        assert {row.pk for row in page.context["page"].rows} == waits
        rows = list(csv.DictReader(io.StringIO(browser.get("/cases.csv").getvalue().decode("utf-8-sig"))))
        assert {int(row["case"]) for row in rows} == waits
    assert [desk.post("/cases/next/").url for _ in waits] == [f"/cases/{free.pk}/", "/cases/"]


def test_only_one_s_own_last_closing_can_be_undone_from_elsewhere(desk: Client, supervisor: Client) -> None:
    first, second, third = (case(customer_id=name) for name in ("1", "2", "3"))
    closing = {"action": "close", "disposition": "no_action", "note": "n", "seen": "1"}
    for one in (first, second):
        desk.post(f"/cases/{one.pk}/act/", closing)
    for page in ("/cases/", f"/cases/{third.pk}/", f"/cases/{first.pk}/"):
        assert desk.get(page).context["undo_last"] == second
        assert supervisor.get(page).context["undo_last"] is None
        assert f'action="/cases/{second.pk}/undo/"' in desk.get(page).content.decode()
    own = desk.get(f"/cases/{second.pk}/").content.decode()
    assert own.count(f'action="/cases/{second.pk}/undo/"') == 1
    Case.objects.filter(pk=second.pk).update(closed_at=timezone.now() - UNDO)
    assert desk.get("/cases/").context["undo_last"] == first


@pytest.mark.parametrize("sort", list(CaseSort))
def test_every_order_pages_through_everything_once(sort: CaseSort) -> None:
    now = timezone.now()
    for number in range(11):
        made = case(customer_id=f"c{number}", amount=f"{10 + number % 3}.00")
        Case.objects.filter(pk=made.pk).update(priority=number % 4, due_at=now + timedelta(hours=number % 3))
    whole = cases_page(filters=CaseFilter(), sort=sort, limit=50).rows
    seen, cursor = [], ""
    while True:
        page = cases_page(filters=CaseFilter(), sort=sort, cursor=cursor, limit=3)
        seen += page.rows
        if not page.next:
            break
        cursor = page.next
    assert [row.pk for row in seen] == [row.pk for row in whole]
    assert len({row.pk for row in seen}) == 11
    keys = {
        CaseSort.DUE: lambda row: (row.due_at, row.pk),
        CaseSort.PRIORITY: lambda row: (-row.priority, -row.pk),
        CaseSort.NEWEST: lambda row: -row.pk,
        CaseSort.OLDEST: lambda row: row.pk,
        CaseSort.AMOUNT: lambda row: (-row.amount, -row.pk),
    }
    assert whole == sorted(whole, key=keys[sort])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        "after=%00", "text=%00", "pile=%ff", "sort=up", "level=none", "state=lost", "assignee=%00", "after=W10",
        "since=9999-12-31&until=9999-12-31", "amount_min=NaN", "closed_since=x", "overdue=maybe",
    ],
)  # fmt: skip
def test_no_query_breaks_the_page(desk: Client, query: str) -> None:
    case()
    for path in ("/cases/", "/cases.csv"):
        assert desk.get(f"{path}?{query}").status_code == 200


def test_filters(desk: Client) -> None:
    urgent = case(customer_id="u", verdict="block")
    low = case(customer_id="l", score=0.1)
    Case.objects.filter(pk=low.pk).update(due_at=timezone.now() - timedelta(hours=1))

    def found(query: str) -> set[int]:
        return {row.pk for row in desk.get(f"/cases/?pile=all&{query}").context["page"].rows}

    assert found("level=urgent") == {urgent.pk}
    assert found("level=low") == {low.pk}
    assert found("overdue=yes") == {low.pk}
    assert found("customer=u") == {urgent.pk}
    assert found("state=new") == {urgent.pk, low.pk}
    assert found("currency=usd") == set()
    assert "late" in desk.get("/cases/").content.decode()


def test_views_are_kept_by_their_owner(desk: Client, supervisor: Client) -> None:
    desk.post("/views/cases/", {"name": "Big ones", "query": "pile=open&amount_min=1000&after=xyz"})
    view = SavedView.objects.get()
    assert (view.actor, view.query) == ("user:amara", "pile=open&amount_min=1000")
    assert "Big ones" in desk.get("/cases/").content.decode()
    assert "Big ones" not in supervisor.get("/cases/").content.decode()
    assert supervisor.post(f"/views/{view.pk}/remove/").status_code == 404
    desk.post("/views/cases/", {"name": "Big ones", "query": "pile=all"})
    assert SavedView.objects.get().query == "pile=all"
    assert "a name of 1 to 60" in desk.post("/views/cases/", {"name": " "}, follow=True).content.decode()
    assert desk.post("/views/people/", {"name": "x"}).status_code == 404
    desk.post(f"/views/{view.pk}/remove/")
    assert not SavedView.objects.exists()


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_files_stream_everything_and_run_nothing(
    desk: Client, scientist: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argus_web.dashboard.export.PAGE", 2)
    for number in range(5):
        case(customer_id=f"customer-{number}")
    Case.objects.filter(customer_id="customer-0").update(headline="=HYPERLINK(1)")
    answer = desk.get("/cases.csv?pile=all&sort=oldest")
    assert answer["Content-Type"].startswith("text/csv")
    rows = rows_of(answer)
    assert [row["customer"] for row in rows] == [f"customer-{number}" for number in range(5)]
    assert rows[0]["reason"] == "'=HYPERLINK(1)"
    event = AuditEvent.objects.get(action="cases.exported")
    assert (event.actor, event.after) == ("user:amara", {"pile": "all", "actor": "user:amara"})
    assert len(rows_of(desk.get("/alerts.csv?status=all"))) == 5
    rows = rows_of(desk.get("/transactions.csv?currency=EUR"))
    assert {row["customer"] for row in rows} == {f"customer-{number}" for number in range(5)}
    assert {(row["verdict"], row["score"]) for row in rows} == {("review", "0.6")}
    assert "three letters" in desk.get("/transactions.csv?currency=E").content.decode().lower()
    masked = rows_of(scientist.get("/cases.csv?pile=all"))
    assert {row["customer"] for row in masked} == {f"•••r-{number}" for number in range(5)}


def test_many_at_once_after_a_preview(desk: Client) -> None:
    one, two, large, moved = (case(customer_id=name) for name in ("1", "2", "large", "moved"))
    Case.objects.filter(pk=large.pk).update(amount=1)
    from argus_records.models import Alert

    Alert.objects.filter(case=large).update(amount=20_000)
    case(customer_id="moved")
    chosen = {
        "case": [f"{row.pk}-1" for row in (one, two, large, moved)] + ["x", "9-9-9", "99999999-1"],
        "action": "close", "disposition": "false_positive", "note": "", "seen": "1",
    }  # fmt: skip
    page = desk.post("/cases/bulk/", chosen).content.decode()
    assert "3 cases would change" in page
    assert "It has changed since the list was made." in page
    assert "proposed to a second person: 20,000 EUR" in page
    assert set(Case.objects.values_list("state", flat=True)) == {"new"}
    page = desk.post("/cases/bulk/", chosen | {"do": "yes", "note": "test run"}, follow=True).content.decode()
    assert "3 cases: done." in page
    assert f"Left as they were: {moved.pk}" in page
    states = dict(Case.objects.values_list("customer_id", "state"))
    assert states == {"1": "closed", "2": "closed", "large": "pending_approval", "moved": "new"}


def test_of_many_that_are_left_the_first_are_named(desk: Client) -> None:
    chosen = [case(customer_id=str(number)).pk for number in range(12)]
    typed = {"case": [f"{pk}-7" for pk in chosen], "action": "release", "seen": "1", "do": "yes"}
    page = desk.post("/cases/bulk/", typed, follow=True).content.decode()
    assert f"{chosen[9]}: It has changed" in page
    assert f"{chosen[10]}: It has changed" not in page
    assert "And 2 more." in page


def test_many_need_a_choice(desk: Client, supervisor: Client, scientist: Client) -> None:
    record = case()
    assert "Choose cases first" in desk.post("/cases/bulk/", {"action": "close"}, follow=True).content.decode()
    typed = {"case": f"{record.pk}-1", "action": "merge", "seen": "1"}
    assert "Choose what to do" in desk.post("/cases/bulk/", typed, follow=True).content.decode()
    assert scientist.post("/cases/bulk/", typed).status_code == 403
