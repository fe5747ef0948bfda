"""The page "System" and its state."""

import time
from typing import Any

import orjson
import pytest
import redis
from argus_records.models import Alert, RuleSetVersion
from argus_records.names import RedisKey
from argus_records.services.training import training_record
from argus_web.ops import figures, pages, system
from django.test import Client
from records_factories import accept, alert, decide, new_transaction

# Some figures are read on connections of their own, which see what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_states(monkeypatch: pytest.MonkeyPatch) -> None:
    system.reasons.forget()
    system.trainings.forget()
    monkeypatch.setattr(pages, "states", system.SystemStates())


def state() -> dict[str, Any]:
    made: dict[str, Any] = orjson.loads(system.SystemStates().get())
    return made


def beat(url: str, **said: Any) -> None:
    client = redis.Redis.from_url(url)
    worker = {"worker": "w1", "seen_at": time.time(), "model_version": "7", "ruleset_version": 1} | said
    client.hset(RedisKey.WORKERS, worker["worker"], orjson.dumps(worker))
    client.close()


def test_an_empty_ledger(redis_url: str) -> None:
    found = state()
    assert found["queue"] == {"depth": 0, "cap": 100_000, "oldest_s": None}
    assert found["workers"] == []
    live = RuleSetVersion.objects.get(state="live").version
    assert (found["model"]["version"], found["model"]["age_s"], found["model"]["ruleset"]) == (None, None, live)
    assert found["reasons"] == found["trainings"] == []
    assert found["desk"] == {"open": 0, "escalated": 0, "overdue": 0}
    assert {len(values) for name, values in found["minutes"].items() if name != "start"} == {60}


def test_what_came_what_was_decided_and_what_waits(redis_url: str) -> None:
    accept(*[new_transaction() for _ in range(3)])
    decide()
    accept(new_transaction(), new_transaction())
    found = state()
    minutes = found["minutes"]
    assert sum(minutes["total"]) == 3
    assert sum(minutes["received"]) == 5
    assert minutes["waiting"][-1] == found["queue"]["depth"] == 2
    assert minutes["longest"][-1] >= found["queue"]["oldest_s"] - 0.1
    assert [size for size in minutes["largest"] if size] == [3]
    assert [size for size in minutes["batch"] if size] == [3.0]


def test_the_model_is_that_of_the_workers(redis_url: str, settings: Any) -> None:
    settings.MODEL_MAX_AGE_HOURS = 10
    beat(redis_url, model_trained_at=time.time() - 7200, model_note="the registry is away")
    beat(redis_url, worker="w2", model_version="8", model_trained_at=time.time() - 3600)
    found = state()
    assert [(worker["name"], worker["model"]) for worker in found["workers"]] == [("w1", "7"), ("w2", "8")]
    assert found["workers"][0]["note"] == "the registry is away"
    assert found["workers"][0]["trained_at"].endswith("Z")
    assert (found["model"]["version"], found["model"]["max_age_s"]) == ("8", 36_000)
    assert 3500 < found["model"]["age_s"] < 7000


def test_a_worker_without_a_model(redis_url: str) -> None:
    beat(redis_url, model_version=None, model_trained_at=None, ruleset_version=None)
    found = state()
    (worker,) = found["workers"]
    assert (worker["model"], worker["trained_at"], worker["ruleset"]) == (None, None, None)
    assert found["model"]["age_s"] is None


def test_without_redis_nothing_is_said_of_workers(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "workers_running", lambda: None)
    assert state()["workers"] is None


def test_reasons_lead_to_their_alerts(redis_url: str, desk: Client) -> None:
    record = alert()
    Alert.objects.filter(pk=record.pk).update(codes=["a & b"])
    (reason,) = state()["reasons"]
    assert (reason["code"], reason["alerts"]) == ("a & b", 1)
    assert f'href="/alerts/{record.pk}/"' in desk.get(reason["address"]).content.decode()


def test_trainings_say_how_they_ended(redis_url: str) -> None:
    for outcome in ("promoted", "refused", "failed", "stopped"):
        training_record(outcome=outcome, model="m", summary=f"it was {outcome}", seconds=3.0, code_version="t")
    found = state()["trainings"]
    assert [(each["outcome"], each["tone"]) for each in found] == [
        ("stopped", ""), ("failed", "block"), ("refused", "review"), ("promoted", "approve"),
    ]  # fmt: skip
    assert found[0]["summary"] == "it was stopped"
    assert found[0]["at"].endswith("Z")


def test_room(redis_url: str, settings: Any) -> None:
    settings.DATABASE_CAPACITY_GIB = 2
    found = state()["room"]
    assert found["capacity"] == 2 * 2**30
    assert found["database"] > 2**20
    assert found["disk"]["path"] == settings.DISK_PATH
    settings.DATABASE_CAPACITY_GIB, settings.DISK_PATH = 0, "/nowhere/at/all"
    assert state()["room"] | {"database": 0} == {"database": 0, "capacity": None, "disk": None}


def test_the_page_carries_its_first_state_and_asks_on(desk: Client, redis_url: str) -> None:
    training_record(outcome="failed", model="m", summary="</script><b>", seconds=3.0, code_version="t")
    answer = desk.get("/system/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert answer.context["state"]["trainings"][0]["summary"] == "</script><b>"
    assert "</script><b>" not in page
    assert 'data-events="" data-snapshot="/system/state"' in page
    asked = desk.get("/system/state")
    assert asked["Cache-Control"] == "no-store"
    assert asked.json().keys() == answer.context["state"].keys()


def test_other_pages_keep_their_stream(desk: Client, redis_url: str) -> None:
    assert 'data-events="/live/events" data-snapshot="/live/snapshot"' in desk.get("/").content.decode()


@pytest.mark.parametrize("path", ["/system/", "/system/state"])
def test_it_is_for_those_who_are_signed_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")
