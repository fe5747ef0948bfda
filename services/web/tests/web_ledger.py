"""A ledger in which every page has something to show, and long values where values can be long.

What stands in for data has no letters where the ledger allows that: a letter on a page is then a text of the page.
"""

import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson
from argus_records.models import Alert, Approval, Case, ListEntry, RuleSetVersion
from argus_records.selectors.rulesets import in_effect
from argus_records.services.approvals import (
    approval_grant,
    approval_refuse,
    case_close_propose,
    case_reopen_propose,
    list_add_propose,
    list_remove_propose,
    ruleset_live_propose,
)
from argus_records.services.backtests import (
    backtest_fail,
    backtest_finish,
    backtest_progress,
    backtest_request,
    backtest_stop,
    backtest_take,
)
from argus_records.services.cases.closing import case_close
from argus_records.services.cases.desk import (
    case_begin,
    case_escalate,
    case_note,
    case_wait,
    case_watch,
    cases_breach,
)
from argus_records.services.cases.evidence import evidence_add
from argus_records.services.cases.gather import cases_gather
from argus_records.services.cases.merging import case_merge
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.lists import list_create, list_entries_add, list_entry_remove
from argus_records.services.rulesets import ruleset_create, ruleset_move
from argus_records.services.shadow import NewDifference, NewShadow, shadow_store
from argus_records.services.tallies import rules_tally
from argus_records.services.training import training_record
from django.utils import timezone
from records_factories import accept, decide, new_transaction

LONG: Final = "7" * 64
WHO: Final = "user:4711"
OTHER: Final = "user:4712"
REASONS: Final = [
    {
        "code": "combination",
        "kind": "model",
        "message": "8" * 300,
        "weight": 0.6,
        "details": {
            "parts": {"amount": 0.4, "forest": 0.3, "rules": -0.2, "rule:velocity_count_1h": 0.1},
            "forest": {},
            "words": {},
            "cleared_by": "0 < 1",
        },
    },
    {"code": "velocity_count_1h", "kind": "rule", "message": "7 > 5", "weight": 0.3},
]
SIDE: Final = {
    "alerts": 3, "review": 2, "block": 1, "per_day": 1.5, "fraud": 1, "genuine": 1, "precision": 0.5, "recall": None,
    "hours": 1.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """Keys of what there is to look at, one for each state that its page tells apart."""

    alerts: list[int]
    cases: list[int]
    approvals: list[int]
    transactions: list[int]
    versions: list[int]
    rules: list[str]
    composed: str
    lists: list[str]
    runs: list[int]


def alerted(verdict: str = "review", **said: Any) -> Alert:
    accept(new_transaction(**said))
    stored = decide(verdict=verdict, reasons=orjson.dumps(REASONS).decode())
    assert stored is not None
    alert = Alert.objects.get(pk=stored.alerts[0][0])
    Alert.objects.filter(pk=alert.pk).update(headline="8" * 300)
    return alert


def _alerts() -> list[Alert]:
    long = alerted(
        customer_id=LONG, transaction_id=LONG, counterparty_id="6" * 64, device_id="5" * 64, country="DE",
        channel="pos", amount="9999999999999999.99", metadata={"4" * 40: "3" * 200}, type="card_payment",
        ip_address="2001:db8::1",
        latitude=52.5, longitude=13.4,
    )  # fmt: skip
    labels_add(
        client_id=long.transaction.client_id,
        actor=WHO,
        items=[LabelItem(LONG, label, "11", datetime.now(UTC)) for label in ("fraud", "genuine")],
    )
    return [long, alerted(customer_id=LONG), *[alerted(customer_id=str(number)) for number in range(20, 28)]]


def _cases() -> list[int]:
    """One in each state, the first with all that a case can have."""
    cases_gather()
    long = Case.objects.get(customer_id=LONG)
    case_note(case_id=long.pk, note="9" * 300, actor=WHO, mentioned=[OTHER])
    case_watch(case_id=long.pk, actor=WHO, on=True)
    evidence_add(case_id=long.pk, name="1" * 190 + ".txt", content=b"2", actor=WHO)
    taken, waiting, up, done, pending, again, gone, wide = Case.objects.exclude(pk=long.pk).order_by("id")
    noted = {"note": "9" * 200, "actor": WHO, "seen": 1}
    case_begin(case_id=taken.pk, seen=1, actor=WHO)
    case_wait(case_id=waiting.pk, until=timezone.now() + timedelta(days=3), **noted)
    case_escalate(case_id=up.pk, **noted)
    case_close(case_id=done.pk, disposition="false_positive", **noted)
    case_close_propose(case_id=pending.pk, disposition="suspicious_reported", **noted)
    case_close(case_id=again.pk, disposition="confirmed_fraud", **noted)
    case_reopen_propose(case_id=again.pk, note="8" * 100, actor=WHO, seen=2)
    approval_grant(approval_id=Approval.objects.latest("id").pk, actor=OTHER)
    case_merge(case_id=gone.pk, into=wide.pk, **noted)
    Case.objects.filter(pk=wide.pk).update(due_at=timezone.now() - timedelta(days=1))
    cases_breach()
    found = (long, taken, waiting, up, done, pending, again, gone, wide)
    return [case.pk for case in found]


def _approvals() -> list[int]:
    """One of each kind, and one of each end."""
    draft = RuleSetVersion.objects.filter(state="draft").latest("version")
    ruleset_live_propose(version=draft.pk, note="4" * 100, actor=WHO)
    added = {"name": "blocked_customers", "reason": "5" * 100, "expires_at": None, "actor": WHO}
    list_add_propose(values=["6" * 64], **added)
    off = list_add_propose(values=["7" * 64], **added)
    approval_refuse(approval_id=off.pk, actor=OTHER, answer="8" * 100)
    entry = ListEntry.objects.filter(removed_revision=None).first()
    assert entry is not None
    list_remove_propose(entry_id=entry.pk, why="9" * 100, actor=WHO)
    return list(Approval.objects.order_by("id").values_list("id", flat=True))


def _versions() -> list[int]:
    live = in_effect().live
    document = copy.deepcopy(RuleSetVersion.objects.get(pk=live).document)
    document["thresholds"]["review"] = 0.4
    del document["rules"][-1]
    document["rules"][0]["weight"] = 0.123
    saved = {"actor": WHO, "note": "2" * 300, "parent": live}
    shadow = ruleset_create(document=document, **saved).pk
    ruleset_move(version=shadow, action="shadow", actor=WHO, note="1" * 100)
    document["thresholds"]["review"] = 0.41
    draft = ruleset_create(document=document, **saved).pk
    accepted = accept(new_transaction(customer_id=LONG), new_transaction())
    stored = decide()
    assert stored is not None
    codes = ["velocity_count_1h"]
    different = NewDifference(accepted[0].id, "approve", "review", 0.45, codes, [], orjson.dumps(REASONS).decode())
    same = NewDifference(accepted[1].id, "approve", "approve", 0.2, [], codes, "[]")
    shadow_store(batch_id=stored.id, shadow=NewShadow(shadow, 1, 0, 1, 0, 1, [different, same]))
    rules_tally(version=live, shadow=False, worker="w", hits={"structuring": 1234}, errors={"structuring": 2})
    return [live, shadow, draft]


def _result() -> dict[str, Any]:
    named = {
        "id": 1, "day": "2026-03-01", "decided": "approve", "decided_score": 0.1, "verdict": "review", "score": 0.71,
        "label": "fraud", "codes": ["structuring"],
    }  # fmt: skip
    rule = {"hits": 8, "alerts": 4, "alone": 1, "fraud": 1, "genuine": 0}
    day = {"transactions": 40, "decided_review": 1, "decided_block": 0, "review": 2, "block": 1}
    return {
        "transactions": 4321, "labelled": {"fraud": 2, "genuine": 1}, "minutes_per_alert": 30.0,
        "days": [{"day": f"2026-03-{number:02}"} | day for number in range(1, 29)], "decided": SIDE, "asked": SIDE,
        "appear": {"count": 700, "named": [named]}, "disappear": {"count": 1, "named": [named]}, "by_model_alone": 2,
        "rules": [{"code": "structuring"} | rule, {"code": "velocity_count_1h"} | rule], "overlap": [[8, 3], [3, 8]],
        "errors": {"structuring": 1}, "note": "3" * 100, "seconds": 0.2,
    }  # fmt: skip


def _runs() -> list[int]:
    def asked() -> Any:
        return backtest_request(
            ruleset=in_effect().live, model="none", first_day=date(2026, 3, 1), last_day=date(2026, 3, 28),
            minutes_per_alert=30, actor=WHO,
        )  # fmt: skip

    def taken() -> Any:
        asked()
        return backtest_take(worker="w")

    done, failed, stopped = taken(), None, None
    backtest_finish(run=done, worker="w", result=_result())
    failed = taken()
    backtest_fail(run=failed, worker="w", error="5" * 200)
    stopped = asked()
    backtest_stop(run_id=stopped.pk, actor=WHO)
    running = taken()
    backtest_progress(run=running, done=10, total=40)
    return [done.pk, failed.pk, stopped.pk, running.pk, asked().pk]


def _lists() -> list[str]:
    list_create(name="mules", kind="counterparty", purpose="6" * 200, actor=WHO)
    said = {"reason": "7" * 200, "actor": WHO}
    list_entries_add(name="mules", values=["8" * 64, "9"], expires_at=datetime(2100, 1, 1, tzinfo=UTC), **said)
    list_entry_remove(entry_id=ListEntry.objects.get(value="9").pk, why="1" * 100, actor=WHO)
    return ["mules", "blocked_customers"]


def ledger() -> Made:
    """Make all of it."""
    alerts = _alerts()
    cases = _cases()
    versions = _versions()
    accept(*[new_transaction(customer_id=LONG, amount=f"{10 + number}.00") for number in range(60)])
    decide()
    pending = accept(new_transaction())[0].id
    training_record(outcome="refused", model="4", summary="5" * 80, seconds=65, code_version="6", version="8")
    lists = _lists()
    return Made(
        alerts=[alerts[0].pk],
        cases=cases,
        approvals=_approvals(),
        transactions=[alerts[0].transaction_id, pending],
        versions=versions,
        rules=["structuring", "allow_list"],
        composed="structuring",
        lists=lists,
        runs=_runs(),
    )
