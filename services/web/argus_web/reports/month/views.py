"""The reports of months: their list, one as a page, one on paper."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from argus_records.selectors.months import first_decided, months_held
from argus_records.selectors.trends import StillSummingError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from argus_web.accounts.decorators import permission_required
from argus_web.accounts.roles import Permission
from argus_web.reports.files import file_answer
from argus_web.reports.month.figures import Figures, figures
from argus_web.reports.month.period import Month
from argus_web.reports.month.tables import tables
from argus_web.trends.links import Links
from argus_web.trends.views import AGAIN_SECONDS


@require_GET
@permission_required(Permission.READ_REPORTS)
def months(request: HttpRequest) -> HttpResponse:
    """All months from the first decision to this one, the newest first, also those without anything."""
    first, now = first_decided(), Month.of(datetime.now(UTC))
    found = []
    month = now
    while first and month >= Month.of(first):
        found.append(month)
        month = month.before
    held = months_held(ranges=[(month.since, month.until) for month in found]) if found else {}
    rows = [(month, held[month.since]) for month in found]
    return render(request, "reports/months.html", {"rows": rows, "now": now})


def _begun(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Months to come have no report; one whose past is still being added up says so."""

    @wraps(view)
    def guarded(request: HttpRequest, month: Month) -> HttpResponse:
        now = datetime.now(UTC)
        if month.since > now:
            raise Http404("This month has not begun.")
        try:
            return view(request, figures(month, now))
        except StillSummingError:
            answer = render(request, "reports/behind.html", {"month": month}, status=503)
            answer["Retry-After"] = str(AGAIN_SECONDS)
            return answer

    return guarded


@require_GET
@permission_required(Permission.READ_REPORTS)
@_begun
def report(request: HttpRequest, found: Figures) -> HttpResponse:
    """One month."""
    month, links, first = found.month, Links(""), first_decided()
    span = (month.since, month.until)
    context: dict[str, Any] = {
        "month": month,
        "found": found,
        "tables": tables(found),
        "before": month.before if first and first < month.since else None,
        "next": month.next if month.until <= found.now else None,
        "links": {
            "approve": links.transactions(*span, verdict="approve"),
            "review": links.transactions(*span, verdict="review"),
            "block": links.transactions(*span, verdict="block"),
            "opened": links.opened(*span),
            "approved": links.decided(*span, "approved"),
            "blocked": links.decided(*span, "blocked"),
        },
    }
    return render(request, "reports/month.html", context)


@require_GET
@permission_required(Permission.READ_REPORTS)
@_begun
def report_pdf(_request: HttpRequest, found: Figures) -> HttpResponse:
    """The same on paper."""
    # A library of its own, which a process that serves no paper need not load.
    from argus_web.reports.month.printed import printed

    return file_answer(printed(found), name=f"report-{found.month}.pdf", media_type="application/pdf")
