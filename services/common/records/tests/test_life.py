"""Signs of life: files that are touched, looked at, taken away."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from argus_records import life
from argus_records.conf import Env
from argus_records.life import Pulse, Sign, fresh, numbered


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_sign_is_fresh_for_a_while(tmp_path: Path) -> None:
    sign = Sign(tmp_path / "sign")
    assert not fresh(sign.path)
    sign.show()
    assert fresh(sign.path)
    for seconds in (life.FRESH_SECONDS + 1, -life.FRESH_SECONDS - 10):
        age(sign.path, seconds)
        assert not fresh(sign.path), seconds
    sign.show()
    assert fresh(sign.path)
    sign.withdraw()
    sign.withdraw()
    assert not sign.path.exists()


def test_signs_of_processes_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a[b]*"
    for name in ("a[b]*", "a[b]*.17", "a[b]*.beat", "ab*.18", "a[b]*.19"):
        (tmp_path / name).touch()
    assert sorted(file.name for file in numbered(path)) == ["a[b]*.17", "a[b]*.19"]
    assert numbered(tmp_path / "none" / "sign") == []


def test_a_link_is_not_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = tmp_path / "other"
    other.touch()
    age(other, 1000)
    (tmp_path / "sign").symlink_to(other)
    Sign(tmp_path / "sign").show()
    assert not fresh(other)
    assert "no sign of life can be left" in caplog.text


def test_where_nothing_can_be_written_the_work_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sign = Sign(tmp_path / "not there" / "sign")
    with caplog.at_level(logging.WARNING):
        sign.show()
        sign.show()
    assert len(caplog.records) == 1
    sign.withdraw()


def test_a_pulse_shows_while_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "PERIOD_SECONDS", 0.01)
    well = True
    pulse = Pulse(Sign(tmp_path / "sign"), well=lambda: well)
    pulse.start()
    until(lambda: fresh(tmp_path / "sign"))
    age(tmp_path / "sign", 1000)
    until(lambda: fresh(tmp_path / "sign"))
    well = False
    time.sleep(0.05)
    age(tmp_path / "sign", 1000)
    time.sleep(0.05)
    assert not fresh(tmp_path / "sign")
    well = True
    until(lambda: fresh(tmp_path / "sign"))
    pulse.stop()
    assert not (tmp_path / "sign").exists()


def test_a_pulse_that_never_began_ends_too(tmp_path: Path) -> None:
    Pulse(Sign(tmp_path / "sign"), well=lambda: True).stop()


def test_where_it_is(tmp_path: Path) -> None:
    env = Env({"ARGUS_WORKER_HEARTBEAT": str(tmp_path / "here")})
    assert life.place(env, "ARGUS_WORKER_HEARTBEAT", "sign") == tmp_path / "here"
    assert life.place(Env({}), "ARGUS_WORKER_HEARTBEAT", "sign").name == "sign"
