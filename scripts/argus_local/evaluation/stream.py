"""A labelled stream from a parquet file, as the engine's columns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from argus_engine.columns import Transactions
from argus_engine.money import minor_digits
from numpy.typing import NDArray

REQUIRED: Final = ("tx_id", "timestamp", "customer_id", "amount", "label")
# Fields of a transaction that a column may be mapped to, and what stands where none is.
_TEXTS: Final[dict[str, str | None]] = {
    "counterparty_id": None, "currency": "EUR", "type": "other", "country": None, "channel": None, "device_id": None,
}  # fmt: skip
OPTIONAL: Final = (*_TEXTS, "latitude", "longitude")
UNKNOWN, GENUINE, FRAUD = -1, 0, 1


class StreamError(ValueError):
    """The file is not a stream that can be evaluated; the message names the column."""


@dataclass(frozen=True)
class Stream:
    """n transactions in the order of their time; ``label``: FRAUD, GENUINE or UNKNOWN.

    ``amount`` in major units, as in the file; ``customer`` (n,): which of the customers each is of.
    """

    name: str
    all: Transactions
    label: NDArray[np.int8]
    amount: NDArray[np.float64]
    customer: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.label)

    @property
    def at(self) -> NDArray[np.int64]:
        """Microseconds since 1970 UTC."""
        return self.all.occurred_at

    def between(self, low: int, high: int) -> Transactions:
        """Rows ``low:high``."""
        return self.all.take(range(low, high))


def read(path: Path, mapped: dict[str, str]) -> Stream:
    """``mapped``: per field the column that holds it, where that is not the field's own name."""
    found = _columns(path, mapped)
    at = _times(found["timestamp"])
    order = np.argsort(at, kind="stable")
    label = _numbers(found["label"], "label")[order]
    if not np.isin(label, (UNKNOWN, GENUINE, FRAUD)).all():
        raise StreamError("label holds other values than 1 (fraud), 0 (genuine) and -1 (not known)")
    amount = _numbers(found["amount"], "amount")[order]
    words = {name: _words(found.get(name), name, order) for name in ("customer_id", *_TEXTS)}
    if None in words["customer_id"].all:
        raise StreamError("customer_id is empty in some rows; every transaction has a customer")
    digits = np.array([minor_digits(code) for code in words["currency"].all])[words["currency"].place]
    # Whatever is not an amount to pay is worth its size, and at least the smallest unit.
    minor = np.maximum(np.rint(np.abs(amount) * 10.0**digits), 1.0).astype(np.int64)
    rows = Transactions(
        ids=np.arange(len(at), dtype=np.int64),
        occurred_at=at[order],
        customer=words["customer_id"].spread(),
        amount=minor,
        currency=words["currency"].spread(),
        type=words["type"].spread(),
        counterparty=words["counterparty_id"].spread(),
        country=words["country"].spread(),
        channel=words["channel"].spread(),
        device=words["device_id"].spread(),
        latitude=_place(found, "latitude", order),
        longitude=_place(found, "longitude", order),
    )
    return Stream(path.stem, rows, label.astype(np.int8), amount, words["customer_id"].place)


def _columns(path: Path, mapped: dict[str, str]) -> dict[str, pa.Array]:
    """Per field its column, of the fields that the file has."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise StreamError(f"{path} cannot be read as parquet: {error}") from error
    wanted = {name: mapped.get(name, name) for name in (*REQUIRED, "counterparty_id")} | mapped
    for name, column in wanted.items():
        if column not in table.column_names and (name in REQUIRED or name in mapped):
            raise StreamError(
                f"{path.name} has no column {column!r} for {name}; it has {', '.join(table.column_names)}. "
                f"Name the right one with --map {name}=COLUMN"
            )
    if not table.num_rows:
        raise StreamError(f"{path.name} has no rows")
    return {name: table[column].combine_chunks() for name, column in wanted.items() if column in table.column_names}


def _times(column: pa.Array) -> NDArray[np.int64]:
    if not pa.types.is_timestamp(column.type) or column.null_count:
        raise StreamError(f"timestamp is {column.type}, expected a time (UTC) in every row")
    return np.asarray(column.cast(pa.timestamp("us"), safe=False).cast(pa.int64()), np.int64)


def _numbers(column: pa.Array, name: str) -> NDArray[np.float64]:
    try:
        found = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except pa.ArrowException as error:
        raise StreamError(f"{name} holds what is not a number: {error}") from error
    if name in ("amount", "label") and not np.isfinite(found).all():
        raise StreamError(f"{name} is empty or not a number in some rows")
    return found


def _place(found: dict[str, pa.Array], name: str, order: NDArray[np.intp]) -> NDArray[np.float64]:
    return _numbers(found[name], name)[order] if name in found else np.full(len(order), np.nan)


@dataclass(frozen=True, slots=True)
class _Words:
    """Per row the ``place`` of its word among ``all``."""

    place: NDArray[np.intp]
    all: list[Any]

    def spread(self) -> list[Any]:
        """Each row's word; equal ones are one object."""
        return [self.all[place] for place in self.place.tolist()]


def _words(column: pa.Array | None, name: str, order: NDArray[np.intp]) -> _Words:
    if column is None:
        return _Words(np.zeros(len(order), np.intp), [_TEXTS.get(name)])
    encoded = pc.dictionary_encode(column.cast(pa.string()), null_encoding="encode")
    default = _TEXTS.get(name)
    words = [default if word is None else word for word in encoded.dictionary.to_pylist()]
    return _Words(np.asarray(encoded.indices, np.intp)[order], words)
