"""Cash and the reporting thresholds."""

import numpy as np

from argus_engine.money import format_amount
from argus_engine.rules import specs
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import UNLIMITED, Context, Mask
from argus_engine.rules.words import money, ordinal
from argus_engine.ruleset import RuleSet

_NAMES = {"cash_deposit": "cash deposit", "cash_withdrawal": "cash withdrawal"}


class ReportingThreshold(CompiledRule):
    """A cash transaction at or above the reporting threshold of its currency."""

    firm = True

    def __init__(self, spec: specs.ReportingThreshold, ruleset: RuleSet) -> None:
        super().__init__(spec)
        self._thresholds = dict(ruleset.feature_config().reporting)
        self._citations = {currency: entry.citation for currency, entry in ruleset.reporting.amounts.items()}

    def hits(self, context: Context) -> Mask:
        limits = context.limits(self._thresholds)
        found: Mask = context.cash & (limits != UNLIMITED) & (context.batch.amount >= limits)
        return found

    def message(self, context: Context, i: int) -> str:
        batch = context.batch
        currency = batch.currency[i]
        amount = format_amount(int(batch.amount[i]), currency)
        threshold = format_amount(self._thresholds[currency], currency)
        return (
            f"A {_NAMES[batch.type[i]]} of {amount} is at or above the reporting threshold of {threshold} "
            f"({self._citations[currency]})."
        )


class Structuring(CompiledRule):
    """One of several cash transactions just below the threshold within 7 days that together reach it."""

    firm = True

    def __init__(self, spec: specs.Structuring, ruleset: RuleSet) -> None:
        super().__init__(spec)
        self._config = ruleset.feature_config()
        self._thresholds = dict(self._config.reporting)
        self._at_least = spec.params.at_least

    def hits(self, context: Context) -> Mask:
        batch = context.batch
        found = context.cash & (context.column("near_threshold_count_7d") >= self._at_least)
        if not found.any():
            return found
        limits = context.limits(self._thresholds)
        found &= (limits != UNLIMITED) & (context.minor("near_threshold_amount_7d") >= limits)
        # The earlier ones had their own turn; what comes after them must itself be near to be one more.
        for i in np.flatnonzero(found).tolist():
            found[i] = self._config.is_near(batch.type[i], int(batch.amount[i]), batch.currency[i])
        return found

    def message(self, context: Context, i: int) -> str:
        currency = context.batch.currency[i]
        number = ordinal(round(context.value("near_threshold_count_7d", i)))
        total = money(context.value("near_threshold_amount_7d", i), currency)
        threshold = format_amount(self._thresholds[currency], currency)
        return (
            f"This is the {number} cash transaction of this customer within 7 days just below the reporting "
            f"threshold of {threshold}; together they come to {total}."
        )
