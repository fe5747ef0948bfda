"""Which ranges there are, and where they begin and end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Range:
    """A range that can be chosen, and the step of its charts."""

    code: str
    words: str | Promise
    span: timedelta
    step: timedelta


RANGES: Final = {
    made.code: made
    for made in (
        Range("24h", _("24 hours"), DAY, timedelta(hours=1)),
        Range("7d", _("7 days"), 7 * DAY, timedelta(hours=6)),
        Range("30d", _("30 days"), 30 * DAY, DAY),
        Range("90d", _("90 days"), 90 * DAY, DAY),
    )
}


@dataclass(frozen=True, slots=True)
class Period:
    """A range at a time: whole steps in UTC, of which the last is the one that has just begun."""

    range: Range
    since: datetime
    until: datetime
    now: datetime

    @classmethod
    def of(cls, chosen: Range, now: datetime) -> "Period":
        """The range as it lies now.

        >>> period = Period.of(RANGES["7d"], datetime(2026, 3, 9, 13, 5, tzinfo=UTC))
        >>> str(period.since), str(period.until)
        ('2026-03-02 18:00:00+00:00', '2026-03-09 18:00:00+00:00')
        """
        until = now - (now - _EPOCH) % chosen.step + chosen.step
        return cls(chosen, until - chosen.span, until, now)

    @property
    def starts(self) -> list[datetime]:
        """The beginning of each step."""
        return [self.since + n * self.range.step for n in range(self.range.span // self.range.step)]
