"""The program as it is started: arguments, settings, exit status, signals."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
import trainer_factories as make
from argus_engine.model import AnomalyModel
from argus_local.servers import free_port
from argus_records.life import fresh
from argus_trainer import cli
from argus_trainer.registry import Registry
from argus_worker.models import ModelFollower
from django.db import connection


def environment(**said):
    params = connection.get_connection_params()
    url = f"postgresql://{params['user']}@{params['host']}:{params['port']}/{params['dbname']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ARGUS_", "DJANGO_"))}
    return kept | {"DATABASE_URL": url, "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"} | said


def run(*words, **said):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "argus_trainer", *words],
        env=environment(**said),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_once_from_the_ledger_to_the_worker(mlflow_url, tmp_path, request):
    make.seed_ledger(3000, frauds=60)
    # As in production: the trainer is not the owner of the tables.
    request.getfixturevalue("as_application")
    done = run("--once", MLFLOW_TRACKING_URI=mlflow_url, ARGUS_MODEL_NAME="by-command", ARGUS_LOG_FORMAT="json")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "version 1 of by-command is champion\n"
    assert '"outcome": "promoted"' in done.stderr
    assert "Traceback" not in done.stderr
    follower = ModelFollower(mlflow_url, "by-command", tmp_path / "cache")
    follower.poll()
    model, note = follower.current
    assert note is None
    registered = Registry(mlflow_url, "by-command").fetch("1", tmp_path)
    assert model is not None
    assert model.digest == AnomalyModel.load(registered, "1").digest


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_once_without_mlflow_is_a_sentence_and_a_status():
    done = run("--once")
    assert done.returncode == 4
    assert done.stdout.startswith("MLflow at http://127.0.0.1:9 did not do its part: ")
    assert "Traceback" not in done.stderr


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_settled_fails_only_where_another_try_might_do_better(mlflow_url):
    early = run("--once", MLFLOW_TRACKING_URI=mlflow_url)
    assert early.returncode == 3
    settled = run("--once", "--settled", MLFLOW_TRACKING_URI=mlflow_url)
    assert (settled.returncode, settled.stdout) == (0, early.stdout)
    assert run("--once", "--settled").returncode == 4


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_once_runs_beside_one_that_serves_metrics():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("--once", ARGUS_TRAINER_METRICS_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 4, done.stderr


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_schedule_goes_on_after_a_failure_serves_metrics_and_ends_with_sigterm(tmp_path):
    port, sign = free_port(), tmp_path / "life"
    process = subprocess.Popen(
        [sys.executable, "-m", "argus_trainer", "--schedule", "* * * * * *"],
        env=environment(ARGUS_TRAINER_METRICS_PORT=str(port), ARGUS_TRAINER_HEARTBEAT=str(sign)),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        failures = 0
        while failures < 2:
            line = process.stderr.readline()
            assert line, "the trainer ended"
            failures += "outcome=registry_down" in line
        assert fresh(sign)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert 'argus_trainer_last_outcome{outcome="registry_down"} 1.0' in answer.read().decode()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert "trainer stopped" in errors
    assert not sign.exists()


def test_help_needs_no_settings():
    done = subprocess.run(
        [sys.executable, "-m", "argus_trainer", "--help"], env={}, capture_output=True, text=True, check=True
    )
    assert all(option in done.stdout for option in ("--once", "--schedule", "--window-days", "--no-promote"))
    assert "exit status" in done.stdout


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"MLFLOW_TRACKING_URI": ""}, "MLFLOW_TRACKING_URI is not set; for example http://mlflow:5000"),
        ({"ARGUS_TRAINER_CRON": "often"}, "ARGUS_TRAINER_CRON is 'often'; expected a cron expression"),
        ({"ARGUS_TRAINER_METRICS_PORT": "-1"}, "ARGUS_TRAINER_METRICS_PORT is '-1'"),
    ],
)
def test_wrong_settings_are_named(said, told):
    done = run("--once", **said)
    assert done.returncode == 2
    assert done.stderr.startswith(told)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--once", "--schedule", "0 3 * * *"],
        ["--schedule", "often"],
        ["--window-days", "0"],
        ["--min-transactions", "few"],
        ["--settled"],
    ],
)
def test_wrong_usage_is_refused(words, capsys):
    with pytest.raises(SystemExit) as raised:
        cli.main(words)
    assert raised.value.code == 2
    assert "usage" in capsys.readouterr().err
