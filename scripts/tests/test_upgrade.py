"""scripts/upgrade, with a stand-in for Docker: in which order it does what."""

import os
import subprocess
from pathlib import Path

import pytest
from argus_local.programs import ROOT

DOCKER = """#!/bin/sh
echo "$*" >>"$HERE/said"
case "$*" in
  *"ps --quiet web") cat "$HERE/web" ;;
  *"ps --quiet worker") cat "$HERE/worker" ;;
  *"run --rm --no-deps migrate") exit "$MIGRATE" ;;
esac
"""


@pytest.fixture
def upgrade(tmp_path: Path):
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)

    def run(*, web: str = "w1\n", worker: str = "k1\nk2\n", migrate: int = 0) -> tuple[int, list[str]]:
        (tmp_path / "web").write_text(web)
        (tmp_path / "worker").write_text(worker)
        env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HERE": str(tmp_path), "MIGRATE": str(migrate)}
        command = [ROOT / "scripts" / "upgrade", "--project-name", "p"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        said = (tmp_path / "said").read_text().replace("compose --project-name p ", "").splitlines()
        return done.returncode, [line for line in said if not line.startswith("ps ")]

    return run


def test_the_schema_then_each_new_one_beside_the_old_then_the_rest(upgrade) -> None:
    assert upgrade() == (
        0,
        [
            "run --rm --no-deps secrets",
            "run --rm --no-deps roles",
            "run --rm --no-deps migrate",
            "rm --force secrets roles migrate",
            "up --detach --wait --no-recreate --scale web=2 web",
            "exec -T proxy /etc/argus-proxy/knows 2",
            "stop --time 30 w1",
            "rm w1",
            "up --detach --wait --no-recreate --scale worker=4 worker",
            "stop --time 60 k1",
            "rm k1",
            "stop --time 60 k2",
            "rm k2",
            "up --detach --wait --scale web=1 --scale worker=2",
        ],
    )


def test_without_workers_none_is_started(upgrade) -> None:
    status, said = upgrade(worker="")
    assert status == 0
    assert said[-1] == "up --detach --wait --scale web=1 --scale worker=0"
    assert not any("worker=" in line for line in said[:-1])


def test_what_does_not_run_is_not_upgraded(upgrade) -> None:
    assert upgrade(web="") == (1, [])


def test_a_migration_that_fails_leaves_the_old_programs_alone(upgrade) -> None:
    status, said = upgrade(migrate=1)
    assert status != 0
    assert said[-1] == "run --rm --no-deps migrate"
