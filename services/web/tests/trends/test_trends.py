"""The overview over long ranges: its figures are the rows of the lists that they lead to."""

import html
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argus_records.models import Alert, Transaction
from argus_records.selectors import trends as selectors
from argus_records.services.feed import feed_place
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.rollups import rollups_fold
from argus_web.trends.noise import rules
from argus_web.trends.ranges import RANGES, Period
from argus_web.trends.volumes import volume
from argus_web.trends.waiting import alerts
from django.db import connection
from django.test import Client
from records_factories import accept, client, decide, new_transaction

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
LINK = re.compile(r'<a href="(/(?:transactions|alerts)/\?[^"]+)">([\d,]+)(?:</a>| )')
# Several of each, from before, within and at the edges of every range.
AGES = [timedelta(hours=hours) for hours in (0, 0.2, 3, 20, 25, 80, 170, 500, 900, 2000, 2300)]


def past(table: str, field: str, key: str, keys: list[int], age: timedelta) -> None:
    """The past cannot be written otherwise, and the clock cannot be set."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {field} = {field} - %s WHERE {key} = ANY(%s)", [age, keys])
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def ledger(db: None) -> None:
    """Decisions of all ages, labels that supersede each other, alerts in every state; some folded, some not."""
    pick = random.Random(5)
    for number, age in enumerate(AGES * 2):
        items = [
            new_transaction(currency=pick.choice(["EUR", "USD"]), amount=f"{pick.randrange(1, 99)}.50") for _ in "ab"
        ]
        accept(*items)
        reasons = '[{"code": "velocity", "kind": "rule", "message": "m", "weight": 0.5}]' if number % 3 else "[]"
        stored = decide(verdict=pick.choice(["approve", "review", "block"]), reasons=reasons, place=False)
        assert stored is not None
        past("decision_batch", "decided_at", "id", [stored.id], age)
        past("alert", "opened_at", "id", [alert for alert, _ in stored.alerts], age)
        if number == len(AGES) + 5:
            feed_place()
            rollups_fold()
        said = [
            LabelItem(
                item.transaction_id, pick.choice(["fraud", "genuine"]), source, NOW - timedelta(days=pick.randrange(4))
            )
            for item in items
            for source in ("chargeback", "call")
            if pick.random() < 0.6
        ]  # fmt: skip
        labels_add(client_id=client().pk, actor="client:core-banking", items=said)
    feed_place()
    for alert in Alert.objects.all():
        status = pick.choice(["approved", "blocked", "escalated", "open"])
        if status != "open":
            decided_at = max(alert.opened_at, NOW - pick.choice(AGES))
            Alert.objects.filter(pk=alert.pk).update(status=status, decided_at=decided_at, decided_by="user:amara")


def listed(desk: Client, address: str) -> int:
    """How many rows a list has, page by page."""
    found, path = 0, address.partition("?")[0]
    while True:
        page = desk.get(address).content.decode()
        assert "A filter cannot be read" not in page
        found += len(re.findall(r"<a data-row ", page))
        following = re.search(r'<a class="button" rel="next" href="([^"]+)"', page)
        if following is None:
            return found
        address = path + html.unescape(following[1])


@pytest.mark.parametrize("currency", ["", "EUR"])
@pytest.mark.parametrize("chosen", list(RANGES))
def test_each_figure_is_as_many_rows_as_its_list_has(
    desk: Client, redis_url: str, ledger: None, chosen: str, currency: str
) -> None:
    answer = desk.get("/overview/trends/", {"range": chosen, "currency": currency})
    assert answer.status_code == 200
    links = {
        (html.unescape(address), int(shown.replace(",", "")))
        for address, shown in LINK.findall(answer.content.decode())
    }
    assert len(links) > 10
    for address, figure in links:
        assert listed(desk, address) == figure, address


def test_what_lies_outside_a_range_is_not_in_it(ledger: None) -> None:
    of = {code: volume(Period.of(chosen, datetime.now(UTC)), "").whole.decisions for code, chosen in RANGES.items()}
    assert of["24h"] < of["7d"] < of["30d"] < of["90d"] < Transaction.objects.count()
    period = Period.of(RANGES["7d"], datetime.now(UTC))
    before = volume(period, "").before.decisions
    earlier = Period(period.range, period.since - period.range.span, period.since, period.now)
    assert before == volume(earlier, "").whole.decisions > 0


def test_money_is_never_added_across_currencies(desk: Client, redis_url: str) -> None:
    accept(new_transaction(currency="EUR", amount="10.00"), new_transaction(currency="JPY", amount="7000"))
    decide()
    page = desk.get("/overview/trends/").content.decode()
    assert "Amounts in" not in page
    assert "10.00 EUR" in page
    assert "7,000 JPY" in page
    page = desk.get("/overview/trends/?currency=jpy").content.decode()
    assert "Amounts in JPY" in page
    assert "7,000 JPY in all" in page
    assert "EUR</th>" not in page
    assert "<option>EUR</option><option selected>JPY</option>" in page


def test_what_waits_at_the_end_of_a_step_is_what_came_less_what_went(ledger: None) -> None:
    period = Period.of(RANGES["90d"], datetime.now(UTC))
    found = alerts(period, "")
    for step in found.steps:
        came = Alert.objects.filter(opened_at__lt=step.until).count()
        went = Alert.objects.filter(status__in=["approved", "blocked"], decided_at__lt=step.until).count()
        assert step.waiting == came - went, step.start
    assert found.open + found.escalated == Alert.objects.filter(status__in=["open", "escalated"]).count()
    assert [age.words for age in found.ages] == [
        "up to 1 h",
        "1 h – 4 h",
        "4 h – 24 h",
        "24 h – 3 d",
        "3 d – 7 d",
        "over 7 d",
    ]


def test_hours_of_officers_are_those_of_decided_alerts(ledger: None) -> None:
    (rule,) = (rule for rule in rules(Period.of(RANGES["90d"], datetime.now(UTC)), "", 30) if rule.code == "velocity")
    assert rule.approved > 0
    assert rule.blocked > 0
    assert rule.hours == (rule.approved + rule.blocked) / 2
    assert rule.wasted == rule.approved / 2
    assert rule.by_people == rule.blocked / (rule.approved + rule.blocked)
    assert rule.by_labels == rule.fraud / (rule.fraud + rule.genuine)


@pytest.mark.parametrize(
    "query", ["", "range=1y", "range=24h&currency=euros", "currency=%00", "range=90d&currency=CHF"]
)
def test_an_empty_ledger_and_what_cannot_be_read(desk: Client, redis_url: str, query: str) -> None:
    answer = desk.get(f"/overview/trends/?{query}")
    assert answer.status_code == 200
    assert "Nothing was decided in this range." in answer.content.decode()


def test_a_past_that_is_still_to_be_added_up_holds_nobody_up(
    desk: Client, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(new_transaction())
    decide()
    with monkeypatch.context() as impatient, connection.cursor() as cursor:
        impatient.setattr(selectors, "TIMEOUT", "20ms")
        impatient.setattr(
            selectors, "_VOLUME", "SELECT pg_sleep(30) WHERE %(since)s < %(until)s AND %(step)s IS NOT NULL"
        )
        answer = desk.get("/overview/trends/")
        cursor.execute("SET LOCAL statement_timeout = 0")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "The past is still being added up" in answer.content.decode()
    assert desk.get("/overview/trends/").status_code == 200


def test_the_overview_leads_here(desk: Client, redis_url: str) -> None:
    page = desk.get("/").content.decode()
    for code in RANGES:
        assert f'href="/overview/trends/?range={code}"' in page


def test_few_queries_however_much_there_is(
    desk: Client, redis_url: str, ledger: None, django_assert_max_num_queries: Any
) -> None:
    desk.get("/overview/trends/")
    with django_assert_max_num_queries(40):
        desk.get("/overview/trends/?range=90d")
