"""What officers do with a case: each request is one action on the version that was seen."""

from datetime import timedelta
from typing import Any

from argus_records.models import Case
from argus_records.services.approvals import ApprovalError, case_close_propose, case_reopen_propose
from argus_records.services.audit import audit_record
from argus_records.services.cases import desk
from argus_records.services.cases.closing import case_close, case_undo, four_eyes_why
from argus_records.services.cases.evidence import SIZE_AT_MOST, evidence_add
from argus_records.services.cases.merging import case_merge
from argus_records.services.cases.moves import CaseError, CaseMovedError
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from argus_web.accounts.actors import actor_named, actor_of
from argus_web.accounts.colleagues import mentioned, who_decides
from argus_web.accounts.masking import reveal_asked
from argus_web.accounts.permissions import may_decide, may_supervise, sees_names
from argus_web.cases.forms import ActForm, NoteForm
from argus_web.cases.page import case_or_404, case_page
from argus_web.cases.policies import actions, why_not


def need_decider(request: HttpRequest) -> None:
    """Only who decides on cases goes on."""
    if not may_decide(request.user):
        raise PermissionDenied(_("Working on cases is for officers, supervisors and administrators, not for auditors."))


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, case_id: int) -> HttpResponse:
    """Do something with a case. What was typed comes back with every refusal."""
    if request.method != "POST":
        # Whoever had to sign in on the way here returns by GET.
        return redirect("case", case_id)
    need_decider(request)
    case = case_or_404(case_id)
    form = ActForm(request.POST)
    if not form.is_valid():
        return case_page(request, case_id, form=form, status=422)
    try:
        supervises = may_supervise(request.user)
        said = perform(case, form.cleaned_data, actor=actor_of(request.user), supervises=supervises)
    except CaseMovedError:
        return case_page(request, case_id, form=form, status=409, moved=True)
    except (CaseError, ApprovalError) as error:
        field = getattr(error, "field", "")
        form.add_error(field if field in form.fields else None, str(error))
        return case_page(request, case_id, form=form, status=422 if field else 409)
    messages.success(request, said, extra_tags="draft-done")
    if form.cleaned_data["then"] == "next":
        return _next(request, but=case_id)
    return redirect("case", case_id)


def perform(case: Case, data: dict[str, Any], *, actor: str, supervises: bool) -> str:
    """One action, whether on one case or on many. Returns what to say. Raises CaseError and ApprovalError."""
    action, note = data["action"], data["note"]
    if action not in actions(case, actor=actor, supervises=supervises):
        # Of a case that has changed since, that is what to say, not what cannot be done now.
        if case.version != data["seen"]:
            raise CaseMovedError(_("The case has changed since you looked at it."))
        raise CaseError(refusal(why_not(case, actor=actor, supervises=supervises) or case.state))
    on: dict[str, Any] = {"case_id": case.pk, "seen": data["seen"], "actor": actor}
    match action:
        case "begin":
            desk.case_begin(**on)
            return _("It is yours now.")
        case "release":
            desk.case_release(**on, note=note)
            return _("Anybody may take it now.")
        case "escalate":
            desk.case_escalate(**on, note=note)
            return _("Case %s is escalated.") % case.pk
        case "wait":
            if not data["wait"]:
                raise CaseError(_("Choose how long it may wait."), "wait")
            desk.case_wait(**on, note=note, until=timezone.now() + timedelta(days=int(data["wait"])))
            return _("Case %s waits; it comes back by itself.") % case.pk
        case "assign":
            if data["to"] not in who_decides():
                raise CaseError(_("Choose somebody who works on cases."), "to")
            desk.case_assign(**on, note=note, to=actor_named(data["to"]))
            return _("Case %(case)s is assigned to %(who)s.") % {"case": case.pk, "who": data["to"]}
        case "merge":
            if data["into"] is None:
                raise CaseError(_("Give the number of the other case."), "into")
            case_merge(**on, note=note, into=data["into"])
            return _("Case %(case)s is part of case %(into)s now.") % {"case": case.pk, "into": data["into"]}
        case "reopen":
            case_reopen_propose(**on, note=note)
            return _("A second person has to agree that case %s is opened again.") % case.pk
        case _:
            return _close(case, on, data["disposition"], note)


def _close(case: Case, on: dict[str, Any], disposition: str, note: str) -> str:
    if disposition and four_eyes_why(case, disposition):
        case_close_propose(**on, disposition=disposition, note=note)
        return _("A second person has to agree to the closing of case %s.") % case.pk
    closed = case_close(**on, disposition=disposition, note=note)
    return _("Case %(case)s is closed: %(what)s.") % {"case": case.pk, "what": closed.get_disposition_display()}


def refusal(why: str) -> str:
    """Why nothing can be done with a case, to somebody who may work on cases."""
    said = {
        "held": _("Somebody else holds this case. A supervisor can hand it on; you can leave a note."),
        "escalated": _("This case is escalated: supervisors decide on it."),
        "pending_approval": _("This case waits for the approval of a second person."),
        "closed": _("This case is closed."),
    }
    return said.get(why, _("This is not possible now."))


@require_POST
def next_case(request: HttpRequest) -> HttpResponse:
    """The most urgent case for this person, taken into review."""
    need_decider(request)
    return _next(request)


def _next(request: HttpRequest, but: int | None = None) -> HttpResponse:
    case = desk.case_next(actor=actor_of(request.user), escalated=may_supervise(request.user), but=but)
    if case is None:
        messages.info(request, _("Nothing waits to be taken."))
        return redirect("cases")
    return redirect("case", case.pk)


@require_POST
def undo(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take one's own closing back."""
    need_decider(request)
    case = case_or_404(case_id)
    try:
        case_undo(case_id=case_id, seen=case.version, actor=actor_of(request.user))
        messages.success(request, _("Undone: the case is in review again."))
    except CaseError as error:
        messages.error(request, str(error))
    return redirect("case", case_id)


@require_POST
def note(request: HttpRequest, case_id: int) -> HttpResponse:
    """Write a note; who is named by @name hears of it."""
    need_decider(request)
    case_or_404(case_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["note"]
        desk.case_note(case_id=case_id, note=text, actor=actor_of(request.user), mentioned=mentioned(text))
        messages.success(request, _("The note is on the case."), extra_tags="draft-done")
    else:
        messages.error(request, str(form.errors["note"][0]))
    return redirect(f"{reverse('case', args=[case_id])}#timeline")


@require_POST
def watch(request: HttpRequest, case_id: int) -> HttpResponse:
    """Hear of what happens to a case, or not any more."""
    need_decider(request)
    case_or_404(case_id)
    desk.case_watch(case_id=case_id, actor=actor_of(request.user), on=request.POST.get("on") == "yes")
    return redirect("case", case_id)


@require_POST
def show_personal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show what is masked, for a reason that stands in the audit log."""
    case = case_or_404(case_id)
    reveal_asked(request, kind="case", number=case.pk, customer_id=case.customer_id)
    return redirect("case", case_id)


@require_POST
def add_evidence(request: HttpRequest, case_id: int) -> HttpResponse:
    """Put a file to a case."""
    need_decider(request)
    case_or_404(case_id)
    given = request.FILES.get("file")
    try:
        if given is None or given.size is None:
            raise CaseError(_("Choose a file first."))
        if given.size > SIZE_AT_MOST:
            raise CaseError(_("The file is larger than %s MiB.") % (SIZE_AT_MOST // 2**20))
        evidence_add(case_id=case_id, name=given.name or "", content=given.read(), actor=actor_of(request.user))
        messages.success(request, _("The file is with the case."))
    except CaseError as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('case', args=[case_id])}#evidence")


def evidence(request: HttpRequest, case_id: int, evidence_id: int) -> HttpResponse:
    """A file of a case, as it was put there: for reading, never for running."""
    case = case_or_404(case_id)
    if not sees_names(request.user):
        raise PermissionDenied(_("Your role does not see evidence."))
    found = case.evidence.filter(pk=evidence_id).first()
    if found is None:
        raise Http404("There is no such file.")
    with transaction.atomic():
        audit_record(
            actor=actor_of(request.user),
            action="case.evidence_read",
            object_type="case",
            object_id=case.pk,
            after={"evidence": found.pk, "sha256": found.sha256},
        )
    answer = HttpResponse(bytes(found.content), content_type=found.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
