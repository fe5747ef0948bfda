"""A start that is stopped, or killed so that it cannot stop anything, leaves no process. Real programs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import argus_local
import psutil
import pytest
from argus_local.processes import StartError
from argus_local.stack import Stack

pytestmark = pytest.mark.stack

SCRIPTS = Path(argus_local.__path__[0]).parent
# Starts MLflow and web, of which each has children of its own, tells the pids, and waits.
PROGRAM = """
import json, sys, time
from pathlib import Path
from argus_local.signals import stop_on_signals
from argus_local.stack import Stack

try:
    with stop_on_signals(), Stack(Path(sys.argv[1])) as stack:
        stack.start("mlflow", "web")
        pids = {name: stack.pids(name) for name in stack.processes} | {"keeper": [stack._keeper.process.pid]}
        print(json.dumps(pids), flush=True)
        time.sleep(600)
except KeyboardInterrupt:
    sys.exit(0)
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    process.stdout.close()
    pids = json.loads(line)
    assert set(pids) == {"postgres", "redis", "mlflow", "web", "keeper"}
    return process, [psutil.Process(pid) for name in pids for pid in pids[name]]


def left(processes: list[psutil.Process]) -> list[str]:
    found = []
    for process in processes:
        try:
            # A container's first process need not collect the dead; dead they are.
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            continue
    return found


def none_left(processes: list[psutil.Process]) -> None:
    deadline = time.monotonic() + 60
    while left(processes) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left(processes) == []


def test_a_killed_supervisor_leaves_no_process(tmp_path: Path) -> None:
    supervisor, processes = start(tmp_path / "data")
    supervisor.kill()
    supervisor.wait()
    none_left(processes)


def test_a_second_signal_does_not_disturb_the_stopping(tmp_path: Path) -> None:
    supervisor, processes = start(tmp_path / "data")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGINT, signal.SIGTERM):
        supervisor.send_signal(number)
        time.sleep(0.1)
    assert supervisor.wait(90) == 0
    assert left(processes) == []


def test_one_start_per_folder(stack: Stack) -> None:
    with pytest.raises(StartError, match=f"is in use by process {os.getpid()}"), Stack(stack.data) as second:
        second.start("web")
    assert stack.dead() == []


def test_a_folder_in_use_is_not_deleted(stack: Stack) -> None:
    with pytest.raises(StartError, match="is in use"):
        Stack(stack.data).delete()
    assert (stack.data / "secrets.json").exists()


def test_a_port_that_was_asked_for_and_is_taken_is_named(tmp_path: Path, stack: Stack) -> None:
    taken = stack.ports["web"]
    with pytest.raises(StartError, match=f"port {taken} is taken"), Stack(tmp_path / "data", web_port=taken) as second:
        second.start("web")
    assert stack.dead() == []


def test_a_program_that_ends_at_its_start_is_named_with_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", WEB_CONCURRENCY="none")
    with pytest.raises(StartError, match=r"web ended\..*(?s:.*)invalid literal"), stack:
        stack.start("web")
    assert stack.processes == {}


def test_secrets_are_readable_by_their_owner_alone(stack: Stack) -> None:
    assert (stack.data / "secrets.json").stat().st_mode & 0o777 == 0o600
