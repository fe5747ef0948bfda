"""The days of those who do not decide: auditor, data scientist, ops; and of who says what each may."""

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from argus_records.models import Alert, AuditEvent, Case
from argus_records.services.approvals import case_close_propose
from argus_records.services.cases.desk import case_note
from argus_records.services.lists import list_entries_add
from playwright.sync_api import Page, expect
from records_factories import case
from web_days import NOTE, flagged, post

pytestmark = [pytest.mark.browser]

CUSTOMER: Final = "customer-0042"
HIDDEN: Final = "•••042"
Comes = Callable[..., Page]
# Of one's own account, one's own views and notices; and personal data, which is shown to who may see it.
OWN: Final = re.compile(r"^/(logout|account|help|views|notices)/|/reveal/$")


@pytest.fixture
def comes(person: Callable[..., Any], open_browser: Callable[..., Page], sign_in: Callable[..., Page]) -> Comes:
    """The browser of somebody new with these roles. What is refused by hand stands in its console."""

    def came(name: str, *roles: str) -> Page:
        person(name, *roles)
        return sign_in(open_browser(quiet=False), name)

    return came


def changing(page: Page) -> list[str]:
    """Where forms of this page would post to, one's own matters apart."""
    asked = "all => all.map(form => new URL(form.action).pathname)"
    posts = page.locator("form[method=post]").evaluate_all(asked)
    return [path for path in posts if not OWN.search(path)]


def test_an_auditor_reads_everything_and_changes_nothing(comes: Comes) -> None:
    made, large = flagged(customer_id=CUSTOMER, device_id="device-77-secret"), case(amount="20000", customer_id="c-2")
    case_note(case_id=made.pk, note="She is known here.", actor="user:amara")
    wanted = case_close_propose(
        case_id=large.pk, seen=large.version, disposition="confirmed_fraud", note="Forged.", actor="user:amara"
    )
    list_entries_add(name="blocked_customers", values=["m-1"], reason="mule", expires_at=None, actor="user:sol")
    page = comes("iris", "auditor")
    version = AuditEvent.objects.latest("id").pk
    for path, shown in {
        "/": "Overview",
        "/overview/trends/": "Trends",
        "/cases/?pile=all": CUSTOMER,
        f"/cases/{made.pk}/": "She is known here.",
        "/approvals/": "Close case",
        f"/approvals/{wanted.pk}/": "What it would change",
        "/alerts/": "Alerts",
        "/transactions/": "Transactions",
        "/rules/": "Rules",
        "/rules/versions/": "Versions",
        "/rules/lists/blocked_customers/": "m-1",
        "/people/": "iris",
        "/people/roles/": "Who may what",
        "/audit/": "She is known here.",
        "/system/": "System",
    }.items():
        page.goto(path)
        expect(page.locator("main")).to_contain_text(shown)
        assert changing(page) == [], path
    case_path = f"/cases/{made.pk}"
    by_hand = {
        f"{case_path}/act/": {"action": "close", "seen": "1", "disposition": "no_action", "note": "x"},
        f"{case_path}/note/": {"note": "x"},
        f"{case_path}/watch/": {"on": "yes"},
        "/cases/next/": {},
        "/cases/bulk/": {"case": f"{made.pk}-1", "action": "release", "seen": "1", "do": "yes"},
        f"/approvals/{wanted.pk}/": {"action": "grant"},
        "/rules/lists/blocked_customers/": {"values": "x", "reason": "x"},
    }
    assert {path: post(page, path, **fields) for path, fields in by_hand.items()} == dict.fromkeys(by_hand, 403)
    changed = AuditEvent.objects.filter(pk__gt=version).exclude(action__startswith="login").exclude(action="refused")
    assert list(changed.exclude(object_type="user").values_list("action", flat=True)) == []
    assert sorted(Case.objects.values_list("state", flat=True)) == ["new", "pending_approval"]


def test_who_saw_personal_data_stands_in_the_audit_log(comes: Comes) -> None:
    made = flagged(customer_id=CUSTOMER, device_id="device-77-secret", ip_address="203.0.113.7")
    page = comes("iris", "auditor")
    page.goto(f"/cases/{made.pk}/")
    expect(page.locator(".facts").first).to_contain_text(CUSTOMER)
    assert "device-77-secret" not in page.content()
    assert "203.0.113.7" not in page.content()
    page.get_by_label("Why do you need to see what is hidden?").fill("Sample of the quarter.")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".facts").first).to_contain_text("device-77-secret")
    expect(page.locator(".facts").first).to_contain_text("203.0.113.7")
    page.goto("/audit/")
    page.get_by_label("To what").select_option("case")
    page.get_by_label("Its id").fill(str(made.pk))
    page.get_by_role("button", name="Apply").click()
    rows = page.locator("table.audit tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("iris")
    expect(rows.first).to_contain_text("Sample of the quarter.")
    expect(rows.last).to_contain_text("system")
    rows.first.get_by_role("link", name=f"Open case {made.pk}").click()
    expect(page).to_have_url(re.compile(f"/cases/{made.pk}/$"))


@pytest.mark.parametrize("role", ["data_scientist", "ops"])
def test_who_needs_no_names_sees_none(comes: Comes, role: str) -> None:
    made = flagged(customer_id=CUSTOMER, counterparty_id="payee-00991", device_id="device-77-secret")
    flagged(customer_id="other-1", device_id="device-77-secret")
    page = comes("dana", role)
    transaction = Alert.objects.get(case=made).transaction_id
    for path in (
        "/",
        "/cases/?pile=all",
        f"/cases/{made.pk}/",
        "/alerts/",
        "/transactions/",
        f"/transactions/{transaction}/",
    ):
        page.goto(path)
        if path == "/":
            expect(page.locator("#live")).to_have_text("Live")
            expect(page.locator("#newest li")).to_have_count(2)
        expect(page.locator("main")).to_contain_text(HIDDEN)
        for personal in (CUSTOMER, "payee-00991", "device-77-secret"):
            assert personal not in page.content(), (path, personal)
        expect(page.get_by_label("Why do you need to see what is hidden?")).to_have_count(0)
        assert changing(page) == [], path
    for path in (f"/cases/{made.pk}/reveal/", f"/transactions/{transaction}/reveal/"):
        assert post(page, path, reason="curious") == 403
    for path in ("/cases.csv?pile=all", "/alerts.csv", "/transactions.csv"):
        text = page.evaluate("async (path) => { const a = await fetch(path); return a.ok ? a.text() : ''; }", path)
        assert CUSTOMER not in text, path
        if path != "/transactions.csv":
            assert HIDDEN in text, path


def test_a_role_given_or_taken_holds_at_once(comes: Comes) -> None:
    made = flagged()
    nora = comes("nora", "ops")
    ada = comes("ada", "administrator")
    nora.goto(f"/cases/{made.pk}/")
    expect(nora.get_by_text("Your account reads cases.")).to_be_visible()

    def role(name: str, *, on: bool, why: str) -> None:
        ada.goto("/people/")
        ada.get_by_role("link", name="nora").click()
        ada.get_by_label(name, exact=False).set_checked(on)
        ada.locator("form.roles-alone").get_by_label("Why").fill(why)
        ada.get_by_role("button", name="Save the roles").click()
        expect(ada.get_by_role("status")).to_be_visible()

    role("officer", on=True, why="Joins the desk.")
    nora.reload()
    nora.get_by_label(NOTE).fill("A first one.")
    role("officer", on=False, why="Changed her mind.")
    # The page still shows the buttons; the server does not take them any more.
    nora.get_by_role("button", name="Approve: false positive").click()
    expect(nora.get_by_role("heading", level=1)).to_contain_text("not")
    made.refresh_from_db()
    assert made.state == "new"
    ada.reload()
    expect(ada.locator(".trail")).to_contain_text("Changed her mind.")
