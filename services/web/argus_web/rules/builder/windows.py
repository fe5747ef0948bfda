"""The controls of a sliding window."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from argus_engine.rules.language.quantities import CHANNELS, MONEY, NUMBER, TYPES
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from argus_web.rules.builder.texts import codes, joined

AGGREGATES: Final = (
    ("count", _("number of transactions")),
    ("sum", _("sum of the amounts")),
    ("average", _("average amount")),
    ("max", _("largest amount")),
    ("distinct", _("number of different ...")),
)
DISTINCT: Final = (
    ("counterparty", _("counterparties")),
    ("country", _("countries")),
    ("device", _("devices")),
    ("channel", _("channels")),
    ("type", _("kinds of transaction")),
    ("currency", _("currencies")),
)
UNITS: Final = (("m", _("minutes")), ("h", _("hours")), ("d", _("days")))
_PICKED: Final = ("type", "channel")
_TYPED: Final = ("country", "currency")


@dataclass(slots=True)
class WindowControls:
    """What its controls hold. ``prefix``: of their names."""

    prefix: str
    number: str = "24"
    unit: str = "h"
    aggregate: str = "count"
    different: str = "counterparty"
    only: dict[str, list[str]] = field(default_factory=dict)

    # For the template.
    aggregates = AGGREGATES
    distincts = DISTINCT
    units = UNITS
    types = TYPES
    channels = CHANNELS

    @classmethod
    def read(cls, prefix: str, posted: QueryDict) -> "WindowControls":
        """From a form."""
        only = {name: posted.getlist(f"{prefix}.only_{name}") for name in _PICKED}
        only |= {name: codes(posted.get(f"{prefix}.only_{name}", "")) for name in _TYPED}
        return cls(
            prefix,
            posted.get(f"{prefix}.number", "24").strip(),
            posted.get(f"{prefix}.unit", "h"),
            posted.get(f"{prefix}.aggregate", "count"),
            posted.get(f"{prefix}.different", "counterparty"),
            {name: values for name, values in only.items() if values},
        )

    @classmethod
    def of(cls, prefix: str, document: Mapping[str, Any]) -> "WindowControls":
        """From a document."""
        length, aggregate = document["length"], document["agg"]
        different = document["field"] if aggregate == "distinct" else "counterparty"
        only = {name: list(values) for name, values in document.get("only", {}).items()}
        return cls(prefix, length[:-1], length[-1], aggregate, different, only)

    def document(self) -> dict[str, Any]:
        """What a rule says of it."""
        said: dict[str, Any] = {
            "of": "transactions",
            "by": "customer",
            "length": f"{self.number}{self.unit}",
            "agg": self.aggregate,
        }
        if self.aggregate == "distinct":
            said["field"] = self.different
        elif self.aggregate != "count":
            said["field"] = "amount"
        return said | ({"only": self.only} if self.only else {})

    @property
    def kind(self) -> str:
        """What its value can be compared with."""
        return NUMBER if self.aggregate in {"count", "distinct"} else MONEY

    @property
    def only_types(self) -> list[str]:
        return self.only.get("type", [])

    @property
    def only_channels(self) -> list[str]:
        return self.only.get("channel", [])

    @property
    def only_countries(self) -> str:
        return joined(self.only.get("country", []))

    @property
    def only_currencies(self) -> str:
        return joined(self.only.get("currency", []))
