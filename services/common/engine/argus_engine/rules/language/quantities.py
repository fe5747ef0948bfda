"""What conditions can speak of: fields of a transaction, features, windows. Importable without numpy."""

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from argus_engine.catalogue import FEATURES
from argus_engine.money import CURRENCIES
from argus_engine.rules.terms import country_codes

MONEY: Final = "money"
NUMBER: Final = "number"
TEXT: Final = "text"
CHOICE: Final = "choice"
YES_NO: Final = "yes or no"

TYPES: Final = ("card_payment", "transfer", "cash_deposit", "cash_withdrawal", "direct_debit", "other")
CHANNELS: Final = ("web", "mobile", "pos", "atm", "branch", "api")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

FieldName = Literal[
    "amount", "currency", "type", "channel", "country", "customer", "counterparty", "device", "hour", "weekday",
    "near_reporting_threshold", "reporting_threshold",
]  # fmt: skip
# What a list can hold, and the field in which to look for it.
ListedField = Literal["customer", "counterparty", "country", "device"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that can be compared.

    ``words``: how it is named in a sentence. ``kind``: MONEY in the transaction's currency, NUMBER of ``unit``, TEXT,
    CHOICE among ``choices``, YES_NO.
    """

    name: str
    words: str
    kind: str
    unit: str = ""
    choices: frozenset[str] = frozenset()


@cache
def fields() -> dict[str, Quantity]:
    """The fields of a transaction, and what is read off them alone."""
    listed = (
        Quantity("amount", "the amount", MONEY),
        Quantity("currency", "the currency", CHOICE, choices=CURRENCIES),
        Quantity("type", "the kind of transaction", CHOICE, choices=frozenset(TYPES)),
        Quantity("channel", "the channel", CHOICE, choices=frozenset(CHANNELS)),
        Quantity("country", "the country", CHOICE, choices=country_codes()),
        Quantity("customer", "the customer", TEXT),
        Quantity("counterparty", "the counterparty", TEXT),
        Quantity("device", "the device", TEXT),
        Quantity("hour", "the hour of the day (UTC)", NUMBER, "hours"),
        Quantity("weekday", "the day of the week (UTC)", CHOICE, choices=frozenset(WEEKDAYS)),
        Quantity("near_reporting_threshold", "it is cash just below the reporting threshold", YES_NO),
        Quantity("reporting_threshold", "the currency's reporting threshold", MONEY),
    )
    return {quantity.name: quantity for quantity in listed}


@cache
def features() -> dict[str, Quantity]:
    """The features of the catalogue. Logarithms are written as they are stored."""
    kinds = {"currency": MONEY, "yes or no": YES_NO}
    return {
        feature.name: Quantity(
            feature.name,
            # The catalogue explains a 1; as a yes it needs no explaining.
            feature.meaning.removeprefix("1 when "),
            kinds.get(feature.unit, NUMBER),
            "" if feature.unit in kinds else feature.unit,
        )
        for feature in FEATURES
    }
