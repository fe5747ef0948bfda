"""Following the alias of a real registry."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import published
import pytest
from argus_local.servers import free_port
from argus_worker.models import ModelFollower


@pytest.fixture
def shelf(mlflow_url, request):
    return published.Shelf(mlflow_url, request.node.name)


@pytest.fixture
def follower(shelf, tmp_path):
    return ModelFollower(shelf.url, shelf.name, tmp_path / "cache")


def version_of(follower):
    model, note = follower.current
    return (model.version if model else None), note


def test_takes_up_the_champion_and_scores_as_scikit_learn(shelf, follower):
    shelf.promote(shelf.add(3))
    follower.poll()
    model, note = follower.current
    assert note is None
    assert model is not None
    assert len(model.digest) == 64
    np.testing.assert_allclose(
        model.anomaly(published.ROWS),
        published.model(3).anomaly(published.ROWS),
        rtol=0,
        atol=1e-9,
    )


def test_follows_the_alias_forward_and_back(shelf, follower):
    first, second = shelf.add(1), shelf.add(2)
    for wanted in (first, second, first):
        shelf.promote(wanted)
        follower.poll()
        assert version_of(follower) == (wanted, None)


def test_the_thread_follows_by_itself(shelf, tmp_path):
    follower = ModelFollower(shelf.url, shelf.name, tmp_path, poll_seconds=0.1)
    first, second = shelf.add(1), shelf.add(2)
    shelf.promote(first)
    follower.start()
    try:
        assert version_of(follower) == (first, None)
        shelf.promote(second)
        until(lambda: version_of(follower) == (second, None))
    finally:
        follower.stop()


def test_before_anything_is_registered(mlflow_url, tmp_path):
    follower = ModelFollower(mlflow_url, "nothing registered under this", tmp_path)
    follower.poll()
    assert follower.current == (None, "no model has been registered yet")


def test_before_anything_is_promoted(shelf, follower):
    shelf.add(1)
    follower.poll()
    assert follower.current == (None, "no version of the model has been promoted")


def test_without_a_registry(tmp_path):
    follower = ModelFollower(None, "x", tmp_path)
    follower.poll()
    assert follower.current == (None, "no model registry is configured")


def test_with_an_unreachable_registry(tmp_path):
    port = free_port()
    follower = ModelFollower(f"http://127.0.0.1:{port}", "x", tmp_path)
    follower.start()
    follower.stop()
    assert follower.current == (None, f"the model registry at http://127.0.0.1:{port} cannot be reached")


def test_an_unknown_feature_schema_is_refused_and_the_last_good_one_kept(shelf, follower):
    good = shelf.add(1)
    strange = shelf.add(2, change={"model.json": (b'"amount_deviation"', b'"phase_of_the_moon"')})
    shelf.promote(good)
    follower.poll()
    shelf.promote(strange)
    for _ in range(2):
        follower.poll()
        version, note = version_of(follower)
        assert version == good
        assert note is not None
        assert note.startswith(f"version {strange} is refused: it was trained on feature schema")
        assert note.endswith(f"version {good} stays in use")
    shelf.promote(good)
    follower.poll()
    assert version_of(follower) == (good, None)


def test_an_unknown_feature_schema_as_the_first_model(shelf, follower):
    shelf.promote(shelf.add(2, change={"model.json": (b'"amount_deviation"', b'"phase_of_the_moon"')}))
    follower.poll()
    model, note = follower.current
    assert model is None
    assert note is not None
    assert "phase_of_the_moon" in note


def test_files_other_than_those_registered_are_refused(shelf, follower):
    good = shelf.add(1)
    # Still a valid model: only the digest on the version tells.
    changed = shelf.add(2, change={"model.json": (b'"review_rate": 0.01', b'"review_rate": 0.09')})
    shelf.promote(good)
    follower.poll()
    shelf.promote(changed)
    follower.poll()
    version, note = version_of(follower)
    assert version == good
    assert note is not None
    assert "are not those that were registered" in note


def test_a_damaged_forest_is_refused(shelf, follower):
    good = shelf.add(1)
    broken = shelf.add(2, change={"forest.npz": (b"roots.npy", b"rootz.npy")})
    shelf.promote(good)
    follower.poll()
    shelf.promote(broken)
    follower.poll()
    version, note = version_of(follower)
    assert version == good
    assert note is not None
    assert f"version {broken} is refused" in note


def test_an_alias_taken_away_leaves_the_model_in_use(shelf, follower):
    good = shelf.add(1)
    shelf.promote(good)
    follower.poll()
    shelf.client.delete_registered_model_alias(shelf.name, "champion")
    follower.poll()
    assert version_of(follower) == (
        good,
        f"the model registry names no champion any more; version {good} stays in use",
    )


def test_a_cache_that_cannot_be_written_does_not_keep_the_model_away(shelf, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    follower = ModelFollower(shelf.url, shelf.name, tmp_path / "cache")
    version = shelf.add(1)
    shelf.promote(version)
    follower.start()
    follower.stop()
    assert version_of(follower) == (version, None)


@pytest.mark.stack
def test_a_dead_registry_leaves_the_last_good_model_also_after_a_restart(shelf, mlflow_server, tmp_path):
    server = mlflow_server
    first, second = shelf.add(1), shelf.add(2)
    shelf.promote(first)
    follower = ModelFollower(shelf.url, shelf.name, tmp_path, poll_seconds=0.2)
    follower.start()
    assert version_of(follower) == (first, None)
    assert server.process is not None
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()
    down = f"the model registry at {server.url} cannot be reached; version {first} stays in use"
    try:
        until(lambda: version_of(follower) == (first, down))
        restarted = ModelFollower(shelf.url, shelf.name, tmp_path)
        restarted.start()
        restarted.stop()
        assert version_of(restarted) == (first, down)
        stored = next(tmp_path.glob("*/*/model.json"))
        stored.write_bytes(stored.read_bytes() + b" ")
        damaged = ModelFollower(shelf.url, shelf.name, tmp_path)
        damaged.start()
        damaged.stop()
        assert version_of(damaged) == (None, f"the model registry at {server.url} cannot be reached")
    finally:
        server.start()
    shelf.promote(second)
    until(lambda: version_of(follower) == (second, None))
    follower.stop()


_FORKED = """
import json, os, sys
from pathlib import Path
from argus_worker.models import ModelFollower
follower = ModelFollower(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
follower.start()
follower.stop()
heavy = {"sklearn", "skops", "pandas", "matplotlib", "mlflow", "pyarrow"}
rss = int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
print(json.dumps([follower.current[0].version, sorted(heavy & set(sys.modules)), rss]))
"""


def test_a_forked_process_follows_without_the_trainers_libraries_and_in_little_memory(shelf, tmp_path):
    version = shelf.add(1)
    shelf.promote(version)
    done = subprocess.run(
        [sys.executable, "-c", _FORKED, shelf.url, shelf.name, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    found, heavy, rss = json.loads(done.stdout.splitlines()[-1])
    assert (found, heavy) == (version, [])
    assert rss < 250


def until(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
