"""What holds for every page, also for those that are added later: see web_pages."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import web_ledger
import web_pages
from playwright.sync_api import Page
from web_days import key

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

AXE: Final = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
RUN: Final = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter(({impact}) => impact === "serious" || impact === "critical").map(
    ({id, help, nodes}) => `${id}: ${help}: ` + nodes.slice(0, 3).map(({html, any}) =>
      html.slice(0, 160) + " " + any.map(({message}) => message).join(" ").slice(0, 160)).join(" | "));
}"""
Walk = Callable[[Page], Iterator[str]]


@pytest.fixture
def walk(redis_url: str, settings: Any, password: str, sign_in: Callable[[Page, str], Page]) -> Walk:
    """Leads a browser to every page: signed out, refused for lack of a role, as an administrator. Names each."""
    from argus_web.accounts.roles import DOORS, Role
    from argus_web.accounts.services import officer_create

    settings.DOORS = list(DOORS)
    people = {"4711": Role.ADMINISTRATOR, "4712": Role.OFFICER}
    for name, role in people.items():
        officer_create(username=name, password=password, actor="system", roles=[role])
    made = web_ledger.ledger()

    def led(page: Page) -> Iterator[str]:
        def looked_at(path: str) -> str:
            page.goto(path)
            page.wait_for_load_state("load")
            return path

        broken = web_pages.errors()
        page.route(
            re.compile("/went-wrong/"),
            lambda route: route.fulfill(body=broken[urlsplit(route.request.url).path], content_type="text/html"),
        )
        yield from map(looked_at, broken)
        yield looked_at("/login/")
        sign_in(page, "4712")
        yield from (looked_at(path) for path in web_pages.REFUSALS)
        page.context.clear_cookies()
        sign_in(page, "4711")
        # With all that is folded open, an overflow shows and nothing escapes the check.
        yield from (looked_at(path) for path in web_pages.addresses(made))

    return led


def opened(page: Page) -> None:
    """Opens what is folded, but for menus."""
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_browser: Any, walk: Walk, scheme: str) -> None:
    page, found = open_browser(scheme=scheme, width=1440, quiet=False), []
    source = AXE.read_text()
    for path in walk(page):
        opened(page)
        page.evaluate(source)
        found += [f"{path} {said}" for said in page.evaluate(RUN)]
    assert not found, "\n".join(found)


OVER: Final = """async () => {
  // Resizing is answered within frames, by charts a little later.
  const root = document.documentElement;
  for (let frame = 0; frame < 60 && (frame < 2 || root.scrollWidth > root.clientWidth); frame += 1)
    await new Promise((done) => requestAnimationFrame(done));
  if (root.scrollWidth <= root.clientWidth) return "";
  const held = (one) => one !== root && (getComputedStyle(one).overflowX !== "visible" || held(one.parentElement));
  const wide = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > root.clientWidth + 0.5 && !held(one.parentElement));
  return `${root.scrollWidth} in ${root.clientWidth}: ${wide.at(-1)?.outerHTML.slice(0, 120)}`;
}"""


def test_no_page_is_wider_than_its_window(open_browser: Any, walk: Walk) -> None:
    page, over = open_browser(quiet=False), []
    for path in walk(page):
        opened(page)
        for width in (390, 1024, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            if said := page.evaluate(OVER):
                over.append(f"{path} at {width}: {said}")
    assert not over, "\n".join(over)


# What stands on paper though it should not, and what is cut off there.
PRINTED: Final = """() => {
  const seen = (one) => one.getClientRects().length > 0;
  const shown = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const colours = getComputedStyle(document.body);
  const room = document.documentElement.clientWidth;
  return [
    ...shown("nav, header.bar, form:not(:has(table)), input, select, textarea, button, dialog").map(
      (one) => `on paper: ${one.outerHTML.slice(0, 80)}`),
    ...shown("table, canvas, pre").filter((one) => one.getBoundingClientRect().right > room + 0.5
      || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible"))
      .map((one) => `cut off: ${one.outerHTML.slice(0, 80)}`),
    ...shown("main a").filter((one) => !["rgb(0, 0, 0)", "rgb(51, 51, 51)"].includes(getComputedStyle(one).color))
      .map((one) => `not black: ${one}`),
    ...(colours.color === "rgb(0, 0, 0)" && colours.backgroundColor === "rgb(255, 255, 255)" ? [] : ["colours"]),
    ...(shown("h1").length ? [] : ["no heading"]),
  ];
}"""

# What is folded is not counted.
TABLES: Final = "[...document.querySelectorAll('main table')].filter((one) => one.checkVisibility()).length"


def test_on_paper_pages_are_black_on_white_and_whole(open_browser: Any, walk: Walk) -> None:
    # A page of letter size between the margins of print.css has this width; one of A4 has a little less.
    page, found = open_browser(scheme="dark", width=725, quiet=False), []
    for path in walk(page):
        tables = page.evaluate(TABLES)
        page.emulate_media(media="print")
        page.evaluate(OVER)
        if (kept := page.evaluate(TABLES)) != tables:
            found.append(f"{path} of {tables} tables, {kept} are on paper")
        found += [f"{path} {said}" for said in page.evaluate(PRINTED)]
        page.emulate_media(media="screen")
    assert not found, "\n".join(found)


def test_charts_are_drawn_for_paper(officer: Any, open_browser: Any, sign_in: Any) -> None:
    """In the dark, axes are light; on paper they would vanish."""
    page = sign_in(open_browser(scheme="dark"))
    page.wait_for_function("() => globalThis.Chart?.defaults.color === 'rgb(159, 179, 174)'")
    page.emulate_media(media="print")
    page.wait_for_function("() => globalThis.Chart.defaults.color === 'rgb(51, 51, 51)'")
    assert page.pdf().startswith(b"%PDF")


def test_axe_finds_nothing_serious_in_what_opens(desk_page: Page) -> None:
    def found() -> Any:
        desk_page.evaluate(AXE.read_text())
        return desk_page.evaluate(RUN)

    desk_page.get_by_label("Account: amara").click()
    assert found() == []
    key(desk_page, "Escape", "?")
    assert found() == []
    desk_page.get_by_role("button", name="Show me around").click()
    for _ in range(6):
        assert found() == []
        key(desk_page, "ArrowRight")
