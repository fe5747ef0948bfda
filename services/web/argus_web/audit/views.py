"""The audit log: what everybody did, to be read and to be taken away."""

import csv
from collections.abc import Iterator
from dataclasses import asdict

from argus_records.selectors.audit import audit_page, audit_stream
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from argus_web.accounts.actors import actor_of
from argus_web.accounts.decorators import permission_required
from argus_web.accounts.roles import Permission
from argus_web.audit.forms import AuditFilterForm
from argus_web.audit.services import audit_exported
from argus_web.audit.shown import records, shown

PAGE = 50


@require_safe
@permission_required(Permission.READ_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    """Events, newest first, by filters that stand in the address."""
    return _page(request, AuditFilterForm(request.GET))


def _page(request: HttpRequest, form: AuditFilterForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "rows": [], "next": ""}
    if form.is_valid():
        page = audit_page(filters=form.filters(), cursor=form.cleaned_data["after"], limit=PAGE)
        context |= {"rows": shown(page.rows), "next": page.next}
    return render(request, "audit/audit.html", context, status=status)


class _Line:
    """What csv writes to: gives back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


@require_GET
@permission_required(Permission.READ_AUDIT)
def export(request: HttpRequest) -> HttpResponseBase:
    """All events of the same filters as a file, row by row: as long as it is, it takes no memory."""
    form = AuditFilterForm(request.GET)
    if not form.is_valid():
        return _page(request, form, 422)
    filters = form.filters()
    asked = {name: str(value) for name, value in asdict(filters).items() if value}
    audit_exported(actor=actor_of(request.user), filters=asked)
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        for row in records(audit_stream(filters=filters)):
            yield writer.writerow(row)

    name = f"audit-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )
