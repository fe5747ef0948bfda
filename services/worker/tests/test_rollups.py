"""The hours' sums, as the sweep advances them."""

import time
from typing import Any

import pytest
import records_factories as make
from argus_records.models import VolumeHour
from argus_records.services.rollups import rollups_fold
from argus_worker import metrics, rollups
from argus_worker.rollups import sum_all

pytestmark = pytest.mark.django_db


def decide(count: int) -> None:
    make.accept(*[make.new_transaction() for _ in range(count)])
    make.decide()


def test_what_goes_wrong_is_counted_and_left_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    decide(3)
    failed: list[int] = []

    def fail() -> Any:
        raise ArithmeticError("broken")

    with monkeypatch.context() as broken:
        broken.setattr(rollups, "rollups_fold", fail)
        broken.setattr(metrics, "sum_failed", lambda: failed.append(1))
        assert sum_all(until=float("inf")) == 0
    assert failed == [1]
    assert sum_all(until=0.0) == 3
    assert VolumeHour.objects.get().decisions == 3


def test_a_large_ledger_is_left_to_the_next_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        decide(2)
    monkeypatch.setattr(rollups, "rollups_fold", lambda: rollups_fold(limit=2))
    assert sum_all(until=0.0) == 2
    assert sum_all(until=time.monotonic() + 60) == 4
    assert sum_all(until=float("inf")) == 0
