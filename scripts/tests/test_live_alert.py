"""An officer watches an alert appear: browser, gunicorn, Celery worker, all for real."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from argus_local.client import Client
from argus_local.stack import Stack
from playwright.sync_api import expect, sync_playwright

pytestmark = [pytest.mark.stack, pytest.mark.browser]

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def test_an_alert_appears_without_reload_and_is_decided(stack: Stack) -> None:
    password, name, customer = "correct horse battery", f"officer-{uuid4().hex[:8]}", f"c-{uuid4().hex[:8]}"
    stack.manage("officer_create", "--username", name, "--password-env", "PASSWORD", PASSWORD=password)
    client = Client(stack.url("web"), stack.api_key(client=f"browser-{uuid4().hex[:8]}"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{stack.url('web')}/login/")
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_url(f"{stack.url('web')}/")
        page.get_by_role("button", name="Skip the tour").click()
        expect(page.get_by_text(f"•••{customer[-3:]}")).to_have_count(0)
        page.evaluate("window.here = true")
        start = datetime.now(UTC) - timedelta(minutes=5)
        for number in range(9):
            body = {
                "transaction_id": f"{customer}-{number}",
                "occurred_at": (start + timedelta(seconds=10 * number)).isoformat(),
                "customer_id": customer,
                "amount": "3.50",
                "currency": "EUR",
                "type": "card_payment",
            }
            assert client.submit(body).status_code == 202
        # The stream is the same for every viewer: it shows the end of the customer's id.
        alert = page.get_by_text(f"•••{customer[-3:]}").first
        expect(alert).to_be_visible(timeout=20_000)
        assert page.evaluate("window.here") is True, "the page was loaded again"
        page.goto(f"{stack.url('web')}/alerts/?customer={customer}")
        page.locator(f"tr:has-text('{customer}') a").first.click()
        expect(page.get_by_text("within 10 minutes").first).to_be_visible()
        page.get_by_label("Why? The note stays with the case.").fill("Spoke to the customer: not theirs.")
        page.get_by_label("then the next case").uncheck()
        page.get_by_role("button", name="Block: fraud").click()
        expect(page.get_by_text("Spoke to the customer: not theirs.").first).to_be_visible()
        browser.close()
    client.close()
