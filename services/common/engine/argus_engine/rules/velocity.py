"""Many transactions, or much money, within a sliding window."""

import numpy as np

from argus_engine.money import format_amount
from argus_engine.rules import specs
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import UNLIMITED, Context, Mask
from argus_engine.rules.terms import WINDOWS, exact
from argus_engine.rules.words import counted, money, ordinal, times


class VelocityCount(CompiledRule):
    """More transactions of the customer within the window than allowed, this one included."""

    def __init__(self, spec: specs.VelocityCount) -> None:
        super().__init__(spec)
        self._feature = f"count_{spec.params.window}"
        self._window = WINDOWS[spec.params.window]
        self._more_than = spec.params.more_than

    def hits(self, context: Context) -> Mask:
        return context.column(self._feature) > self._more_than

    def message(self, context: Context, i: int) -> str:
        number = ordinal(round(context.value(self._feature, i)))
        return (
            f"This is the {number} transaction of this customer within {self._window}; "
            f"more than {self._more_than:,} is unusual."
        )


class VelocityAmount(CompiledRule):
    """A sum within the window above the currency's limit, and far above the customer's usual amount."""

    def __init__(self, spec: specs.VelocityAmount) -> None:
        super().__init__(spec)
        self._feature = f"amount_{spec.params.window}"
        self._window = WINDOWS[spec.params.window]
        self._limits = {currency: exact(amount, currency) for currency, amount in spec.params.limits.items()}
        self._multiple = spec.params.usual_multiple
        self._min_history = spec.params.min_history

    def hits(self, context: Context) -> Mask:
        limits = context.limits(self._limits)
        over: Mask = (limits != UNLIMITED) & (context.minor(self._feature) > limits)
        if not over.any():
            return over
        known = context.column("history_count") >= self._min_history
        usual = context.column("amount_mean") * self._multiple
        found: Mask = over & (~known | (context.column(self._feature) > usual))
        return found

    def message(self, context: Context, i: int) -> str:
        currency = context.batch.currency[i]
        total = context.value(self._feature, i)
        limit = format_amount(self._limits[currency], currency)
        said = (
            f"With this one, this customer's transactions within {self._window} come to "
            f"{money(total, currency)}; more than {limit} is unusual."
        )
        history = context.value("history_count", i)
        if np.isnan(history) or history < self._min_history:
            return said
        usual = context.value("amount_mean", i)
        return (
            f"{said} That is {times(total / usual)} this customer's usual {money(usual, currency)} "
            f"({counted(history, 'earlier transaction', 'earlier transactions')})."
        )
