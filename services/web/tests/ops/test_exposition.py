"""What /metrics says beyond what is counted: the ledger, the desk, the workers, the room there is."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
import redis
from argus_records import __version__
from argus_records.models import Case
from argus_records.names import RedisKey
from argus_records.services.cases.closing import case_close
from argus_records.services.cases.desk import case_escalate
from argus_records.services.training import training_record
from argus_web.ops import figures
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from records_factories import accept, alert, case, new_transaction, scored

# Figures are read on a connection of their own, which sees what is committed.
pytestmark = pytest.mark.django_db(transaction=True)
Scrape = Callable[[], dict[tuple[str, tuple[tuple[str, str], ...]], float]]


@pytest.fixture
def scrape(client: Client, redis_url: str) -> Scrape:
    """Asks /metrics; gives values by name and labels."""

    def scraped() -> dict[Any, float]:
        answer = client.get("/metrics")
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.content.decode())
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    return scraped


def test_the_queue(scrape: Scrape) -> None:
    accept(new_transaction(), new_transaction())
    said = scrape()
    assert said["argus_database_up", ()] == 1
    assert said["argus_transactions_pending", ()] == 2
    assert said["argus_transactions_pending_oldest_seconds", ()] > 0


def test_the_desk(scrape: Scrape) -> None:
    alert()
    due = {"late": -1, "escalated": -1, "in time": 1, "done": -1}
    cases = {customer: case(customer_id=customer) for customer in due}
    case_escalate(case_id=cases["escalated"].pk, seen=1, note="Beyond me.", actor="user:amara")
    case_close(case_id=cases["done"].pk, seen=1, disposition="no_action", note="Known payee.", actor="user:amara")
    for customer, hours in due.items():
        Case.objects.filter(pk=cases[customer].pk).update(due_at=timezone.now() + timedelta(hours=hours))
    said = scrape()
    assert said["argus_alerts_waiting", (("status", "open"),)] == 3
    assert said["argus_alerts_waiting", (("status", "escalated"),)] == 1
    assert ("argus_alerts_waiting", (("status", "approved"),)) not in said
    assert said["argus_cases_overdue", ()] == 2


def test_an_empty_desk_is_zero_not_nothing(scrape: Scrape) -> None:
    said = scrape()
    assert said["argus_alerts_waiting", (("status", "open"),)] == 0
    assert said["argus_cases_overdue", ()] == 0


def test_trainings_by_how_they_ended(scrape: Scrape) -> None:
    begun = time.time()
    for outcome in ("failed", "promoted"):
        training_record(outcome=outcome, model="m", summary="as told", seconds=1.0, code_version="t")
    said = scrape()
    for outcome in ("failed", "promoted"):
        assert begun - 60 < said["argus_training_last_timestamp_seconds", (("outcome", outcome),)] < time.time() + 60
    assert ("argus_training_last_timestamp_seconds", (("outcome", "refused"),)) not in said


def test_workers(scrape: Scrape, redis_url: str) -> None:
    assert scrape()["argus_workers_running", ()] == 0
    client = redis.Redis.from_url(redis_url)
    client.hset(RedisKey.WORKERS, "w1", orjson.dumps({"worker": "w1", "seen_at": time.time()}))
    client.close()
    figures.workers.forget()
    said = scrape()
    assert (said["argus_workers_running", ()], said["argus_redis_up", ()]) == (1, 1)


def test_without_redis_nothing_is_said_of_workers(scrape: Scrape, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "workers_running", lambda: None)
    said = scrape()
    assert said["argus_redis_up", ()] == 0
    assert ("argus_workers_running", ()) not in said


def test_without_a_database_the_rest_is_said(scrape: Scrape, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(figures, "pending_state", away)
    monkeypatch.setattr(figures.monitoring, "database_bytes", away)
    said = scrape()
    assert said["argus_database_up", ()] == 0
    assert ("argus_transactions_pending", ()) not in said
    assert ("argus_database_bytes", ()) not in said
    assert ("argus_transactions_received_total", (("outcome", "accepted"),)) in said


def test_the_stability_of_scores(scrape: Scrape) -> None:
    scored(9, [0.005, 0.02] * 500)
    scored(1, [0.005, 0.02] * 499)
    assert ("argus_score_stability_index", ()) not in scrape()
    scored(2, [0.3] * 100)
    figures.stability.forget()
    assert 0.25 < scrape()["argus_score_stability_index", ()] < 2


def test_room(scrape: Scrape, settings: Any, tmp_path: Any) -> None:
    settings.DATABASE_CAPACITY_GIB = 3
    settings.DISK_PATH = str(tmp_path)
    said = scrape()
    assert said["argus_database_bytes", ()] > 2**20
    assert said["argus_database_capacity_bytes", ()] == 3 * 2**30
    path = (("path", str(tmp_path)),)
    assert 0 < said["argus_disk_available_bytes", path] <= said["argus_disk_size_bytes", path]


def test_room_that_is_not_known_is_not_invented(scrape: Scrape, settings: Any) -> None:
    settings.DISK_PATH = "/nowhere/at/all"
    names = {name for name, _ in scrape()}
    assert not names & {"argus_database_capacity_bytes", "argus_disk_available_bytes", "argus_disk_size_bytes"}


def test_what_runs_and_what_is_expected(scrape: Scrape, settings: Any) -> None:
    settings.MODEL_MAX_AGE_HOURS = 2
    said = scrape()
    labels = (("code_version", settings.CODE_VERSION), ("version", __version__))
    assert said["argus_build_info", labels] == 1
    assert said["argus_model_max_age_seconds", ()] == 7200


def test_scrapers_share_what_was_read(scrape: Scrape, monkeypatch: pytest.MonkeyPatch) -> None:
    scrape()
    accept(new_transaction())
    monkeypatch.setattr(figures.ledger, "_seconds", 3600)
    assert scrape()["argus_transactions_pending", ()] == 0
    figures.ledger.forget()
    assert scrape()["argus_transactions_pending", ()] == 1


def test_a_query_that_takes_long_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection, transaction

    monkeypatch.setattr(figures, "STATEMENT_TIMEOUT", "10ms")
    with transaction.atomic(), connection.cursor() as cursor:
        figures._bound()
        with pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SELECT pg_sleep(30)")
