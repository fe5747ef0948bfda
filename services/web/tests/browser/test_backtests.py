"""A backtest in the browser: asked for, watched, stopped; its result drawn."""

from collections.abc import Callable
from typing import Any

import pytest
from argus_records.models import BacktestRun
from argus_records.selectors.rulesets import in_effect
from argus_records.services.backtests import backtest_finish, backtest_progress, backtest_take
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser]

SIDE = {
    "alerts": 3, "review": 2, "block": 1, "per_day": 1.5, "fraud": 1, "genuine": 1, "precision": 0.5, "recall": None,
    "hours": 1.5,
}  # fmt: skip
RESULT = {
    "transactions": 40, "labelled": {"fraud": 2, "genuine": 1}, "minutes_per_alert": 30.0, "decided": SIDE,
    "asked": SIDE, "appear": {"count": 0, "named": []}, "disappear": {"count": 0, "named": []}, "by_model_alone": 2,
    "days": [
        {"day": day, "transactions": 20, "decided_review": 1, "decided_block": 0, "review": 2, "block": 0}
        for day in ("2026-03-01", "2026-03-02")
    ],
    "rules": [], "overlap": [], "errors": {}, "note": None, "seconds": 0.2,
}  # fmt: skip


@pytest.fixture
def drafter(officer: Any, open_browser: Callable[..., Page], sign_in: Callable[[Page], Page]) -> Page:
    """The browser of somebody who may draft rules."""
    from django.contrib.auth.models import Group

    officer.groups.add(Group.objects.get_or_create(name="data_scientist")[0])
    return sign_in(open_browser())


def ask(page: Page) -> BacktestRun:
    live = in_effect().live
    page.goto(f"/rules/versions/{live}/")
    page.get_by_role("link", name="Backtest this version").click()
    expect(page.get_by_label("Rule set")).to_have_value(str(live))
    page.get_by_label("Model").select_option("none")
    page.get_by_label("From (UTC)").fill("2026-03-01")
    page.get_by_label("To, included").fill("2026-03-02")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    return BacktestRun.objects.latest("pk")


def test_a_run_is_followed_to_its_result(drafter: Page) -> None:
    run = ask(drafter)
    taken = backtest_take(worker="w")
    assert taken is not None
    assert taken.pk == run.pk
    expect(drafter.get_by_role("heading", name="Running")).to_be_visible()
    backtest_progress(run=taken, done=10, total=40)
    expect(drafter.get_by_role("status")).to_have_text("10 of 40 transactions")
    expect(drafter.locator("progress")).to_have_attribute("value", "10")
    backtest_finish(run=taken, worker="w", result=RESULT)
    chart = drafter.get_by_role("img", name="Alerts per day: 1.5 on average as decided then, 1.5 as decided again.")
    expect(chart).to_be_visible()
    # Drawn, not only there: some of it is not blank.
    drafter.wait_for_function(
        "() => { const c = document.getElementById('by-day'); "
        "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((value) => value); }"
    )
    drafter.get_by_text("As a table").click()
    expect(drafter.get_by_role("row", name="2026-03-02")).to_contain_text("20")


def test_a_run_is_stopped(drafter: Page) -> None:
    run = ask(drafter)
    drafter.get_by_role("button", name="Stop").click()
    expect(drafter.get_by_text("It was stopped; nothing was kept.")).to_be_visible()
    run.refresh_from_db()
    assert run.state == "stopped"
