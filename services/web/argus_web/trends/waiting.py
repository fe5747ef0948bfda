"""Alerts of a range, and what waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argus_records.models import AlertStatus
from argus_records.selectors import alert_trends
from django.utils.translation import gettext

from argus_web.trends.ranges import Period

# The ages by which what waits is told apart, youngest first.
AGES: Final = tuple(timedelta(hours=hours) for hours in (1, 4, 24, 72, 168))


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

    words: str
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


def _age_words(place: int) -> str:
    """The ages between two bounds, the youngest at place 0."""
    if place == len(AGES):
        return gettext("over %s") % _duration(AGES[-1])
    if place == 0:
        return gettext("up to %s") % _duration(AGES[0])
    return f"{_duration(AGES[place - 1])} – {_duration(AGES[place])}"


def _duration(age: timedelta) -> str:
    days = age // timedelta(days=1)
    return gettext("%s d") % days if days > 1 else gettext("%s h") % (age // timedelta(hours=1))


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
        Age(
            _age_words(len(edges) - place),
            bounds[place],
            bounds[place + 1],
            waits.get(("open", place), 0),
            waits.get(("escalated", place), 0),
        )
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
