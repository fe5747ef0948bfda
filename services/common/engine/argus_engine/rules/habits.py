"""What is far from the customer's own habits."""

from argus_engine.money import format_amount
from argus_engine.rules import specs
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import UNLIMITED, Context, Mask
from argus_engine.rules.terms import exact
from argus_engine.rules.words import counted, money, times, whole


def against_usual(context: Context, i: int) -> str:
    """The amount beside the usual one, as a clause: "412.00 EUR is 6.3 times this customer's usual ..."."""
    batch = context.batch
    currency = batch.currency[i]
    earlier = counted(context.value("history_count", i), "earlier transaction", "earlier transactions")
    return (
        f"{format_amount(int(batch.amount[i]), currency)} is {times(context.value('amount_ratio', i))} "
        f"this customer's usual {money(context.value('amount_mean', i), currency)} ({earlier})"
    )


class AmountHistory(CompiledRule):
    """An amount far above the customer's own, in proportion and in spread."""

    def __init__(self, spec: specs.AmountHistory) -> None:
        super().__init__(spec)
        self._params = spec.params

    def hits(self, context: Context) -> Mask:
        found: Mask = (
            (context.column("amount_ratio") > self._params.ratio)
            & (context.column("amount_deviation") > self._params.deviation)
            & (context.column("history_count") >= self._params.min_history)
        )
        return found

    def message(self, context: Context, i: int) -> str:
        return f"{against_usual(context, i)}."


class NewCounterparty(CompiledRule):
    """A large amount with a counterparty that the customer has never dealt with."""

    def __init__(self, spec: specs.NewCounterparty) -> None:
        super().__init__(spec)
        self._floors = {currency: exact(amount, currency) for currency, amount in spec.params.floors.items()}
        self._ratio = spec.params.ratio
        self._min_history = spec.params.min_history

    def hits(self, context: Context) -> Mask:
        floors = context.limits(self._floors)
        found: Mask = (
            (context.column("counterparty_new") == 1.0)
            & (context.column("history_count") >= self._min_history)
            & (context.column("amount_ratio") >= self._ratio)
            & ((floors == UNLIMITED) | (context.batch.amount >= floors))
        )
        return found

    def message(self, context: Context, i: int) -> str:
        return (
            f"This customer has never dealt with counterparty {context.batch.counterparty[i]} before, "
            f"and {against_usual(context, i)}."
        )


class ImpossibleTravel(CompiledRule):
    """Two places too far apart for the time between."""

    def __init__(self, spec: specs.ImpossibleTravel) -> None:
        super().__init__(spec)
        self._params = spec.params

    def hits(self, context: Context) -> Mask:
        found: Mask = (context.column("travel_kmh") > self._params.kmh) & (
            context.column("travel_km") > self._params.km
        )
        return found

    def message(self, context: Context, i: int) -> str:
        km, kmh = context.value("travel_km", i), context.value("travel_kmh", i)
        return (
            f"Since the latest known place this customer would have had to travel {whole(km, 'km')} at "
            f"{whole(kmh, 'km/h')}; more than {whole(self._params.kmh, 'km/h')} is not plausible."
        )
