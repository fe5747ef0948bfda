"""Stored decisions executed again: under other rules, lists and models since, with late events, and tampered with."""

import copy
import dataclasses
from datetime import timedelta
from typing import Any

import orjson
import pytest
import records_factories as make
import trainer_factories as bank
from argus_engine import catalogue
from argus_engine.ruleset import default_ruleset
from argus_records.models import Decision, DecisionBatch
from argus_records.services.lists import list_create, list_entries_add
from argus_records.services.rulesets import ruleset_create, ruleset_move
from argus_records.services.scoring import feature_schema_ensure
from argus_worker import replay, rulesets
from argus_worker.backtests import asked
from argus_worker.backtests.source import BacktestError
from argus_worker.scoring import score_claim
from django.db import connection
from models_made import label_free, learned

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = {
    "1": dataclasses.replace(label_free(), version="1", digest="a" * 64),
    "2": dataclasses.replace(learned(), version="2", digest="b" * 64),
}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A registry of two versions, in memory."""
    rulesets.load.cache_clear()
    rulesets._kept = None
    held = dict(MODELS)

    def get(_: asked.Models, version: str | None) -> Any:
        if version is not None and version not in held:
            raise BacktestError(f"Version {version} of the model cannot be used: there is no such version.")
        return None if version is None else held[version]

    monkeypatch.setattr(asked.Models, "get", get)
    return held


def submit(items: list[Any], model: str | None = None, limit: int = 40) -> None:
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)
    make.accept(*items)
    used = (MODELS[model], None) if model else (None, "the registry was away")
    while score_claim(limit=limit, worker="w", rules=rulesets.in_force(), model=used):
        pass


def rule(code: str, when: Any, outcome: str = "review") -> dict[str, Any]:
    return {
        "code": code, "kind": "composed", "title": code, "citation": "", "enabled": True, "weight": 0.3,
        "outcome": outcome, "firm": False, "when": when, "message": ["It is so."],
    }  # fmt: skip


def activate(*rules: dict[str, Any]) -> None:
    document = copy.deepcopy(default_ruleset().document())
    document["rules"] += rules
    version = ruleset_create(document=document, actor="user:amara", note="try").pk
    ruleset_move(version=version, action="activate", actor="user:amara")


MANY = rule("many", {"window": {"of": "transactions", "by": "customer", "length": "9d", "agg": "distinct",
                                "field": "counterparty"}, "op": ">", "value": 3})  # fmt: skip


def test_a_thousand_decisions_are_proved_whatever_has_changed_since() -> None:
    items = [item for item, _ in bank.stream(1000, frauds=40, seed=21)]
    list_create(name="mules", kind="customer", purpose="p", actor="user:amara")
    submit(items[:250])
    activate(MANY, rule("mule", {"list": "mules", "field": "customer"}))
    submit(items[300:500], "1")
    list_entries_add(name="mules", values=["customer-1", "customer-2"], reason="r", expires_at=None, actor="user:amara")
    # They happened before what has been decided meanwhile.
    submit(items[250:300], "1")
    submit(items[500:750], "2", limit=200)
    list_entries_add(name="mules", values=["customer-3"], reason="r", expires_at=None, actor="user:amara")
    activate(rule("mule", {"list": "mules", "field": "customer"}, "block"))
    submit(items[750:], "2")
    ids = list(Decision.objects.values_list("pk", flat=True))
    results = list(replay.replay(ids))
    assert [one.sentence() for one in results if not one.same] == []
    assert [one.decision for one in results] == sorted(ids)
    assert len(ids) == 1000
    codes = [reason["code"] for (reasons,) in Decision.objects.values_list("reasons") for reason in reasons]
    assert {"many", "mule", "anomaly", "combination", "model_unavailable"} <= set(codes)


def tamper(decision: Decision, **changes: Any) -> None:
    """As somebody who owns the database could, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE decision DISABLE TRIGGER USER")
        Decision.objects.filter(pk=decision.pk).update(**changes)
        cursor.execute("ALTER TABLE decision ENABLE TRIGGER USER")


def one_of(verdict: str) -> Decision:
    found = Decision.objects.filter(verdict=verdict).order_by("pk").first()
    assert found is not None
    return found


def test_what_was_tampered_with_is_told_exactly() -> None:
    submit([item for item, _ in bank.stream(700, frauds=30, seed=22)], "1")
    alerted, quiet = one_of("review"), one_of("approve")
    reasons = copy.deepcopy(alerted.reasons)
    reasons[0]["message"] = "Nothing to see."
    tamper(alerted, reasons=reasons, score=0.123)
    tamper(quiet, verdict="block")
    first, second = sorted(replay.replay([alerted.pk, quiet.pk]), key=lambda one: one.decision != alerted.pk)
    assert not first.same
    assert [one.field for one in first.differences] == ["score", f"reason {reasons[0]['code']}: message"]
    assert first.differences[0].stored == 0.123
    assert first.differences[0].computed == alerted.score
    assert [dataclasses.astuple(one) for one in second.differences] == [("verdict", "block", "approve")]
    assert "verdict: stored 'block', now 'approve'" in second.sentence()
    features = list(quiet.features)
    features[catalogue.INDEX["count_10m"]] = 99.0
    tamper(quiet, verdict="approve", features=features)
    (third,) = replay.replay([quiet.pk])
    assert "reasons" in {one.field for one in third.differences}


def test_what_is_no_longer_there_is_named(registered: dict[str, Any]) -> None:
    submit([item for item, _ in bank.stream(60, seed=23)], "1")
    decision = one_of("approve")
    registered["1"] = dataclasses.replace(MODELS["1"], digest="c" * 64)
    (one,) = replay.replay([decision.pk])
    assert one.problem == (
        f"version 1 of the model is another now: its files have the digest {'c' * 64}, then {'a' * 64}."
    )
    del registered["1"]
    (one,) = replay.replay([decision.pk])
    assert "there is no such version" in one.sentence()
    assert not one.same


def test_other_features_and_engine_failures_are_not_passed_off_as_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    submit([item for item, _ in bank.stream(30, seed=24)])
    decision = one_of("approve")
    monkeypatch.setattr("argus_engine.catalogue.SCHEMA_DIGEST", "another")
    (one,) = replay.replay([decision.pk])
    assert "and this code computes another" in one.problem
    monkeypatch.undo()
    tamper(decision, reasons=[{"code": "engine_error", "kind": "rule", "message": "It failed.", "weight": 0.5}])
    (one,) = replay.replay([decision.pk])
    assert "there is nothing to execute" in one.problem


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    items = [item for item, _ in bank.stream(80, frauds=5, seed=25)]
    submit(items[:79], "2")
    make.accept(items[79])
    name = items[0].transaction_id
    assert replay.main([name]) == 0
    assert capsys.readouterr().out.endswith(": the same score, verdict and reasons.\n")
    assert replay.main(["--random", "50", "--json"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "50 of 50 decisions are the same."
    assert orjson.loads(said[-1]) == {"decisions": 50, "same": 50, "results": []}
    assert replay.main([items[79].transaction_id]) == 2
    assert "is not decided yet" in capsys.readouterr().err
    assert replay.main(["nothing-there", "--client", "core-banking"]) == 2
    assert "There is no transaction nothing-there of core-banking." in capsys.readouterr().err
    tamper(Decision.objects.get(transaction__transaction_id=name), score=0.9)
    assert replay.main([name, "--json"]) == 1
    assert orjson.loads(capsys.readouterr().out.splitlines()[-1])["results"][0]["differences"][0]["field"] == "score"
    for words in ([], [name, "--random", "3"], ["--random", "0"]):
        with pytest.raises(SystemExit):
            replay.main(words)


def test_the_same_id_of_two_clients_asks_whose(capsys: pytest.CaptureFixture[str]) -> None:
    item = bank.stream(1, seed=26)[0][0]
    submit([item])
    make.accept(
        dataclasses.replace(item, occurred_at=item.occurred_at + timedelta(seconds=1)), client_name="other-bank"
    )
    assert replay.main([item.transaction_id]) == 2
    assert "say --client, one of core-banking, other-bank" in capsys.readouterr().err
    assert replay.main([item.transaction_id, "--client", "core-banking"]) == 0
    assert DecisionBatch.objects.count() == 1
