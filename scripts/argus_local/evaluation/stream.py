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
OPTIONAL: Final = {
    "counterparty_id": None, "currency": "EUR", "type": "other", "country": None, "channel": None, "device_id": None,
    "latitude": np.nan, "longitude": np.nan,
}  # fmt: skip
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
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise StreamError(f"{path} cannot be read as parquet: {error}") from error
    wanted = {name: mapped.get(name, name) for name in (*REQUIRED, "counterparty_id")}
    wanted |= {name: column for name, column in mapped.items() if name in OPTIONAL}
    for name, column in wanted.items():
        if column not in table.column_names and (name in REQUIRED or name in mapped):
            raise StreamError(
                f"{path.name} has no column {column!r} for {name}; it has {', '.join(table.column_names)}. "
                f"Name the right one with --map {name}=COLUMN"
            )
    if not table.num_rows:
        raise StreamError(f"{path.name} has no rows")
    found = {name: table[column].combine_chunks() for name, column in wanted.items() if column in table.column_names}
    at = _times(found["timestamp"])
    order = np.argsort(at, kind="stable")
    label = _numbers(found["label"], "label")
    if not np.isin(label, (UNKNOWN, GENUINE, FRAUD)).all():
        raise StreamError("label holds other values than 1 (fraud), 0 (genuine) and -1 (not known)")
    amount = _numbers(found["amount"], "amount")[order]
    customer = _words(found["customer_id"], "customer_id", order)
    if None in customer[1]:
        raise StreamError("customer_id is empty in some rows; every transaction has a customer")
    currency = _words(found.get("currency"), "currency", order)[1]
    digits = (
        np.array([minor_digits(code or "EUR") for code in currency])[
            _words(found.get("currency"), "currency", order)[0]
        ]
        if "currency" in found
        else minor_digits("EUR")
    )
    minor = np.rint(np.abs(amount) * 10.0**digits).astype(np.int64)
    rows = Transactions(
        np.arange(len(at), dtype=np.int64),
        at[order],
        _spread(customer),
        np.maximum(minor, 1),
        *(_column(found, name, order) for name in
          ("currency", "type", "counterparty_id", "country", "channel", "device_id")),
        *(_numbers(found[name], name)[order] if name in found else np.full(len(at), np.nan)
          for name in ("latitude", "longitude")),
    )  # fmt: skip
    return Stream(path.stem, rows, label[order].astype(np.int8), amount, customer[0])


def _times(column: pa.Array) -> NDArray[np.int64]:
    if not pa.types.is_timestamp(column.type) or column.null_count:
        raise StreamError(f"timestamp is {column.type}, expected a time (UTC) in every row")
    return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()), np.int64)


def _numbers(column: pa.Array, name: str) -> NDArray[np.float64]:
    try:
        found = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except pa.ArrowException as error:
        raise StreamError(f"{name} holds what is not a number: {error}") from error
    if name in ("amount", "label") and not np.isfinite(found).all():
        raise StreamError(f"{name} is empty or not a number in some rows")
    return found


Words = tuple[NDArray[np.intp], list[Any]]


def _words(column: pa.Array | None, name: str, order: NDArray[np.intp]) -> Words:
    """Per row the place of its word, and the words."""
    if column is None:
        return np.zeros(len(order), np.intp), [OPTIONAL[name]]
    encoded = pc.dictionary_encode(column.cast(pa.string()), null_encoding="encode")
    places = np.asarray(encoded.indices, np.intp)[order]
    return places, encoded.dictionary.to_pylist()


def _spread(words: Words) -> list[Any]:
    return [words[1][place] for place in words[0].tolist()]


def _column(found: dict[str, pa.Array], name: str, order: NDArray[np.intp]) -> list[Any]:
    column = _spread(_words(found.get(name), name, order))
    default = OPTIONAL[name]
    return column if default is None else [word if word is not None else default for word in column]
