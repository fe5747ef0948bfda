"""An officer's way through the pages, by mouse and by keyboard."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from argus_records.models import Alert, AuditEvent
from playwright.sync_api import Page, expect
from records_factories import accept, alert, case, decide, new_transaction
from web_days import key

pytestmark = [pytest.mark.browser]


def test_signing_in_takes_the_right_password(officer: Any, open_browser: Any, sign_in: Any) -> None:
    page = open_browser()
    page.goto("/alerts/")
    page.get_by_label("Username").fill("amara")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    sign_in(page)
    page.get_by_label("Account: amara").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/login/"))


def test_filters_stand_in_the_address(desk_page: Page) -> None:
    alert(customer_id="c-1")
    alert(customer_id="c-2", amount="900.00")
    desk_page.goto("/alerts/")
    expect(desk_page.locator("tbody tr")).to_have_count(2)
    desk_page.get_by_label("Amount from").fill("500")
    desk_page.get_by_label("Amount from").press("Enter")
    expect(desk_page.locator("tbody tr")).to_have_count(1)
    assert desk_page.url.endswith("/alerts/?status=open&amount_min=500")
    desk_page.get_by_label("From", exact=True).fill("2026-01-01")
    desk_page.get_by_role("button", name="Apply").click()
    expect(desk_page).to_have_url(re.compile(r"since=2026-01-01&tz=Europe%2FBerlin"))
    desk_page.get_by_role("link", name="Clear").click()
    expect(desk_page.locator("tbody tr")).to_have_count(2)


def test_a_decision_with_its_note(desk_page: Page) -> None:
    record = case()
    desk_page.goto(f"/cases/{record.pk}/")
    desk_page.get_by_role("button", name="Approve").click()
    note = desk_page.get_by_role("textbox", name="Why?")
    expect(note).to_be_focused()
    note.fill("The customer called: it was her.")
    # An unsent note survives a reload.
    desk_page.goto(f"/cases/{record.pk}/")
    expect(note).to_have_value("The customer called: it was her.")
    desk_page.get_by_label("then the next case").uncheck()
    desk_page.get_by_role("button", name="Approve").click()
    expect(desk_page.get_by_role("heading", name="Decided", exact=True)).to_be_visible()
    key(desk_page, "u")
    expect(desk_page.get_by_role("status")).to_contain_text("Undone")
    note.fill("Confirmed by the branch.")
    desk_page.get_by_role("button", name="Block: fraud").click()
    expect(desk_page.get_by_role("heading", name="Decided", exact=True)).to_be_visible()
    expect(desk_page.locator("#timeline .trail > li")).to_have_count(4)
    notes = AuditEvent.objects.filter(object_type="case").order_by("id").values_list("action", "note")
    assert list(notes) == [
        ("case.opened", ""),
        ("case.close", "The customer called: it was her."),
        ("case.undo", ""),
        ("case.close", "Confirmed by the branch."),
    ]


def test_of_two_browsers_the_second_learns_that_somebody_was_first(
    desk_page: Page, second_officer: Any, open_browser: Any, sign_in: Any
) -> None:
    record = case()
    # A refused decision is a 409, which the browser's console reports.
    late = sign_in(open_browser(quiet=False), "bruno")
    for page, note in ((desk_page, "Known payee."), (late, "Mule account, see the branch's mail.")):
        page.goto(f"/cases/{record.pk}/")
        page.get_by_role("textbox", name="Why?").fill(note)
        page.get_by_label("then the next case").uncheck()
    desk_page.get_by_role("button", name="Approve").click()
    expect(desk_page.get_by_role("heading", name="Decided", exact=True)).to_be_visible()
    late.get_by_role("button", name="Block: fraud").click()
    expect(late.get_by_role("alert")).to_contain_text("Somebody was first")
    expect(late.locator("#id_note")).to_have_value("Mule account, see the branch's mail.")
    assert Alert.objects.get(case=record).decided_by == "user:amara"


def test_by_keyboard(desk_page: Page) -> None:
    first, second = alert(), alert()
    key(desk_page, "g", "a")
    expect(desk_page).to_have_url(re.compile("/alerts/$"))
    key(desk_page, "j")
    expect(desk_page.locator(f"a[href='/alerts/{second.pk}/']")).to_be_focused()
    key(desk_page, "j", "j")
    expect(desk_page.locator(f"a[href='/alerts/{first.pk}/']")).to_be_focused()
    key(desk_page, "k", "/")
    expect(desk_page.get_by_label("Words in the reason")).to_be_focused()
    desk_page.keyboard.type("j?/")
    expect(desk_page.get_by_label("Words in the reason")).to_have_value("j?/")
    key(desk_page, "Escape", "?")
    expect(desk_page.get_by_role("dialog")).to_be_visible()
    desk_page.get_by_label("Shortcuts of a single key are on").uncheck()
    key(desk_page, "Escape")
    desk_page.locator("body").press("j")
    expect(desk_page.locator("a[data-row]:focus")).to_have_count(0)


def test_the_first_tab_skips_to_the_content(desk_page: Page) -> None:
    desk_page.goto("/alerts/")
    key(desk_page, "Tab")
    expect(desk_page.get_by_role("link", name="Skip to content")).to_be_focused()
    key(desk_page, "Enter")
    expect(desk_page.locator("#main")).to_be_focused()


def test_the_bar_finds_a_customer(desk_page: Page) -> None:
    accept(new_transaction(customer_id="c-1"), new_transaction(customer_id="c-2"))
    desk_page.reload()
    key(desk_page, "/")
    desk_page.keyboard.type("c-1")
    key(desk_page, "Enter")
    expect(desk_page).to_have_url(re.compile(r"/transactions/\?customer=c-1$"))
    expect(desk_page.locator("tbody tr")).to_have_count(1)


def test_colours_follow_the_system_until_chosen(officer: Any, open_browser: Any, sign_in: Any) -> None:
    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page = sign_in(open_browser(scheme="dark"))
    dark = paper()
    switch = page.locator("[data-theme-switch]")
    expect(switch).to_have_attribute("aria-label", "Colours: as the system")
    switch.click()
    expect(switch).to_have_attribute("aria-label", "Colours: light")
    light = paper()
    assert light != dark
    page.goto("/transactions/")
    assert paper() == light
    page.locator("[data-theme-switch]").click()
    assert paper() == dark
    page.locator("[data-theme-switch]").click()
    page.emulate_media(color_scheme="light")
    assert paper() == light


def test_times_are_in_the_readers_zone_with_utc_at_hand(desk_page: Page) -> None:
    (accepted,) = accept(new_transaction(occurred_at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC)))
    desk_page.goto(f"/transactions/{accepted.id}/")
    occurred = desk_page.locator("time[datetime='2026-03-02T23:30:00Z']").first
    expect(occurred).to_have_text("3 Mar 2026, 00:30:00")
    expect(occurred).to_have_attribute("title", "2026-03-02 23:30:00 UTC")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_its_window(officer: Any, open_browser: Any, sign_in: Any, width: int) -> None:
    long = "x" * 64
    record = alert(
        customer_id=long,
        transaction_id=long,
        counterparty_id="y" * 64,
        device_id="d" * 64,
        amount="9999999999999999.99",
        metadata={"k" * 40: "v" * 200},
    )
    Alert.objects.filter(pk=record.pk).update(headline="w" * 300)
    accept(*[new_transaction(customer_id=long) for _ in range(60)])
    decide()
    page = sign_in(open_browser(width=width))
    for path in (
        "/",
        "/alerts/?status=all",
        "/alerts/?text=nothing",
        f"/alerts/{record.pk}/",
        "/cases/",
        "/transactions/",
        f"/transactions/{record.transaction_id}/",
        "/account/password/",
        "/login/",
    ):
        page.goto(path)
        page.wait_for_load_state("load")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, path
