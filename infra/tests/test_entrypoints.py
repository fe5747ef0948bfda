"""The entrypoints of MLflow and Flower: secrets from files, and the schema before the server."""

import os
import subprocess
from pathlib import Path

import pytest
from compose_file import ROOT

SHOW = '#!/bin/sh\necho "$(basename "$0") $*; PGPASSWORD=$PGPASSWORD BROKER=$CELERY_BROKER_URL"\n'


@pytest.fixture
def run(tmp_path: Path):
    """Runs an entrypoint with stand-ins that show what they are given."""
    for name in ("mlflow", "celery"):
        (tmp_path / name).write_text(SHOW)
        (tmp_path / name).chmod(0o755)
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")

    def run(server: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **env}
        command = [ROOT / "infra" / server / "entrypoint", *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    run.secret = str(secret)
    return run


def test_mlflow_brings_its_schema_up_to_date_before_it_serves(run) -> None:
    done = run("mlflow", "mlflow", "server", PGPASSWORD_FILE=run.secret, MLFLOW_BACKEND_STORE_URI="postgresql://db")
    assert done.stdout.splitlines() == [
        "mlflow db upgrade postgresql://db; PGPASSWORD=s3cret BROKER=",
        "mlflow server; PGPASSWORD=s3cret BROKER=",
    ]


def test_mlflow_does_not_serve_with_a_schema_that_cannot_be_brought_up_to_date(run, tmp_path: Path) -> None:
    (tmp_path / "mlflow").write_text('#!/bin/sh\n[ "$1" != db ]\n')
    assert run("mlflow", "mlflow", "server", MLFLOW_BACKEND_STORE_URI="postgresql://db").returncode == 1


def test_mlflow_runs_anything_else_as_it_is(run) -> None:
    assert run("mlflow", "mlflow", "gc").stdout.splitlines() == ["mlflow gc; PGPASSWORD= BROKER="]


def test_flower_gets_the_brokers_address(run) -> None:
    done = run("flower", "celery", "flower", CELERY_BROKER_URL_FILE=run.secret)
    assert done.stdout.splitlines() == ["celery flower; PGPASSWORD= BROKER=s3cret"]


@pytest.mark.parametrize(("server", "name"), [("mlflow", "PGPASSWORD_FILE"), ("flower", "CELERY_BROKER_URL_FILE")])
def test_a_file_that_is_not_there_stops_the_start(run, server: str, name: str) -> None:
    done = run(server, "celery", "flower", **{name: "/nowhere"})
    assert done.returncode != 0
    assert "/nowhere" in done.stderr
    assert done.stdout == ""
