"""Composing a rule in the browser, by mouse and by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from argus_records.models import Approval, RuleSetVersion
from argus_records.selectors.rulesets import in_effect
from argus_records.services.approvals import approval_grant
from playwright.sync_api import Page, expect
from web_days import key

pytestmark = [pytest.mark.browser]


@pytest.fixture
def keeper(officer: Any, open_browser: Callable[..., Page], sign_in: Callable[[Page], Page]) -> Page:
    """The officer's browser, who is a supervisor too."""
    from django.contrib.auth.models import Group

    officer.groups.add(Group.objects.get_or_create(name="supervisor")[0])
    return sign_in(open_browser())


def agree() -> None:
    """A second person agrees to what was proposed last."""
    approval_grant(approval_id=Approval.objects.latest("id").pk, actor="user:vera")


def test_a_rule_from_nothing_to_live(keeper: Page) -> None:
    first = in_effect().live
    keeper.goto("/rules/")
    keeper.get_by_role("link", name="New rule").click()
    expect(keeper.locator(".field-error")).to_have_count(0)
    keeper.get_by_label("What it looks for").fill("Many different counterparties")
    keeper.get_by_label("Code").fill("many_counterparties")
    keeper.get_by_label("About what?").select_option("window")
    keeper.get_by_label("What of them?").select_option("distinct")
    keeper.get_by_label("How long?").fill("3")
    keeper.get_by_label("Unit of time").select_option("d")
    keeper.get_by_label("Number", exact=True).fill("many")
    # What was typed stays, and what is wrong is said beside it, without a page in between.
    expect(keeper.locator(".row .field-error")).to_have_text("must be a number")
    keeper.get_by_label("Number", exact=True).fill("12")
    keeper.get_by_label("Name, for the message").fill("parties")
    keeper.get_by_role("button", name="Add a condition").click()
    expect(keeper.get_by_label("About what?")).to_have_count(2)
    keeper.get_by_label("About what?").nth(1).select_option("field:channel")
    keeper.get_by_label("How compared?").nth(1).select_option("in")
    keeper.get_by_label("Which of them?").select_option(["mobile", "web"])
    keeper.get_by_label("Always").fill("This customer dealt with {parties|number} counterparties within 3 days.")
    expect(keeper.locator("#words")).to_have_text(
        "When the number of different counterparties of the customer's transactions within 3 days is more than 12 "
        "counterparties and the channel is mobile or web: raise the score, with weight 0.4."
    )
    keeper.get_by_label("Why? The note stays with the version.").fill("Seen with mules.")
    keeper.get_by_role("button", name="Save as draft").click()
    expect(keeper.get_by_role("status")).to_contain_text("Saved as draft")
    draft = RuleSetVersion.objects.get(state="draft")
    assert draft.document["rules"][-1]["message"] == [
        "This customer dealt with {parties|number} counterparties within 3 days."
    ]
    keeper.get_by_label("Why?").fill("Agreed.")
    keeper.get_by_role("button", name="Propose to put live").click()
    expect(keeper.get_by_role("status")).to_contain_text("A second person has to agree")
    expect(keeper.get_by_text("many_counterparties")).to_be_visible()
    agree()
    keeper.goto(f"/rules/versions/{first}/")
    keeper.get_by_label("Why?").fill("Too loud.")
    keeper.get_by_role("button", name="Propose to roll back to this").click()
    expect(keeper.get_by_role("status")).to_contain_text("A second person has to agree")
    agree()
    assert in_effect().live == first


def test_the_keyboard_keeps_its_place_while_the_form_is_drawn_anew(keeper: Page) -> None:
    keeper.goto(f"/rules/versions/{in_effect().live}/rule/velocity_count_1h/edit/")
    number = keeper.get_by_label("Number", exact=True)
    number.focus()
    key(keeper, "End")
    with keeper.expect_response(lambda answer: answer.request.method == "POST"):
        keeper.keyboard.type("5")
    expect(keeper.locator("#words")).to_contain_text("more than 105 transactions")
    expect(number).to_be_focused()
    keeper.keyboard.type("0")
    expect(number).to_have_value("1050")
    add = keeper.get_by_role("button", name="Add a group")
    add.focus()
    key(keeper, "Enter")
    expect(keeper.locator(".group")).to_have_count(2)
    expect(keeper.get_by_role("button", name="Add a group").last).to_be_focused()
    keeper.get_by_role("button", name="Take these conditions out").press("Enter")
    expect(keeper.locator(".group")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_no_page_is_wider_than_its_window(keeper: Page, width: int) -> None:
    from argus_records.services.lists import list_entries_add

    list_entries_add(name="blocked_customers", values=["x" * 64], reason="w" * 300, expires_at=None, actor="a")
    keeper.set_viewport_size({"width": width, "height": 900})
    version = in_effect().live
    for path in (
        "/rules/",
        "/rules/versions/",
        f"/rules/versions/{version}/",
        f"/rules/versions/{version}/shadow/",
        f"/rules/versions/{version}/rule/velocity_amount_1h/",
        f"/rules/versions/{version}/rule/velocity_amount_1h/edit/",
        "/rules/lists/",
        "/rules/lists/blocked_customers/",
    ):
        keeper.goto(path)
        over = keeper.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, path


def test_by_keyboard_to_the_rules(keeper: Page) -> None:
    keeper.goto("/alerts/")
    key(keeper, "g", "r")
    keeper.wait_for_url("**/rules/")
    key(keeper, "j", "Enter")
    keeper.wait_for_url("**/rule/block_list/")
