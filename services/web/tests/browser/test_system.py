"""The page "System" in a browser."""

import re
import time
from typing import Any

import orjson
import pytest
import redis
from argus_records.models import Alert
from argus_records.names import RedisKey
from argus_records.services.training import training_record
from argus_web.ops import figures, pages, system
from playwright.sync_api import Page, expect
from records_factories import accept, alert, decide, new_transaction
from web_days import key

pytestmark = [pytest.mark.browser]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept in (figures.ledger, figures.size, figures.workers, figures.stability, system.reasons, system.trainings):
        kept.forget()
    monkeypatch.setattr(pages, "states", system.SystemStates())


@pytest.fixture
def busy(redis_url: str) -> None:
    """A worker, a few decisions, an alert, a training, and something that waits."""
    client = redis.Redis.from_url(redis_url)
    worker = {
        "worker": "host:42", "seen_at": time.time() + 600, "model_version": "7", "model_trained_at": time.time() - 7200,
        "model_note": "the registry is away", "ruleset_version": 1,
    }  # fmt: skip
    client.hset(RedisKey.WORKERS, "host:42", orjson.dumps(worker))
    client.close()
    accept(*[new_transaction() for _ in range(3)])
    decide()
    Alert.objects.filter(pk=alert().pk).update(codes=["rule_error", "velocity_count_1h"])
    training_record(
        outcome="refused", model="m", summary="of too little use", seconds=65, code_version="t", version="8"
    )
    accept(new_transaction())


def test_it_shows_what_runs(desk_page: Page, busy: None) -> None:
    desk_page.get_by_role("link", name="System").click()
    expect(desk_page).to_have_url(re.compile("/system/$"))
    expect(desk_page.locator("[data-figure=depth]")).to_have_text("1")
    expect(desk_page.locator("[data-figure=model]")).to_have_text("7")
    expect(desk_page.locator("[data-figure=age]")).to_have_text("2 h old, at most 2 d")
    expect(desk_page.locator("[data-list=workers] tbody tr")).to_contain_text("model 7")
    expect(desk_page.locator("[data-list=workers] tbody tr")).to_contain_text("the registry is away")
    expect(desk_page.locator("[data-list=trainings] tbody tr")).to_contain_text("of too little use")
    expect(desk_page.locator("[data-list=trainings] .verdict")).to_have_attribute("data-tone", "review")
    expect(desk_page.locator("[data-figure=database]")).to_have_text(re.compile(r"^[\d.]+ MiB$"))
    first = desk_page.locator("[data-list=reasons] li").first
    expect(first).to_contain_text("rule error")
    expect(first).to_have_attribute("data-tone", "block")
    first.get_by_role("link").click()
    expect(desk_page).to_have_url(re.compile("/alerts/.*code=rule_error"))
    expect(desk_page.locator("tbody tr")).to_have_count(1)


def test_charts_say_the_same_in_words_and_as_tables(desk_page: Page, busy: None) -> None:
    desk_page.goto("/system/")
    intake = desk_page.locator("canvas[data-chart=intake]")
    expect(intake).to_have_attribute("aria-label", re.compile("5 received, 4 decided"))
    expect(desk_page.locator("canvas[data-chart=waiting]")).to_have_attribute(
        "aria-label", re.compile("1 now, 1 at most")
    )
    for chart in ("intake", "waiting", "longest", "latency", "batches", "share"):
        figure = desk_page.locator("figure", has=desk_page.locator(f"canvas[data-chart={chart}]"))
        figure.get_by_text("As a table").click()
        expect(figure.locator("tbody tr")).to_have_count(60)


def test_it_asks_on_and_a_growing_queue_is_seen(desk_page: Page) -> None:
    desk_page.goto("/system/")
    expect(desk_page.locator("#live")).to_have_text("Updated every few seconds")
    expect(desk_page.locator("[data-figure=depth]")).to_have_text("0")
    expect(desk_page.get_by_text("No worker shows life")).to_be_visible()
    expect(desk_page.locator("[data-tile=workers]")).to_have_attribute("data-tone", "block")
    accept(new_transaction(), new_transaction())
    expect(desk_page.locator("[data-figure=depth]")).to_have_text("2", timeout=30_000)


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_width(
    officer: Any, busy: None, open_browser: Any, sign_in: Any, width: int, scheme: str
) -> None:
    page = sign_in(open_browser(width=width, scheme=scheme))
    page.goto("/system/")
    expect(page.locator("[data-list=workers] tbody tr")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_leads_there(desk_page: Page) -> None:
    expect(desk_page.locator("#live")).to_have_text("Live")
    key(desk_page, "g", "s")
    expect(desk_page).to_have_url(re.compile("/system/$"))
