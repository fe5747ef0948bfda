"""Composed rules, windows, lists and shadows on the real ledger."""

import copy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import records_factories as make
from argus_engine import catalogue
from argus_engine.evaluate import evaluate
from argus_engine.managed import Entry, Lists
from argus_engine.replay import Replay
from argus_engine.ruleset import default_ruleset
from argus_engine.window_replay import WindowReplay
from argus_records.models import (
    AuditEvent,
    Decision,
    DecisionBatch,
    ListEntry,
    RuleTally,
    ShadowBatch,
    ShadowDecision,
    Transaction,
)
from argus_records.selectors import rulesets as selectors
from argus_records.selectors.ledger import decided_transactions
from argus_records.selectors.shadow import shadow_differences, shadow_rules, shadow_totals
from argus_records.services.lists import list_create, list_entries_add, list_entry_remove
from argus_records.services.rulesets import ruleset_create, ruleset_move
from argus_records.services.scoring import feature_schema_ensure
from argus_records.services.windows import FIELDS
from argus_worker import rulesets, shadow, windows
from argus_worker.scoring import score_claim
from argus_worker.shared import columns

NO_MODEL = (None, "no model has been registered yet")


@pytest.fixture(autouse=True)
def schema(db: None) -> None:
    rulesets.load.cache_clear()
    rulesets._kept = None
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)


def run(**options: Any) -> Any:
    return score_claim(**({"limit": 4096, "worker": "test", "rules": rulesets.in_force(), "model": NO_MODEL} | options))


def rule(code: str, when: Any, message: str = "It is so.", outcome: str = "review") -> dict[str, Any]:
    return {
        "code": code, "kind": "composed", "title": code, "citation": "", "enabled": True, "weight": 0.3,
        "outcome": outcome, "firm": False, "when": when, "message": [message],
    }  # fmt: skip


def window(length: str, agg: str, field: str | None = None, **only: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"of": "transactions", "by": "customer", "length": length, "agg": agg}
    return said | ({"field": field} if field else {}) | ({"only": only} if only else {})


def saved(*rules: dict[str, Any], action: str = "activate") -> int:
    document = copy.deepcopy(default_ruleset().document())
    document["rules"] += rules
    made = ruleset_create(document=document, actor="user:amara", note="try")
    ruleset_move(version=made.pk, action=action, actor="user:amara")
    return made.pk


WINDOWED = [
    rule("w45", {"window": window("45m", "count"), "op": ">", "value": 2, "name": "n"}, "{n} within 45 minutes."),
    rule("w3h", {"window": window("3h", "sum", "amount"), "op": ">", "value": {"amounts": {"EUR": "1"}}, "name": "n"},
         "{n} within 3 hours."),
    rule("w2d", {"window": window("2d", "distinct", "counterparty"), "op": ">", "value": 1, "name": "n"},
         "{n|number} counterparties within 2 days."),
    rule("w90", {"window": window("90d", "max", "amount", type=["cash_deposit"]), "op": "known", "name": "n"},
         "{n} is the largest deposit within 90 days."),
    rule("w30", {"window": window("30d", "average", "amount", country=["DE", "FR"]), "op": "known", "name": "n"},
         "{n} is the average within 30 days."),
]  # fmt: skip


def stream(count: int = 150) -> list[Any]:
    """Late and equal times, several currencies, nothing known here and there."""
    return [
        make.new_transaction(
            customer_id=f"c{number % 4}",
            occurred_at=make.START + timedelta(minutes=37 * (number - 40 * (number % 9 == 0)) // 2),
            amount=f"{number % 23 + 1}.{number % 7}0",
            currency="JPY" if number % 11 == 0 else "EUR",
            counterparty_id=f"shop-{number % 6}" if number % 5 else None,
            country=["DE", "FR", "US", None][number % 4],
            type="cash_deposit" if number % 3 == 0 else "card_payment",
        )
        if number % 11
        else make.new_transaction(customer_id="c0", amount=str(number + 1), currency="JPY", occurred_at=make.START)
        for number in range(count)
    ]


def messages() -> dict[int, list[str]]:
    """What was decided, by ledger id."""
    decided = Decision.objects.values_list("transaction_id", "reasons")
    return {ledger_id: [reason["message"] for reason in reasons] for ledger_id, reasons in decided}


def replayed() -> dict[int, list[str]]:
    """All decided transactions again, offline, as the engine reads them."""
    (rows,) = decided_transactions()
    batch, force = columns(rows), rulesets.in_force()
    features = Replay(force.compiled.feature_config).advance(batch)
    windows = WindowReplay(force.compiled.windows).advance(batch)
    judged = evaluate(batch, features, force.compiled, *NO_MODEL, windows=windows)
    said = [[reason.message for reason in reasons] for reasons in judged.reasons]
    return dict(zip(batch.ids.tolist(), said, strict=True))


def test_windows_are_the_same_live_and_replayed_however_the_stream_is_cut() -> None:
    saved(*WINDOWED)
    items = stream()
    for low in range(0, len(items), 17):
        make.accept(*items[low : low + 17])
        while run(limit=5) is not None:
            pass
    assert DecisionBatch.objects.count() > 20
    assert messages() == replayed()
    said = " ".join(message for told in messages().values() for message in told)
    for words in ("within 45 minutes", "within 3 hours", "counterparties within 2 days", "largest deposit", "average"):
        assert words in said


def test_many_rules_read_the_past_once_and_nothing_older_than_their_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    saved(*[part | {"code": f"{part['code']}_{copy}"} for copy in range(6) for part in WINDOWED])
    make.accept(*[make.new_transaction(occurred_at=make.START - timedelta(days=100)) for _ in range(50)])
    run()
    make.accept(*[make.new_transaction(occurred_at=make.START) for _ in range(5)])
    asked: list[dict[str, Any]] = []
    real = windows.window_sums

    def counted(**said: Any) -> Any:
        asked.append(said | {"rows": (found := real(**said))})
        return found

    monkeypatch.setattr(windows, "window_sums", counted)
    run()
    (once,) = asked
    # Five lengths, five transactions of one moment: the past of their customer is cut into five.
    assert len(once["customers"]) == 5
    assert once["rows"] == []
    last = Decision.objects.order_by("id").last()
    assert last is not None
    assert {reason["code"] for reason in last.reasons} >= {"w45_0", "w45_5"}


def test_the_fields_of_sums_are_those_of_the_engine() -> None:
    from argus_engine.aggregates import FIELDS as ENGINE_FIELDS

    assert tuple(FIELDS) == ENGINE_FIELDS


def test_the_language_knows_the_ledgers_choices() -> None:
    from argus_engine.rules.language.quantities import CHANNELS, TYPES
    from argus_records.models import Channel, ListKind, TransactionType

    assert list(TYPES) == TransactionType.values
    assert list(CHANNELS) == Channel.values
    assert set(ListKind.values) == {"customer", "counterparty", "country", "device"}


# Lists


def decided_by(customer: str = "c-1", **said: Any) -> tuple[str, list[str]]:
    (accepted,) = make.accept(make.new_transaction(customer_id=customer, **said))
    run()
    decision = make.decision_of(accepted)
    return decision.verdict, [reason["code"] for reason in decision.reasons if reason["kind"] == "rule"]


def test_a_list_holds_from_the_next_batch_until_it_is_taken_back() -> None:
    assert decided_by() == ("approve", [])
    list_entries_add(name="blocked_customers", values=["c-1"], reason="r", expires_at=None, actor="a")
    assert decided_by() == ("block", ["block_list"])
    list_entry_remove(entry_id=ListEntry.objects.get().pk, why="cleared", actor="a")
    assert decided_by() == ("approve", [])


def test_a_list_of_ones_own_says_why() -> None:
    list_create(name="mules", kind="counterparty", purpose="p", actor="a")
    list_entries_add(name="mules", values=["m-1"], reason="seen twice", expires_at=None, actor="a")
    saved(
        rule("mule", {"list": "mules", "field": "counterparty", "name": "m"}, "{listed} a mule: {m.reason}.", "block")
    )
    assert decided_by(counterparty_id="m-1") == ("block", ["mule"])
    last = Decision.objects.order_by("id").last()
    assert last is not None
    assert last.reasons[0]["message"] == "Counterparty m-1 is a mule: seen twice."


def test_what_has_expired_does_not_count_though_nothing_was_changed() -> None:
    list_entries_add(
        name="blocked_customers", values=["c-1"], reason="r", expires_at=make.START + timedelta(days=36500), actor="a"
    )
    assert decided_by() == ("block", ["block_list"])
    now = rulesets.in_force()
    entry = ListEntry.objects.get()
    assert entry.expires_at is not None
    later = Lists(now.lists.entries, now.lists.at + 10 * 36500 * 86_400 * 1_000_000)
    assert now.lists.find("blocked_customers", "c-1") == Entry("r", round(entry.expires_at.timestamp() * 1e6))
    assert later.find("blocked_customers", "c-1") is None


def test_a_decision_can_be_told_again_with_the_lists_of_its_moment() -> None:
    list_entries_add(name="blocked_customers", values=["c-1"], reason="r", expires_at=None, actor="a")
    assert decided_by() == ("block", ["block_list"])
    list_entry_remove(entry_id=ListEntry.objects.get().pk, why="cleared", actor="a")
    batch = DecisionBatch.objects.get()
    assert batch.lists_revision is not None
    assert batch.lists_at is not None
    rows = selectors.list_entries(names=["blocked_customers"], revision=batch.lists_revision, at=batch.lists_at)
    assert [(name, value) for name, value, _, _ in rows] == [("blocked_customers", "c-1")]
    assert rulesets.in_force().lists.find("blocked_customers", "c-1") is None


# Shadows


LOUD = rule("loud", {"field": "amount", "op": ">", "value": {"amounts": {"EUR": "100"}}}, outcome="block")


def test_a_shadow_is_recorded_where_it_differs_and_changes_nothing() -> None:
    version = saved(LOUD, action="shadow")
    make.accept(make.new_transaction(), make.new_transaction(amount="500.00", transaction_id="large"))
    run()
    assert set(Decision.objects.values_list("verdict", flat=True)) == {"approve"}
    (different,) = ShadowDecision.objects.select_related("transaction")
    assert different.transaction.transaction_id == "large"
    assert (different.decided, different.verdict, different.gained, different.lost) == (
        "approve",
        "block",
        ["loud"],
        [],
    )
    assert different.reasons[0]["message"] == "It is so."
    totals = shadow_totals(version=version)
    assert (totals.seen, totals.blocked, totals.decided_blocked, totals.louder, totals.quieter) == (2, 1, 0, 1, 0)
    assert shadow_rules(version=version) == [("loud", 1, 0)]
    assert len(shadow_differences(version=version, verdicts_only=True, before=None, limit=5)) == 1
    assert not AuditEvent.objects.filter(action="alert.opened").exists()
    tallies = RuleTally.objects.values_list("shadow", "code", "hits")
    assert list(tallies) == [(True, "loud", 1)]


def test_a_quieter_shadow_says_what_it_would_have_lost() -> None:
    saved(LOUD)
    shadow_version = saved(action="shadow")
    make.accept(make.new_transaction(amount="500.00"))
    run()
    assert Decision.objects.get().verdict == "block"
    different = ShadowDecision.objects.get()
    assert (different.verdict, different.lost) == ("approve", ["loud"])
    assert shadow_totals(version=shadow_version).quieter == 1


def test_a_shadows_windows_are_measured_too() -> None:
    saved(*WINDOWED[:1], action="shadow")
    make.accept(*[make.new_transaction(occurred_at=make.START + timedelta(seconds=n)) for n in range(4)])
    run()
    assert ShadowDecision.objects.filter(gained=["w45"]).count() == 2


@pytest.mark.parametrize("broken", ["evaluate", "shadow_store"])
def test_a_shadow_that_fails_costs_no_decision_anything(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    saved(LOUD, action="shadow")

    def fail(*_: Any, **__: Any) -> None:
        from django.db import connection

        if broken == "shadow_store":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        raise RuntimeError("no")

    monkeypatch.setattr(shadow, broken, fail)
    make.accept(make.new_transaction(amount="500.00"))
    assert run() is not None
    assert Decision.objects.get().verdict == "approve"
    assert not ShadowBatch.objects.exists()


def test_hits_of_the_live_rules_are_tallied() -> None:
    version = saved(LOUD)
    make.accept(make.new_transaction(amount="500.00"), make.new_transaction(amount="600.00"), make.new_transaction())
    run()
    assert selectors.rule_hits(version=version, days=1) == {"loud": {"hits": 2, "errors": 0}}


def test_large_amounts_and_every_currency_are_added_up(db: None) -> None:
    saved(*WINDOWED)
    make.accept(
        make.new_transaction(amount="9999999999999999.99"),
        make.new_transaction(amount="1.2345", currency="CLF"),
        make.new_transaction(amount="1", currency="JPY"),
    )
    run()
    make.accept(make.new_transaction(amount="9999999999999999.99"), make.new_transaction(amount="2", currency="JPY"))
    run()
    assert Decision.objects.count() == 5
    assert Transaction.objects.get(pk=Decision.objects.earliest("id").transaction_id).amount == Decimal(
        "9999999999999999.99"
    )
    assert messages() == replayed()
