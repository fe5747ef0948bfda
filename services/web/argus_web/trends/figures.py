"""Figures of a range: by step, in all, per currency, per rule, and what waits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from argus_engine.reasons import MODEL_UNAVAILABLE
from argus_records.models import AlertStatus, Verdict
from argus_records.selectors import alert_trends, trends

from argus_web.trends.links import Links
from argus_web.trends.ranges import Period

# The ages by which what waits is told apart, youngest first.
AGES: Final = tuple(timedelta(hours=hours) for hours in (1, 4, 24, 72, 168))
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


@dataclass(frozen=True, slots=True)
class Step:
    """Alerts of one step. ``waiting``: how many waited at its end, or wait now."""

    start: datetime
    until: datetime
    opened: int
    approved: int
    blocked: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Age:
    """Alerts that wait, opened in [since, until)."""

    since: datetime | None
    until: datetime | None
    open: int
    escalated: int


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts by step, and those that wait by age, youngest first."""

    steps: list[Step]
    ages: list[Age]
    opened: int
    approved: int
    blocked: int
    open: int
    escalated: int

    @property
    def decided(self) -> int:
        """How many were decided for good."""
        return self.approved + self.blocked


def alerts(period: Period, currency: str) -> Alerts:
    """Of one currency, or of all."""
    now = period.now.replace(microsecond=0)
    edges = [now - age for age in reversed(AGES)]
    moves = alert_trends.alert_moves(
        since=period.since, until=period.until, step=period.range.step, edges=edges, currency=currency
    )
    waits = moves.waits
    waiting = sum(waits.values())
    steps = []
    for start in reversed(period.starts):
        opened = moves.opened.get(start, 0)
        approved, blocked = (
            moves.decided.get((start, status), 0) for status in (AlertStatus.APPROVED.value, AlertStatus.BLOCKED.value)
        )
        steps.append(Step(start, start + period.range.step, opened, approved, blocked, waiting))
        waiting += approved + blocked - opened
    bounds = [None, *edges, None]
    ages = [
        Age(bounds[place], bounds[place + 1], waits.get(("open", place), 0), waits.get(("escalated", place), 0))
        for place in reversed(range(len(edges) + 1))
    ]
    return Alerts(
        steps[::-1],
        ages,
        sum(step.opened for step in steps),
        sum(step.approved for step in steps),
        sum(step.blocked for step in steps),
        sum(age.open for age in ages),
        sum(age.escalated for age in ages),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """What one reason brought: decisions that name it, alerts that do, and what people and labels said of them."""

    code: str
    hits: int
    fraud: int
    genuine: int
    approved: int
    blocked: int
    waiting: int
    hours: float
    wasted: float
    links: dict[str, str]

    @property
    def alerts(self) -> int:
        """Alerts opened."""
        return self.approved + self.blocked + self.waiting

    @property
    def by_labels(self) -> float | None:
        """Fraud of those that are labelled, 0 to 1."""
        return share(self.fraud, self.fraud + self.genuine)

    @property
    def by_people(self) -> float | None:
        """Blocked of the alerts that were decided, 0 to 1."""
        return share(self.blocked, self.blocked + self.approved)


def rules(period: Period, currency: str, minutes: int) -> list[Rule]:
    """Every reason that was named, those that cost most for nothing first. ``minutes``: an officer's per alert."""
    since, until, links = period.since, period.until, Links(currency)
    hits = {row.code: row for row in trends.rule_hits(since=since, until=until, currency=currency)}
    opened = alert_trends.alerts_by_rule(since=since, until=until, currency=currency)
    found = []
    # That no model took part is said of a decision, and is none of its reasons.
    for code in (hits.keys() | opened.keys()) - {MODEL_UNAVAILABLE}:
        row, status = hits.get(code, trends.RuleHits(code, 0, 0, 0)), opened.get(code, {})
        approved, blocked = status.get("approved", 0), status.get("blocked", 0)
        found.append(
            Rule(
                code,
                row.hits,
                row.fraud,
                row.genuine,
                approved,
                blocked,
                sum(status.values()) - approved - blocked,
                (approved + blocked) * minutes / 60,
                approved * minutes / 60,
                {
                    "hits": links.transactions(since, until, code=code),
                    "fraud": links.transactions(since, until, code=code, label="fraud"),
                    "genuine": links.transactions(since, until, code=code, label="genuine"),
                    "alerts": links.opened(since, until, code=code),
                    "approved": links.opened(since, until, code=code, status="approved"),
                    "blocked": links.opened(since, until, code=code, status="blocked"),
                },
            )
        )
    return sorted(found, key=lambda rule: (-rule.wasted, -rule.hits, rule.code))
