"""Whether scores are spread as in the range before."""

from dataclasses import dataclass, field
from typing import Final

from argus_records import stability
from argus_records.models import Verdict
from argus_records.selectors import trends
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from argus_web.trends.ranges import Period
from argus_web.trends.tables import Cell, Column, Table, count, percent
from argus_web.trends.volumes import share

# More versions than these are told by the first and the last.
_NAMED: Final = 4


@dataclass(slots=True)
class Side:
    """Decisions of one range: by bucket of their score and by version of the model, and those of rules alone."""

    buckets: list[int] = field(default_factory=lambda: [0] * stability.BUCKETS)
    versions: dict[str, int] = field(default_factory=dict)
    alone: int = 0

    def add(self, row: trends.Scores) -> None:
        """Count a row in. What rules come to alone is no score of a model's, and is not compared with one."""
        if not row.model_version:
            self.alone += row.decisions
            return
        self.buckets[row.bucket] += row.decisions
        self.versions[row.model_version] = self.versions.get(row.model_version, 0) + row.decisions

    @property
    def decisions(self) -> int:
        """How many a model took part in."""
        return sum(self.buckets)

    @property
    def models(self) -> str:
        """The versions in words.

        >>> Side(versions={"9": 1, "10": 5}).models, Side(versions=dict.fromkeys("12345", 1)).models
        ('9, 10', '1 – 5 (5)')
        """
        found = sorted(self.versions, key=lambda version: (len(version), version))
        return ", ".join(found) if len(found) <= _NAMED else f"{found[0]} – {found[-1]} ({len(found)})"


@dataclass(frozen=True, slots=True)
class Drift:
    """The scores of a range and of the range before it, of all currencies: a score is no amount."""

    now: Side
    before: Side
    least: int = stability.LEAST

    @property
    def index(self) -> float | None:
        """The population stability index; None where either side has too few scores to say."""
        if min(self.now.decisions, self.before.decisions) < self.least:
            return None
        return stability.index(self.now.buckets, self.before.buckets)

    @property
    def said(self) -> str:
        """What the index says: stable, moderate or large."""
        return str(_SAID[self._place])

    @property
    def tone(self) -> str:
        """How it is to be taken, as a verdict's colour."""
        return _TONES[self._place]

    @property
    def _place(self) -> int:
        found = self.index or 0.0
        return (found >= stability.MODERATE) + (found >= stability.LARGE)

    @property
    def changed(self) -> bool:
        """Whether not one and the same version scored all of it."""
        return len(self.now.versions.keys() | self.before.versions.keys()) > 1


_SAID: Final = (gettext_lazy("stable"), gettext_lazy("moderate change"), gettext_lazy("large change"))
_TONES: Final = (Verdict.APPROVE.value, Verdict.REVIEW.value, Verdict.BLOCK.value)


def drift(period: Period) -> Drift | None:
    """None while there are more scores to add up than somebody waits for."""
    span = period.range.span
    found = Drift(Side(), Side())
    try:
        rows = trends.scores(since=period.since - span, until=period.until, step=span)
    except trends.StillSummingError:
        return None
    for row in rows:
        (found.now if row.start >= period.since else found.before).add(row)
    return found


def bucket_words(bucket: int) -> str:
    """The scores of a bucket.

    >>> bucket_words(0), bucket_words(4), bucket_words(14)
    ('0 – 0.0004', '0.003 – 0.006', '0.9 – 1')
    """
    bounds = (0, *stability.BOUNDS, 1)
    return f"{bounds[bucket]:g} – {bounds[bucket + 1]:g}"


def score_tables(found: Drift | None) -> list[Table[str]]:
    """The chart of both distributions, if there are any scores."""
    if found is None:
        return []
    both = zip(found.now.buckets, found.before.buckets, strict=True)
    used = [bucket for bucket, counts in enumerate(both) if any(counts)]
    return [_score_table(found, range(used[0], used[-1] + 1))] if used else []


def _score_table(found: Drift, shown: range) -> Table[str]:
    """From the first bucket that has a decision to the last, the highest scores first."""
    now, before, index = found.now, found.before, found.index
    adds = [None] * stability.BUCKETS if index is None else stability.parts(now.buckets, before.buckets)

    def cells(bucket: int) -> list[Cell]:
        return [
            percent(share(now.buckets[bucket], now.decisions)),
            percent(share(before.buckets[bucket], before.decisions)),
            count(now.buckets[bucket]),
            count(before.buckets[bucket]),
            _part(adds[bucket]),
        ]

    said = _("%(now)s decisions, %(before)s in the range before") % {
        "now": f"{now.decisions:,}",
        "before": f"{before.decisions:,}",
    }
    if index is not None:
        said += " · " + _("index %(index)s: %(said)s") % {"index": f"{index:.3f}", "said": found.said}
    columns = [
        Column(_("this range"), "fill-approve"), Column(_("the range before"), "ink-soft"), Column(_("decided")),
        Column(_("before")), Column(_("index")),
    ]  # fmt: skip
    rows = [(bucket_words(bucket), cells(bucket)) for bucket in reversed(shown)]
    return Table("scores", _("Scores"), said, "pairs", "percent", columns, rows, _("Score"))


def _part(value: float | None) -> Cell:
    return Cell("", "–") if value is None else Cell(f"{value:.6f}", f"{value:.3f}")
