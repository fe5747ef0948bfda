"""Figures and decisions in words."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from argus_web.dashboard.formats import iso_utc, money
from argus_web.dashboard.forms import TransactionFilterForm
from argus_web.dashboard.readable import feature_value, number, with_unit
from argus_web.dashboard.templatetags.argus import action_words, when


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234.5", "EUR", "1,234.50 EUR"),
        ("1234", "JPY", "1,234 JPY"),
        ("1.2345", "KWD", "1.2345 KWD"),
        ("0.5", "KWD", "0.500 KWD"),
        ("12.50", "DEM", "12.5 DEM"),
        ("9999999999999999.9900", "EUR", "9,999,999,999,999,999.99 EUR"),
    ],
)
def test_money(amount: str, currency: str, shown: str) -> None:
    assert money(Decimal(amount), currency) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "times", "–"),
        (float("nan"), "currency", "–"),
        (float("inf"), "times", "–"),
        (3.14159, "times", "3.14 ×"),
        (1234.567, "currency", "1,234.57 EUR"),
        (1e300, "kilometres", f"{int(1e300):,} km"),
        (7.0, "transactions", "7"),
        (0.0, "yes or no", "no"),
        (45.0, "seconds", "45 seconds"),
        (7200.0, "seconds", "2 hours"),
        (200000.0, "seconds", "2.3 days"),
        (0.5, "parsecs", "0.5 parsecs"),
    ],
)
def test_values_with_their_units(value: float | None, unit: str, shown: str) -> None:
    assert with_unit(value, unit, "EUR") == shown


def test_a_feature_that_the_catalogue_no_longer_has() -> None:
    shown = feature_value("old_feature", 2.5, "EUR")
    assert (shown.name, shown.meaning, shown.value) == ("old_feature", "old feature", "2.5")
    assert feature_value("counterparty_new", 1.0, "EUR").meaning.startswith("the customer has never")


def test_numbers() -> None:
    assert (number(0.0), number(123.4), number(-0.00042)) == ("0", "123", "-0.00042")


def test_times_are_utc_until_the_page_rewrites_them() -> None:
    moment = datetime.fromisoformat("2026-01-02T03:04:05+02:00")
    assert iso_utc(moment) == "2026-01-02T01:04:05Z"
    assert 'datetime="2026-01-02T01:04:05Z"' in when(moment)
    assert "2026-01-02 01:04:05 UTC" in when(moment)
    assert when(None) == "–"


def test_actions_in_words() -> None:
    assert action_words("alert.opened") == "opened the alert"
    assert action_words("label.some_thing") == "label some thing"


def test_a_day_begins_where_its_reader_is() -> None:
    said = {"since": "2026-03-29", "until": "2026-03-29", "tz": "Europe/Berlin", "currency": "eur"}
    form = TransactionFilterForm(said)
    assert form.is_valid()
    filters = form.filters()
    # The day on which clocks go forward has 23 hours.
    assert filters.occurred_from == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert filters.occurred_until == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert filters.currency == "EUR"
    assert form.cleaned_data["since"] == date(2026, 3, 29)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "x" * 60])
def test_an_unknown_zone_counts_as_utc(zone: str) -> None:
    form = TransactionFilterForm({"since": "2026-03-29", "tz": zone})
    assert form.is_valid()
    assert form.filters().occurred_from == datetime(2026, 3, 29, tzinfo=UTC)
