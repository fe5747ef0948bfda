"""All figures of a month's report, for its page and for paper."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argus_engine.reasons import MODEL_UNAVAILABLE
from argus_records.models import AlertStatus, Disposition, Verdict
from argus_records.selectors import alert_trends, months, trends
from argus_records.selectors.months import Backlog, Cases, Closings

from argus_web.reports.month.period import DAY, Month


@dataclass(slots=True)
class Currency:
    """Decisions and decided alerts of one currency: amounts are added within it alone."""

    decisions: int = 0
    amount: Decimal = Decimal(0)
    blocked: Decimal = Decimal(0)
    fraud: Decimal = Decimal(0)
    confirmed: Decimal = Decimal(0)
    unconfirmed: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one reason brought: decisions that name it, alerts opened and decided, those confirmed."""

    code: str
    hits: int
    opened: int
    decided: int
    confirmed: int

    @property
    def precision(self) -> float | None:
        """Confirmed of the alerts decided, 0 to 1."""
        return self.confirmed / self.decided if self.decided else None


@dataclass(slots=True)
class Figures:
    """A month as it is known at ``now``. Days are those of UTC that have come."""

    month: Month
    now: datetime
    days: dict[datetime, dict[str, int]]
    opened: dict[datetime, int]
    approved: dict[datetime, int]
    blocked: dict[datetime, int]
    currencies: dict[str, Currency]
    rules: list[Rule]
    cases: Cases
    closings: dict[str | None, Closings]
    backlog: Backlog
    labelled: dict[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> dict[str, int]:
        """Decisions by verdict."""
        return {verdict: sum(day[verdict] for day in self.days.values()) for verdict in Verdict.values}

    @property
    def decisions(self) -> int:
        """Decisions in all."""
        return sum(self.whole.values())

    @property
    def alerts_opened(self) -> int:
        """Alerts opened."""
        return sum(self.opened.values())

    @property
    def confirmed(self) -> int:
        """Alerts decided to be fraud or suspicious."""
        return sum(self.blocked.values())

    @property
    def decided(self) -> int:
        """Alerts decided."""
        return sum(self.approved.values()) + self.confirmed

    @property
    def precision(self) -> float | None:
        """Confirmed of the alerts decided, 0 to 1."""
        return self.confirmed / self.decided if self.decided else None

    @property
    def cases_opened(self) -> int:
        """Cases opened."""
        return sum(self.cases.opened.values())

    @property
    def closed(self) -> Closings | None:
        """All cases closed, None when none was."""
        return self.closings.get(None)

    @property
    def by_disposition(self) -> list[tuple[Disposition, Closings | None]]:
        """Each disposition, also those that did not occur."""
        return [(one, self.closings.get(one)) for one in Disposition]

    @property
    def running(self) -> bool:
        """Whether the month is not over."""
        return self.now < self.month.until

    @property
    def empty(self) -> bool:
        """Whether nothing at all happened in it."""
        return not (self.decisions or self.alerts_opened or self.decided or self.cases_opened or self.closed)


def figures(month: Month, now: datetime) -> Figures:
    """The figures of a month that has begun. Raises StillSummingError."""
    since, until = month.since, month.until
    days = month.days(now)
    found = Figures(
        month=month,
        now=now,
        days={day: dict.fromkeys(Verdict.values, 0) for day in days},
        opened=dict.fromkeys(days, 0),
        approved=dict.fromkeys(days, 0),
        blocked=dict.fromkeys(days, 0),
        currencies={},
        rules=_rules(month),
        cases=months.cases(since=since, until=until),
        closings=months.closings(since=since, until=until),
        backlog=months.backlog(at=min(until, now)),
        labelled={"fraud": 0, "genuine": 0},
    )
    for row in trends.volume(since=since, until=until, step=DAY):
        # The database's clock may be in the next day already.
        found.days.setdefault(row.start, dict.fromkeys(Verdict.values, 0))[row.verdict] += row.decisions
        found.labelled["fraud"] += row.fraud
        found.labelled["genuine"] += row.genuine
        sums = found.currencies.setdefault(row.currency, Currency())
        sums.decisions += row.decisions
        sums.amount += row.amount
        sums.fraud += row.fraud_amount
        if row.verdict == Verdict.BLOCK:
            sums.blocked += row.amount
    moves = alert_trends.alert_moves(since=since, until=until, step=DAY, edges=[since])
    found.opened |= moves.opened
    for (day, status), count in moves.decided.items():
        of = found.blocked if status == AlertStatus.BLOCKED else found.approved
        of[day] = of.get(day, 0) + count
    for (currency, status), (_, amount) in months.alerts_decided_amounts(since=since, until=until).items():
        sums = found.currencies.setdefault(currency, Currency())
        if status == AlertStatus.BLOCKED:
            sums.confirmed += amount
        else:
            sums.unconfirmed += amount
    found.currencies = dict(sorted(found.currencies.items()))
    return found


def _rules(month: Month) -> list[Rule]:
    """Every reason that was named, those most often decided on first."""
    since, until = month.since, month.until
    hits = {row.code: row.hits for row in trends.rule_hits(since=since, until=until)}
    opened = alert_trends.alerts_by_rule(since=since, until=until)
    decided = months.alerts_decided_by_rule(since=since, until=until)
    found = [
        Rule(
            code,
            hits.get(code, 0),
            sum(opened.get(code, {}).values()),
            sum(decided.get(code, {}).values()),
            decided.get(code, {}).get(AlertStatus.BLOCKED, 0),
        )
        # That no model took part is said of a decision, and is none of its reasons.
        for code in (hits.keys() | opened.keys() | decided.keys()) - {MODEL_UNAVAILABLE}
    ]
    return sorted(found, key=lambda rule: (-rule.decided, -rule.hits, rule.code))
