"""Turns what is wrong with an item into words: which field, and what is expected of it."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from argus_records.models import Channel, LabelValue, TransactionType
from argus_records.services.ingest import NewTransaction
from argus_records.services.labels import LabelItem
from pydantic import BaseModel, ValidationError

from argus_web.ingest import fields, schema
from argus_web.ingest.problems import FieldError

T = TypeVar("T")

_ID: Final = "1 to 64 characters, no control characters, no spaces at the ends"
EXPECTED: Final[Mapping[str, str]] = {
    "transaction_id": f"your own id of the transaction: {_ID}",
    "occurred_at": "an RFC 3339 time with offset, such as 2026-03-02T09:30:00Z, from 1970 and at most a day ahead",
    "customer_id": f"the customer's id: {_ID}",
    "amount": f"an amount above zero as a decimal string or number, at most {fields.MAX_DIGITS} digits, with no more "
    "digits after the point than the currency has",
    "currency": "an ISO 4217 code in capitals, such as EUR",
    "type": f"one of {', '.join(TransactionType.values)}",
    "counterparty_id": _ID,
    "country": "an ISO 3166-1 alpha-2 code in capitals, such as DE",
    "channel": f"one of {', '.join(Channel.values)}",
    "device_id": _ID,
    "ip_address": "an IPv4 or IPv6 address",
    "latitude": "degrees from -90 to 90, together with longitude",
    "longitude": "degrees from -180 to 180, together with latitude",
    "metadata": f"an object of at most {fields.METADATA_MAX_BYTES:,} bytes as JSON, at most "
    f"{fields.METADATA_MAX_DEPTH} levels deep, no control characters",
    "label": f"one of {', '.join(LabelValue.values)}",
    "source": f"who says so, such as chargeback: {_ID}",
    "observed_at": "an RFC 3339 time with offset, when it became known, not ahead of now",
}


class Invalid(Exception):
    """An item is not valid; ``errors`` name each wrong field."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


def transaction(value: Any) -> NewTransaction:
    """A parsed JSON value in normal form. Raises Invalid."""
    try:
        return _checked(schema.TransactionIn, schema.transaction, value)
    except schema.Unpaired:
        missing = "longitude" if value.get("longitude") is None else "latitude"
        raise Invalid([{"field": missing, "message": f"missing; expected {EXPECTED[missing]}"}]) from None
    except ValueError as error:
        raise Invalid([{"field": "amount", "message": f"{error}; expected {EXPECTED['amount']}"}]) from None


def label(value: Any) -> LabelItem:
    """A parsed JSON value as a label. Raises Invalid."""
    return _checked(schema.LabelIn, schema.label, value)


def _checked(model: type[BaseModel], check: Callable[[Any], T], value: Any) -> T:
    if type(value) is not dict:
        raise Invalid([{"field": "", "message": f"expected an object with the fields of a {_title(model)}"}])
    try:
        return check(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise Invalid([_told(model, fault) for fault in faults]) from None


def _told(model: type[BaseModel], fault: Any) -> FieldError:
    if not fault["loc"]:
        # A name with half a surrogate pair, which cannot even be said.
        return {"field": "", "message": "a field's name is not text"}
    field = printable(str(fault["loc"][0]))
    if fault["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, model.model_fields, n=1, cutoff=0.7)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(model.model_fields)}"
        return {"field": field, "message": f"unknown field; {hint}"}
    if fault["type"] == "missing":
        return {"field": field, "message": f"missing; expected {EXPECTED[field]}"}
    said = str(fault["msg"]).removeprefix("Value error, ") + "; " if fault["type"] == "value_error" else ""
    return {"field": field, "message": f"{said}expected {EXPECTED[field]}"}


def printable(text: str) -> str:
    """Something of what a client sent, short and safe to send back.

    >>> printable("ammount" + chr(0))
    'ammount?'
    """
    return fields.CONTROL.sub("?", text[:64]).encode(errors="replace").decode()


def _title(model: type[BaseModel]) -> str:
    return str(model.model_config["title"]).lower()
