"""The page "Trends" in a browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from records_factories import accept, alert, decide, new_transaction, scored

pytestmark = [pytest.mark.browser]


@pytest.fixture
def decided(redis_url: str) -> None:
    """Three decisions in euros and one in yen, of which one has an alert."""
    accept(*[new_transaction(amount="10.00") for _ in range(2)], new_transaction(currency="JPY", amount="7000"))
    decide()
    alert(amount="5.00")


def test_from_the_live_hour_to_a_point_s_list(desk_page: Page, decided: None) -> None:
    desk_page.get_by_role("navigation", name="Time range").get_by_role("link", name="24 hours").click()
    expect(desk_page).to_have_url(re.compile(r"/overview/trends/\?range=24h$"))
    expect(desk_page.locator("#volume [data-table]")).to_have_attribute("data-ready", "yes")
    expect(desk_page.locator("#volume .chart-table")).to_be_hidden()
    # The latest bar is the last one of the chart, and all of it was approved but one.
    box = desk_page.locator("#volume canvas").bounding_box()
    assert box is not None
    desk_page.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] * 0.75)
    expect(desk_page).to_have_url(
        re.compile(r"/transactions/\?decided_since=[^&]+&decided_until=[^&]+&verdict=approve$")
    )
    expect(desk_page.locator("main a[data-row]")).to_have_count(3)


def test_amounts_are_drawn_for_a_chosen_currency(desk_page: Page, decided: None) -> None:
    desk_page.goto("/overview/trends/?range=90d")
    expect(desk_page.locator("#amount")).to_have_count(0)
    desk_page.get_by_role("combobox", name="Currency").select_option("JPY")
    desk_page.get_by_role("button", name="Show").click()
    expect(desk_page).to_have_url(re.compile(r"range=90d&currency=JPY$"))
    expect(desk_page.locator("#amount")).to_contain_text("7,000 JPY in all")
    desk_page.locator("#amount summary").click()
    desk_page.locator("#amount td a").first.click()
    expect(desk_page.locator("main a[data-row]")).to_have_count(1)
    desk_page.go_back()
    desk_page.get_by_role("link", name="7 days").click()
    expect(desk_page).to_have_url(re.compile(r"range=7d&currency=JPY$"))


def test_a_chart_keeps_what_it_shows_in_other_colours(desk_page: Page, decided: None) -> None:
    desk_page.goto("/overview/trends/")
    shown = "() => Chart.getChart(document.querySelector('#volume canvas')).data.datasets.map((set) => set.data.at(-1))"
    assert desk_page.evaluate(shown) == [3, 1, 0]
    desk_page.locator("[data-theme-switch]").click()
    assert desk_page.evaluate(shown) == [3, 1, 0]


def test_scores_are_drawn_beside_those_of_the_range_before(desk_page: Page, redis_url: str) -> None:
    scored(9, [0.02] * 4)
    scored(1, [0.02] * 2 + [0.005] * 2)
    desk_page.goto("/overview/trends/?range=7d")
    expect(desk_page.locator("#scores [data-table]")).to_have_attribute("data-ready", "yes")
    drawn = desk_page.evaluate(
        "() => { const { data, options } = Chart.getChart(document.querySelector('#scores canvas'));"
        " return [data.labels, data.datasets.map((set) => set.data), options.scales.y.stacked]; }"
    )
    # From the lowest score to the highest, side by side.
    assert drawn == [["0.003 – 0.006", "0.006 – 0.0125", "0.0125 – 0.025"], [[0.5, 0, 0.5], [0, 0, 1]], False]
    desk_page.locator("#scores summary").click()
    expect(desk_page.locator("#scores tbody tr").first).to_have_text("0.0125 – 0.02550 %100 %24–")
    expect(desk_page.locator("#model")).to_contain_text("Too few to compare: 4, 4 in the range before")


def test_without_scripts_the_tables_are_there(desk_page: Page, chromium: Browser, site: str, decided: None) -> None:
    state: Any = desk_page.context.storage_state()
    context = chromium.new_context(base_url=site, java_script_enabled=False, storage_state=state)
    page = context.new_page()
    page.goto("/overview/trends/?range=7d")
    expect(page.locator("#volume .chart-table")).to_be_visible()
    expect(page.locator("#volume canvas")).to_be_hidden()
    expect(page.locator("#noise")).to_contain_text("velocity")
    page.locator("#volume td a").first.click()
    expect(page.locator("main a[data-row]")).to_have_count(3)
    context.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_window(
    open_browser: Any, sign_in: Any, officer: Any, decided: None, width: int
) -> None:
    page = sign_in(open_browser(width=width))
    page.goto("/overview/trends/?range=90d&currency=EUR")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
