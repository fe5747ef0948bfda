"""What clients send: a transaction, a label. The models check fields; the OpenAPI document is made from them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from argus_records.services.ingest import NewTransaction
from argus_records.services.labels import LabelItem
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from argus_web.ingest import fields

Text = Annotated[str, Field(min_length=1, max_length=64, pattern=fields.TEXT, strict=True)]
if TYPE_CHECKING:
    Currency: TypeAlias = str
    Country: TypeAlias = str
else:
    Currency = Literal[fields.CODES]
    Country = Literal[fields.COUNTRIES]

_TIME = WithJsonSchema({"type": "string", "format": "date-time"})
Amount = Annotated[
    Decimal,
    PlainValidator(fields.number),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^(?=[0-9.]*[1-9])" + fields.NUMBER.removeprefix("^-?")},
                {"type": "number", "exclusiveMinimum": 0, "maximum": 10**fields.MAX_DIGITS - 1},
            ]
        }
    ),
]
Address = Annotated[
    str,
    PlainValidator(fields.address),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]}),
]
_PLACE = ("latitude", "longitude")
Degrees = Annotated[float, BeforeValidator(fields.degrees)]


# Both numbers, or neither.
_PAIRED: dict[str, Any] = {
    "anyOf": [
        {"required": [*_PLACE], "properties": {name: {"type": "number"} for name in _PLACE}},
        {"properties": {name: {"type": "null"} for name in _PLACE}},
    ]
}


class TransactionIn(BaseModel):
    """One transaction, as a client reports it."""

    model_config = ConfigDict(extra="forbid", title="Transaction", hide_input_in_errors=True, json_schema_extra=_PAIRED)

    transaction_id: Text = Field(description="Your own id of it; sending it again under this id changes nothing.")
    occurred_at: Annotated[datetime, PlainValidator(fields.occurred), _TIME] = Field(
        description="When it happened: RFC 3339 with offset, from 1970 and at most a day ahead."
    )
    customer_id: Text
    amount: Amount = Field(
        description="Above zero, exact, with no more digits after the point than the currency has, 16 in all."
    )
    currency: Currency = Field(description="ISO 4217.")
    type: Literal["card_payment", "transfer", "cash_deposit", "cash_withdrawal", "direct_debit", "other"] = "other"
    counterparty_id: Text | None = Field(None, description="Merchant, beneficiary, terminal.")
    country: Country | None = Field(None, description="ISO 3166-1 alpha-2: where it happened or went.")
    channel: Literal["web", "mobile", "pos", "atm", "branch", "api"] | None = None
    device_id: Text | None = None
    ip_address: Address | None = None
    latitude: Annotated[Degrees, Field(ge=-90, le=90)] | None = Field(None, description="Together with longitude.")
    longitude: Annotated[Degrees, Field(ge=-180, le=180)] | None = Field(None, description="Together with latitude.")
    metadata: Annotated[dict[str, Any], PlainValidator(fields.metadata), WithJsonSchema({"type": "object"})] | None = (
        Field(
            None,
            description="At most 4 KiB as JSON, 16 levels deep, no control characters: stored, shown, never scored. "
            "Numbers beyond 64 bits are kept as text.",
        )
    )


class LabelIn(BaseModel):
    """What became known of one transaction."""

    model_config = ConfigDict(extra="forbid", title="Label", hide_input_in_errors=True)

    transaction_id: Text
    label: Literal["fraud", "genuine"]
    source: Text = Field(description="Who says so: chargeback, customer_report, ...")
    observed_at: Annotated[datetime, PlainValidator(fields.observed), _TIME] = Field(
        description="When it became known: RFC 3339 with offset, not ahead of now."
    )


def transaction(value: Any) -> NewTransaction:
    """A parsed JSON value in normal form. Raises pydantic's ValidationError, or ValueError about the amount."""
    said = _transaction(value).__dict__
    if (said["latitude"] is None) is not (said["longitude"] is None):
        raise Unpaired
    said["amount"] = fields.amount(said["amount"], said["currency"])
    return NewTransaction(**said)


def label(value: Any) -> LabelItem:
    """A parsed JSON value as a label. Raises pydantic's ValidationError."""
    return LabelItem(**_label(value).__dict__)


class Unpaired(Exception):
    """A latitude without a longitude, or the other way round."""


_transaction = TransactionIn.__pydantic_validator__.validate_python
_label = LabelIn.__pydantic_validator__.validate_python
