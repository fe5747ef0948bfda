"""Numbers as people write them."""

import math

from argus_engine.money import format_amount, minor_digits


def ordinal(number: int) -> str:
    """
    >>> [ordinal(n) for n in (1, 2, 3, 7, 11, 12, 13, 22, 111, 1001)]
    ['1st', '2nd', '3rd', '7th', '11th', '12th', '13th', '22nd', '111th', '1,001st']
    """
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def counted(number: float, one: str, many: str) -> str:
    """
    >>> counted(1, "transaction", "transactions"), counted(1200, "transaction", "transactions")
    ('1 transaction', '1,200 transactions')
    """
    whole = round(number)
    return f"{whole:,} {one if whole == 1 else many}"


def times(ratio: float) -> str:
    """
    >>> times(6.34), times(19.96), times(1234.5)
    ('6.3 times', '20 times', '1,234 times')
    """
    return f"{ratio:.1f} times" if ratio < 19.95 else f"{ratio:,.0f} times"


def money(major: float, currency: str) -> str:
    """An amount that was computed, in major units, rounded to the currency's digits.

    >>> money(65.2, "EUR"), money(1234.4, "JPY")
    ('65.20 EUR', '1,234 JPY')
    """
    return format_amount(round(major * 10 ** minor_digits(currency)), currency)


def whole(number: float, unit: str) -> str:
    """
    >>> whole(5570.4, "km"), whole(math.inf, "km/h")
    ('5,570 km', 'any number of km/h')
    """
    return f"{number:,.0f} {unit}" if math.isfinite(number) else f"any number of {unit}"


def listed(parts: list[str]) -> str:
    """
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
