"""From the account's menu to the report of a month and its paper; from a case to its file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from records_factories import case

pytestmark = pytest.mark.browser


def taken(page: Page, name: str) -> tuple[str, bytes]:
    """Name and content of the file behind a link."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_supervisor_takes_the_month_and_a_case_away(person: Any, open_browser: Any, sign_in: Any) -> None:
    record = case(amount="77.00")
    person("sol", "supervisor")
    page = sign_in(open_browser(), "sol")
    page.get_by_label("Account: sol").click()
    page.get_by_role("link", name="Reports").click()
    now = datetime.now(UTC)
    page.get_by_role("link", name=f"{now:%B %Y}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Report of {now:%B %Y}")
    expect(page.locator("main")).to_contain_text("The month is not over")
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-trend] canvas')].filter((one) => Chart.getChart(one)).length === 4"
    )
    name, content = taken(page, "PDF")
    assert (name, content[:5]) == (f"report-{now:%Y-%m}.pdf", b"%PDF-")
    page.goto(f"/cases/{record.pk}/")
    name, content = taken(page, "JSON")
    assert name == f"case-{record.pk}.json"
    assert json.loads(content)["case"]["amount"] == "77"
    name, content = taken(page, "PDF")
    assert (name, content[:5]) == (f"case-{record.pk}.pdf", b"%PDF-")
