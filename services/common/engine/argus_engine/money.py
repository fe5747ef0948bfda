"""Amounts as whole numbers of minor units.

Minor digits are those of ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD, 4 for CLF.
"""

from decimal import Decimal
from functools import cache
from typing import Final

import iso4217


class UnknownCurrency(ValueError):
    """Not a currency of ISO 4217 in which one can pay."""


def _digits() -> dict[str, int]:
    # Codes without minor units are not money: metals, bond units, the test code.
    return {currency.code: currency.exponent for currency in iso4217.Currency if currency.exponent is not None}


MINOR_DIGITS: Final = _digits()
CURRENCIES: Final = frozenset(MINOR_DIGITS)


def minor_digits(currency: str) -> int:
    """Digits after the point.

    >>> minor_digits("EUR"), minor_digits("JPY")
    (2, 0)
    """
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not an ISO 4217 currency") from None


@cache
def _scale(currency: str) -> Decimal:
    return Decimal(10) ** minor_digits(currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units.

    Raises UnknownCurrency, and ValueError for more digits than the currency has.

    >>> to_minor(Decimal("12.5"), "EUR")
    1250
    """
    scaled = amount * _scale(currency)
    minor = int(scaled)
    if minor != scaled:
        raise ValueError(f"{amount} has more than {minor_digits(currency)} digits after the point")
    return minor


def from_minor(minor: int, currency: str) -> Decimal:
    """The amount in major units, with the currency's digits.

    >>> from_minor(1250, "EUR")
    Decimal('12.50')
    """
    return Decimal(minor).scaleb(-minor_digits(currency))


def format_amount(minor: int, currency: str) -> str:
    """For people.

    >>> format_amount(1240000, "EUR")
    '12,400.00 EUR'
    """
    return f"{from_minor(minor, currency):,f} {currency}"
