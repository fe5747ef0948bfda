"""Lists of customers, counterparties and countries."""

from collections.abc import Sequence

import numpy as np

from argus_engine.rules import specs
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import Context, Mask
from argus_engine.rules.terms import Rule
from argus_engine.rules.words import listed
from argus_engine.ruleset import RuleSet


def among(values: Sequence[str | None], wanted: frozenset[str]) -> Mask:
    """Which of ``values`` are wanted."""
    if not wanted:
        return np.zeros(len(values), bool)
    return np.array([value in wanted for value in values], bool)


def on_lists(context: Context, name: str, values: Sequence[str | None], own: frozenset[str]) -> Mask:
    """Which of ``values`` are on the rule set's own list or on the managed one of the same name."""
    found = among(values, own)
    if context.lists.has(name):
        found |= np.array([context.lists.find(name, value) is not None for value in values], bool)
    return found


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
    """Lists of customers, counterparties and countries, the rule set's own and the managed ones of their names."""

    list_name: str
    prefix: str

    def __init__(self, spec: Rule, customers: Sequence[str], counterparties: Sequence[str], countries: Sequence[str]):
        super().__init__(spec)
        self._lists = (
            ("customer", f"{self.prefix}_customers", frozenset(customers)),
            ("counterparty", f"{self.prefix}_counterparties", frozenset(counterparties)),
            ("country", f"{self.prefix}_countries", frozenset(countries)),
        )

    def hits(self, context: Context) -> Mask:
        found = np.zeros(len(context), bool)
        for field, name, own in self._lists:
            found |= on_lists(context, name, getattr(context.batch, field), own)
        return found

    def message(self, context: Context, i: int) -> str:
        found = []
        for field, name, own in self._lists:
            value = getattr(context.batch, field)[i]
            if value in own or context.lists.find(name, value):
                found.append((field, value))
        return f"{are(found)} on the {self.list_name}."


def are(found: Sequence[tuple[str, str]]) -> str:
    """Who was found, with its verb.

    >>> are([("customer", "anna")]), are([("customer", "anna"), ("country", "KP")])
    ('Customer anna is', 'Customer anna and country KP are')
    """
    who = listed([f"{field} {value}" for field, value in found])
    return f"{who[0].upper()}{who[1:]} {'is' if len(found) == 1 else 'are'}"


class BlockList(_Parties):
    """Somebody or something that is blocked."""

    firm = True
    list_name = "block list"
    prefix = "blocked"

    def __init__(self, spec: specs.BlockList, ruleset: RuleSet) -> None:
        lists = ruleset.lists
        super().__init__(spec, lists.blocked_customers, lists.blocked_counterparties, lists.blocked_countries)


class AllowList(_Parties):
    """Somebody known to be fine."""

    allows = True
    list_name = "allow list"
    prefix = "allowed"

    def __init__(self, spec: specs.AllowList, ruleset: RuleSet) -> None:
        super().__init__(spec, ruleset.lists.allowed_customers, ruleset.lists.allowed_counterparties, ())
