"""Files of cases, for who may look at a case: with what they may see of it."""

from datetime import UTC, datetime

from argus_records.models import Case
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from argus_web.accounts.actors import actor_of, person_of
from argus_web.accounts.veil import shown_to
from argus_web.cases.page import case_or_404
from argus_web.reports.casefile.document import CaseFile
from argus_web.reports.casefile.services import case_file_make
from argus_web.reports.files import file_answer


def _made(request: HttpRequest, case_id: int, kind: str) -> CaseFile:
    shown = shown_to(request, f"case:{case_or_404(case_id).pk}")
    try:
        return case_file_make(case_id=case_id, shown=shown, kind=kind, actor=actor_of(request.user))
    except Case.DoesNotExist as error:
        raise Http404("There is no such case.") from error


@require_GET
def case_json(request: HttpRequest, case_id: int) -> HttpResponse:
    """All of a case for programs."""
    made = _made(request, case_id, "json")
    answer = file_answer(made.content, name=f"case-{case_id}.json", media_type="application/json")
    answer["X-Content-SHA256"] = made.sha256
    return answer


@require_GET
def case_pdf(request: HttpRequest, case_id: int) -> HttpResponse:
    """All of a case on paper."""
    # A library of its own, which a process that serves no paper need not load.
    from argus_web.reports.casefile.printed import printed

    made = _made(request, case_id, "pdf")
    content = printed(made, maker=person_of(actor_of(request.user)), at=datetime.now(UTC))
    return file_answer(content, name=f"case-{case_id}.pdf", media_type="application/pdf")
