"""Two people at once, and a connection that breaks: nobody takes what another has, and no word is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from argus_records.models import Case
from playwright.sync_api import Page, Route, expect
from records_factories import alert
from web_days import NOTE, flagged, key, on_case, several

pytestmark = [pytest.mark.browser]

AT_ONCE = "(at) => { setTimeout(() => document.getElementById('next-case').requestSubmit(), at - Date.now()); }"


@pytest.fixture
def colleague(second_officer: Any, open_browser: Callable[..., Page], sign_in: Callable[..., Page]) -> Page:
    """The second officer's browser. A refused decision is a 409, which its console reports."""
    return sign_in(open_browser(quiet=False), "bruno")


def test_who_asks_at_once_for_the_next_never_gets_the_same(desk_page: Page, colleague: Page) -> None:
    several(10)
    seen: list[str] = []
    for _ in range(5):
        for page in (desk_page, colleague):
            page.goto("/cases/?pile=all")
            page.wait_for_load_state()
        at = desk_page.evaluate("Date.now() + 400")
        for page in (desk_page, colleague):
            page.evaluate(AT_ONCE, at)
        for page in (desk_page, colleague):
            page.wait_for_url(re.compile(r"/cases/\d+/$"))
            seen.append(page.url)
    assert len(set(seen)) == 10
    held = Case.objects.filter(state="in_review").values_list("assignee", flat=True)
    assert sorted(held) == ["user:amara"] * 5 + ["user:bruno"] * 5


def test_of_two_who_close_the_second_learns_of_the_first_and_keeps_the_note(desk_page: Page, colleague: Page) -> None:
    made = flagged()
    for page, words in ((desk_page, "Known payee."), (colleague, "A mule's account, see the mail.")):
        page.goto(f"/cases/{made.pk}/")
        page.get_by_label(NOTE).fill(words)
    desk_page.get_by_role("button", name="Approve: false positive").click()
    expect(desk_page.get_by_text("Nothing waits to be taken.")).to_be_visible()
    colleague.get_by_role("button", name="Block: fraud").click()
    expect(colleague.get_by_role("alert")).to_contain_text("Somebody was first")
    expect(colleague.locator("#id_note")).to_have_value("A mule's account, see the mail.")
    expect(colleague.locator("#timeline")).to_contain_text("Known payee.")
    made.refresh_from_db()
    assert (made.disposition, made.closed_by) == ("false_positive", "user:amara")


def test_a_further_hit_is_seen_before_the_case_is_closed(officer: Any, open_browser: Any, sign_in: Any) -> None:
    page = sign_in(open_browser(quiet=False))
    made = flagged()
    page.goto(f"/cases/{made.pk}/")
    flagged(score=0.9)
    key(page, "a", "1", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("something came in")
    expect(page.get_by_role("navigation", name="Alerts of this case").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_label(NOTE)).to_have_value("Customer confirmed the payment by phone.")
    key(page, "a")
    page.get_by_label(NOTE).press("Enter")
    expect(page.get_by_text("Nothing waits to be taken.")).to_be_visible()
    made.refresh_from_db()
    assert (made.state, made.alerts_count) == ("closed", 2)


def test_a_note_outlives_a_server_that_goes_away(officer: Any, open_browser: Any, sign_in: Any) -> None:
    page = sign_in(open_browser(quiet=False))
    made, other = several(2)
    page.goto(f"/cases/{made.pk}/")
    gone: Callable[[Route], None] = lambda route: route.abort("connectionrefused")  # noqa: E731
    page.route("**/act/", gone)
    page.get_by_label(NOTE).fill("She called: it was her.")
    page.get_by_role("button", name="Approve: false positive").click()
    page.wait_for_url("chrome-error://**")
    page.unroute("**/act/", gone)
    page.goto(f"/cases/{other.pk}/")
    expect(page.get_by_label(NOTE)).to_have_value("")
    page.goto(f"/cases/{made.pk}/")
    expect(page.get_by_label(NOTE)).to_have_value("She called: it was her.")
    assert set(Case.objects.values_list("state", flat=True)) == {"new"}
    page.get_by_role("button", name="Approve: false positive").click()
    on_case(page, other.pk)
    # Sent is sent: it does not come back.
    page.goto(f"/cases/{made.pk}/")
    expect(page.locator("#act textarea")).to_have_value("")


def test_the_overview_catches_up_after_the_stream_broke(
    officer: Any, open_browser: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sign_in(open_browser(quiet=False))
    expect(page.locator("#live")).to_have_text("Live")
    page.context.set_offline(True)
    # A stream that is open outlives an offline switch: it ends here, as it does with the network.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    missed = alert(amount="777.00")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator("#live")).not_to_have_text("Live")
    expect(page.locator(f"#newest [data-alert='{missed.pk}']")).to_have_count(0)
    page.context.set_offline(False)
    expect(page.locator("#live")).to_have_text(re.compile("Live|Updated every few seconds"), timeout=30_000)
    expect(page.locator(f"#newest [data-alert='{missed.pk}']")).to_contain_text("777.00 EUR", timeout=30_000)
