"""Proposals: what waits for a second person, what it would change, and the decision."""

from argus_engine.ruleset import RuleSetError
from argus_records.models import Approval
from argus_records.selectors import approvals as selectors
from argus_records.services.approvals import ApprovalError, approval_grant, approval_refuse, approval_withdraw
from argus_records.services.cases.moves import CaseError
from argus_records.services.lists import ListError
from argus_records.services.rulesets import RuleSetMoveError
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import may_supervise
from argus_web.accounts.veil import Veil, shown_in_lists
from argus_web.approvals.shown import proposal, title, written

PAGE = 50


@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits, or what was decided."""
    waiting = request.GET.get("state") != "decided"
    after = request.GET.get("after", "")
    before = int(after) if after.isdecimal() and len(after) < 19 else None
    rows = selectors.approvals(waiting=waiting, before=before, limit=PAGE + 1)
    veil = Veil(shown_in_lists(request.user))
    context = {
        "rows": [(row, title(row, veil), written(row, row.reason, veil)) for row in rows[:PAGE]],
        "next": str(rows[PAGE - 1].pk) if len(rows) > PAGE else "",
        "after": after,
        "waiting": waiting,
    }
    return render(request, "approvals/approvals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, approval_id: int) -> HttpResponse:
    """One proposal with what it would change; by POST, the decision on it."""
    try:
        found = selectors.approval_get(approval_id=approval_id)
    except Approval.DoesNotExist as error:
        raise Http404("There is no such proposal.") from error
    if request.method == "POST":
        return _decide(request, found)
    return _page(request, found)


def _page(
    request: HttpRequest, found: Approval, *, error: str = "", answer: str = "", status: int = 200
) -> HttpResponse:
    actor = actor_of(request.user)
    veil = Veil(shown_in_lists(request.user))
    context = {
        "shown": proposal(found, veil),
        "approval": found,
        "reason": written(found, found.reason, veil),
        "answered": written(found, found.answer, veil),
        "own": found.proposed_by == actor,
        "may_decide": may_supervise(request.user) and found.proposed_by != actor,
        "error": error,
        "answer": answer,
    }
    return render(request, "approvals/approval.html", context, status=status)


def _decide(request: HttpRequest, found: Approval) -> HttpResponse:
    actor, action = actor_of(request.user), request.POST.get("action", "")
    answer = request.POST.get("answer", "").replace("\0", "")
    if action != "withdraw" and not may_supervise(request.user):
        raise PermissionDenied(_("Approving is for supervisors and administrators."))
    done = {
        "grant": _("Granted, and done."),
        "refuse": _("Refused. Who proposed it sees your answer."),
        "withdraw": _("Withdrawn."),
    }
    try:
        if action == "grant":
            approval_grant(approval_id=found.pk, actor=actor, answer=answer)
        elif action == "refuse":
            approval_refuse(approval_id=found.pk, actor=actor, answer=answer)
        elif action == "withdraw":
            approval_withdraw(approval_id=found.pk, actor=actor)
        else:
            return _page(request, found, error=_("Choose what to do."), answer=answer, status=422)
    except (ApprovalError, CaseError, ListError, RuleSetMoveError, RuleSetError) as error:
        found.refresh_from_db()
        return _page(request, found, error=str(error), answer=answer, status=409)
    messages.success(request, done[action])
    return redirect("approval", found.pk) if action == "withdraw" else redirect("approvals")
