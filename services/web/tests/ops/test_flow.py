"""Arrivals and waits told from decisions, against streams whose arrivals are known."""

import random

import pytest
from argus_records import latency
from argus_records.selectors.overview import SLOT_SECONDS, Tally
from argus_web.ops.flow import Flow, flow

FIRST = 1_800_000_000
MINUTES = 60
NOW = FIRST + MINUTES * 60 - 1


def told(pairs: list[tuple[float, float | None]]) -> Flow:
    """The flow of transactions that arrived and were decided then; None for those that wait still."""
    slots: dict[int, Tally] = {}
    minutes = [Tally.empty() for _ in range(MINUTES)]
    arrivals: dict[int, int] = {}
    waiting = [arrived for arrived, decided in pairs if decided is None]
    for arrived in waiting:
        arrivals[int(arrived) // 60 * 60] = arrivals.get(int(arrived) // 60 * 60, 0) + 1
    for arrived, decided in pairs:
        if decided is None or decided < FIRST:
            continue
        one = Tally(1, 0, 0, latency.count([decided - arrived]), 1, 1)
        slots.setdefault(int(decided) // SLOT_SECONDS * SLOT_SECONDS, Tally.empty()).add(one)
        minutes[int(decided - FIRST) // 60].add(one)
    oldest = NOW - min(waiting) if waiting else None
    return flow(first=FIRST, minutes=minutes, slots=slots, arrivals=arrivals, depth=len(waiting), oldest=oldest)


def per_minute(moments: list[float]) -> list[int]:
    counts = [0] * MINUTES
    for moment in moments:
        if moment >= FIRST:
            counts[int(moment - FIRST) // 60] += 1
    return counts


def test_nothing_at_all() -> None:
    assert told([]) == Flow([0] * MINUTES, [0] * MINUTES, [None] * MINUTES)


def test_while_all_is_well_arrivals_are_exact_and_nothing_waits() -> None:
    chance = random.Random(7)
    # Away from the slots' edges: within a slot the moment of a decision is not known.
    arrivals = [
        FIRST + 10 * slot + chance.uniform(1, 8) for slot in range(MINUTES * 6) for _ in range(chance.randrange(9))
    ]
    found = told([(arrived, arrived + chance.uniform(0.004, 0.4)) for arrived in arrivals])
    assert found.received == per_minute(arrivals)
    assert found.waiting == [0] * MINUTES
    assert max(wait or 0 for wait in found.longest) == pytest.approx(0.45)


def test_what_waits_still_has_its_own_time() -> None:
    arrivals = [FIRST + 60 * minute + 30.0 for minute in range(50, 60) for _ in range(3)]
    found = told([(arrived, None) for arrived in arrivals])
    assert found.received == per_minute(arrivals)
    assert found.waiting[49:] == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30]
    assert found.longest[-1] == NOW - arrivals[0]
    assert found.longest[:-1] == [None] * 59


def test_a_backlog_is_seen_growing_and_being_worked_off() -> None:
    # Twenty a minute; from the twentieth to the thirtieth minute none is decided, then all are.
    arrivals = [FIRST + 3.0 * number for number in range(20 * MINUTES)]
    begins, ends = FIRST + 20 * 60, FIRST + 30 * 60 + 30
    found = told([(arrived, ends if begins <= arrived < ends else arrived + 0.1) for arrived in arrivals])
    assert sum(found.received) == pytest.approx(20 * MINUTES, abs=5)
    assert max(abs(number - 20) for number in found.received) <= 2
    assert [abs(waits - 20 * minute) <= 8 for minute, waits in enumerate(found.waiting[19:30])] == [True] * 11
    assert found.waiting[:19] == [0] * 19
    assert found.waiting[30:] == [0] * 30
    assert found.longest[30] is not None
    assert found.longest[30] >= 630


def test_nothing_is_counted_twice_or_lost_within_the_hour() -> None:
    chance = random.Random(11)
    pairs: list[tuple[float, float | None]] = []
    for _ in range(3000):
        arrived = FIRST + chance.uniform(20 * 60, 50 * 60)
        pairs.append((arrived, arrived + chance.expovariate(1 / 10)))
    found = told(pairs)
    assert sum(found.received) == pytest.approx(3000, rel=0.02)
    truth = [
        sum(arrived < FIRST + 60 * end <= (decided or NOW) for arrived, decided in pairs)
        for end in range(1, MINUTES + 1)
    ]
    # Of some seventeen that wait at any moment, within what a bin's width makes of them.
    assert max(abs(told_ - true) for told_, true in zip(found.waiting, truth, strict=True)) < 25


def test_what_came_before_the_hour_is_not_of_it() -> None:
    found = told([(FIRST - 7200.0, FIRST + 30.0), (FIRST - 50.0, FIRST + 5.0)])
    assert sum(found.received) == 0
    assert found.longest[0] == latency.BOUNDS[-1]


def test_a_clock_that_is_ahead_loses_nothing() -> None:
    found = flow(
        first=FIRST, minutes=[Tally.empty()] * MINUTES, slots={}, arrivals={FIRST + 3660: 4}, depth=4, oldest=0.0
    )
    assert found.received[-1] == 4
