"""Many transactions, or many labels, in one request."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from argus_records.services.apikeys import Caller
from argus_records.services.ingest import NewTransaction, Outcome, transactions_accept
from argus_records.services.labels import LabelItem, LabelOutcome, labels_add
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from argus_web.ingest import answers, body, hints, schema
from argus_web.ingest.problems import FieldError, Problem
from argus_web.ops import metrics

MOST_ITEMS: Final = 10_000
LABELS_MAX_BYTES: Final = 4 * 2**20
# Committed together: large enough to be cheap, small enough that workers can begin on the first ones.
CHUNK: Final = 2_000
# After so many items the other threads of the process get a turn.
SLICE: Final = 200

T = TypeVar("T")
Rejected = dict[str, Any]


def transactions(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Accept the good ones, report the bad ones by index."""
    data, kind = body.read(request, limit=settings.BATCH_MAX_BYTES, types=(body.JSON, body.NDJSON))
    rejected: list[Rejected] = []
    good: list[tuple[int, NewTransaction]] = []
    tally = dict.fromkeys(Outcome, 0)

    def commit() -> None:
        outcomes = transactions_accept(items=[(caller.client_id, item) for _, item in good])
        hints.send()
        for (index, item), accepted in zip(good, outcomes, strict=True):
            tally[accepted.outcome] += 1
            if accepted.outcome is Outcome.CONFLICT:
                message = "submitted before with another body; nothing was changed"
                rejected.append(_rejection(index, item.transaction_id, [_error("transaction_id", message)]))
        good.clear()

    for entry in _items(data, kind, rejected, schema.transaction):
        good.append(entry)
        if len(good) == CHUNK:
            commit()
    if good:
        commit()
    for outcome, number in tally.items():
        metrics.received(outcome, number)
    metrics.received("rejected", len(rejected) - tally[Outcome.CONFLICT])
    return answers.answer(
        {
            "accepted": tally[Outcome.ACCEPTED],
            "duplicates": tally[Outcome.DUPLICATE],
            "conflicts": tally[Outcome.CONFLICT],
            "rejected": sorted(rejected, key=lambda entry: entry["index"]),
        }
    )


def labels(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Take labels in: one object, or a list of them."""
    data, kind = body.read(request, limit=LABELS_MAX_BYTES)
    rejected: list[Rejected] = []
    good: list[tuple[int, LabelItem]] = list(_items(data, kind, rejected, schema.label, alone=True))
    outcomes = labels_add(client_id=caller.client_id, actor=caller.actor, items=[item for _, item in good])
    for (index, item), outcome in zip(good, outcomes, strict=True):
        if outcome is LabelOutcome.UNKNOWN_TRANSACTION:
            message = "this client has submitted no transaction with this id"
            rejected.append(_rejection(index, item.transaction_id, [_error("transaction_id", message)]))
    return answers.answer(
        {
            "accepted": outcomes.count(LabelOutcome.ACCEPTED),
            "duplicates": outcomes.count(LabelOutcome.DUPLICATE),
            "rejected": sorted(rejected, key=lambda entry: entry["index"]),
        }
    )


def _items(
    data: bytes, kind: str, rejected: list[Rejected], check: Callable[[Any], T], *, alone: bool = False
) -> Iterator[tuple[int, T]]:
    """Valid items with their index; the others go to ``rejected``. Nothing is yielded of a body refused as a whole."""
    values = _lines(data) if kind == body.NDJSON else _array(data, alone=alone)
    for index, (line, value) in enumerate(values):
        if index % SLICE == SLICE - 1:
            time.sleep(0)
        try:
            if isinstance(value, body.BrokenJson):
                raise schema.Invalid([_error("", f"not JSON: {value}")])
            item = check(value)
        except schema.Invalid as error:
            said = value.get("transaction_id") if isinstance(value, dict) else None
            rejection = _rejection(index, said if isinstance(said, str) else None, error.errors)
            rejected.append(rejection | ({"line": line} if line else {}))
        else:
            yield index, item


def _array(data: bytes, *, alone: bool) -> list[tuple[int, Any]]:
    parsed = body.parse_or_refuse(data)
    if alone and isinstance(parsed, dict):
        parsed = [parsed]
    if not isinstance(parsed, list):
        raise Problem(422, "invalid", "Send a JSON array of items" + (", or one item." if alone else "."))
    _check_count(len(parsed))
    return [(0, value) for value in parsed]


def _lines(data: bytes) -> list[tuple[int, Any]]:
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    _check_count(len(lines))
    return [(number, _parsed(line)) for number, line in lines]


def _parsed(line: bytes) -> Any:
    try:
        return body.parse(line)
    except body.BrokenJson as error:
        return error


def _check_count(count: int) -> None:
    if count == 0:
        raise Problem(422, "empty", f"Send 1 to {MOST_ITEMS:,} items; there are none.")
    if count > MOST_ITEMS:
        raise Problem(413, "too_many", f"Send 1 to {MOST_ITEMS:,} items at a time; these are {count:,}.")


def _error(field: str, message: str) -> FieldError:
    return {"field": field, "message": message}


def _rejection(index: int, transaction_id: str | None, errors: list[FieldError]) -> Rejected:
    if transaction_id is not None:
        transaction_id = transaction_id[:64].encode(errors="replace").decode()
    return {"index": index, "transaction_id": transaction_id, "errors": errors}
