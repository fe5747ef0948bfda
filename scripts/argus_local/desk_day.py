"""A few minutes of an officer in the demo, so that its pages have something to show."""

import re
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import FilePayload, Page

from argus_local.processes import StartError

LETTER: Final = b"The customer writes: I have never heard of this shop.\n"


@dataclass(frozen=True, slots=True)
class Day:
    """Numbers of what is worth looking at: a case in review, one that much has happened to, a proposal."""

    case: int
    told: int
    approval: int


def day(officer: Page, supervisor: Page, supervisor_name: str) -> Day:
    """Two cases closed, one told of and escalated, one proposed as suspicious, and one in review."""
    _next(officer)
    _by_key(officer, "a", "1")
    told = _by_key(officer, "b", "3")
    _told(officer, supervisor_name)
    _by_key(officer, "e")
    officer.get_by_label("Why? The note stays with the case.").fill("Third account at the same device this week.")
    officer.get_by_role("button", name="Suspicious, reported").click()
    case = _number(officer)
    supervisor.goto("/approvals/")
    supervisor.locator("a[data-row]").first.click()
    supervisor.wait_for_url(re.compile(r"/approvals/\d+/$"))
    return Day(case, told, _number(supervisor))


def _number(page: Page) -> int:
    page.wait_for_load_state()
    found = re.search(r"/(?:cases|approvals)/(\d+)/", page.url)
    if found is None:
        raise StartError("no case waits to be taken: let the demo run for a while")
    return int(found[1])


def _next(page: Page) -> int:
    page.goto("/cases/")
    page.wait_for_load_state()
    with page.expect_navigation():
        page.keyboard.press("n")
    return _number(page)


def _by_key(page: Page, key: str, usual: str = "") -> int:
    """Decides by keyboard; the number of the case that follows."""
    page.wait_for_load_state()
    page.keyboard.press(key)
    if usual:
        page.keyboard.press(usual)
    else:
        page.keyboard.type("The sums and the hours fit none of his payments before.")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return _number(page)


def _told(page: Page, name: str) -> None:
    """A note to somebody, and a file."""
    page.locator("#timeline textarea").fill(f"@{name}, did you not have him last month?")
    page.get_by_role("button", name="Note", exact=True).click()
    page.wait_for_load_state()
    letter = FilePayload(name="letter.txt", mimeType="text/plain", buffer=LETTER)
    page.get_by_label("File", exact=True).set_input_files(letter)
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_load_state()
