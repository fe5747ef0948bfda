"""Days and moments in addresses."""

import re
from datetime import UTC, date, datetime

import pytest
from argus_web.dashboard.forms import TransactionFilterForm
from argus_web.dashboard.moments import moment_text
from django.test import Client


def form(**said: str) -> TransactionFilterForm:
    made = TransactionFilterForm(said)
    made.is_valid()
    return made


def test_a_day_begins_where_its_reader_is_and_a_moment_is_one_everywhere() -> None:
    filters = form(
        decided_since="2026-03-02",
        decided_until="2026-03-03T13:00+02:00",
        since="2026-03-02T13:00:05Z",
        tz="Asia/Tokyo",
    ).filters()
    assert filters.decided_from == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert filters.decided_until == datetime(2026, 3, 3, 11, tzinfo=UTC)
    assert filters.occurred_from == datetime(2026, 3, 2, 13, 0, 5, tzinfo=UTC)
    # The last day is included.
    assert form(decided_until="2026-03-02").filters().decided_until == datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "said", ["2026-03-02T13:00", "2026-03-02T99:00Z", "0001-01-01T00:00+14:00", "nowhenT", "2026-13-02", "T"]
)
def test_what_is_none_is_said(said: str) -> None:
    assert "decided_since" in form(decided_since=said).errors


@pytest.mark.parametrize(
    ("begin", "end", "right"),
    [
        ("2026-03-02", "2026-03-02", True),
        ("2026-03-02T13:00Z", "2026-03-02T13:00Z", True),
        ("2026-03-02T13:00Z", "2026-03-02T12:59Z", False),
        ("2026-03-03", "2026-03-02T12:00Z", False),
        ("2026-03-02", "2026-03-02T12:00Z", True),
    ],
)
def test_ranges_run_upwards(begin: str, end: str, right: bool) -> None:
    for low, high in (("since", "until"), ("decided_since", "decided_until")):
        made = form(**{low: begin, high: end})
        assert made.is_valid() is right
        assert right or list(made.errors) == [high]


def test_moments_are_read_as_they_are_written() -> None:
    for moment in (datetime(2026, 3, 2, 13, tzinfo=UTC), datetime(2026, 3, 2, 13, 0, 5, tzinfo=UTC)):
        assert form(since=moment_text(moment)).cleaned_data["since"] == moment
    assert moment_text(datetime(2026, 3, 2, 13, tzinfo=UTC)) == "2026-03-02T13:00Z"
    assert type(form(since="2026-03-02").cleaned_data["since"]) is date


@pytest.mark.django_db
def test_a_moment_is_shown_and_a_day_is_picked(desk: Client, redis_url: str) -> None:
    for address in ("/transactions/", "/alerts/"):
        page = desk.get(address, {"since": "2026-03-02T13:00Z", "until": "2026-03-03"}).content.decode()
        assert re.search(r'<input type="text" name="since" value="2026-03-02T13:00Z"[^>]* data-moment', page)
        assert re.search(r'<input type="date" name="until" value="2026-03-03" id="id_until">', page)
