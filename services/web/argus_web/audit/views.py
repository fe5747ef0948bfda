"""The audit log: what everybody did, to be read and to be taken away."""

from argus_records.selectors.audit import audit_page, audit_stream
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from argus_web.accounts.decorators import permission_required
from argus_web.accounts.roles import Permission
from argus_web.audit.forms import AuditFilterForm
from argus_web.audit.shown import COLUMNS, record, shown
from argus_web.dashboard.export import streamed

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


@require_GET
@permission_required(Permission.READ_AUDIT)
def export(request: HttpRequest) -> HttpResponseBase:
    """All events of the same filters as a file, row by row: as long as it is, it takes no memory."""
    form = AuditFilterForm(request.GET)
    if not form.is_valid():
        return _page(request, form, 422)
    filters = form.filters()
    return streamed(
        request, name="audit", filters=filters, header=COLUMNS, rows=map(record, audit_stream(filters=filters))
    )
