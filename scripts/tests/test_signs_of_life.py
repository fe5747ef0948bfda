"""The worker's probes, on the worker: what it shows while it works, waits, hangs, and has stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from argus_local.processes import spawn
from argus_local.stack import Stack
from argus_records.life import numbered

pytestmark = pytest.mark.stack


def alive(stack: Stack, *words: str) -> bool:
    command = [sys.executable, "-m", "argus_worker.alive", *words]
    return subprocess.run(command, env=stack.env, capture_output=True, timeout=60, check=False).returncode == 0


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def child_of(stack: Stack, path: Path) -> Path:
    """The sign of the scoring process. One that another test has killed may have left its own beside it."""
    found: list[Path] = []

    def there() -> bool:
        pids = stack.pids("worker")
        found[:] = [file for file in numbered(path) if int(file.suffix[1:]) in pids]
        return bool(found)

    until(there)
    (child,) = found
    return child


def age(*files: Path) -> None:
    """As if nothing had been shown for a minute."""
    for file in files:
        os.utime(file, (time.time() - 60,) * 2)


def stale(stack: Stack, *files: Path, words: tuple[str, ...] = ()) -> bool:
    """Whether the probe fails once these have shown nothing for a minute."""
    age(*files)
    return not alive(stack, *words)


@pytest.fixture
def path(stack: Stack) -> Path:
    return Path(stack.env["ARGUS_WORKER_HEARTBEAT"])


def test_all_of_it_is_shown_again_and_again(stack: Stack, path: Path) -> None:
    until(lambda: alive(stack) and alive(stack, "--beat"))
    child = child_of(stack, path)
    assert int(child.suffix[1:]) in stack.pids("worker")
    beat = path.with_name(f"{path.name}.beat")
    # Each may show life between the ageing and the probe's look, so ageing is part of what is tried again.
    until(lambda: stale(stack, path, *numbered(path)))
    until(lambda: stale(stack, beat, words=("--beat",)))
    until(lambda: alive(stack) and alive(stack, "--beat"))


@pytest.mark.parametrize("which", ["parent", "scoring process"])
def test_a_process_that_stands_still_is_seen(stack: Stack, path: Path, which: str) -> None:
    until(lambda: alive(stack))
    child = child_of(stack, path)
    pid = stack.processes["worker"].pid if which == "parent" else int(child.suffix[1:])
    os.kill(pid, signal.SIGSTOP)
    try:
        age(path, *numbered(path))
        other = child if which == "parent" else path
        until(lambda: time.time() - other.stat().st_mtime < 30)
        assert not alive(stack)
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: alive(stack))


def test_the_parent_waits_for_redis_and_lives(stack: Stack, path: Path) -> None:
    until(lambda: alive(stack) and alive(stack, "--beat"))
    stack.kill("redis")
    try:
        for _ in range(2):
            age(path, *numbered(path), path.with_name(f"{path.name}.beat"))
            until(lambda: alive(stack) and alive(stack, "--beat"))
    finally:
        stack.restart("redis")
    age(path, *numbered(path))
    until(lambda: alive(stack))


def test_nothing_is_left_of_a_worker_that_stopped(stack: Stack, path: Path) -> None:
    until(lambda: alive(stack))
    child = child_of(stack, path)
    left = path.with_name(f"{path.name}.999999999")
    left.touch()
    age(left)
    worker = stack.processes["worker"]
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    assert not path.exists()
    assert not child.exists()
    assert left.exists()
    assert not alive(stack)
    stack.restart("worker")
    until(lambda: alive(stack))
    assert left not in numbered(path)
    assert child_of(stack, path) != child


def test_beat_by_itself_writes_nothing_but_its_sign(stack: Stack, tmp_path: Path) -> None:
    env = stack.env | {"ARGUS_WORKER_HEARTBEAT": str(tmp_path / "life")}
    folder = tmp_path / "read-only"
    folder.mkdir()
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "celery", "-A", "argus_worker", "beat", "-l", "info"]
        beat = spawn(command, log=log, env=env, cwd=folder)
    try:
        until(lambda: (tmp_path / "life.beat").exists())
        until(lambda: "Sending due task sweep" in (tmp_path / "log").read_text())
        assert beat.poll() is None
    finally:
        beat.terminate()
        beat.wait(30)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "read-only"]
    assert list(folder.iterdir()) == []
