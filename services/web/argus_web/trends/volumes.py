"""Decisions of a range and what is known of them: by step, in all, and per currency."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from argus_records.models import Verdict
from argus_records.selectors import trends

from argus_web.trends.ranges import Period

FLAGGED: Final = (Verdict.REVIEW, Verdict.BLOCK)


@dataclass(slots=True)
class Sums:
    """Decisions and what is known of them. ``amount`` and ``fraud_amount`` are for one currency alone to add up."""

    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Verdict.values, 0))
    fraud: int = 0
    genuine: int = 0
    amount: Decimal = Decimal(0)
    fraud_amount: Decimal = Decimal(0)

    def add(self, row: trends.Volume) -> None:
        """Count a row in."""
        self.verdicts[row.verdict] += row.decisions
        self.fraud += row.fraud
        self.genuine += row.genuine
        self.amount += row.amount
        self.fraud_amount += row.fraud_amount

    @property
    def decisions(self) -> int:
        """How many were decided."""
        return sum(self.verdicts.values())

    @property
    def flagged(self) -> int:
        """How many of them are for a person or blocked."""
        return sum(self.verdicts[verdict] for verdict in FLAGGED)

    @property
    def flagged_share(self) -> float | None:
        """Flagged of all that were decided, 0 to 1."""
        return share(self.flagged, self.decisions)

    @property
    def fraud_share(self) -> float | None:
        """Labelled as fraud of all that were decided, 0 to 1."""
        return share(self.fraud, self.decisions)


def share(part: int, whole: int) -> float | None:
    """A part of a whole, None of nothing."""
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Volume:
    """Decisions by step, in all, and per currency; what was of the range before it."""

    steps: dict[datetime, Sums]
    whole: Sums
    currencies: dict[str, Sums]
    before: Sums


def volume(period: Period, currency: str) -> Volume:
    """Of one currency, or of all; ``currencies`` has all in either case."""
    found = Volume({start: Sums() for start in period.starts}, Sums(), {}, Sums())
    for row in trends.volume(since=period.since, until=period.until, step=period.range.step):
        found.currencies.setdefault(row.currency, Sums()).add(row)
        if currency in ("", row.currency):
            found.steps[row.start].add(row)
            found.whole.add(row)
    span = period.range.span
    for row in trends.volume(since=period.since - span, until=period.since, step=span):
        if currency in ("", row.currency):
            found.before.add(row)
    return found
