"""The pages of rules, versions, shadows and lists: who sees and does what."""

import copy
from typing import Any

import pytest
from argus_records.models import Approval, AuditEvent, ListEntry, RuleSetVersion
from argus_records.selectors.rulesets import in_effect
from argus_records.services.approvals import approval_grant
from argus_records.services.lists import list_create, list_entries_add
from argus_records.services.rulesets import ruleset_create, ruleset_move
from argus_records.services.shadow import NewDifference, NewShadow, shadow_store
from argus_records.services.tallies import rules_tally
from argus_web.dashboard.headers import POLICY
from django.test import Client
from records_factories import accept, decide, new_transaction

pytestmark = pytest.mark.django_db

NEW = {
    "title": "Large transfers", "code": "large_transfers", "outcome": "review", "weight": "0.6", "citation": "",
    "before": "", "enabled": "yes", "message.size": "1", "message-0.say": "{amount} at once.", "note": "as agreed",
    "when.subject": "all", "when.size": "2",
    "when-0.subject": "field:type", "when-0.op": "=", "when-0.picked": "transfer",
    "when-1.subject": "field:amount", "when-1.op": ">", "when-1.against": "written", "when-1.text": "EUR 5000",
}  # fmt: skip


def live() -> int:
    return in_effect().live


def draft(**changes: Any) -> RuleSetVersion:
    document = copy.deepcopy(RuleSetVersion.objects.get(state="live").document)
    document["thresholds"]["review"] = 0.4
    return ruleset_create(**({"document": document, "actor": "user:dana", "note": "lower", "parent": live()} | changes))


def shadowed() -> RuleSetVersion:
    version = ruleset_move(version=draft().pk, action="shadow", actor="user:dana")
    accepted = accept(new_transaction(customer_id="c-shadow"), new_transaction())
    stored = decide()
    assert stored is not None
    different = NewDifference(accepted[0].id, "approve", "review", 0.45, ["velocity_count_1h"], [], "[]")
    same = NewDifference(accepted[1].id, "approve", "approve", 0.2, [], ["gone"], "[]")
    shadow_store(batch_id=stored.id, shadow=NewShadow(version.pk, 1, 0, 1, 0, 0, [different, same]))
    return version


def test_everybody_reads_the_rules(desk: Client) -> None:
    rules_tally(version=live(), shadow=False, worker="w", hits={"structuring": 1234}, errors={})
    page = desk.get("/rules/").content.decode()
    assert "A reportable sum split into parts" in page
    assert "1,234" in page
    assert "New rule" not in page
    page = desk.get(f"/rules/versions/{live()}/rule/structuring/").content.decode()
    assert "31 U.S.C. 5324" in page
    assert "not even the allow list lifts it" in page
    assert "Switch off" not in page
    assert "allow list" in desk.get(f"/rules/versions/{live()}/rule/allow_list/").content.decode()


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("desk", "get", "/rules/versions/{n}/new/", 403),
        ("desk", "post", "/rules/versions/{n}/new/", 403),
        ("desk", "post", "/rules/versions/{n}/rule/structuring/change/", 403),
        ("desk", "post", "/rules/lists/", 403),
        ("desk", "post", "/rules/lists/blocked_customers/", 403),
        ("scientist", "get", "/rules/versions/{n}/new/", 200),
        ("scientist", "post", "/rules/lists/blocked_customers/", 403),
        ("supervisor", "get", "/rules/versions/{n}/new/", 200),
        ("supervisor", "get", "/rules/versions/999/new/", 404),
        ("supervisor", "get", "/rules/versions/{n}/rule/allow_list/edit/", 404),
        ("supervisor", "get", "/rules/versions/{n}/rule/nothing/", 404),
        ("supervisor", "get", "/rules/lists/nothing/", 404),
        ("supervisor", "get", "/rules/versions/{n}/move/", 405),
    ],
)
def test_who_may(request: pytest.FixtureRequest, who: str, method: str, path: str, status: int) -> None:
    browser = request.getfixturevalue(who)
    assert getattr(browser, method)(path.format(n=live()), {}).status_code == status


def agree() -> None:
    """A second person agrees to what was proposed last."""
    approval_grant(approval_id=Approval.objects.latest("id").pk, actor="user:vera")


def test_drafting_watching_and_releasing_are_different_rights(scientist: Client, supervisor: Client) -> None:
    made = draft()
    path = f"/rules/versions/{made.pk}/"
    assert "Propose to put live" not in scientist.get(path).content.decode()
    asked = {"action": "activate", "seen": "draft", "note": "go"}
    assert scientist.post(f"{path}move/", asked).status_code == 403
    assert scientist.post(f"{path}move/", asked | {"action": "shadow"}).status_code == 302
    assert "Propose to put live" in supervisor.get(path).content.decode()
    assert supervisor.post(f"{path}move/", asked | {"seen": "shadow"}).status_code == 302
    assert live() != made.pk
    agree()
    assert live() == made.pk


def test_an_auditor_changes_nothing_whatever_else_they_are(supervisor: Client) -> None:
    from django.contrib.auth.models import Group, User

    User.objects.get(username="sol").groups.add(Group.objects.get(name="auditor"))
    assert supervisor.get(f"/rules/versions/{live()}/new/").status_code == 403


def test_a_new_rule_is_saved_as_a_draft(scientist: Client) -> None:
    first = live()
    answer = scientist.post(f"/rules/versions/{first}/new/", NEW | {"do": "save"})
    assert answer.status_code == 302, answer.content.decode()
    made = RuleSetVersion.objects.get(state="draft")
    assert (made.author, made.note, made.parent_id) == ("user:dana", "as agreed", first)
    assert made.document["rules"][-1]["when"] == {
        "all": [
            {"field": "type", "op": "=", "value": "transfer"},
            {"field": "amount", "op": ">", "value": {"amounts": {"EUR": "5000"}}},
        ]
    }
    page = scientist.get(answer["Location"]).content.decode()
    assert "large_transfers" in page
    assert "Large transfers: when the kind of transaction is transfer and the amount is more than 5,000.00 EUR" in page
    assert live() == first


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"note": ""}, "an examiner will read it"),
        ({"when-1.text": "EUR much"}, "ISO 4217"),
        ({"when-1.text": ""}, "needs something to be compared with"),
        ({"code": "structuring"}, "another rule has too"),
        ({"message-0.say": "{secret}"}, "neither a field"),
        ({"weight": "2"}, "less than or equal to 1"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(scientist: Client, changes: dict[str, str], said: str) -> None:
    answer = scientist.post(f"/rules/versions/{live()}/new/", NEW | changes | {"do": "save"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert "Large transfers" in page
    assert not RuleSetVersion.objects.filter(state="draft").exists()


def test_while_it_is_written_the_form_is_drawn_anew_with_the_rule_in_words(scientist: Client) -> None:
    answer = scientist.post(f"/rules/versions/{live()}/new/", NEW | {"do": "check"}, headers={"X-Fragment": "yes"})
    page = answer.content.decode()
    assert "<html" not in page
    assert (
        "When the kind of transaction is transfer and the amount is more than 5,000.00 EUR: ask for a review, "
        "with weight 0.6." in page
    )
    answer = scientist.post(f"/rules/versions/{live()}/new/", NEW | {"do": "add-test:when"})
    assert 'name="when-2.subject"' in answer.content.decode()


def test_an_empty_form_is_not_wrong(scientist: Client) -> None:
    assert "field-error" not in scientist.get(f"/rules/versions/{live()}/new/").content.decode()


def test_editing_moving_switching_and_taking_out(supervisor: Client) -> None:
    first = live()
    page = supervisor.get(f"/rules/versions/{first}/rule/velocity_count_1h/edit/").content.decode()
    assert 'value="velocity_count_24h" selected' in page
    path = f"/rules/versions/{first}/rule/structuring/"
    answer = supervisor.post(f"{path}change/", {"do": "off", "note": "too loud"})
    made = RuleSetVersion.objects.get(state="draft")
    assert answer["Location"] == f"/rules/versions/{made.pk}/"
    assert not next(rule for rule in made.document["rules"] if rule["code"] == "structuring")["enabled"]
    supervisor.post(f"/rules/versions/{made.pk}/rule/structuring/change/", {"do": "remove", "note": "gone"})
    made = RuleSetVersion.objects.get(state="draft")
    assert "structuring" not in {rule["code"] for rule in made.document["rules"]}
    answer = supervisor.post(
        f"/rules/versions/{first}/rule/high_risk_country/change/", {"do": "off", "note": ""}, follow=True
    )
    assert "an examiner will read it" in answer.content.decode()
    answer = supervisor.post(f"{path}edit/", NEW | {"code": "structuring", "before": "block_list", "do": "save"})
    assert answer.status_code == 302
    newest = RuleSetVersion.objects.order_by("version").last()
    assert newest is not None
    assert [rule["code"] for rule in newest.document["rules"]][:2] == ["structuring", "block_list"]


def test_a_version_shows_what_it_changed_and_rolls_back_with_a_note(supervisor: Client) -> None:
    first, made = live(), draft()
    page = supervisor.get(f"/rules/versions/{made.pk}/").content.decode()
    assert "thresholds review" in page
    assert "<del>0.5</del>" in page
    path = "/rules/versions/{}/move/"
    supervisor.post(path.format(made.pk), {"action": "activate", "seen": "draft", "note": "agreed"})
    agree()
    assert "Propose to roll back to this" in supervisor.get(f"/rules/versions/{first}/").content.decode()
    assert supervisor.post(path.format(first), {"action": "activate", "seen": "retired"}).status_code == 422
    supervisor.post(path.format(first), {"action": "activate", "seen": "retired", "note": "too many alerts"})
    assert "waits for a second person" in supervisor.get(f"/rules/versions/{first}/").content.decode()
    agree()
    assert live() == first
    assert AuditEvent.objects.get(action="approval.proposed", note="too many alerts").actor == "user:sol"
    assert "too many alerts" in supervisor.get(f"/rules/versions/{first}/").content.decode()
    assert "lower" in supervisor.get("/rules/versions/").content.decode()


def test_who_comes_second_is_told(supervisor: Client) -> None:
    made = draft()
    ruleset_move(version=made.pk, action="retire", actor="a")
    answer = supervisor.post(f"/rules/versions/{made.pk}/move/", {"action": "activate", "seen": "draft", "note": "go"})
    assert answer.status_code == 409
    assert "Somebody was first" in answer.content.decode()
    other = draft()
    newer = draft(parent=other.pk)
    answer = supervisor.post(f"/rules/versions/{other.pk}/new/", NEW | {"do": "save"})
    assert answer.status_code == 422
    assert f"Version {newer.pk}, by user:dana, has replaced this draft" in answer.content.decode()


def test_the_shadow_report(desk: Client) -> None:
    version = shadowed()
    page = desk.get(f"/rules/versions/{version.pk}/shadow/").content.decode()
    assert "2 transactions watched" in page
    assert "c-shadow" in page
    assert "−gone" not in page
    assert "−gone" in desk.get(f"/rules/versions/{version.pk}/shadow/?all=yes").content.decode()
    assert "It has watched nothing yet" in desk.get(f"/rules/versions/{live()}/shadow/").content.decode()
    for query in ("after=x", "after=%00", "after=" + "9" * 30, "all=maybe"):
        assert desk.get(f"/rules/versions/{version.pk}/shadow/?{query}").status_code == 200


# Lists


def test_a_list_is_made_filled_and_emptied(supervisor: Client) -> None:
    made = {"name": "mules", "kind": "counterparty", "purpose": "Seen taking stolen money"}
    assert supervisor.post("/rules/lists/", made)["Location"] == "/rules/lists/mules/"
    assert "There is a list mules already" in supervisor.post("/rules/lists/", made).content.decode()
    added = {"values": "m-1\nm-2\n", "reason": "told by the branch", "until": "2099-12-31", "tz": "Europe/Berlin"}
    page = supervisor.post("/rules/lists/mules/", added, follow=True).content.decode()
    assert "<ins>" in page
    assert "m-2" in page
    assert not ListEntry.objects.filter(list="mules").exists()
    agree()
    entry = ListEntry.objects.get(value="m-1")
    assert entry.expires_at is not None
    assert entry.expires_at.isoformat().startswith("2099-12-31T22:59:59")
    assert "told by the branch" in page
    supervisor.post(f"/rules/lists/entry/{entry.pk}/remove/", {"why": "cleared"})
    agree()
    assert "m-1" not in supervisor.get("/rules/lists/mules/?text=m-1").context["rows"]
    assert "taken off by vera: cleared" in supervisor.get("/rules/lists/mules/?past=yes").content.decode()
    page = supervisor.post(f"/rules/lists/entry/{entry.pk}/remove/", {"why": "again"}, follow=True).content.decode()
    assert "m-1 is off the list already" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"values": " "}, "This field is required"),
        ({"values": "x" * 65}, "longer than 64"),
        ({"reason": ""}, "This field is required"),
        ({"until": "2001-01-01"}, "expired already"),
        ({"until": "soon"}, "valid date"),
        ({"tz": "../../etc/passwd", "until": "2001-01-01"}, "expired already"),
    ],
)
def test_what_cannot_be_added(supervisor: Client, changes: dict[str, str], said: str) -> None:
    answer = supervisor.post("/rules/lists/blocked_customers/", {"values": "c-1", "reason": "r"} | changes)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_pages_have_nothing_inline(supervisor: Client) -> None:
    version = shadowed()
    list_create(name="mules", kind="counterparty", purpose="p", actor="a")
    list_entries_add(name="mules", values=["m"], reason="r", expires_at=None, actor="a")
    for path in (
        "/rules/", "/rules/versions/", f"/rules/versions/{version.pk}/", f"/rules/versions/{version.pk}/shadow/",
        f"/rules/versions/{version.pk}/new/", f"/rules/versions/{version.pk}/rule/structuring/",
        f"/rules/versions/{version.pk}/rule/velocity_amount_1h/edit/", "/rules/lists/", "/rules/lists/mules/",
    ):  # fmt: skip
        answer = supervisor.get(path)
        page = answer.content.decode()
        assert answer.status_code == 200, path
        assert answer["Content-Security-Policy"] == POLICY
        assert " style=" not in page, path
        assert " onclick=" not in page, path
        assert "<style" not in page, path
