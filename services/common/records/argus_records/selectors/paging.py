"""Pages by key instead of by offset: the thousandth costs what the first does."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import orjson
from django.db.models import Q

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of what follows them: None at the end."""

    rows: list[Row]
    next: str | None


def cursor_encode(*key: str | float | datetime | Decimal) -> str:
    """The key of a page's last row as text that may stand in an address.

    >>> cursor_decode(cursor_encode(0.5, 17), kinds=(float, int))
    (0.5, 17)
    """
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).decode().rstrip("=")


def cursor_decode(cursor: str, *, kinds: Sequence[Callable[[Any], Any]]) -> tuple[Any, ...] | None:
    """What :func:`cursor_encode` was given, or None for a text that it did not make.

    >>> cursor_decode("nonsense", kinds=(int,)) is None
    True
    """
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(key, list) or len(key) != len(kinds):
            return None
        return tuple(kind(value) for kind, value in zip(kinds, key, strict=True))
    except (ValueError, TypeError, ArithmeticError, binascii.Error):
        return None


def read_moment(value: object) -> datetime:
    """A time with its zone out of a cursor. Raises ValueError."""
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def read_decimal(value: object) -> Decimal:
    """A finite number out of a cursor. Raises ValueError or ArithmeticError."""
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a number")
    return number


def beyond(field: str, value: Any, row_id: int, *, falls: bool = True) -> Q:
    """What follows the row with this value and id in the order of both, falling or rising."""
    after, tie = ("lte", "gte") if falls else ("gte", "lte")
    # The first condition is the range an index can walk, the second leaves out ties already shown.
    return Q(**{f"{field}__{after}": value}) & ~Q(**{field: value, f"id__{tie}": row_id})


def page_of(rows: list[Row], *, limit: int, key: Callable[[Row], tuple[Any, ...]]) -> Page[Row]:
    """A page out of up to ``limit + 1`` rows; the one too many only tells that more follow."""
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], cursor_encode(*key(rows[limit - 1])))
