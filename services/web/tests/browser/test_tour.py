"""The tour in the browser: taken by keyboard, skipped, taken again."""

from collections.abc import Callable
from typing import Any

import pytest
from argus_records.models import DeskSetting
from playwright.sync_api import Locator, Page, expect
from web_days import key

pytestmark = [pytest.mark.browser]
# In other modules it would stand in the way.
BEGINS_BY_ITSELF = True


@pytest.fixture
def newcomer(officer: Any, open_browser: Callable[..., Page], sign_in: Callable[[Page], Page]) -> Page:
    """Somebody who signs in for the first time."""
    return sign_in(open_browser())


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="A tour of the desk")


def seen_on_server(page: Page, end: Callable[[], None]) -> None:
    with page.expect_response("**/help/tour/seen/") as answered:
        end()
    assert answered.value.status == 204
    assert DeskSetting.objects.get().actor == "user:amara"


def test_by_keyboard_to_its_end(newcomer: Page) -> None:
    shown = dialog(newcomer)
    expect(shown.get_by_role("heading", name="Welcome to Argus")).to_be_visible()
    expect(shown.get_by_role("button", name="Next")).to_be_focused()
    expect(shown.get_by_role("button", name="Back")).to_be_hidden()
    key(newcomer, "Enter")
    expect(shown.get_by_role("heading", name="Overview")).to_be_visible()
    expect(newcomer.locator(".pointed-at")).to_have_text("Overview")
    # The focus stays inside, and shortcuts of the page rest.
    for _ in range(6):
        key(newcomer, "Tab")
        assert newcomer.evaluate("document.activeElement.matches('body, #tour *')")
    key(newcomer, "?")
    expect(newcomer.get_by_role("dialog")).to_have_count(1)
    key(newcomer, "ArrowRight")
    expect(newcomer.locator(".pointed-at")).to_have_text("Alerts")
    key(newcomer, "ArrowLeft")
    expect(shown.get_by_text("2 of 6")).to_be_visible()
    for _ in range(9):
        key(newcomer, "ArrowRight")
    expect(shown.get_by_text("6 of 6")).to_be_visible()
    expect(shown.get_by_role("button", name="Skip the tour")).to_be_hidden()
    seen_on_server(newcomer, shown.get_by_role("button", name="Done").click)
    expect(newcomer.locator(".pointed-at")).to_have_count(0)
    newcomer.reload()
    expect(newcomer.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    expect(shown).to_be_hidden()


def test_escape_ends_it_for_good_and_the_help_brings_it_back(newcomer: Page) -> None:
    expect(dialog(newcomer)).to_be_visible()
    seen_on_server(newcomer, lambda: key(newcomer, "Escape"))
    newcomer.goto("/alerts/")
    key(newcomer, "?")
    newcomer.get_by_role("button", name="Show me around").click()
    expect(newcomer.get_by_role("dialog")).to_have_count(1)
    expect(dialog(newcomer)).to_contain_text("1 of 6")
    newcomer.get_by_role("button", name="Skip the tour").click()
    expect(dialog(newcomer)).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1440])
def test_it_fits_and_points_at_what_has_moved_into_the_menu(
    officer: Any, open_browser: Callable[..., Page], sign_in: Callable[[Page], Page], width: int
) -> None:
    page = sign_in(open_browser(width=width))
    for _ in range(6):
        box = dialog(page).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        key(page, "ArrowRight")
