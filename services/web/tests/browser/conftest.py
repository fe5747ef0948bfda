"""Chromium, and pages that must not complain: an error in a page's console fails its test."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
Open = Callable[..., Page]


def _complains(said: ConsoleMessage) -> bool:
    """An error of the page. That the machine's networks change (a container elsewhere starts) is none of its doing."""
    return said.type == "error" and "ERR_NETWORK_CHANGED" not in said.text


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, for one module: while Playwright runs, so does its event loop in this thread.

    Django takes that for asynchronous code; the tests use the database beside the loop, not inside it.
    """
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("these tests drive Chromium: apt-get install chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _toured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has taken the tour already, but where it is the matter."""
    if not getattr(request.module, "BEGINS_BY_ITSELF", False):
        monkeypatch.setattr("argus_web.help.context.tour_due", lambda request: False)


@pytest.fixture
def site(
    chromium: Browser,
    transactional_db: None,
    live_server: Any,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The dashboard's address, with a hub of this test's own."""
    from argus_web.dashboard import hub as hub_module
    from argus_web.dashboard import live
    from argus_web.dashboard.formats import published_summary
    from argus_web.events import events

    made = hub_module.Hub(snapshot=lambda: live.snapshots.get(), describe=published_summary, events=events, limit=8)
    monkeypatch.setattr(live, "hub", made)
    yield live_server.url
    made.serve_while(lambda: False)
    if made._thread is not None:
        made._thread.join(5)


@pytest.fixture
def open_browser(chromium: Browser, site: str) -> Iterator[Open]:
    """Opens a page in a browser of its own: ``width``, ``scheme``, and whether its console may complain."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(*, width: int = 1280, scheme: str = "light", quiet: bool = True) -> Page:
        context = chromium.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        if quiet:
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if _complains(said) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(password: str) -> Callable[[Page, str], Page]:
    """Signs in by the form."""

    def signed_in(page: Page, username: str = "amara") -> Page:
        page.goto("/login/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    return signed_in


@pytest.fixture
def desk_page(officer: Any, open_browser: Open, sign_in: Callable[[Page, str], Page]) -> Page:
    """The officer's browser, signed in."""
    return sign_in(open_browser(), "amara")
