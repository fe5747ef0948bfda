"""A supervisor's day: what an officer proposes, the answer to it, and proposals of one's own."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from argus_records.models import Approval, AuditEvent, Case, ListEntry, RuleSetVersion
from argus_records.selectors.rulesets import in_effect
from playwright.sync_api import Page, expect
from records_factories import case
from web_days import NOTE, key, post

pytestmark = [pytest.mark.browser]


@pytest.fixture
def supervisor_page(
    person: Callable[..., Any], open_browser: Callable[..., Page], sign_in: Callable[..., Page]
) -> Page:
    """The first supervisor's browser. What is refused by hand is a 409, which its console reports."""
    person("sol", "supervisor")
    return sign_in(open_browser(quiet=False), "sol")


@pytest.fixture
def other_page(
    supervisor_page: Page, person: Callable[..., Any], open_browser: Callable[..., Page], sign_in: Callable[..., Page]
) -> Page:
    """The browser of the other one."""
    person("tara", "supervisor")
    return sign_in(open_browser(), "tara")


def proposed(page: Page, made: Case, why: str) -> None:
    page.goto(f"/cases/{made.pk}/")
    button = page.get_by_role("button", name="Block: fraud")
    expect(button).to_have_attribute("title", re.compile("A second person has to agree: 20,000 EUR reaches 10,000"))
    key(page, "b")
    page.keyboard.type(why)
    key(page, "Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("status")).to_contain_text("Nothing waits to be taken.")
    page.goto(f"/cases/{made.pk}/")
    expect(page.get_by_text("amara has proposed this; a second person has to agree.")).to_be_visible()


def opened(page: Page) -> None:
    """From the count on the list of cases to the proposal itself."""
    page.goto("/cases/")
    page.get_by_role("link", name="1 waits for approval").click()
    page.locator("a[data-row]").click()
    expect(page.get_by_role("heading", name="What it would change")).to_be_visible()


def test_a_closing_above_the_amount_is_refused_and_then_granted(
    officer: Any, supervisor_page: Page, open_browser: Callable[..., Page], sign_in: Callable[..., Page]
) -> None:
    officer_page = sign_in(open_browser(quiet=False), "amara")
    made = case(amount="20000.00")
    proposed(officer_page, made, "The account was opened yesterday.")

    # Nobody decides on their own: neither by the page nor past it.
    officer_page.get_by_role("link", name="To the proposal").click()
    expect(officer_page.get_by_text("You proposed this: a second person has to agree.")).to_be_visible()
    expect(officer_page.get_by_role("button", name="Grant")).to_have_count(0)
    first = Approval.objects.get()
    assert post(officer_page, f"/approvals/{first.pk}/", action="grant") == 403

    opened(supervisor_page)
    expect(supervisor_page.locator(".diff del")).to_contain_text("open, with 1 alerts")
    expect(supervisor_page.locator(".diff ins")).to_contain_text("closed: confirmed fraud")
    supervisor_page.get_by_role("button", name="Refuse").click()
    expect(supervisor_page.get_by_role("alert")).to_contain_text("Say why")
    supervisor_page.get_by_label("Your answer; needed to refuse").fill("Ask for the contract first.")
    supervisor_page.get_by_role("button", name="Refuse").click()
    expect(supervisor_page.get_by_role("status")).to_contain_text("Refused. Who proposed it sees your answer.")

    officer_page.goto("/notices/")
    expect(officer_page.get_by_text("Ask for the contract first.")).to_be_visible()
    officer_page.locator("a[data-row]").first.click()
    expect(officer_page.locator("#timeline")).to_contain_text("Ask for the contract first.")
    expect(officer_page.get_by_text("in review", exact=True)).to_be_visible()
    proposed(officer_page, made, "The contract is forged; it is with the case.")
    opened(supervisor_page)
    supervisor_page.get_by_role("button", name="Grant").click()
    expect(supervisor_page.get_by_role("status")).to_contain_text("Granted, and done.")
    made.refresh_from_db()
    assert (made.state, made.disposition, made.closed_by) == ("closed", "confirmed_fraud", "user:sol")
    assert list(Approval.objects.order_by("id").values_list("state", "decided_by")) == [
        ("refused", "user:sol"),
        ("granted", "user:sol"),
    ]


def test_a_supervisor_cannot_grant_what_they_proposed(supervisor_page: Page) -> None:
    made = case(amount="20000.00")
    supervisor_page.goto(f"/cases/{made.pk}/")
    supervisor_page.get_by_label("then the next case").uncheck()
    supervisor_page.get_by_label(NOTE).fill("It was her.")
    supervisor_page.get_by_role("button", name="Approve: false positive").click()
    supervisor_page.get_by_role("link", name="To the proposal").click()
    expect(supervisor_page.get_by_text("You proposed this: a second person has to agree.")).to_be_visible()
    path = f"/approvals/{Approval.objects.get().pk}/"
    assert post(supervisor_page, path, action="grant") == 409
    assert post(supervisor_page, path, action="refuse", answer="no") == 409
    made.refresh_from_db()
    assert made.state == "pending_approval"
    supervisor_page.get_by_role("button", name="Withdraw it").click()
    expect(supervisor_page.get_by_role("status")).to_contain_text("Withdrawn.")
    made.refresh_from_db()
    assert made.state == "in_review"


def test_a_rule_set_goes_live_by_a_second_person(supervisor_page: Page, other_page: Page) -> None:
    before = in_effect().live
    supervisor_page.goto(f"/rules/versions/{before}/rule/velocity_count_1h/edit/")
    supervisor_page.get_by_label("Number", exact=True).fill("25")
    expect(supervisor_page.locator("#words")).to_contain_text("more than 25 transactions")
    supervisor_page.get_by_label(NOTE.replace("case", "version")).fill("Shops send more by now.")
    supervisor_page.get_by_role("button", name="Save as draft").click()
    draft = RuleSetVersion.objects.get(state="draft")
    supervisor_page.get_by_label(NOTE.replace("case", "version")).fill("Fewer false alarms in shops.")
    supervisor_page.get_by_role("button", name="Propose to put live").click()
    expect(supervisor_page.get_by_text("You proposed this: a second person has to agree.")).to_be_visible()
    assert in_effect().live == before
    opened(other_page)
    expect(other_page.locator("main")).to_contain_text("more than 25 transactions")
    expect(other_page.locator("main")).to_contain_text("Fewer false alarms in shops.")
    other_page.get_by_role("button", name="Grant").click()
    expect(other_page.get_by_role("status")).to_contain_text("Granted, and done.")
    assert in_effect().live == draft.pk
    # What was said is not there to be said again.
    supervisor_page.goto(f"/rules/versions/{before}/")
    expect(supervisor_page.get_by_label(NOTE.replace("case", "version"))).to_have_value("")


def test_a_list_takes_an_entry_by_a_second_person(supervisor_page: Page, other_page: Page) -> None:
    supervisor_page.goto("/rules/lists/blocked_customers/")
    supervisor_page.get_by_label("Values, one a line").fill("mule-1\nmule-2")
    supervisor_page.get_by_label("Why are they on it?").fill("Both accounts passed the money on.")
    supervisor_page.get_by_role("button", name="Propose to add").click()
    expect(supervisor_page.get_by_text("You proposed this: a second person has to agree.")).to_be_visible()
    assert not ListEntry.objects.filter(value="mule-1").exists()
    opened(other_page)
    expect(other_page.locator(".diff ins")).to_have_count(2)
    other_page.get_by_role("button", name="Grant").click()
    expect(other_page.get_by_role("status")).to_contain_text("Granted, and done.")
    supervisor_page.goto("/rules/lists/blocked_customers/")
    supervisor_page.get_by_label("Why is mule-1 taken off?").fill("Mixed up with another.")
    supervisor_page.locator("li", has_text="mule-1").get_by_role("button", name="Propose to take off").click()
    opened(other_page)
    expect(other_page.locator(".diff del")).to_contain_text("mule-1")
    other_page.get_by_role("button", name="Grant").click()
    expect(other_page.get_by_role("status")).to_contain_text("Granted, and done.")
    assert list(ListEntry.objects.filter(removed_at=None).values_list("value", flat=True)) == ["mule-2"]
    assert AuditEvent.objects.filter(action="approval.granted", actor="user:tara").count() == 2


def test_escalated_cases_are_a_supervisor_s(
    officer: Any, supervisor_page: Page, open_browser: Callable[..., Page], sign_in: Callable[..., Page]
) -> None:
    made = case()
    officer_page = sign_in(open_browser(), "amara")
    officer_page.goto(f"/cases/{made.pk}/")
    key(officer_page, "e")
    officer_page.keyboard.type("A politician.")
    key(officer_page, "Enter")
    expect(officer_page.get_by_role("heading", name="No case waits to be taken")).to_be_visible()
    supervisor_page.goto("/cases/")
    expect(supervisor_page.locator("tbody tr")).to_contain_text("escalated")
    key(supervisor_page, "n")
    supervisor_page.wait_for_url(f"**/cases/{made.pk}/")
    expect(supervisor_page.locator("#timeline")).to_contain_text("A politician.")
    made.refresh_from_db()
    assert (made.state, made.assignee) == ("in_review", "user:sol")
