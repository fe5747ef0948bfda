"""The keeper ends what is left when the one who started it is gone, and nothing else."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from argus_local.keeper import Keeper, end

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"
)
OBEDIENT = "import time; print('up', flush=True); time.sleep(300)"


def program(code: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.stdout.close()
    return process


@pytest.fixture
def obedient() -> Iterator[subprocess.Popen[bytes]]:
    process = program(OBEDIENT)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def stubborn() -> Iterator[subprocess.Popen[bytes]]:
    process = program(STUBBORN)
    yield process
    process.kill()
    process.wait()


def test_what_was_not_removed_is_ended(
    obedient: subprocess.Popen[bytes], stubborn: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Our children: they stay as zombies until they are waited for, which would look alive.
    monkeypatch.setattr("argus_local.keeper.GIVE_UP_SECONDS", 1.0)
    end({obedient.pid, stubborn.pid}, grace=0.3)
    assert obedient.wait(10) == -15
    assert stubborn.wait(10) == -9


def test_the_keeper_acts_when_its_pipe_closes(obedient: subprocess.Popen[bytes]) -> None:
    keeper = Keeper(grace=0.3)
    keeper.add(obedient.pid)
    assert keeper.process.stdin is not None
    keeper.process.stdin.close()
    assert obedient.wait(30) == -15
    keeper.process.wait(30)


def test_what_was_removed_is_left_alone(obedient: subprocess.Popen[bytes]) -> None:
    keeper = Keeper(grace=0.1)
    keeper.add(obedient.pid)
    keeper.remove(obedient.pid)
    keeper.close()
    assert keeper.process.returncode == 0
    assert obedient.poll() is None


def test_a_keeper_that_somebody_killed_stops_nothing(obedient: subprocess.Popen[bytes]) -> None:
    keeper = Keeper()
    keeper.process.kill()
    keeper.process.wait()
    keeper.add(obedient.pid)
    keeper.remove(obedient.pid)
    keeper.close()
    assert obedient.poll() is None


def test_nobody_to_end_is_nothing() -> None:
    end(set(), grace=5)
