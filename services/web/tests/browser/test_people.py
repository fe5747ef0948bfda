"""An administrator's day: inviting, closing, reading the log; and the invited person's first minute."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argus_web.accounts.roles import Role
from argus_web.accounts.services import officer_create
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser]

NEW = "quiet herons wade"


@pytest.fixture
def desk(
    transactional_db: None, password: str, open_browser: Callable[..., Page], sign_in: Callable[..., Page]
) -> Page:
    """The administrator's browser."""
    officer_create(username="ada", password=password, actor="system", roles=[Role.ADMINISTRATOR])
    return sign_in(open_browser(), "ada")


def test_from_the_link_to_the_desk_to_the_door(desk: Page, open_browser: Callable[..., Page]) -> None:
    desk.get_by_label("Account: ada").click()
    desk.get_by_role("link", name="People").click()
    desk.get_by_label("User name").fill("nora")
    desk.get_by_label("E-mail (optional").fill("nora@bank.test")
    desk.get_by_label("officer").check()
    desk.get_by_role("button", name="Make the link").click()
    link = desk.get_by_label("Link", exact=True).input_value()
    desk.get_by_role("button", name="Copy").click()

    nora = open_browser(width=390)
    nora.goto(link)
    expect(nora.get_by_role("heading", name="Your account")).to_be_visible()
    nora.get_by_label("New password", exact=True).fill(NEW)
    nora.get_by_label("New password confirmation").fill(NEW)
    nora.get_by_role("button", name="Make my account").click()
    expect(nora.get_by_role("heading", name="Overview").first).to_be_visible()

    # Somebody finds the link afterwards. Being told so is an error to the browser's console.
    late = open_browser(quiet=False)
    late.goto(link)
    expect(late.get_by_role("heading", name="This link opens nothing")).to_be_visible()

    desk.goto("/people/")
    desk.get_by_role("link", name="nora").click()
    expect(desk.get_by_text("In 1 browser.")).to_be_visible()
    desk.get_by_label("Why?", exact=True).fill("left the bank")
    desk.get_by_role("button", name="Close the account").click()
    expect(desk.get_by_role("status")).to_contain_text("closed and signed out everywhere")
    nora.goto("/alerts/")
    expect(nora.get_by_role("heading", name="Sign in")).to_be_visible()


def test_from_a_forgotten_password_to_the_desk(
    desk: Page, password: str, open_browser: Callable[..., Page], sign_in: Callable[..., Page]
) -> None:
    officer_create(username="nora", password=password, actor="system", roles=[Role.OFFICER])
    elsewhere = sign_in(open_browser(), "nora")
    desk.goto("/people/")
    desk.get_by_role("link", name="nora").click()
    card = desk.get_by_role("region", name="Forgotten password")
    card.get_by_label("How do you know who asks?").fill("asked in person")
    card.get_by_role("button", name="Make a link for a new password").click()
    expect(desk.get_by_role("heading", name="A link for nora")).to_be_visible()
    link = desk.get_by_label("Link", exact=True).input_value()
    desk.get_by_role("link", name="Back to the account").click()
    expect(card).to_contain_text("A link by ada opens until")

    nora = open_browser(width=390)
    nora.goto(link)
    expect(nora.get_by_role("heading", name="New password")).to_be_visible()
    nora.get_by_label("New password", exact=True).fill(NEW)
    nora.get_by_label("New password confirmation").fill(NEW)
    nora.get_by_role("button", name="Take this password").click()
    expect(nora.get_by_role("heading", name="Overview").first).to_be_visible()

    elsewhere.goto("/alerts/")
    expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
    late = open_browser(quiet=False)
    late.goto(link)
    expect(late.get_by_role("heading", name="This link opens nothing")).to_be_visible()
    desk.reload()
    expect(desk.get_by_text("chose a new password by a link")).to_be_visible()


def test_the_log_is_narrowed_and_taken_away(desk: Page, tmp_path: Path) -> None:
    desk.goto("/people/")
    desk.get_by_label("User name").fill("nora")
    desk.get_by_label("ops").check()
    desk.get_by_role("button", name="Make the link").click()
    desk.goto("/audit/")
    desk.get_by_label("Did what").select_option("invitation.created")
    desk.get_by_role("button", name="Apply").click()
    expect(desk).to_have_url(re.compile(r"/audit/\?action=invitation\.created$"))
    expect(desk.locator(".difference")).to_contain_text("nora")
    with desk.expect_download() as taken:
        desk.get_by_role("link", name="Take away as CSV").click()
    path = tmp_path / "audit.csv"
    taken.value.save_as(path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["actor"], row["action"]) for row in rows] == [("user:ada", "invitation.created")]


def test_signing_out_everywhere(desk: Page, open_browser: Callable[..., Page], sign_in: Any) -> None:
    other = sign_in(open_browser(), "ada")
    desk.get_by_label("Account: ada").click()
    desk.get_by_role("button", name="Sign out everywhere").click()
    expect(desk.get_by_role("heading", name="Sign in")).to_be_visible()
    other.goto("/people/")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
