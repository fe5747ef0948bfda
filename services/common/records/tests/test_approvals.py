"""Four eyes on rule sets and lists."""

import threading
from typing import Any

import pytest
import records_factories as make
from argus_engine.ruleset import default_ruleset
from argus_records.models import Approval, AuditEvent, ListEntry, RuleSetVersion
from argus_records.services.approvals import (
    ApprovalError,
    approval_grant,
    approval_refuse,
    approval_withdraw,
    case_close_propose,
    list_add_propose,
    list_remove_propose,
    ruleset_live_propose,
)
from argus_records.services.lists import ListError, list_entries_add
from argus_records.services.rulesets import RuleSetMoveError, ruleset_create, ruleset_move
from django.db import connection
from races import overtaken

AMARA, BEN = "user:amara", "user:ben"


def draft(limit: int = 7) -> RuleSetVersion:
    document: dict[str, Any] = default_ruleset().document()
    document["rules"] = document["rules"][:limit]
    return ruleset_create(document=document, actor=AMARA)


@pytest.mark.django_db
def test_a_rule_set_goes_live_by_a_second_person() -> None:
    version = draft()
    made = ruleset_live_propose(version=version.pk, note="quieter", actor=AMARA)
    assert RuleSetVersion.objects.get(pk=version.pk).state == "draft"
    with pytest.raises(ApprovalError, match="waits for approval already"):
        ruleset_live_propose(version=version.pk, note="again", actor=BEN)
    with pytest.raises(ApprovalError, match="Nobody approves"):
        approval_grant(approval_id=made.pk, actor=AMARA)
    approval_grant(approval_id=made.pk, actor=BEN)
    assert RuleSetVersion.objects.get(pk=version.pk).state == "live"
    assert AuditEvent.objects.get(action="ruleset.activated", object_id=version.pk).actor == BEN
    with pytest.raises(ApprovalError, match="ben was first: it is granted"):
        approval_refuse(approval_id=made.pk, actor="user:carla", answer="no")


@pytest.mark.django_db
def test_what_was_proposed_against_another_live_version_is_not_granted() -> None:
    version, other = draft(), draft(5)
    made = ruleset_live_propose(version=version.pk, note="n", actor=AMARA)
    ruleset_move(version=other.pk, action="activate", actor=BEN)
    with pytest.raises(ApprovalError, match="proposed anew"):
        approval_grant(approval_id=made.pk, actor=BEN)
    made.refresh_from_db()
    assert made.state == "waiting"
    with pytest.raises(RuleSetMoveError, match="is live"):
        ruleset_live_propose(version=other.pk, note="n", actor=AMARA)


@pytest.mark.django_db
def test_lists_change_by_a_second_person() -> None:
    made = list_add_propose(name="blocked_countries", values=["kp"], reason="law", expires_at=None, actor=AMARA)
    assert not ListEntry.objects.exists()
    approval_grant(approval_id=made.pk, actor=BEN)
    entry = ListEntry.objects.get()
    assert (entry.value, entry.author, entry.reason) == ("KP", BEN, "law")
    off = list_remove_propose(entry_id=entry.pk, why="lifted", actor=BEN)
    with pytest.raises(ApprovalError, match="waits for approval already"):
        list_remove_propose(entry_id=entry.pk, why="lifted", actor=AMARA)
    approval_grant(approval_id=off.pk, actor=AMARA)
    entry.refresh_from_db()
    assert entry.removed_why == "lifted"
    with pytest.raises(ApprovalError, match="off the list already"):
        list_remove_propose(entry_id=entry.pk, why="again", actor=BEN)


@pytest.mark.django_db
def test_what_could_not_be_done_is_not_proposed() -> None:
    with pytest.raises(ListError, match="ISO"):
        list_add_propose(name="blocked_countries", values=["Narnia"], reason="r", expires_at=None, actor=AMARA)
    with pytest.raises(ListError, match="reason"):
        list_add_propose(name="blocked_countries", values=["KP"], reason=" ", expires_at=None, actor=AMARA)
    assert not Approval.objects.exists()


@pytest.mark.django_db
def test_refused_with_a_reason_or_withdrawn_by_its_author() -> None:
    made = list_add_propose(name="blocked_countries", values=["KP"], reason="law", expires_at=None, actor=AMARA)
    with pytest.raises(ApprovalError, match="Say why"):
        approval_refuse(approval_id=made.pk, actor=BEN, answer=" ")
    with pytest.raises(ApprovalError, match="Withdraw your own"):
        approval_refuse(approval_id=made.pk, actor=AMARA, answer="no")
    with pytest.raises(ApprovalError, match="Only who proposed"):
        approval_withdraw(approval_id=made.pk, actor=BEN)
    approval_withdraw(approval_id=made.pk, actor=AMARA)
    with pytest.raises(ApprovalError, match="withdrawn"):
        approval_grant(approval_id=made.pk, actor=BEN)
    assert not ListEntry.objects.exists()
    assert list(AuditEvent.objects.filter(object_type="approval").values_list("action", flat=True).order_by("id")) == [
        "approval.proposed",
        "approval.withdrawn",
    ]


@pytest.mark.django_db
def test_what_fails_in_being_done_leaves_the_proposal_waiting() -> None:
    made = list_add_propose(name="blocked_customers", values=["x"], reason="r", expires_at=None, actor=AMARA)
    list_entries_add(name="blocked_customers", values=["x"], reason="r", expires_at=None, actor="system")
    entry = ListEntry.objects.get()
    approval_grant(approval_id=made.pk, actor=BEN)
    off = list_remove_propose(entry_id=entry.pk, why="w", actor=AMARA)
    from argus_records.services.lists import list_entry_remove

    list_entry_remove(entry_id=entry.pk, why="by hand", actor="system")
    with pytest.raises(ListError, match="already"):
        approval_grant(approval_id=off.pk, actor=BEN)
    off.refresh_from_db()
    assert off.state == "waiting"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told() -> None:
    case = make.case()
    made = case_close_propose(case_id=case.pk, seen=1, disposition="suspicious_reported", note="n", actor=AMARA)
    start = threading.Barrier(2)
    said: list[str] = []

    def decide(name: str) -> None:
        try:
            start.wait()
            if name == "ben":
                approval_grant(approval_id=made.pk, actor="user:ben")
            else:
                approval_refuse(approval_id=made.pk, actor="user:carla", answer="no")
            said.append("done")
        except ApprovalError as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[name]) for name in ("ben", "carla")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(text == "done" for text in said) == [False, True]
    assert "was first" in next(text for text in said if text != "done")


@pytest.mark.django_db(transaction=True)
def test_of_two_versions_granted_at_once_the_second_has_not_been_compared_with_the_first() -> None:
    one, two = draft(), draft(5)
    first = ruleset_live_propose(version=one.pk, note="n", actor=AMARA)
    second = ruleset_live_propose(version=two.pk, note="n", actor=AMARA)
    granted, told = overtaken(
        lambda: approval_grant(approval_id=first.pk, actor=BEN),
        lambda: approval_grant(approval_id=second.pk, actor="user:carla"),
    )
    assert granted.state == "granted"
    assert isinstance(told, ApprovalError)
    assert "proposed anew" in str(told)
    assert RuleSetVersion.objects.get(state="live") == one


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_the_same_value_off_a_list_one_is_told() -> None:
    list_entries_add(name="blocked_customers", values=["x"], reason="r", expires_at=None, actor="system")
    entry = ListEntry.objects.get()
    made, told = overtaken(
        lambda: list_remove_propose(entry_id=entry.pk, why="w", actor=AMARA),
        lambda: list_remove_propose(entry_id=entry.pk, why="w", actor=BEN),
    )
    assert Approval.objects.get() == made
    assert isinstance(told, ApprovalError)
