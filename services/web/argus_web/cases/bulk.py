"""The same action on many cases: first what it would do, then doing it."""

from dataclasses import dataclass
from typing import Any, Final

from argus_records.models import Case
from argus_records.services.approvals import ApprovalError
from argus_records.services.cases.closing import four_eyes_why
from argus_records.services.cases.moves import CaseError
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from argus_web.accounts.actors import actor_of
from argus_web.accounts.colleagues import who_decides
from argus_web.accounts.permissions import may_supervise
from argus_web.accounts.veil import cases_veiled, shown_in_lists
from argus_web.cases.actions import need_decider, perform, refusal
from argus_web.cases.forms import WAITS, ActForm
from argus_web.cases.policies import actions, why_not

AT_ONCE: Final = 200
# Of those that were left as they were so many are named.
NAMED: Final = 10
ACTIONS: Final = ("assign", "wait", "escalate", "close", "release")


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of one case: ``refused`` says why nothing would, ``agree`` why a second person must agree."""

    case: Case
    seen: int
    refused: str = ""
    agree: str = ""


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Without ``do`` the preview; with it the action, case by case: one that has moved since holds up no other."""
    need_decider(request)
    chosen = _chosen(request)
    if not chosen:
        messages.error(request, _("Choose cases first."))
        return redirect("cases")
    form = ActForm(request.POST)
    action = request.POST.get("action", "")
    if not form.is_valid() or action not in ACTIONS:
        messages.error(request, _("Choose what to do with them."))
        return redirect("cases")
    actor, supervises = actor_of(request.user), may_supervise(request.user)
    data = form.cleaned_data
    planned = [_plan(case, seen, data, actor=actor, supervises=supervises) for case, seen in chosen]
    if request.POST.get("do") == "yes":
        return _do(request, data, planned, actor=actor, supervises=supervises)
    cases_veiled([plan.case for plan in planned], shown_in_lists(request.user))
    context = {
        "planned": planned,
        "able": sum(not plan.refused for plan in planned),
        "form": form,
        "action": action,
        "people": who_decides(),
        "waits": WAITS,
        "wait_words": WAITS.get(form.cleaned_data["wait"], ""),
    }
    return render(request, "cases/bulk.html", context)


def _chosen(request: HttpRequest) -> list[tuple[Case, int]]:
    """Cases by ``case`` values of the form id-version, the version being what the list showed."""
    wanted: dict[int, int] = {}
    for value in request.POST.getlist("case")[:AT_ONCE]:
        case_id, _, seen = value.partition("-")
        if case_id.isdecimal() and seen.isdecimal() and len(case_id) < 19 and len(seen) < 10:
            wanted[int(case_id)] = int(seen)
    found = Case.objects.in_bulk(wanted)
    return [(found[case_id], seen) for case_id, seen in sorted(wanted.items()) if case_id in found]


def _plan(case: Case, seen: int, data: dict[str, Any], *, actor: str, supervises: bool) -> Planned:
    if case.version != seen:
        return Planned(case, seen, refused=_("It has changed since the list was made."))
    if data["action"] not in actions(case, actor=actor, supervises=supervises):
        return Planned(case, seen, refused=refusal(why_not(case, actor=actor, supervises=supervises)))
    agree = four_eyes_why(case, data["disposition"]) if data["action"] == "close" and data["disposition"] else ""
    return Planned(case, seen, agree=agree)


def _do(
    request: HttpRequest, data: dict[str, Any], planned: list[Planned], *, actor: str, supervises: bool
) -> HttpResponse:
    done, failed = 0, []
    for plan in planned:
        if plan.refused:
            failed.append(f"{plan.case.pk}: {plan.refused}")
            continue
        try:
            perform(plan.case, data | {"seen": plan.seen}, actor=actor, supervises=supervises)
            done += 1
        except (CaseError, ApprovalError) as error:
            failed.append(f"{plan.case.pk}: {error}")
    if done:
        messages.success(request, ngettext("%s case: done.", "%s cases: done.", done) % done)
    if failed:
        named, more = " ".join(failed[:NAMED]), len(failed) - NAMED
        if more > 0:
            named += " " + ngettext("And %s more.", "And %s more.", more) % more
        messages.warning(request, _("Left as they were: %s") % named)
    return redirect("cases")
