"""A month's report on paper."""

from collections.abc import Iterator
from datetime import UTC, datetime

from argus_records.models import Verdict
from argus_records.selectors.months import Closings
from django.utils.translation import gettext as _
from reportlab.platypus import Flowable

from argus_web.dashboard.formats import money
from argus_web.dashboard.templatetags.reports import met, span
from argus_web.reports.month.figures import Figures
from argus_web.reports.month.tables import tables
from argus_web.reports.paper.charts import HEIGHT, chart
from argus_web.reports.paper.pages import Paper, pdf
from argus_web.reports.paper.parts import facts, heading, table, text
from argus_web.trends.tables import Table, percent_words


def printed(found: Figures) -> bytes:
    """The PDF of a month."""
    month = found.month
    title = _("Report of %s") % month.words
    made = _("made %s UTC") % f"{found.now.astimezone(UTC):%Y-%m-%d %H:%M}"
    period = _("From %(since)s UTC up to %(until)s UTC; days are those of UTC.") % {
        "since": f"{month.since:%Y-%m-%d %H:%M}",
        "until": f"{month.until:%Y-%m-%d %H:%M}",
    }
    return pdf(Paper(title=title, subject=period, foot=made), list(_story(found, title, period)))


def _story(found: Figures, title: str, period: str) -> Iterator[Flowable]:
    yield heading(title, 0)
    yield text(period, soft=True)
    if found.running:
        yield text(_("The month is not over: these are the figures of now."))
    if found.empty:
        yield text(_("There is no data of this month."))
        return
    closed = found.closed
    whole = found.whole
    yield facts(
        [
            (_("Decisions"), f"{found.decisions:,}"),
            *((str(verdict.label), f"{whole[verdict]:,}") for verdict in Verdict),
            (_("Labelled as fraud"), f"{found.labelled['fraud']:,}"),
            (_("Labelled as genuine"), f"{found.labelled['genuine']:,}"),
            (_("Alerts opened"), f"{found.alerts_opened:,}"),
            (_("Alerts decided"), f"{found.decided:,}"),
            (_("Alerts confirmed"), f"{found.confirmed:,}"),
            (_("Precision"), percent_words(found.precision)),
            (_("Cases opened"), f"{found.cases_opened:,}"),
            (_("Cases closed"), f"{closed.count:,}" if closed else "0"),
            (_("Half decided within"), span(closed.median if closed else None)),
            (_("90 % decided within"), span(closed.ninety if closed else None)),
            (_("Deadlines met"), met(closed)),
            (_("Cases merged"), f"{found.cases.merged:,}"),
            (_("Alerts waiting now") if found.running else _("Alerts waiting at the end"), f"{found.backlog.alerts:,}"),
            (_("Cases waiting now") if found.running else _("Cases waiting at the end"), f"{found.backlog.cases:,}"),
            (_("Of them past their deadline"), f"{found.backlog.late:,}"),
        ]
    )
    yield heading(_("Day by day"), below=2 * HEIGHT)
    for one in tables(found):
        yield heading(f"{one.title}: {one.said}", 2, below=HEIGHT)
        yield _chart(one)
    yield from _closed(found)
    yield from _money(found)
    yield from _rules(found)
    yield text(
        _(
            "Confirmed are alerts whose cases were closed as confirmed fraud or as suspicious and reported. A decision "
            "or a closing counts in the month in which it was made; of a case that was opened again, the last closing "
            "counts. Times run from the opening of a case to its closing."
        ),
        soft=True,
    )


def _chart(one: Table[datetime]) -> Flowable:
    rows = list(reversed(one.rows))
    return chart(
        one.kind,
        days=[str(start.day) for start, _cells in rows],
        names=[str(column.words) for column in one.columns],
        keys=[column.key for column in one.columns],
        values=[[float(cells[place].value) for _start, cells in rows] for place in range(len(one.columns))],
    )


def _closed(found: Figures) -> Iterator[Flowable]:
    def row(words: str, closed: Closings | None) -> tuple[str, ...]:
        if closed is None:
            return (words, "0", "–", "–", "–")
        return (words, f"{closed.count:,}", span(closed.median), span(closed.ninety), met(closed))

    yield heading(_("Cases closed"))
    rows = [row(str(one.label), closed) for one, closed in found.by_disposition]
    yield table(
        [_("Closed as"), _("Cases"), _("Half within"), _("90 % within"), _("Deadline met")],
        [*rows, row(_("all"), found.closed)],
        widths=(36, 16, 16, 16, 16),
        numbers={1, 2, 3, 4},
    )


def _money(found: Figures) -> Iterator[Flowable]:
    yield heading(_("Amounts by currency, never added up"))
    yield table(
        [_("Decisions"), _("Amount"), _("Blocked"), _("Labelled as fraud"), _("Confirmed"), _("Not confirmed")],
        [
            (
                f"{sums.decisions:,}",
                *(
                    money(one, code)
                    for one in (sums.amount, sums.blocked, sums.fraud, sums.confirmed, sums.unconfirmed)
                ),
            )
            for code, sums in found.currencies.items()
        ],
        widths=(12, 20, 18, 18, 16, 16),
        numbers={0, 1, 2, 3, 4, 5},
    )


def _rules(found: Figures) -> Iterator[Flowable]:
    yield heading(_("Reasons"))
    yield text(_("An alert of several reasons counts with each."), soft=True)
    yield table(
        [_("Reason"), _("Hits"), _("Alerts opened"), _("Alerts decided"), _("Confirmed"), _("Precision")],
        [
            (
                rule.code,
                f"{rule.hits:,}",
                f"{rule.opened:,}",
                f"{rule.decided:,}",
                f"{rule.confirmed:,}",
                percent_words(rule.precision),
            )
            for rule in found.rules
        ],
        widths=(35, 13, 13, 13, 13, 13),
        numbers={1, 2, 3, 4, 5},
    )
