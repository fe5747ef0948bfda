"""What moves without reload."""

import re
from typing import Any

import orjson
import pytest
import redis
from argus_records.models import Alert
from argus_records.names import Channel
from argus_web.dashboard import hub as hub_module
from argus_web.dashboard import live
from django.test import Client
from playwright.sync_api import Page, expect
from records_factories import accept, alert, new_transaction

pytestmark = [pytest.mark.browser]


def publish(url: str, record: Alert) -> None:
    """What a worker publishes when it has opened an alert."""
    fields = ("transaction_id", "verdict", "score", "customer_id", "currency", "headline", "codes")
    said = {name: getattr(record, name) for name in fields} | {"id": record.pk, "amount": str(record.amount)}
    of = record.transaction
    said["names"] = {name: getattr(of, name) for name in ("customer_id", "counterparty_id", "device_id", "ip_address")}
    client = redis.Redis.from_url(url)
    client.publish(Channel.LIVE, orjson.dumps({"batch": 1, "size": 1, "alerts": [said]}))
    client.close()


def live_now(page: Page) -> None:
    expect(page.locator("#live")).to_have_text("Live")


def test_an_alert_appears_on_the_overview(desk_page: Page, redis_url: str) -> None:
    live_now(desk_page)
    expect(desk_page.get_by_text("No alert so far")).to_be_visible()
    expect(desk_page.get_by_text("Nothing has been decided yet")).to_be_visible()
    record = alert(amount="4321.00", customer_id="customer-live")
    publish(redis_url, record)
    row = desk_page.locator(f"#newest [data-alert='{record.pk}']")
    expect(row).to_contain_text("4,321.00 EUR")
    expect(row).to_contain_text("•••ive")
    expect(desk_page.locator("[data-figure=open]")).to_have_text("1")
    expect(desk_page.locator("[data-figure=hour_total]")).to_have_text("1")
    expect(desk_page.get_by_text("Nothing has been decided yet")).to_be_hidden()
    row.get_by_role("link").click()
    expect(desk_page).to_have_url(re.compile(rf"/cases/\d+/\?alert={record.pk}$"))


def test_the_queue_is_seen_growing(desk_page: Page) -> None:
    live_now(desk_page)
    expect(desk_page.locator("[data-figure=depth]")).to_have_text("0")
    accept(new_transaction(), new_transaction())
    expect(desk_page.locator("[data-figure=depth]")).to_have_text("2")
    expect(desk_page.locator("[data-figure=oldest]")).to_contain_text("the oldest for")


def test_the_list_announces_what_it_would_show(desk_page: Page, redis_url: str) -> None:
    alert(customer_id="customer-1")
    desk_page.goto("/alerts/?customer=customer-1")
    live_now(desk_page)
    news = desk_page.locator("#news")
    publish(redis_url, alert(customer_id="customer-2"))
    publish(redis_url, alert(customer_id="customer-1"))
    expect(news).to_have_text("1 new alert – show")
    publish(redis_url, alert(customer_id="customer-1"))
    expect(news).to_have_text("2 new alerts – show")
    expect(desk_page).to_have_title(re.compile(r"^\(2\) Alerts"))
    news.click()
    expect(desk_page.locator("tbody tr")).to_have_count(3)
    expect(news).to_be_hidden()
    assert "customer=customer-1" in desk_page.url


def test_without_a_place_in_the_stream_the_page_asks(
    officer: Any, open_browser: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.hub, "_limit", 0)
    # The refused stream stands in the browser's console, as it should.
    page = sign_in(open_browser(quiet=False))
    expect(page.locator("#live")).to_have_text("Updated every few seconds")
    record = alert()
    expect(page.locator(f"#newest [data-alert='{record.pk}']")).to_be_visible(timeout=15_000)


def test_a_session_that_ended_is_said(desk_page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SESSION_SECONDS", 0.0)
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.2)
    desk_page.reload()
    live_now(desk_page)
    session = Client()
    for cookie in desk_page.context.cookies():
        session.cookies[cookie["name"]] = cookie["value"]
    session.post("/logout/")
    expect(desk_page.locator("#live")).to_contain_text("You have been signed out")
    desk_page.locator("#live").get_by_role("link", name="Sign in").click()
    expect(desk_page).to_have_url(re.compile(r"/login/\?next="))


def test_charts_say_the_same_in_words_and_as_tables(desk_page: Page) -> None:
    alert()
    desk_page.reload()
    live_now(desk_page)
    volume = desk_page.locator("canvas[data-chart=volume]")
    expect(volume).to_have_attribute("aria-label", re.compile(r"1 in all, at most 1 in one minute"))
    figure = desk_page.locator("figure", has=volume)
    figure.get_by_text("As a table").click()
    expect(figure.locator("tbody tr")).to_have_count(60)
    expect(figure.locator("tbody tr").first.locator("td")).to_have_count(3)
