"""The container's probes of worker and beat."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from argus_records.life import Sign, fresh
from argus_worker import alive
from argus_worker.beat import SignedScheduler
from argus_worker.heartbeat import HUNG_SECONDS, Heartbeat
from celery import Celery


def probe(path: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    env = {"PATH": os.environ["PATH"], "ARGUS_WORKER_HEARTBEAT": str(path)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "argus_worker.alive", *words],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def age(path: Path) -> None:
    os.utime(path, (time.time() - 60,) * 2)


def test_it_takes_parent_and_a_scoring_process(tmp_path: Path) -> None:
    path, child, other = tmp_path / "life", tmp_path / "life.17", tmp_path / "life.18"
    assert "parent process shows no life" in probe(path).stderr
    path.touch()
    answer = probe(path)
    assert answer.returncode == 1
    assert "no scoring process shows life" in answer.stderr
    assert answer.stderr.count("\n") == 1
    child.touch()
    other.touch()
    age(other)
    answer = probe(path)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    age(child)
    assert probe(path).returncode == 1
    child.touch()
    age(path)
    assert probe(path).returncode == 1


def test_beat_is_asked_for_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "life"
    for name in ("life", "life.17"):
        (tmp_path / name).touch()
    answer = probe(path, "--beat")
    assert answer.returncode == 1
    assert "beat has not ticked" in answer.stderr
    (tmp_path / "life.beat").touch()
    assert probe(path, "--beat").returncode == 0
    age(tmp_path / "life.beat")
    assert probe(path, "--beat").returncode == 1


def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ARGUS_WORKER_HEARTBEET", "x")
    assert alive.main([]) == 1
    assert "did you mean ARGUS_WORKER_HEARTBEAT" in capsys.readouterr().err


def test_probes_load_no_framework() -> None:
    heavy = {"django", "celery", "kombu", "numpy", "numba", "redis", "structlog", "mlflow"}
    code = f"import sys, argus_worker.alive, argus_trainer.alive; sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == ""


# Scoring processes


def heart(path: Path) -> Heartbeat:
    return Heartbeat(None, name="w:1", follower=None, sign=Sign(path))  # type: ignore[arg-type]


def test_a_process_at_rest_and_at_work_is_alive_a_hung_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, now = tmp_path / "life.17", 1000.0
    monkeypatch.setattr("argus_worker.heartbeat.time.monotonic", lambda: now)
    heartbeat = heart(path)

    def shown() -> bool:
        path.unlink(missing_ok=True)
        heartbeat.show()
        return fresh(path)

    assert shown()
    heartbeat.work()
    now += HUNG_SECONDS - 1
    assert shown()
    now += 1
    assert not shown()
    heartbeat.rest()
    assert shown()


# Beat


@pytest.fixture
def scheduler(tmp_path: Path, settings: Any, redis_url: str) -> Any:
    settings.WORKER_HEARTBEAT = tmp_path / "life"
    app = Celery(broker=redis_url, set_as_current=False)
    app.conf.beat_schedule = {"sweep": {"task": "argus.sweep", "schedule": 5.0}}
    made = SignedScheduler(app=app, schedule_filename="not used")
    yield made
    made.close()
    app.close()


def test_every_tick_is_a_sign(scheduler: SignedScheduler, tmp_path: Path) -> None:
    sign = tmp_path / "life.beat"
    assert not sign.exists()
    assert scheduler.tick() <= 5
    assert fresh(sign)
    age(sign)
    scheduler.tick()
    assert fresh(sign)
    scheduler.close()
    assert not sign.exists()
    assert [file.name for file in tmp_path.iterdir()] == []


def test_waiting_for_redis_is_a_sign(tmp_path: Path, settings: Any) -> None:
    settings.WORKER_HEARTBEAT = tmp_path / "life"
    app = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.broker_connection_max_retries = 1
    waiting = SignedScheduler(app=app)
    with pytest.raises(Exception, match="refused"):
        waiting._ensure_connected()
    assert fresh(tmp_path / "life.beat")
    waiting.close()
    app.close()
