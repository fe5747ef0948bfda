"""Sliding windows that rules ask for. Importable without numpy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from argus_engine.rules.language.quantities import MONEY, NUMBER, Quantity, fields
from argus_engine.rules.terms import Strict

Aggregate = Literal["count", "sum", "average", "max", "distinct"]
WindowField = Literal["amount", "counterparty", "country", "device", "channel", "type", "currency"]
FilterField = Literal["type", "channel", "country", "currency"]

_UNITS: Final = {"m": (60, "minute"), "h": (3600, "hour"), "d": (86_400, "day")}
_SHORTEST, _LONGEST = 60, 90 * 86_400
_SUMMED: Final = frozenset({"sum", "average", "max"})
# The windows that the kernel keeps for every customer anyway, and the features that hold them.
_KEPT: Final = {600: "10m", 3600: "1h", 86_400: "24h"}
_MANY: Final = {
    "counterparty": "counterparties", "country": "countries", "device": "devices", "channel": "channels",
    "type": "kinds of transaction", "currency": "currencies",
}  # fmt: skip


def seconds(length: str) -> int:
    """A length in seconds.

    >>> seconds("45m"), seconds("90d")
    (2700, 7776000)
    """
    return int(length[:-1]) * _UNITS[length[-1]][0]


def spoken(length: str) -> str:
    """
    >>> spoken("45m"), spoken("1h")
    ('45 minutes', '1 hour')
    """
    number, name = int(length[:-1]), _UNITS[length[-1]][1]
    return f"{number} {name}{'' if number == 1 else 's'}"


def _length(length: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,5}[mhd]", length):
        raise ValueError("a length is a whole number and m, h or d, as 45m, 36h or 90d")
    if not _SHORTEST <= seconds(length) <= _LONGEST:
        raise ValueError("a window is 1 minute to 90 days long")
    return length


@dataclass(frozen=True, slots=True)
class Window:
    """A window as it is computed: of the customer's transactions in (t - length, t], this one included.

    ``length`` in microseconds. ``only``: (field, values) that a transaction must have to count, sorted. Sums, averages
    and maxima are of amounts in the currency of the transaction that is judged; counts and distinct values of all.
    """

    length: int
    aggregate: str
    field: str | None
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The fields that must be read of earlier transactions."""
        named = {name for name, _ in self.only}
        return frozenset(named | {self.field} if self.field not in {None, "amount"} else named) - {None}


class WindowOf(Strict):
    """Of the customer's transactions within ``length``, this one included, the ``agg`` of ``field``."""

    of: Literal["transactions"]
    by: Literal["customer"]
    length: Annotated[str, AfterValidator(_length)]
    agg: Aggregate
    field: WindowField | None = None
    only: dict[FilterField, Annotated[tuple[str, ...], Field(min_length=1, max_length=300)]] = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.agg == "count" and self.field is not None:
            raise ValueError("a count is of transactions: leave field out")
        if self.agg in _SUMMED and self.field != "amount":
            raise ValueError(f"{self.agg} needs the field amount")
        if self.agg == "distinct" and self.field in {None, "amount"}:
            raise ValueError(f"distinct needs a field: one of {', '.join(_MANY)}")
        for name, values in self.only.items():
            for value in values:
                if value not in fields()[name].choices:
                    raise ValueError(f"only {name}: {value!r} is not one")
        return self

    def window(self) -> Window:
        """What is computed."""
        only = tuple(sorted((name, tuple(sorted(set(values)))) for name, values in self.only.items()))
        return Window(seconds(self.length) * 1_000_000, self.agg, self.field, only)

    def kept(self) -> str | None:
        """The feature that holds this very number, if the kernel keeps it."""
        name = _KEPT.get(seconds(self.length))
        if name is None or self.only:
            return None
        return {"count": f"count_{name}", "sum": f"amount_{name}"}.get(self.agg)

    def quantity(self) -> Quantity:
        """As something to compare."""
        within = f"within {spoken(self.length)}"
        what = "the customer's transactions" + _spoken_filter(self.only)
        if self.agg == "count":
            return Quantity("window", f"the number of {what} {within}", NUMBER, "transactions")
        if self.agg == "distinct":
            many = _MANY[str(self.field)]
            return Quantity("window", f"the number of different {many} of {what} {within}", NUMBER, many)
        word = {"sum": "sum", "average": "average", "max": "largest amount"}[self.agg]
        return Quantity("window", f"the {word} of {what} {within}", MONEY)


def _spoken_filter(only: Mapping[FilterField, tuple[str, ...]]) -> str:
    said = [" or ".join(value.replace("_", " ") for value in values) for values in only.values()]
    return f" ({', '.join(said)})" if said else ""
