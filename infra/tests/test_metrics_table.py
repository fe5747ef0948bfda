"""The table of metrics and the three services' definitions say the same."""

import time
from collections.abc import Iterable
from types import ModuleType

import orjson
import pytest
import redis
from argus_records import __version__
from argus_records.names import RedisKey
from argus_records.services.training import training_record
from argus_trainer import metrics as trainer
from argus_web.ops import exposition as web_exposition
from argus_web.ops import figures
from argus_web.ops import metrics as web
from argus_worker import exposition as worker_exposition
from argus_worker import in_force, instruments
from metrics_table import Documented, documented
from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase


def exposed(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def defined(*modules: ModuleType) -> dict[str, tuple[str, frozenset[str]]]:
    """Type and labels of the metrics that modules define."""
    found = {}
    for module in modules:
        for made in vars(module).values():
            if isinstance(made, MetricWrapperBase):
                (family,) = made.describe()
                found[exposed(family)] = (family.type, frozenset(made._labelnames))
    return found


def collected(families: Iterable[Metric]) -> dict[str, tuple[str, frozenset[str]]]:
    """The same of what is made when it is asked for. Each must have a sample, or its labels are not known."""
    found = {}
    for family in families:
        assert family.samples, f"{family.name} has no sample here"
        found[exposed(family)] = (family.type, frozenset(family.samples[0].labels))
    return found


def table(service: str) -> dict[str, tuple[str, frozenset[str]]]:
    rows: list[Documented] = [row for row in documented().values() if service in row.services]
    return {row.name: (row.type, row.labels) for row in rows}


@pytest.mark.django_db(transaction=True)
def test_web(redis_url: str, settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATABASE_CAPACITY_GIB = 1  # type: ignore[attr-defined]
    training_record(outcome="failed", model="m", summary="as told", seconds=1.0, code_version="t")
    client = redis.Redis.from_url(redis_url)
    client.hset(RedisKey.WORKERS, "w1", orjson.dumps({"worker": "w1", "seen_at": time.time()}))
    client.close()
    # It takes two thousand decisions.
    monkeypatch.setattr(figures.stability, "get", lambda: 0.04)
    for kept in (figures.ledger, figures.size, figures.workers):
        kept.forget()
    assert defined(web) | collected(web_exposition.Figures().collect()) == table("web")


def test_worker(tmp_path: pytest.TempPathFactory) -> None:
    own = worker_exposition.Processes(tmp_path, code_version="t").collect()  # type: ignore[arg-type]
    assert defined(instruments, in_force) | collected(own) == table("worker")


def test_trainer(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer.serve(0, code_version="t")
    assert defined(trainer) == table("trainer")
    value = trainer.REGISTRY.get_sample_value("argus_build_info", {"version": __version__, "code_version": "t"})
    assert value == 1


def test_names_are_those_of_the_trade() -> None:
    for name, row in documented().items():
        assert name.startswith("argus_"), name
        assert name.endswith("_total") == (row.type == "counter"), name
        assert row.services <= {"web", "worker", "trainer"}, name
