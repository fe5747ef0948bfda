"""What a transaction must look like, field by field, and its one normal form."""

import difflib
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal, TypeVar

import orjson
import pycountry
from argus_engine.money import CURRENCIES, minor_digits
from argus_records.models import Channel, LabelValue, TransactionType
from argus_records.services.ingest import NewTransaction
from argus_records.services.labels import LabelItem
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from argus_web.ingest.problems import FieldError

M = TypeVar("M", bound=BaseModel)

MAX_DIGITS: Final = 16
METADATA_MAX_BYTES: Final = 4096
METADATA_MAX_DEPTH: Final = 16
AHEAD: Final = timedelta(days=1)
COUNTRIES: Final = frozenset(country.alpha_2 for country in pycountry.countries)

# No control characters, and neither space at the ends: such ids look equal and are not.
_TEXT: Final = r"^[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?$"
_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_NUMBER: Final = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")

EXPECTED: Final[Mapping[str, str]] = {
    "transaction_id": "your own id of the transaction: 1 to 64 characters, no control characters, no spaces at the ends",
    "occurred_at": "an RFC 3339 time with offset, such as 2026-03-02T09:30:00Z, from 1970 and at most a day ahead",
    "customer_id": "the customer's id: 1 to 64 characters, no control characters, no spaces at the ends",
    "amount": "an amount above zero as a decimal string or number, at most 16 digits, with no more digits after the "
    "point than the currency has",
    "currency": "an ISO 4217 code in capitals, such as EUR",
    "type": f"one of {', '.join(TransactionType.values)}",
    "counterparty_id": "1 to 64 characters, no control characters, no spaces at the ends",
    "country": "an ISO 3166-1 alpha-2 code in capitals, such as DE",
    "channel": f"one of {', '.join(Channel.values)}",
    "device_id": "1 to 64 characters, no control characters, no spaces at the ends",
    "ip_address": "an IPv4 or IPv6 address",
    "latitude": "degrees from -90 to 90, together with longitude",
    "longitude": "degrees from -180 to 180, together with latitude",
    "metadata": "an object of at most 4096 bytes as JSON, no control characters",
    "label": f"one of {', '.join(LabelValue.values)}",
    "source": "who says so, such as chargeback: 1 to 64 characters, no control characters, no spaces at the ends",
    "observed_at": "an RFC 3339 time with offset, when it became known, not ahead of now",
}


def _time(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("not RFC 3339 with an offset")
    parsed = datetime.fromisoformat(value.upper()).astimezone(UTC)
    if parsed.year < 1970:
        raise ValueError("before 1970")
    return parsed


def _not_far_ahead(value: Any) -> datetime:
    parsed = _time(value)
    if parsed > datetime.now(UTC) + AHEAD:
        raise ValueError("more than a day ahead")
    return parsed


def _past(value: Any) -> datetime:
    parsed = _time(value)
    # A minute of grace for clocks that differ.
    if parsed > datetime.now(UTC) + timedelta(minutes=1):
        raise ValueError("ahead of now")
    return parsed


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("neither a string nor a number")
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("not a decimal number")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a decimal number") from None
    if not amount.is_finite():
        raise ValueError("not finite")
    if amount <= 0:
        raise ValueError("not above zero")
    if amount.adjusted() >= MAX_DIGITS or amount.adjusted() < -MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} digits")
    return amount


def _currency(value: Any) -> str:
    if not isinstance(value, str) or value not in CURRENCIES:
        raise ValueError("unknown currency")
    return value


def _country(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or value not in COUNTRIES):
        raise ValueError("unknown country")
    return value


def _ip(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or "%" in value:
        raise ValueError("not an address")
    return str(ip_address(value))


def _degrees(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("not a number")
    degrees = float(value)
    if not math.isfinite(degrees):
        raise ValueError("not finite")
    return degrees


def _metadata(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    plain = _plain(value, 0)
    try:
        size = len(orjson.dumps(plain))
    except (TypeError, ValueError):
        raise ValueError("not plain JSON text") from None
    if size > METADATA_MAX_BYTES:
        raise ValueError(f"{size} bytes")
    found: dict[str, Any] = plain
    return found


def _plain(value: Any, depth: int) -> Any:
    """What JSON can say, decimals as they were written."""
    if depth > METADATA_MAX_DEPTH:
        raise ValueError(f"nested more than {METADATA_MAX_DEPTH} deep")
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise ValueError("a control character")
        return value
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)
    if isinstance(value, dict):
        return {_plain(key, depth): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


Text = Annotated[str, Field(min_length=1, max_length=64, pattern=_TEXT, strict=True)]
OptionalText = Annotated[str | None, Field(min_length=1, max_length=64, pattern=_TEXT)]
Time = Annotated[
    datetime, BeforeValidator(_not_far_ahead), WithJsonSchema({"type": "string", "format": "date-time"})
]
Degrees = Annotated[float | None, BeforeValidator(_degrees)]


class TransactionIn(BaseModel):
    """One transaction, as a client reports it."""

    model_config = ConfigDict(extra="forbid", title="Transaction")

    transaction_id: Text = Field(description="The client's own id; the idempotency key.")
    occurred_at: Time = Field(description="When it happened: RFC 3339 with offset, at most a day ahead.")
    customer_id: Text
    amount: Annotated[
        Decimal,
        BeforeValidator(_amount),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,4})?$"},
                    {"type": "number", "exclusiveMinimum": 0},
                ]
            }
        ),
    ] = Field(description="Above zero, at most 16 digits, exact. No more digits after the point than the currency has.")
    currency: Annotated[
        str, BeforeValidator(_currency), WithJsonSchema({"type": "string", "enum": sorted(CURRENCIES)})
    ] = Field(description="ISO 4217.")
    type: Literal[
        "card_payment", "transfer", "cash_deposit", "cash_withdrawal", "direct_debit", "other"
    ] = "other"
    counterparty_id: OptionalText = Field(None, description="Merchant, beneficiary, terminal.")
    country: Annotated[
        str | None,
        BeforeValidator(_country),
        WithJsonSchema({"anyOf": [{"type": "string", "enum": sorted(COUNTRIES)}, {"type": "null"}]}),
    ] = Field(None, description="ISO 3166-1 alpha-2: where it happened or went.")
    channel: Literal["web", "mobile", "pos", "atm", "branch", "api"] | None = None
    device_id: OptionalText = None
    ip_address: Annotated[
        str | None,
        BeforeValidator(_ip),
        WithJsonSchema(
            {"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}, {"type": "null"}]}
        ),
    ] = None
    latitude: Annotated[Degrees, Field(ge=-90, le=90)] = None
    longitude: Annotated[Degrees, Field(ge=-180, le=180)] = None
    metadata: Annotated[dict[str, Any] | None, BeforeValidator(_metadata)] = Field(
        None, description="At most 4 KiB of JSON: stored, shown, never scored."
    )

    @model_validator(mode="after")
    def _together(self) -> "TransactionIn":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
        return self

    def normal(self) -> NewTransaction:
        """The normal form. Raises ValueError with the field's name when the digits do not fit the currency."""
        digits = minor_digits(self.currency)
        minor = self.amount.scaleb(digits)
        whole = int(minor)
        if whole != minor:
            raise ValueError(f"{self.currency} has {digits} digits after the point")
        if whole >= 10**MAX_DIGITS:
            raise ValueError(f"more than {MAX_DIGITS} digits")
        return NewTransaction(
            transaction_id=self.transaction_id,
            occurred_at=self.occurred_at,
            customer_id=self.customer_id,
            amount=f"{Decimal(whole).scaleb(-digits):f}",
            currency=self.currency,
            type=self.type,
            counterparty_id=self.counterparty_id,
            country=self.country,
            channel=self.channel,
            device_id=self.device_id,
            ip_address=self.ip_address,
            latitude=self.latitude,
            longitude=self.longitude,
            metadata=self.metadata,
        )


class LabelIn(BaseModel):
    """What became known of one transaction."""

    model_config = ConfigDict(extra="forbid", title="Label")

    transaction_id: Text
    label: Literal["fraud", "genuine"]
    source: Text = Field(description="Who says so: chargeback, customer_report, ...")
    observed_at: Annotated[
        datetime, BeforeValidator(_past), WithJsonSchema({"type": "string", "format": "date-time"})
    ] = Field(description="When it became known: RFC 3339 with offset.")

    def normal(self) -> LabelItem:
        """As the ledger takes it."""
        return LabelItem(self.transaction_id, self.label, self.source, self.observed_at)


class Invalid(Exception):
    """An item is not valid; ``errors`` name each wrong field."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


def transaction(value: Any) -> NewTransaction:
    """A parsed JSON value in normal form. Raises Invalid."""
    model = _validated(TransactionIn, value)
    try:
        return model.normal()
    except ValueError as error:
        raise Invalid([{"field": "amount", "message": f"{error}; expected {EXPECTED['amount']}"}]) from None


def label(value: Any) -> LabelItem:
    """A parsed JSON value as a label. Raises Invalid."""
    return _validated(LabelIn, value).normal()


def _validated(model: type[M], value: Any) -> M:
    if not isinstance(value, dict):
        raise Invalid([{"field": "", "message": f"expected an object with the fields of a {model.model_config['title']}"}])
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid([_told(model, found) for found in error.errors(include_url=False, include_input=False)]) from None


def _told(model: type[BaseModel], error: Any) -> FieldError:
    if not error["loc"]:
        return {"field": "longitude", "message": f"{EXPECTED['longitude']}: one of them is missing"}
    field = str(error["loc"][0])[:64]
    if error["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, model.model_fields, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(model.model_fields)}"
        return {"field": _CONTROL.sub("?", field).encode(errors="replace").decode(), "message": f"unknown field{hint}"}
    if error["type"] == "missing":
        return {"field": field, "message": f"required: {EXPECTED[field]}"}
    said = str(error["msg"]).removeprefix("Value error, ") if error["type"] == "value_error" else ""
    return {"field": field, "message": (f"{said}; " if said else "") + f"expected {EXPECTED[field]}"}
