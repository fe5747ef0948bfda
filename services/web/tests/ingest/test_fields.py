"""Single values: exact, strict, one normal form."""

import ipaddress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import orjson
import pytest
from argus_engine.money import MINOR_DIGITS
from argus_web.ingest import faults, fields
from hypothesis import given
from hypothesis import strategies as st

AMOUNTS = st.sampled_from(sorted(MINOR_DIGITS)).flatmap(
    lambda code: st.tuples(st.just(code), st.integers(1, 10**16 - 1))
)


@given(AMOUNTS)
def test_an_amount_is_what_was_written(drawn: tuple[str, int]) -> None:
    code, minor = drawn
    exact = Decimal(minor).scaleb(-MINOR_DIGITS[code])
    for written in (f"{exact:f}", f"{exact:E}", f"{exact:f}".rstrip("0").rstrip(".") if "." in f"{exact:f}" else "1"):
        value = fields.number(written)
        assert Decimal(fields.amount(value, code)) == value
    assert fields.amount(exact, code) == f"{exact:.{MINOR_DIGITS[code]}f}"


@given(AMOUNTS)
def test_a_digit_too_many_is_never_rounded_away(drawn: tuple[str, int]) -> None:
    code, minor = drawn
    value = Decimal(minor * 10 + 1).scaleb(-MINOR_DIGITS[code] - 1)
    with pytest.raises(ValueError, match="digits"):
        fields.amount(value, code)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001 - the offset is drawn apart
    st.integers(-23 * 60, 23 * 60),
)
def test_a_time_is_the_same_moment(moment: datetime, offset: int) -> None:
    said = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert fields.time(said.isoformat()) == said
    assert fields.time(said.isoformat()).tzinfo is UTC


@given(st.ip_addresses())
def test_an_address_is_the_same_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    for written in (str(address), address.exploded, str(address).upper()):
        assert ipaddress.ip_address(fields.address(written)) == address


@given(st.text(max_size=80))
def test_ids_are_kept_or_refused_never_changed(text: str) -> None:
    said = {
        "transaction_id": text, "occurred_at": "2026-03-02T09:30:00Z", "customer_id": "c", "amount": 1,
        "currency": "EUR",
    }  # fmt: skip
    try:
        kept = faults.transaction(said).transaction_id
    except faults.Invalid:
        clean = 0 < len(text) <= 64 and text == text.strip() and not fields.CONTROL.search(text)
        # What Python strips beyond ASCII spaces (a line separator, say) may be kept.
        assert not clean
    else:
        assert kept == text


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=4))
def test_metadata_is_storable_or_refused(value: dict[str, object]) -> None:
    try:
        plain = fields.metadata(value)
    except ValueError:
        return
    assert len(orjson.dumps(plain)) <= fields.METADATA_MAX_BYTES
    assert fields.metadata(plain | {}) is not None or plain == {}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0.1", 0.1),
        ("1e2", 100.0),
        ("0.1000000000000000055", "0.1000000000000000055"),
        ("123456789012345678.25", "123456789012345678.25"),
        ("1e400", "1E+400"),
        ("1e-400", "1E-400"),
    ],
)
def test_numbers_in_metadata_are_kept_exactly(written: str, kept: object) -> None:
    assert fields.metadata({"n": Decimal(written)}) == {"n": kept}
