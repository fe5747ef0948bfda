"""Taking a body of many items apart: the valid ones with their index, the others with what is wrong."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

from argus_web.ingest import body, faults
from argus_web.ingest.problems import FieldError, Problem

MOST_ITEMS: Final = 10_000
# After so many items the other threads of the process get a turn.
SLICE: Final = 100

T = TypeVar("T")
Rejected = dict[str, Any]


class Items(Generic[T]):
    """The items of one body. Iterating checks them; a body that is refused as a whole is refused before.

    An array that is not JSON is refused as a whole, for nobody can say where its next item begins. Lines stand for
    themselves: a broken one is rejected with its number, and the others are read.
    """

    def __init__(self, data: bytes, kind: str, check: Callable[[Any], T], *, alone: bool = False) -> None:
        self._check = check
        self._lines: list[tuple[int, bytes]] = []
        self._values: list[Any] = []
        if kind == body.NDJSON:
            self._lines = _lines(data)
        else:
            self._values = _array(data, alone=alone)
        count = len(self._lines) + len(self._values)
        if count == 0:
            raise Problem(422, "empty", f"Send 1 to {MOST_ITEMS:,} items; there are none.")
        if count > MOST_ITEMS:
            raise Problem(413, "too_many", f"Send 1 to {MOST_ITEMS:,} items at a time; these are more.")
        self.rejected: list[Rejected] = []

    def __iter__(self) -> Iterator[tuple[int, T]]:
        for index, (line, value) in enumerate(self._parsed()):
            if index % SLICE == SLICE - 1:
                time.sleep(0)
            try:
                if isinstance(value, body.BrokenJson):
                    raise faults.Invalid([{"field": "", "message": f"not JSON: {value}"}])
                item = self._check(value)
            except faults.Invalid as error:
                said = value.get("transaction_id") if isinstance(value, dict) else None
                self.reject(index, said if isinstance(said, str) else None, error.errors, line=line)
            else:
                yield index, item

    def reject(self, index: int, transaction_id: str | None, errors: list[FieldError], *, line: int = 0) -> None:
        """Note that an item was not taken, and why."""
        if not line and self._lines:
            line = self._lines[index][0]
        said = None if transaction_id is None else faults.printable(transaction_id)
        self.rejected.append(
            {"index": index, "transaction_id": said, "errors": errors} | ({"line": line} if line else {})
        )

    def rejections(self) -> list[Rejected]:
        """All that was not taken, by index."""
        return sorted(self.rejected, key=lambda entry: int(entry["index"]))

    def _parsed(self) -> Iterator[tuple[int, Any]]:
        for value in self._values:
            yield 0, value
        for number, line in self._lines:
            try:
                yield number, body.parse(line)
            except body.BrokenJson as error:
                yield number, error


def _lines(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    for number, line in enumerate(io.BytesIO(data), 1):
        if line.strip():
            found.append((number, line))
            if len(found) > MOST_ITEMS:
                break
    return found


def _array(data: bytes, *, alone: bool) -> list[Any]:
    parsed = body.parse_or_refuse(data)
    if alone and isinstance(parsed, dict):
        parsed = [parsed]
    if not isinstance(parsed, list):
        raise Problem(422, "invalid", "Send a JSON array of items" + (", or one item." if alone else "."))
    return parsed
