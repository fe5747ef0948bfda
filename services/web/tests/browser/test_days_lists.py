"""An officer's list of cases: many at once, filters that stand in the address, views that are kept."""

import re

import pytest
from argus_records.models import Case, SavedView
from playwright.sync_api import Page, expect
from records_factories import case
from web_days import flagged, key, several

pytestmark = [pytest.mark.browser]


def test_many_at_once_after_a_look_at_what_would_happen(desk_page: Page) -> None:
    first, second, third = several(3)
    large = case(customer_id="c-large", amount="20000.00")
    desk_page.goto("/cases/?sort=oldest")
    key(desk_page, "j", "x", "j", "x")
    expect(desk_page.get_by_text("(2)")).to_be_visible()
    desk_page.get_by_label(f"Choose case {large.pk}").check()
    desk_page.get_by_label("Do", exact=True).select_option("close")
    desk_page.get_by_label("As", exact=True).select_option("no action")
    desk_page.get_by_label("Note", exact=True).fill("Test payments of the bank itself.")
    desk_page.get_by_role("button", name="Preview").click()
    expect(desk_page.get_by_role("heading", name="3 cases would change")).to_be_visible()
    expect(desk_page.get_by_role("row", name="20,000")).to_contain_text("proposed to a second person")
    assert set(Case.objects.values_list("state", flat=True)) == {"new"}
    # One moves while the preview is looked at: it holds up no other.
    Case.objects.filter(pk=second.pk).update(version=2)
    desk_page.get_by_role("button", name="Do it").click()
    expect(desk_page.get_by_role("status")).to_contain_text("2 cases: done.")
    expect(desk_page.get_by_role("status")).to_contain_text(f"Left as they were: {second.pk}:")
    states = dict(Case.objects.values_list("pk", "state"))
    assert states == {first.pk: "closed", second.pk: "new", third.pk: "new", large.pk: "pending_approval"}


def test_filters_stand_in_the_address_and_are_kept_as_a_view(desk_page: Page) -> None:
    several(2)
    flagged(customer_id="c-usd", currency="USD", amount="900.00")
    desk_page.goto("/cases/")
    desk_page.get_by_text("Filters").click()
    desk_page.get_by_label("Currency").fill("usd")
    desk_page.get_by_label("Amount from").fill("500")
    desk_page.get_by_label("Amount from").press("Enter")
    expect(desk_page).to_have_url(re.compile(r"/cases/\?pile=queue&currency=usd&amount_min=500$"))
    expect(desk_page.locator("tbody tr")).to_have_count(1)
    desk_page.get_by_text("Keep this view").click()
    desk_page.get_by_label("Name of the view").fill("large dollars")
    desk_page.get_by_role("button", name="Keep", exact=True).click()
    expect(desk_page.get_by_role("status")).to_contain_text("The view is kept.")
    desk_page.goto("/cases/")
    expect(desk_page.locator("tbody tr")).to_have_count(3)
    desk_page.get_by_role("link", name="large dollars").click()
    expect(desk_page.locator("tbody tr")).to_have_count(1)
    expect(desk_page.get_by_label("Amount from")).to_have_value("500")
    desk_page.get_by_role("button", name="Remove the view large dollars").click()
    expect(desk_page.get_by_role("status")).to_contain_text("The view is removed.")
    assert not SavedView.objects.exists()
