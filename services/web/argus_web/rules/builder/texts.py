"""What people type into one control, and the values it stands for. What cannot be read stays as it is: the engine's
checks then name it, in its place."""

import re
from collections.abc import Sequence

_PIECES = re.compile(r"[,;\n]")


def pieces(text: str) -> list[str]:
    """
    >>> pieces("a, b;c")
    ['a', 'b', 'c']
    """
    return [piece.strip() for piece in _PIECES.split(text) if piece.strip()]


def codes(text: str) -> list[str]:
    """
    >>> codes("de, fr")
    ['DE', 'FR']
    """
    return [piece.upper() for piece in pieces(text)]


def joined(values: Sequence[str]) -> str:
    """
    >>> joined(["DE", "FR"])
    'DE, FR'
    """
    return ", ".join(values)


def number(text: str) -> int | float | str:
    """
    >>> number("5"), number("2.5"), number("five")
    (5, 2.5, 'five')
    """
    text = text.strip()
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", text):
        return float(text)
    return text


def amounts(text: str) -> dict[str, str]:
    """
    >>> amounts("EUR 5000, 5500.50 usd, much")
    {'EUR': '5000', 'USD': '5500.50', 'much': ''}
    """
    found: dict[str, str] = {}
    for piece in pieces(text):
        words = piece.split()
        if len(words) == 2:
            amount, currency = sorted(words)
            found[currency.upper()] = amount
        else:
            found[piece] = ""
    return found


def amounts_text(found: dict[str, str]) -> str:
    """
    >>> amounts_text({"EUR": "5000", "USD": "5500"})
    'EUR 5000, USD 5500'
    """
    return ", ".join(f"{currency} {amount}".strip() for currency, amount in found.items())
