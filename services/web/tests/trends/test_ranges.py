"""Ranges, the addresses of lists, and how figures are written."""

from datetime import UTC, datetime, timedelta

import pytest
from argus_web.trends.links import Links
from argus_web.trends.ranges import RANGES, Period
from argus_web.trends.tables import Cell, count, percent, percent_words


@pytest.mark.parametrize(
    ("code", "since", "until"),
    [
        ("24h", "2026-03-08T14:00", "2026-03-09T14:00"),
        ("7d", "2026-03-02T18:00", "2026-03-09T18:00"),
        ("30d", "2026-02-08T00:00", "2026-03-10T00:00"),
        ("90d", "2025-12-10T00:00", "2026-03-10T00:00"),
    ],
)
def test_a_range_is_whole_steps_and_the_last_has_just_begun(code: str, since: str, until: str) -> None:
    period = Period.of(RANGES[code], datetime(2026, 3, 9, 13, 5, tzinfo=UTC))
    assert (f"{period.since:%Y-%m-%dT%H:%M}", f"{period.until:%Y-%m-%dT%H:%M}") == (since, until)
    assert period.starts[0] == period.since
    assert period.starts[-1] + RANGES[code].step == period.until
    assert len(period.starts) == len(set(period.starts)) <= 90


def test_a_step_that_begins_now_is_in_the_range() -> None:
    now = datetime(2026, 3, 9, tzinfo=UTC)
    for chosen in RANGES.values():
        assert Period.of(chosen, now).starts[-1] == now


def test_addresses_say_moments_and_the_currency() -> None:
    noon = datetime(2026, 3, 9, 12, tzinfo=UTC)
    hour = noon, noon + timedelta(hours=1)
    assert Links("").transactions(*hour, code="a&b") == (
        "/transactions/?decided_since=2026-03-09T12:00Z&decided_until=2026-03-09T13:00Z&code=a%26b"
    )
    assert Links("EUR").opened(None, noon, status="open") == "/alerts/?status=open&until=2026-03-09T12:00Z&currency=EUR"
    assert Links("").opened(*hour).startswith("/alerts/?status=all&since=")
    assert Links("").decided(*hour, "blocked") == (
        "/alerts/?status=blocked&decided_since=2026-03-09T12:00Z&decided_until=2026-03-09T13:00Z"
    )


def test_cells() -> None:
    assert count(1234, "/a") == Cell("1234", "1,234", "/a")
    assert count(0, "/a").link == ""
    assert percent(0.01234) == Cell("0.012340", "1.23 %")
    assert percent(None) == Cell("", "–")
    assert (percent_words(0.5), percent_words(1.0), percent_words(0.0)) == ("50 %", "100 %", "0 %")
