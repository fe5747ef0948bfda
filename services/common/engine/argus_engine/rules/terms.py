"""The small types of which rule-set documents are made. Importable without numpy."""

from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from argus_engine.money import CURRENCIES, to_minor

WINDOWS: Final = {"10m": "10 minutes", "1h": "1 hour", "24h": "24 hours"}


class Strict(BaseModel):
    """A part of a document: nothing is guessed, nothing beyond what is described is taken."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@cache
def country_codes() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, from the shipped table of countries."""
    text = (files("argus_engine") / "data" / "countries.csv").read_text()
    return frozenset(line.partition(",")[0] for line in text.splitlines()[2:])


def _country(code: str) -> str:
    if code not in country_codes():
        raise ValueError(f"{code!r} is not an ISO 3166-1 alpha-2 country code")
    return code


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(f"{code!r} is not an ISO 4217 currency code")
    return code


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{value!r} is listed twice")
        seen.add(value)
    return values


def _exact(amounts: "dict[str, str]") -> "dict[str, str]":
    for currency, amount in amounts.items():
        exact(amount, currency)
    return amounts


def exact(amount: str, currency: str) -> int:
    """An amount above zero in minor units.

    Raises ValueError for zero and for more digits than the currency has.

    >>> exact("10000", "EUR"), exact("2000000", "JPY")
    (1000000, 2000000)
    """
    try:
        minor = to_minor(Decimal(amount), currency)
    except ValueError as error:
        raise ValueError(f"{currency}: {error}") from None
    if minor <= 0:
        raise ValueError(f"{currency}: an amount must be above zero")
    return minor


# A decimal in a string, as in the API. With 12 digits before the point, sums stay exact in minor units.
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
Amounts = Annotated[dict[Currency, Amount], AfterValidator(_exact)]
Identifier = Annotated[str, Field(min_length=1, max_length=64)]
Identifiers = Annotated[tuple[Identifier, ...], AfterValidator(_once)]
Countries = Annotated[tuple[Country, ...], AfterValidator(_once)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Times = Annotated[float, Field(ge=1.0, le=1_000_000.0)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Window = Literal["10m", "1h", "24h"]
Outcome = Literal["score", "review", "block"]


class Rule(Strict):
    """What rules of all kinds have.

    ``weight``, 0 to 1: how much a hit alone raises the score; 0.5 halves the distance to 1. ``outcome``: the
    verdict that a hit asks for; "score" only weighs.
    """

    code: Code
    enabled: bool
    weight: Share
    outcome: Outcome
