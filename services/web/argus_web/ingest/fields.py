"""How single values are read: strictly, exactly, into one normal form.

Each function takes a value of parsed JSON (decimals as Decimal) and raises ValueError saying what is wrong with it.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Final

import orjson
import pycountry
from argus_engine.money import CURRENCIES, MINOR_DIGITS

MAX_DIGITS: Final = 16
METADATA_MAX_BYTES: Final = 4096
METADATA_MAX_DEPTH: Final = 16
AHEAD: Final = timedelta(days=1)
# Clocks differ: a label may have become known this much after now.
GRACE: Final = timedelta(minutes=1)
COUNTRIES: Final = tuple(sorted(country.alpha_2 for country in pycountry.countries))
CODES: Final = tuple(sorted(CURRENCIES))

# No control characters, and no space at either end: such ids look equal and are not.
TEXT: Final = r"^[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?$"
# A sign is matched so that "-5" is told it is not above zero, not that it is no number.
NUMBER: Final = r"^-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?$"
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_time = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII).fullmatch
_number = re.compile(NUMBER, re.ASCII).match
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT: Final = Context(prec=MAX_DIGITS, traps=[Inexact, InvalidOperation])
_UNITS: Final = {code: Decimal(1).scaleb(-digits) for code, digits in MINOR_DIGITS.items()}


def time(value: Any) -> datetime:
    """An RFC 3339 time in UTC.

    >>> time("2026-03-02T09:30:00+01:00").isoformat()
    '2026-03-02T08:30:00+00:00'
    """
    if type(value) is not str or _time(value) is None:
        raise ValueError("not RFC 3339 with an offset")
    parsed = datetime.fromisoformat(value.upper())
    if not 1969 <= parsed.year <= 9998:
        raise ValueError("not a year of this era")
    parsed = parsed.astimezone(UTC)
    if parsed < _EPOCH:
        raise ValueError("before 1970")
    return parsed


def occurred(value: Any) -> datetime:
    """A time at most a day ahead."""
    parsed = time(value)
    if parsed > datetime.now(UTC) + AHEAD:
        raise ValueError("more than a day ahead")
    return parsed


def observed(value: Any) -> datetime:
    """A time that is not ahead."""
    parsed = time(value)
    if parsed > datetime.now(UTC) + GRACE:
        raise ValueError("ahead of now")
    return parsed


def number(value: Any) -> Decimal:
    """A decimal above zero, from a string or a number, exact.

    >>> number("12.50")
    Decimal('12.50')
    """
    kind = type(value)
    if kind is str:
        if _number(value) is None or value[-1] == "\n":
            raise ValueError("not a decimal number")
    elif kind is not Decimal and kind is not int:
        raise ValueError("neither a string nor a number")
    amount: Decimal = value if kind is Decimal else Decimal(value)
    if not amount > 0:
        raise ValueError("not above zero")
    return amount


def amount(value: Decimal, currency: str) -> str:
    """An amount with the digits of its currency.

    >>> amount(Decimal("12.5"), "EUR")
    '12.50'
    """
    try:
        return str(_EXACT.quantize(value, _UNITS[currency]))
    except Inexact:
        raise ValueError(f"{currency} has {MINOR_DIGITS[currency]} digits after the point") from None
    except InvalidOperation:
        raise ValueError(f"more than {MAX_DIGITS} digits") from None


def address(value: Any) -> str:
    """An IPv4 or IPv6 address, compressed.

    >>> address("2001:DB8:0:0::1")
    '2001:db8::1'
    """
    if type(value) is not str:
        raise ValueError("not an address")
    for family in (AF_INET, AF_INET6):
        try:
            return inet_ntop(family, inet_pton(family, value))
        except OSError:
            continue
    raise ValueError("not an address")


def degrees(value: Any) -> float:
    """A number of degrees. Not a string, not true."""
    if type(value) is not Decimal and type(value) is not int:
        raise ValueError("not a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("far too large") from None


def metadata(value: Any) -> dict[str, Any]:
    """An object of what JSON can say. Numbers beyond 64 bits stay exact: they become strings.

    >>> metadata({"order": 7, "rate": Decimal("0.10")})
    {'order': 7, 'rate': 0.1}
    """
    if type(value) is not dict:
        raise ValueError("not an object")
    plain: dict[str, Any] = _plain(value, 0)
    try:
        size = len(orjson.dumps(plain))
    except TypeError:
        raise ValueError("half a surrogate pair is not text") from None
    if size > METADATA_MAX_BYTES:
        raise ValueError(f"{size:,} bytes")
    return plain


def _plain(value: Any, depth: int) -> Any:
    if depth > METADATA_MAX_DEPTH:
        raise ValueError(f"nested more than {METADATA_MAX_DEPTH} deep")
    if type(value) is str:
        if CONTROL.search(value):
            raise ValueError("a control character")
        return value
    if type(value) is Decimal:
        near = float(value)
        return near if math.isfinite(near) and Decimal(repr(near)) == value else str(value)
    if type(value) is dict:
        return {_plain(key, depth): _plain(item, depth + 1) for key, item in value.items()}
    if type(value) is list:
        return [_plain(item, depth + 1) for item in value]
    if type(value) is int and not -(2**63) <= value < 2**63:
        return str(value)
    return value
