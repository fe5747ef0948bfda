"""The bar: every link stays within reach at any width."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from web_days import key

pytestmark = [pytest.mark.browser]


@pytest.fixture
def administrator(officer: Any, settings: Any) -> Any:
    """The officer, with a link for every door."""
    from argus_web.accounts.roles import DOORS
    from django.contrib.auth.models import Group

    settings.DOORS = list(DOORS)
    officer.groups.add(Group.objects.get(name="administrator"))
    return officer


@pytest.mark.parametrize("width", [390, 760, 1024, 1300, 1440])
def test_what_does_not_fit_is_in_the_menu(
    administrator: Any, open_browser: Callable[..., Page], sign_in: Callable[[Page], Page], width: int
) -> None:
    page = sign_in(open_browser(width=width))
    links = page.locator(".nav-links")
    expect(links.locator("a").first).to_be_visible()
    page.wait_for_function("() => (({scrollWidth, clientWidth}) => scrollWidth <= clientWidth + 1)"
                           "(document.querySelector('.nav-links'))")  # fmt: skip
    page.get_by_text("More", exact=True).click()
    for name in ("Overview", "Alerts", "Transactions", "Rules", "System", "Models", "Queue", "Prometheus", "Grafana"):
        expect(page.locator(".nav").get_by_role("link", name=name)).to_be_in_viewport()
    key(page, "Escape")
    expect(page.locator(".nav-more .menu-body")).to_be_hidden()
    expect(page.get_by_text("More", exact=True)).to_be_focused()


def test_links_come_back_with_the_room_and_shortcuts_reach_those_in_the_menu(
    administrator: Any, open_browser: Callable[..., Page], sign_in: Callable[[Page], Page]
) -> None:
    page = sign_in(open_browser(width=390))
    names = page.locator(".nav a").all_text_contents()
    expect(page.locator(".nav-links").get_by_text("System")).to_have_count(0)
    page.locator("body").press("g")
    key(page, "s")
    expect(page).to_have_url(re.compile("/system/$"))
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator(".nav-links").get_by_text("System")).to_be_visible()
    assert page.locator(".nav a").all_text_contents() == names


def test_without_doors_there_is_no_menu_where_all_fits(desk_page: Page) -> None:
    desk_page.set_viewport_size({"width": 1600, "height": 900})
    expect(desk_page.locator(".nav-links").get_by_text("System")).to_be_visible()
    expect(desk_page.get_by_text("More", exact=True)).to_be_hidden()
