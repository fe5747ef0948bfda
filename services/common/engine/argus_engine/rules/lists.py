"""Lists of customers, counterparties and countries."""

from collections.abc import Sequence

import numpy as np

from argus_engine.rules import specs
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import Context, Mask
from argus_engine.rules.words import listed
from argus_engine.ruleset import RuleSet


def among(values: Sequence[str | None], wanted: frozenset[str]) -> Mask:
    """Which of ``values`` are wanted."""
    if not wanted:
        return np.zeros(len(values), bool)
    return np.array([value in wanted for value in values], bool)


class HighRiskCountry(CompiledRule):
    """A transaction in or with a high-risk country."""

    def __init__(self, spec: specs.HighRiskCountry, ruleset: RuleSet) -> None:
        super().__init__(spec)
        self._countries = frozenset(ruleset.lists.high_risk_countries.countries)
        self._citation = ruleset.lists.high_risk_countries.citation

    def hits(self, context: Context) -> Mask:
        return among(context.batch.country, self._countries)

    def message(self, context: Context, i: int) -> str:
        country = context.batch.country[i]
        return f"The country {country} is on the list of high-risk countries ({self._citation})."


class _Parties(CompiledRule):
    """A list of customers, counterparties and countries, each with the word for it."""

    list_name: str

    def __init__(
        self,
        spec: specs.Rule,
        customers: Sequence[str],
        counterparties: Sequence[str],
        countries: Sequence[str] = (),
    ) -> None:
        super().__init__(spec)
        self._customers = frozenset(customers)
        self._counterparties = frozenset(counterparties)
        self._countries = frozenset(countries)

    def hits(self, context: Context) -> Mask:
        batch = context.batch
        return (
            among(batch.customer, self._customers)
            | among(batch.counterparty, self._counterparties)
            | among(batch.country, self._countries)
        )

    def message(self, context: Context, i: int) -> str:
        batch = context.batch
        found = [
            f"{word} {value}"
            for word, value, wanted in (
                ("customer", batch.customer[i], self._customers),
                ("counterparty", batch.counterparty[i], self._counterparties),
                ("country", batch.country[i], self._countries),
            )
            if value in wanted
        ]
        who = listed(found)
        return f"{who[0].upper()}{who[1:]} {'is' if len(found) == 1 else 'are'} on the {self.list_name}."


class BlockList(_Parties):
    """Somebody or something that the rule set blocks."""

    firm = True
    list_name = "block list"

    def __init__(self, spec: specs.BlockList, ruleset: RuleSet) -> None:
        lists = ruleset.lists
        super().__init__(spec, lists.blocked_customers, lists.blocked_counterparties, lists.blocked_countries)


class AllowList(_Parties):
    """Somebody known to be fine."""

    allows = True
    list_name = "allow list"

    def __init__(self, spec: specs.AllowList, ruleset: RuleSet) -> None:
        super().__init__(spec, ruleset.lists.allowed_customers, ruleset.lists.allowed_counterparties)
