"""Pictures of the desk's pages for the docs, each as somebody of the right role sees it in a running demo."""

import argparse
import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright

from argus_local.demo import DATA
from argus_local.desk_day import Day, day
from argus_local.processes import StartError
from argus_local.programs import ROOT
from argus_local.say import say
from argus_local.secret_store import SecretStore

SIZE: Final = (1440, 900)
# Enough for pages of few tints; a third of the bytes of true colour.
COLOURS: Final = 160
AT_MOST: Final = 150_000
# Charts are drawn, and the live state has come.
SETTLED_MS: Final = 1500
OPTIONS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: of ``path``, or of its ``part``, as ``who`` sees it."""

    name: str
    who: str
    path: str
    part: str = ""
    scheme: str = "light"
    keys: str = ""
    # Cases that are ticked for a bulk action, and its preview asked for.
    ticked: int = 0


def pictures(made: Day) -> list[Picture]:
    """All of them, by what the day has left behind."""
    case, second = f"/cases/{made.case}/", f"/approvals/{made.approval}/"
    month = f"{datetime.now(UTC):%Y-%m}"
    return [
        Picture("overview", "officer", "/"),
        Picture("trends", "officer", "/overview/trends/?range=7d"),
        Picture("cases", "officer", "/cases/?pile=open"),
        Picture("bulk", "officer", "/cases/?pile=open", ticked=4),
        Picture("case", "officer", case),
        Picture("case-dark", "officer", case, scheme="dark"),
        Picture("case-timeline", "officer", f"/cases/{made.told}/", part="#timeline"),
        Picture("alerts", "officer", "/alerts/"),
        Picture("transactions", "officer", "/transactions/"),
        Picture("notices", "supervisor", "/notices/"),
        Picture("approvals", "supervisor", "/approvals/"),
        Picture("approval", "supervisor", second),
        Picture("rules", "supervisor", "/rules/"),
        Picture("report", "supervisor", f"/reports/{month}/"),
        Picture("lists", "supervisor", "/rules/lists/"),
        Picture("backtests", "data_scientist", "/backtests/"),
        Picture("backtest-new", "data_scientist", "/backtests/new/"),
        Picture("masked", "data_scientist", case),
        Picture("audit", "auditor", "/audit/?object_type=case"),
        Picture("people", "administrator", "/people/"),
        Picture("roles", "administrator", "/people/roles/"),
        Picture("system", "ops", "/system/"),
        Picture("keys", "officer", "/cases/", keys="?"),
    ]


def take(page: Page, picture: Picture, folder: Path) -> Path:
    """Take one, in few colours. Raises StartError when it is too large for the docs."""
    page.emulate_media(color_scheme="dark" if picture.scheme == "dark" else "light")
    answer = page.goto(picture.path)
    if answer is None or not answer.ok:
        raise StartError(f"{picture.path} is not to be had as {picture.who}: {answer and answer.status}")
    page.wait_for_timeout(SETTLED_MS)
    if picture.keys:
        page.keyboard.press(picture.keys)
    if picture.ticked:
        _previewed(page, picture.ticked)
    raw = page.locator(picture.part).screenshot() if picture.part else page.screenshot()
    place = folder / f"{picture.name}.png"
    few = Image.open(io.BytesIO(raw)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(place, optimize=True)
    if place.stat().st_size > AT_MOST:
        raise StartError(f"{place} has {place.stat().st_size:,} bytes, more than {AT_MOST:,}")
    return place


def _previewed(page: Page, count: int) -> None:
    """Ticks so many cases, and asks what closing them would do."""
    for box in page.locator("#bulk td.pick input").all()[:count]:
        box.check()
    page.get_by_label("Do", exact=True).select_option("close")
    page.get_by_label("Note", exact=True).fill("A test of the card terminals, announced by the bank.")
    with page.expect_navigation():
        page.get_by_role("button", name="Preview").click()
    page.wait_for_load_state()


class People:
    """Signs in the demo's accounts, which are named after their roles, once each."""

    def __init__(self, browser: Browser, url: str, password: str) -> None:
        self._browser, self._url, self._password = browser, url, password
        self._pages: dict[str, Page] = {}

    def page(self, role: str) -> Page:
        """The page of the account of this role."""
        if role not in self._pages:
            self._pages[role] = self._signed_in(role)
        return self._pages[role]

    def _signed_in(self, role: str) -> Page:
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": SIZE[0], "height": SIZE[1]},
            locale="en-GB",
            timezone_id="UTC",
        )
        page = context.new_page()
        page.goto("/login/")
        page.get_by_label("Username").fill(role)
        page.get_by_label("Password").fill(self._password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return _toured(page)


def _toured(page: Page) -> Page:
    page.wait_for_load_state()
    if page.locator("#tour[open]").count():
        with page.expect_response("**/help/tour/seen/"):
            page.keyboard.press("Escape")
    return page


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Raises StartError where there is none."""
    path = shutil.which("chromium")
    if path is None:
        raise StartError("Chromium is needed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(
        prog="scripts/screenshots",
        description="Take the pictures of docs/desk.md from a running demo (scripts/demo). Lets its accounts work on "
        "a few cases, and opens each page as who it is for.",
    )
    made.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the demo's data (default: var/demo)")
    made.add_argument(
        "--out", type=Path, default=ROOT / "docs" / "images" / "desk", metavar="DIR", help="default: docs/images/desk"
    )
    made.add_argument("--only", metavar="NAME", nargs="*", help="take these, for example: case approvals")
    return made


def main() -> int:
    """Take them."""
    options = parser().parse_args()
    store = SecretStore(options.data.absolute())
    url, password = store.get("url"), store.get("officer_password")
    if url is None or password is None:
        print(f"No demo has run in {options.data}: start scripts/demo first.", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            people = People(browser, url, password)
            made = day(people.page("officer"), people.page("supervisor"), "supervisor")
            for picture in pictures(made):
                if not options.only or picture.name in options.only:
                    place = take(people.page(picture.who), picture, options.out)
                    say(f"{picture.name}: {place.stat().st_size // 1000} kB")
    except (Error, StartError) as error:
        print(f"\n{error}\nIs scripts/demo running?", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
