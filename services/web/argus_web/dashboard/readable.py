"""A decision in words: its reasons, and the feature values under the names officers read."""

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Final

from argus_engine.catalogue import FEATURES, Feature
from argus_engine.money import MINOR_DIGITS
from argus_records.models import Decision, Transaction
from django.utils.translation import gettext

from argus_web.accounts.veil import Veil
from argus_web.dashboard.formats import money
from argus_web.dashboard.score_parts import FeatureValue, Part, score_parts

# Stands for a value that is not known.
UNKNOWN: Final = "–"
# Units of the catalogue as they stand behind a figure.
_SHORT: Final = {
    "times": "×",
    "transactions": "",
    "standard deviations": "σ",
    "kilometres": "km",
    "kilometres an hour": "km/h",
    "sum of deviations": "",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with the length of its bar in percent of the strongest."""

    code: str
    kind: str
    message: str
    weight: float
    bar: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pages of alerts and of transactions show of a decision."""

    decision: Decision
    reasons: list[Reason]
    parts: list[Part]
    cleared_by: str
    features: list[FeatureValue]

    @property
    def known(self) -> list[FeatureValue]:
        """The features that had a value."""
        return [feature for feature in self.features if feature.value != UNKNOWN]

    @property
    def unknown(self) -> list[FeatureValue]:
        """Those that had none: nothing was known to compare with."""
        return [feature for feature in self.features if feature.value == UNKNOWN]


@cache
def _catalogue() -> dict[str, Feature]:
    return {feature.name: feature for feature in FEATURES}


def number(value: float) -> str:
    """A figure with as many digits as mean something.

    >>> number(1234567.0), number(3.14159), number(0.00042)
    ('1,234,567', '3.14', '0.00042')
    """
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _duration(seconds: float) -> str:
    for size, unit in ((86400, gettext("days")), (3600, gettext("hours")), (60, gettext("minutes"))):
        if seconds >= 2 * size:
            return f"{number(round(seconds / size, 1))} {unit}"
    return f"{number(round(seconds, 1))} {gettext('seconds')}"


def with_unit(value: float | None, unit: str, currency: str) -> str:
    """A value as officers read its unit.

    >>> with_unit(3.25, "times", "EUR"), with_unit(1234.5, "currency", "JPY"), with_unit(2.71, "log of times", "EUR")
    ('3.25 ×', '1,234 JPY', '15 ×')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if unit == "currency":
        return money(round(Decimal(value), MINOR_DIGITS.get(currency, 2)), currency)
    if unit == "yes or no":
        return gettext("yes") if value else gettext("no")
    if unit == "seconds":
        return _duration(value)
    if unit == "log of times":
        return f"{number(float(f'{math.exp(min(value, 700.0)):.3g}'))} ×"
    return f"{number(value)} {_SHORT.get(unit, unit)}".strip()


def feature_value(name: str, value: float | None, currency: str) -> FeatureValue:
    """A stored value under its meaning; a name that the catalogue no longer has stands for itself."""
    feature = _catalogue().get(name)
    if feature is None:
        return FeatureValue(name, name.replace("_", " "), with_unit(value, "", currency))
    # The catalogue explains a 1; here it is a yes already.
    meaning = feature.meaning.removeprefix("1 when ")
    return FeatureValue(name, meaning, with_unit(value, feature.unit, currency))


def decision_shown(transaction: Transaction, veil: Veil) -> Shown | None:
    """The decision on a transaction as its page shows it under ``veil``, None while it is pending."""
    decision: Decision | None = getattr(transaction, "decision", None)
    if decision is None:
        return None
    strongest = max((abs(reason["weight"]) for reason in decision.reasons), default=0) or 1
    reasons = [
        Reason(
            code=reason["code"],
            kind=reason["kind"],
            message=veil.text(reason["message"]),
            weight=reason["weight"],
            bar=round(100 * abs(reason["weight"]) / strongest),
        )
        for reason in sorted(decision.reasons, key=lambda reason: -abs(reason["weight"]))
    ]
    names = decision.batch.feature_schema.names
    features = [
        feature_value(name, value, transaction.currency) for name, value in zip(names, decision.features, strict=False)
    ]
    details = next((reason["details"] for reason in decision.reasons if reason.get("details")), None)
    parts = score_parts(details, {feature.name: feature for feature in features}) if details else []
    parts = [replace(part, words=veil.text(part.words)) for part in parts]
    return Shown(decision, reasons, parts, veil.text((details or {}).get("cleared_by", "")), features)
