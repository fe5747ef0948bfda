"""The last hour, added up as it comes."""

import pytest
from argus_records.latency import BOUNDS
from argus_records.selectors.overview import Tallies, Tally
from argus_web.dashboard import rolling
from argus_web.dashboard.rolling import MINUTES, Rolling

NOW = 1_800_000_125.0
MINUTE = 1_800_000_120


def tally(size: int, *, reviewed: int = 0, blocked: int = 0, bin_: int = 8) -> Tally:
    made = Tally.empty()
    made.size, made.reviewed, made.blocked = size, reviewed, blocked
    made.latency_counts[bin_] = size
    return made


class Ledger:
    """Answers as the selectors do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[tuple[int, int, Tally]] = []
        self.asked: list[int] = []
        monkeypatch.setattr(rolling, "tallies", self.tallies)
        monkeypatch.setattr(rolling, "feed_head", lambda: max((b[0] for b in self.batches), default=0))

    def tallies(self, *, after: int, since: object) -> Tallies:
        self.asked.append(after)
        slots: dict[int, Tally] = {}
        for position, start, made in self.batches:
            if position > after:
                slots.setdefault(start, Tally.empty()).add(made)
        return Tallies(slots, max([after, *(b[0] for b in self.batches)]))


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    return Ledger(monkeypatch)


def test_each_batch_counts_once(ledger: Ledger) -> None:
    hour = Rolling()
    ledger.batches.append((1, MINUTE, tally(10, reviewed=2)))
    hour.update(now=NOW)
    hour.update(now=NOW)
    ledger.batches.append((2, MINUTE, tally(5, blocked=1)))
    hour.update(now=NOW)
    assert hour.hour() == {"total": 15, "review": 2, "block": 1}
    assert ledger.asked == [0, 1, 1]


def test_a_late_batch_goes_to_its_own_minute(ledger: Ledger) -> None:
    hour = Rolling()
    ledger.batches.append((1, MINUTE, tally(10)))
    hour.update(now=NOW)
    ledger.batches.append((2, MINUTE - 180, tally(7)))
    hour.update(now=NOW)
    minutes = hour.per_minute(now=NOW)
    assert len(minutes["total"]) == MINUTES
    assert minutes["start"] == MINUTE - 59 * 60
    assert minutes["total"][-1] == 10
    assert minutes["total"][-4] == 7
    assert minutes["p50"][-2] is None
    assert BOUNDS[7] * 1000 <= minutes["p50"][-1] <= BOUNDS[8] * 1000


def test_what_is_older_than_the_hour_goes(ledger: Ledger) -> None:
    hour = Rolling()
    ledger.batches.append((1, MINUTE - 3000, tally(10)))
    hour.update(now=NOW)
    assert hour.hour()["total"] == 10
    hour.update(now=NOW + 900)
    assert hour.hour()["total"] == 0


def test_a_database_clock_that_runs_ahead_loses_nothing(ledger: Ledger) -> None:
    hour = Rolling()
    ledger.batches.append((1, MINUTE + 60, tally(10)))
    hour.update(now=NOW)
    assert hour.per_minute(now=NOW)["total"][-1] == 10


def test_a_restored_database_begins_anew(ledger: Ledger) -> None:
    hour = Rolling()
    ledger.batches.append((9, MINUTE, tally(10)))
    hour.update(now=NOW)
    ledger.batches = [(3, MINUTE, tally(4))]
    hour.update(now=NOW)
    assert hour.hour()["total"] == 4


def test_the_rate_is_of_the_last_minute(ledger: Ledger) -> None:
    hour = Rolling()
    for slot in range(6):
        ledger.batches.append((slot + 1, MINUTE - 10 * slot, tally(11)))
    ledger.batches.append((7, MINUTE - 60, tally(500)))
    hour.update(now=NOW)
    # 66 in the 55 seconds since the beginning of the fifth slot before this one.
    assert hour.per_minute_now(now=NOW) == 72
    assert Rolling().per_minute_now(now=NOW) == 0


def test_latency_is_of_the_last_minutes(ledger: Ledger) -> None:
    hour = Rolling()
    ledger.batches += [
        (1, MINUTE - 600, tally(1000, bin_=20)),
        (2, MINUTE - 60, tally(99, bin_=3)),
        (3, MINUTE, tally(1, bin_=10)),
    ]
    hour.update(now=NOW)
    found = hour.latency(now=NOW)
    assert found["p50"] is not None
    assert found["p99"] is not None
    assert found["p50"] <= BOUNDS[3] * 1000
    assert Rolling().latency(now=NOW) == {"p50": None, "p99": None}
