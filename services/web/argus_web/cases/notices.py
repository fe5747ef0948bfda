"""What a person is told."""

from argus_records.selectors import cases
from argus_records.services.cases.notices import notices_read
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from argus_web.accounts.actors import actor_of
from argus_web.accounts.veil import Veil, cases_veiled, shown_in_lists

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """Notices, newest first; by POST, all are read."""
    actor = actor_of(request.user)
    if request.method == "POST":
        notices_read(actor=actor)
        return redirect("notices")
    after = request.GET.get("after", "")
    before = int(after) if after.isdecimal() and len(after) < 19 else None
    rows = cases.notices(actor=actor, before=before, limit=PAGE + 1)
    veil = Veil(shown_in_lists(request.user))
    cases_veiled([row.notice.case for row in rows], veil.shown)
    context = {
        "rows": [(row, veil.note(row.event.note if row.event else "")) for row in rows[:PAGE]],
        "next": str(rows[PAGE - 1].notice.pk) if len(rows) > PAGE else "",
        "after": after,
    }
    return render(request, "cases/notices.html", context)
