"""The trainer's sign of life, and the container's probe of it."""

import os
import time

from argus_records.life import fresh
from argus_trainer import alive, heartbeat


def test_the_probe(tmp_path, monkeypatch, capsys):
    sign = tmp_path / "life"
    monkeypatch.setenv("ARGUS_TRAINER_HEARTBEAT", str(sign))
    assert alive.main([]) == 1
    assert "the trainer shows no life" in capsys.readouterr().err
    sign.touch()
    assert alive.main([]) == 0
    os.utime(sign, (time.time() - 60,) * 2)
    assert alive.main([]) == 1
    capsys.readouterr()
    monkeypatch.setenv("ARGUS_TRAINER_HARTBEAT", "x")
    assert alive.main([]) == 1
    assert "did you mean ARGUS_TRAINER_HEARTBEAT" in capsys.readouterr().err


def test_it_is_there_for_as_long_as_the_schedule_runs(tmp_path):
    sign = tmp_path / "life"
    with heartbeat.shown(sign):
        deadline = time.monotonic() + 30
        while not fresh(sign):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert not sign.exists()


def test_a_training_of_hours_is_life_one_of_a_day_is_not(monkeypatch):
    now = 1000.0
    monkeypatch.setattr("argus_trainer.heartbeat.time.monotonic", lambda: now)
    heart = heartbeat.Heart()
    assert heart.well()
    with heart.training():
        now += 10 * 3600
        assert heart.well()
        now += 15 * 3600
        assert not heart.well()
    assert heart.well()
