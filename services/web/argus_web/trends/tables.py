"""The charts as tables: the page draws them from what stands there, and shows the tables where it cannot."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

from argus_records.models import LabelValue, Verdict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from argus_web.dashboard.formats import money
from argus_web.trends.links import Links
from argus_web.trends.ranges import Period
from argus_web.trends.volumes import Volume
from argus_web.trends.waiting import Alerts

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as a chart takes it, as people read it, and the list behind it."""

    value: str
    shown: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``key`` is its colour in the chart, empty for what is in the table alone."""

    words: Words
    key: str = ""


# What a row is of: a step of time, or what its words say.
Of = TypeVar("Of", datetime, str)


@dataclass(frozen=True, slots=True)
class Table(Generic[Of]):
    """One chart. ``kind``: bars, lines, or pairs of bars; ``shown``: how its axis is written: count, percent or amount.

    ``head``: what its rows are of, where that is no step of time.
    """

    name: str
    title: Words
    said: str
    kind: str
    shown: str
    columns: list[Column]
    rows: list[tuple[Of, list[Cell]]]
    head: Words = ""


def count(value: int, link: str = "") -> Cell:
    """A number, linked unless it is none.

    >>> count(1234, "/a"), count(0, "/a")
    (Cell(value='1234', shown='1,234', link='/a'), Cell(value='0', shown='0', link=''))
    """
    return Cell(str(value), f"{value:,}", link if value else "")


def percent(value: float | None) -> Cell:
    """A share, 0 to 1.

    >>> percent(0.01234).shown, percent(None).shown
    ('1.23 %', '–')
    """
    return Cell("", "–") if value is None else Cell(f"{value:.6f}", percent_words(value))


def percent_words(value: float | None) -> str:
    """A share in words."""
    return "–" if value is None else f"{value * 100:.3g} %"


def _amount(value: Decimal, currency: str, link: str = "") -> Cell:
    return Cell(str(value), money(value, currency), link if value else "")


def tables(period: Period, currency: str, volume: Volume, alerts: Alerts) -> list[Table[datetime]]:
    """The charts of the page, in its order."""
    return [*volume_tables(period, currency, volume), *alert_tables(currency, alerts)]


_KEYS: Final = {Verdict.APPROVE: "fill-approve", Verdict.REVIEW: "fill-review", Verdict.BLOCK: "fill-block"}


def volume_tables(period: Period, currency: str, volume: Volume) -> list[Table[datetime]]:
    """Decisions, shares, and amounts where they are of one currency."""
    links, whole, step = Links(currency), volume.whole, period.range.step
    fraud = LabelValue.FRAUD.value

    def rows(cells: Callable[[datetime, datetime], Iterable[Cell]]) -> list[tuple[datetime, list[Cell]]]:
        return [(start, list(cells(start, start + step))) for start in reversed(period.starts)]

    def verdicts(start: datetime, until: datetime) -> Iterable[Cell]:
        for verdict, number in volume.steps[start].verdicts.items():
            yield count(number, links.transactions(start, until, verdict=verdict))

    def shares(start: datetime, until: datetime) -> Iterable[Cell]:
        sums = volume.steps[start]
        yield percent(sums.flagged_share)
        yield percent(sums.fraud_share)
        yield count(sums.fraud, links.transactions(start, until, label=fraud))
        yield count(sums.decisions, links.transactions(start, until))

    def amounts(start: datetime, until: datetime) -> Iterable[Cell]:
        sums = volume.steps[start]
        yield _amount(sums.amount, currency, links.transactions(start, until))
        yield _amount(sums.fraud_amount, currency, links.transactions(start, until, label=fraud))

    found = [
        Table(
            "volume", _("Decisions"), _("%s in all") % f"{whole.decisions:,}", "bars", "count",
            [Column(verdict.label, _KEYS[verdict]) for verdict in Verdict], rows(verdicts),
        ),
        Table(
            "share", _("Flagged and fraud"),
            _("%(flagged)s of the decisions flagged, %(fraud)s labelled as fraud")
            % {"flagged": percent_words(whole.flagged_share), "fraud": percent_words(whole.fraud_share)},
            "lines", "percent",
            [
                Column(_("flagged"), "fill-approve"), Column(_("fraud"), "ink-soft"), Column(_("labelled as fraud")),
                Column(_("decided")),
            ],
            rows(shares),
        ),
    ]  # fmt: skip
    if currency:
        said = _("%s in all") % money(whole.amount, currency)
        columns = [Column(_("amount"), "fill-approve"), Column(_("labelled as fraud"))]
        found.append(Table("amount", _("Amounts in %s") % currency, said, "bars", "amount", columns, rows(amounts)))
    return found


def alert_tables(currency: str, alerts: Alerts) -> list[Table[datetime]]:
    """Alerts that came, and those that went."""
    links = Links(currency)
    return [
        Table(
            "opened", _("Alerts opened and waiting"),
            _("%(opened)s opened, %(waiting)s wait now")
            % {"opened": f"{alerts.opened:,}", "waiting": f"{alerts.open + alerts.escalated:,}"},
            "lines", "count",
            [Column(_("opened"), "fill-approve"), Column(_("waiting at the end"), "ink-soft")],
            [
                (step.start, [count(step.opened, links.opened(step.start, step.until)), count(step.waiting)])
                for step in reversed(alerts.steps)
            ],
        ),
        Table(
            "decided", _("Alerts decided"),
            _("%(blocked)s blocked, %(approved)s approved")
            % {"blocked": f"{alerts.blocked:,}", "approved": f"{alerts.approved:,}"},
            "bars", "count",
            [Column(_("approved"), "fill-approve"), Column(_("blocked"), "fill-block")],
            [
                (
                    step.start,
                    [
                        count(step.approved, links.decided(step.start, step.until, "approved")),
                        count(step.blocked, links.decided(step.start, step.until, "blocked")),
                    ],
                )
                for step in reversed(alerts.steps)
            ],
        ),
    ]  # fmt: skip
