"""What a rule of each kind says in a rule-set document. Importable without numpy.

Rules are composed (:mod:`argus_engine.rules.language`) or lift verdicts (``allow_list``). The other kinds are those of
documents from before rules could be composed: they stay readable, and decide as they always have.

Every field is required: a stored document says all that decided, whatever defaults come later.
"""

from typing import Annotated, Literal

from pydantic import Field

from argus_engine.rules.language.nodes import Composed
from argus_engine.rules.terms import Amounts, Count, Rule, Strict, Times, Window


class VelocityCountParams(Strict):
    """More than ``more_than`` transactions of the customer within ``window``."""

    window: Window
    more_than: Count


class VelocityCount(Rule):
    """Many transactions within a sliding window."""

    kind: Literal["velocity_count"]
    params: VelocityCountParams


class VelocityAmountParams(Strict):
    """More than the currency's limit within ``window``.

    With at least ``min_history`` earlier transactions the sum must also be above ``usual_multiple`` times the
    customer's usual amount. Currencies without a limit are left to other rules.
    """

    window: Window
    limits: Amounts
    usual_multiple: Times
    min_history: Count


class VelocityAmount(Rule):
    """A high sum within a sliding window."""

    kind: Literal["velocity_amount"]
    params: VelocityAmountParams


class NoParams(Strict):
    """Nothing to set: the rule goes by the reporting amounts or the lists of its rule set."""


class ReportingThreshold(Rule):
    """Cash at or above the reporting threshold of its currency."""

    kind: Literal["reporting_threshold"]
    params: NoParams


class StructuringParams(Strict):
    """At least this many cash transactions just below the threshold within 7 days, together reaching it."""

    at_least: Annotated[int, Field(ge=2, le=1_000)]


class Structuring(Rule):
    """A reportable sum split into parts that each stay just below the threshold."""

    kind: Literal["structuring"]
    params: StructuringParams


class AmountHistoryParams(Strict):
    """Both must be exceeded: times the usual amount, and standard deviations on a log scale."""

    ratio: Times
    deviation: Annotated[float, Field(ge=0.0, le=1_000.0)]
    min_history: Count


class AmountHistory(Rule):
    """An amount far above the customer's own."""

    kind: Literal["amount_history"]
    params: AmountHistoryParams


class NewCounterpartyParams(Strict):
    """At least ``ratio`` times the usual amount, and at least the currency's floor where it has one."""

    floors: Amounts
    ratio: Times
    min_history: Count


class NewCounterparty(Rule):
    """A large amount with a counterparty that the customer has never dealt with."""

    kind: Literal["new_counterparty"]
    params: NewCounterpartyParams


class ImpossibleTravelParams(Strict):
    """Faster than ``kmh`` over more than ``km`` since the customer's latest known place."""

    kmh: Annotated[float, Field(gt=0.0, le=100_000.0)]
    km: Annotated[float, Field(ge=0.0, le=20_100.0)]


class ImpossibleTravel(Rule):
    """Two places too far apart for the time between."""

    kind: Literal["impossible_travel"]
    params: ImpossibleTravelParams


class HighRiskCountry(Rule):
    """A country on the rule set's list of high-risk countries."""

    kind: Literal["high_risk_country"]
    params: NoParams


class BlockList(Rule):
    """A customer, counterparty or country that the rule set blocks."""

    kind: Literal["block_list"]
    params: NoParams


class AllowList(Rule):
    """A customer or counterparty known to be fine; never weighs, never asks for a verdict."""

    kind: Literal["allow_list"]
    weight: Annotated[float, Field(ge=0.0, le=0.0)]
    outcome: Literal["score"]
    params: NoParams


AnyRule = Annotated[
    Composed
    | VelocityCount
    | VelocityAmount
    | ReportingThreshold
    | Structuring
    | AmountHistory
    | NewCounterparty
    | ImpossibleTravel
    | HighRiskCountry
    | BlockList
    | AllowList,
    Field(discriminator="kind"),
]
