"""An officer's day on the real pages: taking cases, deciding, handing on, and what is kept of it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argus_records.models import Alert, AuditEvent, Case, CaseEvidence, CaseNotice
from playwright.sync_api import Page, expect
from web_days import NOTE, flagged, key, on_case, several, stays

pytestmark = [pytest.mark.browser]

USUAL = "Customer confirmed the payment by phone."


def test_the_most_urgent_first_and_the_next_one_by_itself(desk_page: Page) -> None:
    calm, urgent = flagged(score=0.4, customer_id="calm"), flagged(score=0.99, customer_id="urgent")
    desk_page.goto("/cases/")
    key(desk_page, "n")
    on_case(desk_page, urgent.pk)
    expect(desk_page.get_by_text("Nine payments within minutes.")).to_be_visible()
    expect(desk_page.get_by_text("held by amara")).to_be_visible()
    key(desk_page, "a")
    note = desk_page.get_by_label(NOTE)
    expect(note).to_be_focused()
    expect(desk_page.get_by_text("Enter: Approve: false positive.")).to_be_visible()
    key(desk_page, "1")
    expect(note).to_have_value(USUAL)
    key(desk_page, "Enter")
    on_case(desk_page, calm.pk)
    expect(desk_page.get_by_role("status")).to_contain_text(f"Case {urgent.pk} is closed: false positive.")
    urgent.refresh_from_db()
    assert (urgent.state, urgent.disposition, urgent.closed_by) == ("closed", "false_positive", "user:amara")
    assert AuditEvent.objects.get(action="case.close").note == USUAL
    calm.refresh_from_db()
    assert (calm.state, calm.assignee) == ("in_review", "user:amara")


def test_a_key_only_arms_and_nothing_goes_without_a_note(desk_page: Page) -> None:
    made = flagged()
    desk_page.goto(f"/cases/{made.pk}/")
    key(desk_page, "b", "Enter")
    assert desk_page.get_by_label(NOTE).evaluate("note => note.validationMessage") == "Say why first."
    key(desk_page, "Escape")
    expect(desk_page.get_by_text("Enter: Block: fraud.")).to_be_hidden()
    made.refresh_from_db()
    assert made.state == "new"


def test_only_usual_reasons_that_fit_the_decision(desk_page: Page) -> None:
    made = flagged()
    desk_page.goto(f"/cases/{made.pk}/")
    reasons = desk_page.get_by_role("group", name="Usual reasons").get_by_role("button")
    expect(reasons).to_have_count(4)
    key(desk_page, "b", "1")
    expect(desk_page.get_by_label(NOTE)).to_have_value("")
    expect(reasons).to_have_text([re.compile("^3 Customer says"), re.compile("^4 The same pattern")])
    key(desk_page, "Escape", "a", "4")
    expect(desk_page.get_by_label(NOTE)).to_have_value("")
    key(desk_page, "2")
    expect(desk_page.get_by_label(NOTE)).to_have_value("Known payee, usual amount.")
    desk_page.get_by_label(NOTE).press("Escape")
    expect(reasons).to_have_count(4)


def test_a_closing_is_taken_back(desk_page: Page) -> None:
    made = flagged()
    desk_page.goto(f"/cases/{made.pk}/")
    stays(desk_page)
    key(desk_page, "b", "3", "Enter")
    expect(desk_page.get_by_role("heading", name="Decided", exact=True)).to_be_visible()
    key(desk_page, "u")
    expect(desk_page.get_by_role("status")).to_contain_text("Undone: the case is in review again.")
    made.refresh_from_db()
    assert (made.state, made.disposition, made.assignee) == ("in_review", None, "user:amara")
    assert [alert.status for alert in Alert.objects.filter(case=made)] == ["open"]


def test_a_closing_is_taken_back_from_the_next_case(desk_page: Page) -> None:
    slip, after = several(2)
    desk_page.goto(f"/cases/{slip.pk}/")
    key(desk_page, "b", "3", "Enter")
    on_case(desk_page, after.pk)
    key(desk_page, "u")
    on_case(desk_page, slip.pk)
    expect(desk_page.get_by_role("status")).to_contain_text("Undone: the case is in review again.")
    # Nothing is taken back twice, and what was said with it is not said again by itself.
    expect(desk_page.locator("form[data-undo]")).to_have_count(0)
    expect(desk_page.get_by_label(NOTE)).to_have_value("")
    # From the list too: behind the last case there is no next one.
    key(desk_page, "a", "1", "Enter")
    expect(desk_page.get_by_text("Nothing waits to be taken.")).to_be_visible()
    key(desk_page, "u")
    on_case(desk_page, slip.pk)
    assert set(Case.objects.values_list("state", flat=True)) == {"in_review"}


def test_enter_in_a_field_beside_does_what_stands_beside_it(desk_page: Page) -> None:
    """By itself it would press the form's first button: approve."""
    first = flagged()
    second = flagged(customer_id="c-2")
    desk_page.goto(f"/cases/{first.pk}/")
    stays(desk_page)
    desk_page.keyboard.press("Enter")
    desk_page.get_by_label(NOTE).fill("The same person under two names.")
    desk_page.get_by_text("Wait, assign, merge").click()
    desk_page.get_by_label("Merge into case").fill(str(second.pk))
    desk_page.get_by_label("Merge into case").press("Enter")
    expect(desk_page.get_by_role("status")).to_contain_text(f"Case {first.pk} is part of case {second.pk} now.")
    first.refresh_from_db()
    assert (first.merged_into_id, first.disposition) == (second.pk, None)


def test_escalating_waiting_and_handing_on(desk_page: Page, second_officer: Any) -> None:
    first, second, third = several(3)
    desk_page.goto(f"/cases/{first.pk}/")
    stays(desk_page)
    key(desk_page, "e")
    desk_page.keyboard.type("Too large for me.")
    key(desk_page, "Enter")
    expect(desk_page.get_by_role("status")).to_contain_text(f"Case {first.pk} is escalated.")
    expect(desk_page.get_by_text("It is escalated: supervisors decide on it.")).to_be_visible()

    # That it stays is remembered.
    desk_page.goto(f"/cases/{second.pk}/")
    expect(desk_page.get_by_label("then the next case")).not_to_be_checked()
    desk_page.get_by_label(NOTE).fill("Asked the branch.")
    desk_page.get_by_text("Wait, assign, merge").click()
    desk_page.get_by_label("Wait for information").select_option("a week")
    desk_page.get_by_role("button", name="Wait", exact=True).click()
    expect(desk_page.get_by_role("status")).to_contain_text(f"Case {second.pk} waits; it comes back by itself.")
    expect(desk_page.get_by_text("waits until")).to_be_visible()

    desk_page.goto(f"/cases/{third.pk}/")
    desk_page.get_by_text("Wait, assign, merge").click()
    desk_page.get_by_label("Assign to").select_option("bruno")
    desk_page.get_by_role("button", name="Assign", exact=True).click()
    expect(desk_page.get_by_role("status")).to_contain_text("is assigned to bruno")
    expect(desk_page.get_by_text("bruno holds this case.")).to_be_visible()
    states = dict(Case.objects.values_list("pk", "state"))
    assert states == {first.pk: "escalated", second.pk: "waiting", third.pk: "assigned"}
    assert CaseNotice.objects.filter(actor="user:bruno", case=third).count() == 1


def test_a_note_reaches_who_is_named(
    desk_page: Page, second_officer: Any, open_browser: Callable[..., Page], sign_in: Callable[..., Page]
) -> None:
    made = flagged()
    desk_page.goto(f"/cases/{made.pk}/")
    key(desk_page, "c")
    desk_page.keyboard.type("@bruno, did you not have her last week?")
    desk_page.get_by_role("button", name="Note", exact=True).click()
    expect(desk_page.get_by_role("status")).to_contain_text("The note is on the case.")
    bruno = sign_in(open_browser(), "bruno")
    bruno.get_by_role("link", name="1 notice that is new").click()
    expect(bruno.get_by_text("@bruno, did you not have her last week?")).to_be_visible()
    bruno.get_by_role("link", name=re.compile(f"case {made.pk}")).click()
    on_case(bruno, made.pk)
    expect(bruno.locator("#timeline blockquote")).to_have_text("@bruno, did you not have her last week?")


def test_evidence_is_put_to_a_case_and_what_is_none_is_refused(desk_page: Page, tmp_path: Path) -> None:
    made = flagged()
    letter, program = tmp_path / "letter.pdf", tmp_path / "letter2.pdf"
    letter.write_bytes(b"%PDF-1.7 from the bank")
    program.write_bytes(b"MZ not a letter")
    desk_page.goto(f"/cases/{made.pk}/")
    for path in (letter, program):
        desk_page.get_by_label("File", exact=True).set_input_files(path)
        desk_page.get_by_role("button", name="Add", exact=True).click()
        said = "The file is with the case." if path == letter else "letter2.pdf is not what its name says"
        expect(desk_page.get_by_role("status")).to_contain_text(said)
    with desk_page.expect_download() as taken:
        desk_page.locator("#evidence").get_by_role("link", name="letter.pdf").click()
    assert taken.value.path().read_bytes() == letter.read_bytes()
    assert CaseEvidence.objects.get().actor == "user:amara"


@pytest.mark.timeout(600)
def test_twenty_cases_by_keyboard_alone(desk_page: Page) -> None:
    made = several(20)
    key(desk_page, "g", "c")
    expect(desk_page).to_have_url(re.compile("/cases/$"))
    key(desk_page, "n")
    for number, one in enumerate(made):
        on_case(desk_page, one.pk)
        if number % 5 == 4:
            key(desk_page, "e")
            desk_page.keyboard.type("Beyond me.")
        else:
            key(desk_page, *(("b", "3") if number % 5 == 3 else ("a", "1")))
        key(desk_page, "Enter")
    expect(desk_page).to_have_url(re.compile("/cases/$"))
    expect(desk_page.get_by_role("status")).to_contain_text("Nothing waits to be taken.")
    expect(desk_page.get_by_role("heading", name="No case waits to be taken")).to_be_visible()
    by = {one: Case.objects.filter(disposition=one).count() for one in ("false_positive", "confirmed_fraud")}
    assert by == {"false_positive": 12, "confirmed_fraud": 4}
    assert Case.objects.filter(state="escalated").count() == 4
