"""A period replayed on the real ledger: as decided then, with other rules, with features computed again."""

import copy
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import records_factories as make
import trainer_factories as bank
from argus_engine.ruleset import default_ruleset
from argus_engine.window_replay import WindowReplay
from argus_records.models import Decision, ListEntry, Transaction
from argus_records.selectors import period
from argus_records.selectors import rulesets as selectors
from argus_records.services.feed import feed_place
from argus_records.services.lists import list_create, list_entries_add, list_entry_remove
from argus_records.services.rulesets import ruleset_create, ruleset_move
from argus_worker import rulesets
from argus_worker.backtests import source
from argus_worker.backtests.asked import Asked
from argus_worker.backtests.run import replay
from argus_worker.backtests.source import BacktestError, Period

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks that a small ledger has several of."""
    rulesets.load.cache_clear()
    rulesets._kept = None
    monkeypatch.setattr(source, "CHUNK", 170)


def seed(count: int, **said: Any) -> None:
    """A stream, decided, and its batches in the feed."""
    bank.seed_ledger(count, **said)
    feed_place()


def submit(items: list[Any]) -> None:
    """Some transactions, decided in small batches, and those in the feed."""
    make.accept(*items)
    bank.decide_all(limit=30)
    feed_place()


def days() -> tuple[date, date]:
    """All but the first ten and the last two days of the ledger."""
    at = Transaction.objects.order_by("occurred_at").values_list("occurred_at", flat=True)
    return (at[0] + timedelta(days=10)).date(), (at.last() - timedelta(days=2)).date()


def asked(ruleset: int | None = None, model: str = "", **changes: Any) -> Asked:
    first, last = days()
    return Asked(**({"ruleset": ruleset, "model": model, "first_day": first, "last_day": last,
                     "minutes_per_alert": 30} | changes))  # fmt: skip


def run(what: Asked) -> dict[str, Any]:
    return replay(what, lambda done, total: None)


def within() -> Any:
    first, last = days()
    return Decision.objects.filter(transaction__occurred_at__date__gte=first, transaction__occurred_at__date__lte=last)


def rule(code: str, when: Any, outcome: str = "review") -> dict[str, Any]:
    return {
        "code": code, "kind": "composed", "title": code, "citation": "", "enabled": True, "weight": 0.3,
        "outcome": outcome, "firm": False, "when": when, "message": ["It is so."],
    }  # fmt: skip


def saved(*rules: dict[str, Any], reporting: str | None = None) -> int:
    document = copy.deepcopy(default_ruleset().document())
    document["rules"] += rules
    if reporting is not None:
        document["reporting"]["amounts"]["EUR"]["amount"] = reporting
    return ruleset_create(document=document, actor="user:amara", note="try").pk


WINDOWED = [
    rule("many", {"window": {"of": "transactions", "by": "customer", "length": "7d", "agg": "distinct",
                             "field": "counterparty"}, "op": ">", "value": 4}),
    rule("largest", {"field": "amount", "op": ">=", "value":
                     {"window": {"of": "transactions", "by": "customer", "length": "36h", "agg": "max",
                                 "field": "amount"}, "times": 1.0}}, "score"),
]  # fmt: skip


def test_what_decided_then_decides_the_same_again() -> None:
    seed(900, frauds=30, seed=3)
    ruleset_move(version=saved(*WINDOWED), action="activate", actor="user:amara")
    seed(600, frauds=20, seed=4)  # reaches back into the same days
    found = run(asked())
    verdicts = list(within().values_list("verdict", flat=True))
    assert found["transactions"] == len(verdicts) > 700
    alerts = len(verdicts) - verdicts.count("approve")
    assert found["decided"] == found["asked"]
    assert found["asked"]["alerts"] == alerts > 0
    assert found["appear"]["count"] == found["disappear"]["count"] == 0
    hits = {one["code"]: one["hits"] for one in found["rules"]}
    reasons = [reason["code"] for (reasons,) in within().values_list("reasons") for reason in reasons]
    assert hits["many"] == reasons.count("many") > 0
    assert {code: count for code, count in hits.items() if count} == {
        code: reasons.count(code) for code in set(reasons) if code in hits
    }
    assert sum(day["review"] for day in found["days"]) == verdicts.count("review")
    fraud = within().filter(transaction__labels__label="fraud")
    assert found["labelled"]["fraud"] == fraud.count() > 0
    assert found["asked"]["recall"] == fraud.exclude(verdict="approve").count() / fraud.count()
    assert found["note"] is None


def test_stored_and_computed_features_give_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(700, frauds=20, seed=5)
    seed(300, seed=6)
    version = saved(*WINDOWED)
    stored = run(asked(version))
    assert stored["appear"]["count"] > 0
    monkeypatch.setattr("argus_worker.backtests.run.SCHEMA_DIGEST", "another")
    again = run(asked(version))
    assert again.pop("note") == (
        "Features were defined otherwise then, so they were computed again from the beginning of the ledger, with what "
        "was known then."
    )
    assert stored.pop("note") is None
    assert again == stored
    with pytest.raises(BacktestError, match="name a version"):
        run(asked())


def test_features_of_a_chunk_are_the_stored_ones_to_the_last_bit() -> None:
    seed(500, seed=7)
    spell = Period(*days())
    found = {
        row[0]: values for chunk in spell.stored([]) for row, values in zip(chunk.rows, chunk.features, strict=True)
    }
    expected = {key: np.array(row, float) for key, row in within().values_list("transaction_id", "features")}
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        np.testing.assert_array_equal(found[key], values)
    assert len(list(spell.stored([]))) > 2


def test_other_reporting_amounts_are_counted_with_features_of_their_own() -> None:
    made = bank.stream(300, seed=8)
    for item, _ in made:
        object.__setattr__(item, "type", "cash_deposit")
    submit([item for item, _ in made])
    version = saved(reporting="30")
    found = run(asked(version))
    assert found["note"].startswith("The reporting amounts differ from those of then")
    hits = {one["code"]: one["hits"] for one in found["rules"]}
    assert hits["reporting_threshold"] == within().filter(transaction__amount__gte=30).count() > 0
    # Live from here on, it decides so.
    ruleset_move(version=version, action="activate", actor="user:amara")
    assert run(asked(version))["asked"] == found["asked"]


def test_lists_are_those_of_then() -> None:
    list_create(name="mules", kind="customer", purpose="p", actor="user:amara")
    on_list = {"list": "mules", "field": "customer"}
    made = bank.stream(400, seed=9)
    items = [item for item, _ in made]

    def entries(*values: str, until: datetime | None = None) -> Any:
        return list_entries_add(name="mules", values=list(values), reason="r", expires_at=until, actor="user:amara")

    ruleset_move(version=saved(rule("mule", on_list)), action="activate", actor="user:amara")
    submit(items[:100])
    soon = datetime.now(UTC) + timedelta(seconds=1)
    entries("customer-1", "customer-2", until=soon)
    entries("customer-3")
    submit(items[100:200])
    while datetime.now(UTC) <= soon:
        time.sleep(0.05)
    submit(items[200:300])
    list_entry_remove(entry_id=ListEntry.objects.get(value="customer-3").pk, why="w", actor="user:amara")
    submit(items[300:])
    version = saved(rule("mule", on_list), rule("other", {"field": "hour", "op": ">", "value": 23}))
    found = run(asked(version))
    assert found["appear"]["count"] == found["disappear"]["count"] == 0
    hit = {one["code"]: one["hits"] for one in found["rules"]}["mule"]
    assert hit == sum("mule" in str(reasons) for (reasons,) in within().values_list("reasons")) > 0


def test_of_the_past_no_more_is_held_than_windows_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [item for item, _ in bank.stream(1500, seed=10)]
    for low in range(0, len(made), 10):
        submit(made[low : low + 10])
    held: list[int] = []
    advance = WindowReplay.advance

    def watched(self: WindowReplay, batch: Any) -> Any:
        values = advance(self, batch)
        held.append(self.held)
        return values

    monkeypatch.setattr(WindowReplay, "advance", watched)
    run(asked(saved(*WINDOWED)))
    assert len(held) > 4
    # Of forty days seven, a chunk, and what was decided close together.
    assert max(held) < 900
    monkeypatch.setattr(source, "MOST_HELD", 200)
    with pytest.raises(BacktestError, match="reaches back 7 days, over more than 200 transactions"):
        run(asked(saved(*WINDOWED)))


def test_a_model_that_cannot_be_had_is_told_before_anything_is_read() -> None:
    seed(50, seed=11)
    with pytest.raises(
        BacktestError, match=r"Version 7 of the model cannot be used: no model registry is configured\."
    ):
        run(asked(selectors.in_effect().live, "7"))
    with pytest.raises(BacktestError, match="no version 99 of the rule set"):
        run(asked(99))


def test_what_progress_raises_ends_the_run() -> None:
    seed(900, seed=12)
    told: list[tuple[int, int]] = []

    class Enough(Exception):
        pass

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if done > 200:
            raise Enough

    with pytest.raises(Enough):
        replay(asked(), progress)
    assert told[0][0] == 0
    assert 200 < told[-1][0] < told[-1][1] == within().count()


def test_an_empty_period_has_an_empty_result() -> None:
    found = run(Asked(None, "", date(2001, 1, 1), date(2001, 1, 31), 30))
    assert found["transactions"] == 0
    assert found["days"] == []
    assert period.position_now() == 0
