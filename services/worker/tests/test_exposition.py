"""What the worker's port serves, of processes that live and of those that have died."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argus_records import __version__
from argus_worker import exposition, metrics

# A pool process: decides with what it is told, line by line, until its input ends.
PROCESS = """
import sys
from types import SimpleNamespace
from argus_worker import in_force, instruments
for line in sys.stdin:
    version, trained_at, followed = line.split()
    model = SimpleNamespace(version=version, digest=f"d{version}", trained_at=float(trained_at))
    in_force.model(None if version == "none" else model, followed=followed == "yes")
    in_force.ruleset(3)
    instruments.DECIDED.labels("approve").inc(10)
    print("done", flush=True)
"""
Samples = dict[tuple[str, ...], float]


class Pool:
    """Processes that keep their numbers in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS],
            env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def scrape(self) -> Samples:
        """Values by name and labels, these in the order of their names."""
        found = exposition.Processes(self.folder, code_version="test").collect()
        return {
            (sample.name, *(label for _, label in sorted(sample.labels.items()))): sample.value
            for metric in found
            for sample in metric.samples
        }


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    made = Pool(tmp_path)
    yield made
    for process in made.processes:
        process.communicate(timeout=30)


def tell(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{words}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"


def test_processes_add_up_and_agree_on_the_model(pool: Pool) -> None:
    for process in (pool.start(), pool.start()):
        tell(process, "7 1700000000 yes")
    said = pool.scrape()
    assert said["argus_transactions_decided_total", "approve"] == 20
    assert said["argus_model_info", "d7", "7"] == 1
    assert said["argus_model_trained_timestamp_seconds",] == 1_700_000_000
    assert said["argus_model_followed",] == 1
    assert said["argus_ruleset_version",] == 3


def test_a_model_that_was_replaced_is_not_shown(pool: Pool) -> None:
    process = pool.start()
    tell(process, "7 1700000000 yes")
    tell(process, "8 1800000000 yes")
    said = pool.scrape()
    assert ("argus_model_info", "d7", "7") not in said
    assert said["argus_model_info", "d8", "8"] == 1
    tell(process, "7 1700000000 no")
    said = pool.scrape()
    assert ("argus_model_info", "d8", "8") not in said
    assert (said["argus_model_trained_timestamp_seconds",], said["argus_model_followed",]) == (1_700_000_000, 0)


def test_without_a_model_nothing_is_said_of_its_age(pool: Pool) -> None:
    tell(pool.start(), "none 0 no")
    said = pool.scrape()
    assert said["argus_model_followed",] == 0
    assert not {name for name, *_ in said} & exposition.ABSENT_WHEN_ZERO


def test_a_process_that_was_killed_decides_with_nothing(pool: Pool) -> None:
    killed, living = pool.start(), pool.start()
    tell(killed, "7 1700000000 no")
    tell(living, "8 1800000000 yes")
    killed.kill()
    killed.wait(30)
    said = pool.scrape()
    assert ("argus_model_info", "d7", "7") not in said
    assert said["argus_model_followed",] == 1
    # What it has counted stays counted.
    assert said["argus_transactions_decided_total", "approve"] == 20


def test_which_build_runs(pool: Pool) -> None:
    assert pool.scrape()["argus_build_info", "test", __version__] == 1


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    # Set first: only then is what the code sets taken back in the end.
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "unset")
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR")
    monkeypatch.setattr(metrics, "_own", None)
    return monkeypatch.setenv


def test_a_folder_of_its_own_is_left_to_nobody(environment: Callable[..., None]) -> None:
    metrics.prepare()
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    assert folder.is_dir()
    metrics.discard()
    assert not folder.exists()


def test_a_folder_that_was_given_is_left_alone(environment: Callable[..., None], tmp_path: Path) -> None:
    environment("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    metrics.prepare()
    metrics.discard()
    assert tmp_path.is_dir()
