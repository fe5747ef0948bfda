"""Rule sets: what officers decide, as data. Parsed strictly, named by digest, importable without numpy."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from argus_engine.config import FeatureConfig
from argus_engine.reasons import RESERVED
from argus_engine.rules.language.checks import Fault, faults
from argus_engine.rules.language.nodes import Composed, ListTest
from argus_engine.rules.language.walk import tests_of, windows_of
from argus_engine.rules.language.windows import Window
from argus_engine.rules.specs import AnyRule
from argus_engine.rules.terms import Amount, Countries, Currency, Identifiers, Strict, exact


class RuleSetError(ValueError):
    """A document is not a rule set; the message names each place and what is wrong there, as ``faults`` do apart."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class Thresholds(Strict):
    """Scores, 0 to 1, from which a transaction is sent to review or blocked."""

    review: Annotated[float, Field(gt=0.0, le=1.0)]
    block: Annotated[float, Field(gt=0.0, le=1.0)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review > self.block:
            raise ValueError("review must not be above block")
        return self


class ReportingAmount(Strict):
    """An amount of cash that must be reported, and who says so."""

    amount: Amount
    citation: Annotated[str, Field(min_length=1, max_length=500)]


class Reporting(Strict):
    """Reporting thresholds per currency; from ``near_ratio`` of one up to just below it counts as near."""

    near_ratio: Annotated[float, Field(ge=0.01, le=0.99)]
    amounts: dict[Currency, ReportingAmount]

    @field_validator("near_ratio")
    @classmethod
    def _whole_percent(cls, ratio: float) -> float:
        if abs(ratio * 100 - round(ratio * 100)) > 1e-9:
            raise ValueError("must be a whole number of percent, as 0.8")
        return ratio

    @field_validator("amounts")
    @classmethod
    def _payable(cls, amounts: dict[str, ReportingAmount]) -> dict[str, ReportingAmount]:
        for currency, entry in amounts.items():
            exact(entry.amount, currency)
        return amounts


class CountryList(Strict):
    """Countries as of a day, and who says so."""

    countries: Countries
    as_of: date
    citation: Annotated[str, Field(min_length=1, max_length=500)]


class Lists(Strict):
    """Who and what is known to be fine or not."""

    blocked_customers: Identifiers
    blocked_counterparties: Identifiers
    allowed_customers: Identifiers
    allowed_counterparties: Identifiers
    blocked_countries: Countries
    high_risk_countries: CountryList


class RuleSet(Strict):
    """An ordered set of rules with all that they go by."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    thresholds: Thresholds
    reporting: Reporting
    lists: Lists
    rules: tuple[AnyRule, ...]

    @field_validator("rules")
    @classmethod
    def _codes_once(cls, rules: tuple[AnyRule, ...]) -> tuple[AnyRule, ...]:
        seen: set[str] = set()
        for place, rule in enumerate(rules):
            if rule.code in RESERVED:
                raise ValueError(f"rule {place} has the code {rule.code!r}, which the engine uses itself")
            if rule.code in seen:
                raise ValueError(f"rule {place} has the code {rule.code!r}, which another rule has too")
            seen.add(rule.code)
        return rules

    @classmethod
    def parse(cls, document: dict[str, Any] | str, lists: Mapping[str, str] | None = None) -> "RuleSet":
        """From a JSON document or what it holds. Raises :class:`RuleSetError`.

        ``lists``: the managed lists that exist, and for each the field of a transaction in which to look for what it
        holds. Without them any list is taken to exist: what was saved was checked then.
        """
        try:
            text = document if isinstance(document, str) else json.dumps(document, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise RuleSetError([Fault("document", f"not a JSON document: {error}")]) from error
        try:
            made = cls.model_validate_json(text)
        except ValidationError as error:
            raise RuleSetError([_told(one) for one in error.errors(include_url=False)]) from error
        found = faults(made.rules, made.list_names() if lists is None else lists)
        if found:
            raise RuleSetError(found)
        return made

    def document(self) -> dict[str, Any]:
        """What :meth:`parse` reads. What was left out stays out: a later default changes no saved document."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def _composed(self) -> list[Composed]:
        return [rule for rule in self.rules if isinstance(rule, Composed)]

    def list_names(self) -> dict[str, str]:
        """The lists that its rules ask for, and the field in which each is looked up."""
        return {test.list: test.field for rule in self._composed() for _, test in tests_of(rule, ListTest)}

    def windows(self) -> frozenset[Window]:
        """The windows that its enabled rules ask for, beyond those that are features."""
        enabled = [rule for rule in self._composed() if rule.enabled]
        return frozenset(asked.window() for rule in enabled for asked in windows_of(rule) if asked.kept() is None)

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of the document in one fixed spelling."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def feature_config(self) -> FeatureConfig:
        """On what the feature values depend."""
        amounts = self.reporting.amounts.items()
        return FeatureConfig(
            reporting=tuple(sorted((currency, exact(entry.amount, currency)) for currency, entry in amounts)),
            near_ratio_percent=round(self.reporting.near_ratio * 100),
        )


@cache
def default_ruleset() -> RuleSet:
    """The rule set as shipped, for retail banking: what holds for all, and a file for each scenario.

    >>> default_ruleset().thresholds.review
    0.5
    """
    data = files("argus_engine") / "data"
    document = json.loads((data / "default_ruleset.json").read_text())
    document["rules"] = [json.loads((data / "scenarios" / f"{code}.json").read_text()) for code in document["rules"]]
    return RuleSet.parse(document)


def _told(error: Any) -> Fault:
    place = list(error["loc"])
    # Within a rule the path also names the kind by which it was read; the document has no such level. Nor has it the
    # tags in angle brackets by which the parts of a condition are told apart.
    if len(place) > 2 and place[0] == "rules":
        del place[2]
    shown = [str(part) for part in place if part != "[key]" and not str(part).startswith("<")]
    return Fault(".".join(shown) or "document", error["msg"].removeprefix("Value error, "))
