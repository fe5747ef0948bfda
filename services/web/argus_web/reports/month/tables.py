"""The charts of a month as tables, day by day: the page and the paper draw them from the same."""

from datetime import datetime

from argus_records.models import AlertStatus, Verdict
from django.utils.translation import gettext as _

from argus_web.reports.month.figures import Figures
from argus_web.reports.month.period import DAY
from argus_web.trends.links import Links
from argus_web.trends.tables import Column, Table, count, percent_words

_LINKS = Links("")
_APPROVE, _REVIEW, _BLOCK, _SOFT = "fill-approve", "fill-review", "fill-block", "ink-soft"


def tables(found: Figures) -> list[Table[datetime]]:
    """The charts of the report, in its order; the latest day comes first."""
    days = sorted(found.days, reverse=True)
    return [_volume(found, days), _alerts(found, days), _decided(found, days), _cases(found, days)]


def _volume(found: Figures, days: list[datetime]) -> Table[datetime]:
    colours = {Verdict.APPROVE: _APPROVE, Verdict.REVIEW: _REVIEW, Verdict.BLOCK: _BLOCK}
    return Table(
        "volume",
        _("Decisions a day"),
        _("%s in all") % f"{found.decisions:,}",
        "bars",
        "count",
        [Column(verdict.label, colours[verdict]) for verdict in Verdict],
        [
            (
                day,
                [
                    count(found.days[day][verdict], _LINKS.transactions(day, day + DAY, verdict=verdict))
                    for verdict in Verdict.values
                ],
            )
            for day in days
        ],
    )


def _alerts(found: Figures, days: list[datetime]) -> Table[datetime]:
    said = {"opened": f"{found.alerts_opened:,}", "decided": f"{found.decided:,}"}
    return Table(
        "alerts",
        _("Alerts opened and decided"),
        _("%(opened)s opened, %(decided)s decided") % said,
        "lines",
        "count",
        [Column(_("opened"), _APPROVE), Column(_("decided"), _SOFT)],
        [
            (
                day,
                [
                    count(found.opened.get(day, 0), _LINKS.opened(day, day + DAY)),
                    count(found.approved.get(day, 0) + found.blocked.get(day, 0)),
                ],
            )
            for day in days
        ],
    )


def _decided(found: Figures, days: list[datetime]) -> Table[datetime]:
    said = {
        "share": percent_words(found.precision),
        "confirmed": f"{found.confirmed:,}",
        "decided": f"{found.decided:,}",
    }
    return Table(
        "precision",
        _("What alerts turned out to be"),
        _("%(share)s confirmed: %(confirmed)s of %(decided)s") % said,
        "bars",
        "count",
        [Column(_("not confirmed"), _APPROVE), Column(_("confirmed"), _BLOCK)],
        [
            (
                day,
                [
                    count(found.approved.get(day, 0), _LINKS.decided(day, day + DAY, AlertStatus.APPROVED)),
                    count(found.blocked.get(day, 0), _LINKS.decided(day, day + DAY, AlertStatus.BLOCKED)),
                ],
            )
            for day in days
        ],
    )


def _cases(found: Figures, days: list[datetime]) -> Table[datetime]:
    closed = found.closed.count if found.closed else 0
    said = {"opened": f"{found.cases_opened:,}", "closed": f"{closed:,}"}
    return Table(
        "cases",
        _("Cases opened and closed"),
        _("%(opened)s opened, %(closed)s closed") % said,
        "lines",
        "count",
        [Column(_("opened"), _APPROVE), Column(_("closed"), _SOFT)],
        [(day, [count(found.cases.opened.get(day, 0)), count(found.cases.closed.get(day, 0))]) for day in days],
    )
