"""The page with the list of alerts."""

import pytest
from argus_records.models import Alert
from django.test import Client
from records_factories import alert

pytestmark = pytest.mark.django_db


def test_an_empty_list_says_what_to_do(desk: Client) -> None:
    assert "No alert waits for you" in desk.get("/alerts/").content.decode()
    assert "No alert matches" in desk.get("/alerts/?customer=nobody").content.decode()
    assert "cases that wait" in desk.get("/alerts/?status=blocked").content.decode()


def test_open_alerts_are_listed_first(desk: Client) -> None:
    shown, done = alert(customer_id="c-1"), alert(customer_id="c-2")
    Alert.objects.filter(pk=done.pk).update(status="approved", decided_by="user:amara", decided_at="2026-01-01T00:00Z")
    page = desk.get("/alerts/").content.decode()
    assert f'href="/alerts/{shown.pk}/"' in page
    assert f'href="/alerts/{done.pk}/"' not in page
    assert "25.00 EUR" in page
    assert f'href="/alerts/{done.pk}/"' in desk.get("/alerts/?status=all").content.decode()


def test_filters_stand_in_the_address_and_come_back(desk: Client) -> None:
    alert(customer_id="c-1")
    page = desk.get("/alerts/?customer=c-1&currency=eur&sort=score&status=open").content.decode()
    assert 'value="c-1"' in page
    assert 'value="score" selected' in page
    assert "Clear" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("amount_min=many", "Enter a number"),
        ("currency=EURO", "Three letters"),
        ("since=yesterday", "valid date"),
        ("amount_min=5&amount_max=4", "before the beginning"),
        ("verdict=maybe", "valid choice"),
    ],
)
def test_a_filter_that_cannot_be_read_is_said_beside_its_field(desk: Client, query: str, said: str) -> None:
    answer = desk.get(f"/alerts/?{query}")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert said in page
    assert "A filter cannot be read" in page


@pytest.mark.parametrize(
    "query",
    [
        "after=%00",
        "text=%00",
        "since=9999-12-31&until=9999-12-31",
        "since=0001-01-01&tz=Asia/Tokyo",
        "tz=../../etc/passwd&since=2026-01-01",
        "amount_min=NaN",
        "amount_min=1e400",
        "status=%ff",
        "sort=up",
    ],
)
def test_no_query_breaks_the_page(desk: Client, query: str) -> None:
    assert desk.get(f"/alerts/?{query}").status_code == 200


def test_next_page_keeps_the_filters(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argus_web.cases.lists.PAGE", 1)
    first, second = alert(), alert()
    page = desk.get("/alerts/?currency=EUR")
    assert f"/alerts/{second.pk}/" in page.content.decode()
    after = page.context["page"].next
    assert f"currency=EUR&amp;after={after}" in page.content.decode()
    rest = desk.get(f"/alerts/?currency=EUR&after={after}").content.decode()
    assert f'href="/alerts/{first.pk}/"' in rest
    assert "First page" in rest
    assert 'rel="next"' not in rest
