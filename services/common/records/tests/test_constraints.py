"""Each named constraint, and the row that breaks it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import records_factories as make
from argus_records.models import (
    Alert,
    ApiKey,
    Approval,
    BacktestRun,
    Case,
    CaseEvidence,
    CaseNotice,
    CaseWatch,
    Decision,
    DecisionBatch,
    Invitation,
    Label,
    ListEntry,
    ListRevision,
    ManagedList,
    MemoryMark,
    PasswordLink,
    RollupMark,
    RuleHour,
    RuleSetVersion,
    RuleTally,
    SavedView,
    ScoreHour,
    ShadowBatch,
    Transaction,
    VolumeHour,
)
from django.db import IntegrityError, models, transaction

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    return {
        "client_id": make.client().pk, "transaction_id": "x", "digest": b"x" * 16, "occurred_at": NOW,
        "customer_id": "c", "shard": 0, "amount": 1, "currency": "EUR", "type": "other",
    } | changes  # fmt: skip


def batch(**changes: Any) -> dict[str, Any]:
    return {
        "worker": "w", "ruleset_id": RuleSetVersion.objects.get(state="live").pk, "feature_schema_id": "test",
        "code_version": "1", "size": 1, "reviewed": 0, "blocked": 0, "latency_counts": [1],
    } | changes  # fmt: skip


def key(**changes: Any) -> dict[str, Any]:
    return {
        "client_id": make.client().pk, "prefix": "p", "digest": b"d", "scopes": ["read"], "rate_limit": 1,
    } | changes  # fmt: skip


def version(**changes: Any) -> dict[str, Any]:
    return {"document": {}, "digest": "d", "author": "a"} | changes


def shadowed() -> dict[str, Any]:
    RuleSetVersion.objects.create(**version(state="shadow"))
    return {}


def tally(**changes: Any) -> dict[str, Any]:
    live = RuleSetVersion.objects.get(state="live")
    return {
        "day": NOW.date(), "ruleset": live, "shadow": False, "code": "c", "worker": "w", "hits": 0, "errors": 0,
    } | changes  # fmt: skip


def managed(**changes: Any) -> dict[str, Any]:
    return {"name": "mules", "kind": "customer", "purpose": "p", "author": "a"} | changes


def entry(**changes: Any) -> dict[str, Any]:
    made = {"list_id": "blocked_customers", "reason": "r", "author": "a", "added_revision": 1}
    if changes.get("value") == "taken":
        ListEntry.objects.create(value="taken", **made)
    return {"value": "x"} | made | changes


def shadow(**changes: Any) -> dict[str, Any]:
    return {
        "batch": DecisionBatch.objects.get(), "ruleset": RuleSetVersion.objects.get(state="live"), "reviewed": 0,
        "blocked": 0, "louder": 0, "quieter": 0, "errors": 0,
    } | changes  # fmt: skip


def volume(**changes: Any) -> dict[str, Any]:
    return {
        "hour": NOW, "currency": "EUR", "verdict": "block", "decisions": 1, "amount": 1, "fraud": 0, "fraud_amount": 0,
        "genuine": 0,
    } | changes  # fmt: skip


def hits(**changes: Any) -> dict[str, Any]:
    return {"hour": NOW, "currency": "EUR", "code": "c", "hits": 1, "fraud": 0, "genuine": 0} | changes


def scored(**changes: Any) -> dict[str, Any]:
    return {"hour": NOW, "model_version": "7", "bucket": 0, "decisions": 1} | changes


def backtest(**changes: Any) -> dict[str, Any]:
    return {
        "model": "", "first_day": NOW.date(), "last_day": NOW.date(), "minutes_per_alert": 30, "requested_by": "a",
        "state": "queued",
    } | changes  # fmt: skip


def case(**changes: Any) -> dict[str, Any]:
    return {
        "customer_id": "c", "priority": 1, "latest_at": NOW, "due_at": NOW, "alerts_count": 1, "score": 0.5,
        "blocked": False, "amount": 1, "currency": "EUR", "headline": "h",
    } | changes  # fmt: skip


def closed(**changes: Any) -> dict[str, Any]:
    return case(state="closed", disposition="no_action", closed_at=NOW, closed_by="a") | changes


def evidence(**changes: Any) -> dict[str, Any]:
    made = {
        "case": Case.objects.create(**case()), "name": "a.txt", "media_type": "text/plain", "size": 1,
        "sha256": "0" * 64, "content": b"a", "actor": "a",
    } | changes  # fmt: skip
    if changes.get("sha256") == "1" * 64:
        CaseEvidence.objects.create(**made)
    return made


def notice() -> dict[str, Any]:
    made = {"actor": "a", "case": Case.objects.create(**case()), "event": 1}
    CaseNotice.objects.create(**made)
    return made


def watch() -> dict[str, Any]:
    made = {"actor": "a", "case": Case.objects.create(**case())}
    CaseWatch.objects.create(**made)
    return made


def view() -> dict[str, Any]:
    made = {"actor": "a", "page": "cases", "name": "n", "query": "pile=mine"}
    SavedView.objects.create(**made)
    return made


def approval(**changes: Any) -> dict[str, Any]:
    made = {"kind": "ruleset_live", "subject": "1", "proposal": {}, "reason": "r", "proposed_by": "a"}
    if changes.get("subject") == "9":
        Approval.objects.create(**(made | changes))
    return made | changes


def invitation(**changes: Any) -> dict[str, Any]:
    if changes.get("username") == "taken":
        Invitation.objects.create(**invitation())
    return {
        "username": "nora", "roles": ["officer"], "digest": b"d" if "username" not in changes else b"e",
        "invited_by": "user:ada", "invited_at": NOW, "expires_at": NOW + timedelta(hours=72),
    } | changes | ({"username": "nora"} if changes.get("username") == "taken" else {})  # fmt: skip


def password_link(**changes: Any) -> dict[str, Any]:
    if changes.get("digest"):
        PasswordLink.objects.create(**password_link())
    return {
        "username": "nora", "digest": b"d", "made_by": "user:ada", "made_at": NOW,
        "expires_at": NOW + timedelta(hours=72),
    } | changes  # fmt: skip


BREAKS: list[tuple[str, type[models.Model], Any]] = [
    ("transaction_amount_positive", Transaction, lambda: row(amount=0)),
    ("transaction_currency_form", Transaction, lambda: row(currency="eur")),
    ("transaction_type_known", Transaction, lambda: row(type="gift")),
    ("transaction_shard_range", Transaction, lambda: row(shard=64)),
    ("transaction_coordinates_range", Transaction, lambda: row(latitude=91.0, longitude=0.0)),
    ("transaction_once_per_client", Transaction, lambda: row(transaction_id="t")),
    ("api_key_scopes_known", ApiKey, lambda: key(scopes=["all"])),
    ("api_key_scopes_known", ApiKey, lambda: key(scopes=[])),
    ("api_key_rate_limit_positive", ApiKey, lambda: key(rate_limit=0)),
    ("volume_hour_counts", VolumeHour, lambda: volume(fraud=1, genuine=1)),
    ("volume_hour_counts", VolumeHour, lambda: volume(fraud=-1)),
    ("volume_hour_amounts", VolumeHour, lambda: volume(fraud_amount=2)),
    ("volume_hour_amounts", VolumeHour, lambda: volume(fraud_amount=-1)),
    ("rule_hour_counts", RuleHour, lambda: hits(fraud=1, genuine=1)),
    ("rule_hour_counts", RuleHour, lambda: hits(genuine=-1)),
    ("score_hour_counts", ScoreHour, lambda: scored(decisions=0)),
    ("score_hour_bucket", ScoreHour, lambda: scored(bucket=-1)),
    ("score_hour_bucket", ScoreHour, lambda: scored(bucket=15)),
    ("rollup_mark_is_one", RollupMark, lambda: {"id": 2, "position": 0, "label": 0}),
    ("decision_batch_model_and_digest", DecisionBatch, lambda: batch(model_version="3")),
    ("decision_batch_tallies", DecisionBatch, lambda: batch(reviewed=1, blocked=1)),
    ("decision_batch_whole_memory", DecisionBatch, lambda: batch(memory_position=1)),
    ("decision_batch_whole_memory", DecisionBatch, lambda: batch(memory_label=1)),
    ("decision_batch_whole_memory", DecisionBatch, lambda: batch(memory_position=-1, memory_label=0)),
    ("memory_mark_is_one", MemoryMark, lambda: {"id": 2, "position": 0, "label": 0}),
    ("decision_batch_lists_and_when", DecisionBatch, lambda: batch(lists_revision=1)),
    ("ruleset_state_known", RuleSetVersion, lambda: version(state="mine")),
    ("ruleset_one_shadow", RuleSetVersion, lambda: version(state="shadow") | shadowed()),
    ("rule_tally_counts", RuleTally, lambda: tally(hits=-1)),
    ("managed_list_kind_known", ManagedList, lambda: managed(kind="ip")),
    ("managed_list_name_form", ManagedList, lambda: managed(name="My list")),
    ("list_entry_value_given", ListEntry, lambda: entry(value="")),
    ("list_entry_reason_given", ListEntry, lambda: entry(reason="")),
    ("list_entry_once", ListEntry, lambda: entry(value="taken")),
    ("list_entry_removed_by_whom_and_why", ListEntry, lambda: entry(removed_revision=9)),
    ("list_revision_one_row", ListRevision, lambda: {"id": 2, "revision": 1}),
    ("shadow_batch_tallies", ShadowBatch, lambda: shadow(louder=-1)),
    ("backtest_started_and_ended", BacktestRun, lambda: backtest(state="lost", finished_at=NOW)),
    ("backtest_model_form", BacktestRun, lambda: backtest(model="3; drop")),
    ("backtest_model_form", BacktestRun, lambda: backtest(model="0")),
    ("backtest_days_in_order", BacktestRun, lambda: backtest(last_day=datetime(2026, 3, 1, tzinfo=UTC).date())),
    ("backtest_minutes", BacktestRun, lambda: backtest(minutes_per_alert=0)),
    ("backtest_started_and_ended", BacktestRun, lambda: backtest(state="running")),
    ("backtest_started_and_ended", BacktestRun, lambda: backtest(state="queued", finished_at=NOW)),
    ("backtest_started_and_ended", BacktestRun, lambda: backtest(state="stopped")),
    ("backtest_result_when_done", BacktestRun, lambda: backtest(state="done", finished_at=NOW)),
    ("backtest_result_when_done", BacktestRun, lambda: backtest(result={})),
    ("backtest_error_when_failed", BacktestRun, lambda: backtest(state="failed", finished_at=NOW)),
    ("backtest_error_when_failed", BacktestRun, lambda: backtest(error="e")),
    ("backtest_progress", BacktestRun, lambda: backtest(done=2, total=1)),
    ("case_state_known", Case, lambda: case(state="lost")),
    ("case_disposition_known", Case, lambda: closed(disposition="maybe")),
    ("case_priority_range", Case, lambda: case(priority=101)),
    ("case_has_alerts", Case, lambda: case(alerts_count=0)),
    ("case_held_by_somebody", Case, lambda: case(state="assigned")),
    ("case_held_by_somebody", Case, lambda: case(state="in_review")),
    ("case_held_by_somebody", Case, lambda: case(assignee="a")),
    ("case_waits_until", Case, lambda: case(state="waiting", assignee="a")),
    ("case_waits_until", Case, lambda: case(wait_until=NOW)),
    ("case_closed_as_what_by_whom_and_when", Case, lambda: case(state="closed")),
    ("case_closed_as_what_by_whom_and_when", Case, lambda: closed(disposition=None)),
    ("case_closed_as_what_by_whom_and_when", Case, lambda: closed(closed_by=None)),
    (
        "case_closed_as_what_by_whom_and_when",
        Case,
        lambda: closed(merged_into=Case.objects.create(**case())),
    ),
    ("case_closed_as_what_by_whom_and_when", Case, lambda: case(disposition="no_action")),
    ("case_evidence_once", CaseEvidence, lambda: evidence(sha256="1" * 64)),
    ("case_evidence_hash_form", CaseEvidence, lambda: evidence(sha256="x" * 64)),
    ("case_evidence_size", CaseEvidence, lambda: evidence(size=0)),
    ("case_evidence_size", CaseEvidence, lambda: evidence(size=10 * 2**20 + 1)),
    ("case_notice_once", CaseNotice, notice),
    ("case_watch_once", CaseWatch, watch),
    ("saved_view_name_once", SavedView, view),
    ("saved_view_named", SavedView, lambda: {"actor": "a", "page": "cases", "name": "", "query": ""}),
    ("approval_kind_known", Approval, lambda: approval(kind="holiday")),
    ("approval_reason_given", Approval, lambda: approval(reason="")),
    ("approval_one_waiting", Approval, lambda: approval(subject="9")),
    (
        "approval_not_by_its_author",
        Approval,
        lambda: approval(state="granted", decided_by="a", decided_at=NOW),
    ),
    (
        "approval_not_by_its_author",
        Approval,
        lambda: approval(state="refused", decided_by="a", decided_at=NOW),
    ),
    (
        "approval_not_by_its_author",
        Approval,
        lambda: approval(state="withdrawn", decided_by="b", decided_at=NOW),
    ),
    ("approval_not_by_its_author", Approval, lambda: approval(state="granted", decided_at=NOW)),
    ("invitation_one_open", Invitation, lambda: invitation(username="taken")),
    ("invitation_roles_given", Invitation, lambda: invitation(roles=[])),
    ("invitation_ends_later", Invitation, lambda: invitation(expires_at=NOW)),
    (
        "invitation_used_or_revoked",
        Invitation,
        lambda: invitation(accepted_at=NOW, revoked_at=NOW, revoked_by="user:ada"),
    ),
    ("invitation_revoked_by_whom", Invitation, lambda: invitation(revoked_at=NOW)),
    ("invitation_revoked_by_whom", Invitation, lambda: invitation(revoked_by="user:ada")),
    ("password_link_one_open", PasswordLink, lambda: password_link(digest=b"e")),
    ("password_link_ends_later", PasswordLink, lambda: password_link(expires_at=NOW)),
    ("password_link_used_or_void", PasswordLink, lambda: password_link(used_at=NOW, void_at=NOW)),
    ("password_link_not_for_its_maker", PasswordLink, lambda: password_link(made_by="user:nora")),
    (
        "ruleset_one_live",
        RuleSetVersion,
        lambda: {"document": {}, "digest": "d", "author": "a", "state": "live"},
    ),
]


@pytest.fixture
def filled(db: None) -> Alert:
    return make.alert(transaction_id="t")


@pytest.mark.parametrize(("name", "model", "values"), BREAKS, ids=[f"{b[0]}-{i}" for i, b in enumerate(BREAKS)])
def test_refused(filled: Alert, name: str, model: type[models.Model], values: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model._default_manager.create(**values())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("decision_score_range", {"score": 1.5}),
        ("decision_verdict_known", {"verdict": "maybe"}),
    ],
)
def test_decision_refused(filled: Alert, name: str, changes: dict[str, Any]) -> None:
    accepted = make.accept(make.new_transaction())[0]
    values = {
        "id": 1, "batch_id": DecisionBatch.objects.get().pk, "transaction_id": accepted.id, "verdict": "approve",
        "score": 0.0, "reasons": [], "features": [],
    } | changes  # fmt: skip
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Decision.objects.create(**values)


def test_one_decision_per_transaction(filled: Alert) -> None:
    with pytest.raises(IntegrityError, match="transaction_id"), transaction.atomic():
        Decision.objects.create(
            id=1, batch_id=DecisionBatch.objects.get().pk, transaction_id=filled.transaction_id,
            verdict="approve", score=0.0, reasons=[], features=[],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("alert_status_known", {"status": "lost", "decided_by": "a", "decided_at": NOW}),
        ("alert_not_for_approvals", {"verdict": "approve"}),
        ("alert_decided_by_whom_and_when", {"status": "approved"}),
    ],
)
def test_alert_refused(filled: Alert, name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Alert.objects.filter(pk=filled.pk).update(**changes)


@pytest.mark.parametrize(("name", "label"), [("label_known", "maybe"), ("label_said_once", "fraud")])
def test_label_refused(filled: Alert, name: str, label: str) -> None:
    values = {"transaction_id": filled.transaction_id, "source": "s", "observed_at": NOW, "actor": "a"}
    Label.objects.create(label="fraud", **values)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Label.objects.create(label=label, **values)


def test_a_case_is_not_merged_into_itself(filled: Alert) -> None:
    made = Case.objects.create(**closed())
    with pytest.raises(IntegrityError, match="case_not_into_itself"), transaction.atomic():
        Case.objects.filter(pk=made.pk).update(merged_into=made, disposition=None)
