"""From the queue to recorded decisions, with the real engine on the real ledger."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson
import pytest
import records_factories as make
from argus_engine import catalogue
from argus_engine.memory.marks import Marks
from argus_engine.reasons import Reason
from argus_engine.replay import Replay
from argus_records.models import Alert, CustomerProfile, Decision, DecisionBatch, Pending
from argus_records.selectors.ledger import decided_transactions
from argus_records.selectors.personal import Parties
from argus_records.services.scoring import feature_schema_ensure
from argus_worker import publish, rulesets, scoring
from argus_worker.scoring import EngineFailure, score_claim
from argus_worker.shared import columns

NO_MODEL = (None, "no model has been registered yet")


@pytest.fixture(autouse=True)
def schema(db: None) -> None:
    rulesets.load.cache_clear()
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)


def run(**options: Any) -> scoring.Scored | None:
    return score_claim(**({"limit": 4096, "worker": "test", "rules": rulesets.in_force(), "model": NO_MODEL} | options))


def burst(count: int, **said: Any) -> list[Any]:
    return [
        make.new_transaction(occurred_at=make.START + timedelta(seconds=20 * number), **said) for number in range(count)
    ]


def test_an_ordinary_transaction_is_approved_and_says_that_no_model_took_part() -> None:
    make.accept(make.new_transaction())
    scored = run()
    assert scored is not None
    decision = Decision.objects.select_related("batch").get()
    assert decision.verdict == "approve"
    assert [reason["code"] for reason in decision.reasons] == ["model_unavailable"]
    assert "no model has been registered yet" in decision.reasons[0]["message"]
    assert (decision.batch.model_version, decision.batch.model_digest, decision.forest_score) == (None, None, None)
    assert len(decision.features) == len(catalogue.NAMES)
    assert Pending.objects.count() == 0
    assert run() is None


def test_a_burst_raises_an_alert_in_the_customers_own_numbers() -> None:
    make.accept(*burst(12))
    run()
    last = Decision.objects.order_by("id").last()
    assert last is not None
    assert last.verdict in {"review", "block"}
    messages = " ".join(reason["message"] for reason in last.reasons)
    assert "12" in messages
    assert "10 minutes" in messages
    alert = Alert.objects.get(transaction_id=last.transaction_id)
    assert alert.codes
    assert alert.headline in messages


def test_lists_say_what_a_rule_found_rather_than_that_it_is_suspicious() -> None:
    model = Reason("combination", "model", "All taken together. Less would do.", 0.9, {"cleared_by": "Less would do."})
    rule = Reason("velocity_count_10m", "rule", "This is the 12th transaction.", 0.5)
    passed = Reason("allow_list", "rule", "The customer is on an allow list.", 0.0)
    assert scoring.headline([model, rule, passed]) == "This is the 12th transaction."
    assert scoring.headline([model, passed]) == "All taken together."
    assert scoring.headline([]) == ""


def test_the_cut_into_claims_changes_nothing() -> None:
    items = [
        make.new_transaction(
            customer_id=f"c{number % 7}",
            occurred_at=make.START + timedelta(minutes=13 * (number - 9 * (number % 11 == 0))),
            amount=f"{number % 17 + 1}.50",
            counterparty_id=f"shop-{number % 5}",
        )
        for number in range(120)
    ]
    make.accept(*items)
    while run(limit=10) is not None:
        pass
    assert DecisionBatch.objects.count() > 3
    stored = dict(Decision.objects.values_list("transaction_id", "features"))
    replay = Replay(rulesets.in_force().compiled.feature_config)
    ledger = [row for chunk in decided_transactions() for row in chunk]
    # Nothing was folded in meanwhile: what customers share is as unknown at the end as in the beginning.
    found = replay.advance(columns(ledger), marks=Marks(*(np.zeros(len(ledger), np.int64) + k for k in (1, 0, 0))))
    for row, values in zip(ledger, found, strict=True):
        assert stored[row[0]] == [None if value != value else value for value in values.tolist()]


def test_a_transaction_that_breaks_the_engine_goes_to_a_person_and_the_rest_is_scored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make.accept(make.new_transaction(customer_id="good"), make.new_transaction(customer_id="poison"))
    real = scoring.advance

    def advance(batch: Any, *rest: Any, **also: Any) -> Any:
        if "poison" in batch.customer:
            raise ArithmeticError("broken")
        return real(batch, *rest, **also)

    monkeypatch.setattr(scoring, "advance", advance)
    with pytest.raises(EngineFailure):
        run()
    assert Decision.objects.count() == 0
    assert Pending.objects.count() == 2
    assert run(alone=True) is not None
    assert run(alone=True) is not None
    verdicts = dict(Decision.objects.values_list("transaction__customer_id", "verdict"))
    assert verdicts == {"good": "approve", "poison": "review"}
    alert = Alert.objects.get()
    assert (alert.customer_id, alert.codes) == ("poison", ["engine_error"])
    assert "ArithmeticError" in alert.headline


def test_a_damaged_state_goes_to_a_person_once_and_heals() -> None:
    make.accept(make.new_transaction())
    run()
    CustomerProfile.objects.update(state=b"damaged")
    make.accept(make.new_transaction())
    with pytest.raises(EngineFailure):
        run()
    run(alone=True)
    assert Alert.objects.get().codes == ["engine_error"]
    make.accept(make.new_transaction())
    run()
    assert Alert.objects.count() == 1


def test_nothing_is_recorded_when_recording_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    make.accept(*burst(12))

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the last statement fails")

    monkeypatch.setattr(scoring.ledger, "_keep_state", fail)
    with pytest.raises(RuntimeError, match="last statement"):
        run()
    assert Pending.objects.count() == 12
    assert not Decision.objects.exists()
    assert not Alert.objects.exists()
    assert not DecisionBatch.objects.exists()


def test_a_new_rule_set_holds_from_the_next_batch() -> None:
    from argus_records.models import RuleSetVersion
    from argus_records.services.rulesets import ruleset_create

    make.accept(make.new_transaction(customer_id="suspect"))
    run()
    document = RuleSetVersion.objects.get(state="live").document
    document["lists"]["blocked_customers"] = ["suspect"]
    version = ruleset_create(document=document, actor="user:officer", note="block", live=True)
    make.accept(make.new_transaction(customer_id="suspect"))
    run()
    verdicts = Decision.objects.order_by("id").values_list("verdict", "batch__ruleset_id")
    assert [verdict for verdict, _ in verdicts] == ["approve", "block"]
    assert verdicts[1][1] == version.pk


def test_what_is_published_says_whom_its_headline_may_name(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    monkeypatch.setattr(publish.runtime, "live", lambda: SimpleNamespace(publish=lambda _, event: heard.append(event)))
    make.accept(*burst(12, counterparty_id="shop-4711", device_id="device-1"))
    scored = run()
    assert scored is not None
    publish.publish(scored)
    (event,) = heard
    alerts = orjson.loads(event)["alerts"]
    assert alerts
    for alert in alerts:
        parties = Parties(**alert["names"])
        assert (parties.customer_id, parties.counterparty_id, parties.device_id) == (
            alert["customer_id"], "shop-4711", "device-1",
        )  # fmt: skip
