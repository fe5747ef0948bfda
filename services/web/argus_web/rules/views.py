"""The rules in force, versions of the rule set, and what a shadow would have made different."""

from argus_engine.ruleset import RuleSet, RuleSetError
from argus_records.models import Approval, ApprovalKind, RuleSetState, RuleSetVersion, ShadowDecision
from argus_records.selectors import rulesets, shadow
from argus_records.selectors.alerts import audit_trail
from argus_records.selectors.approvals import approval_waiting
from argus_records.services.approvals import ApprovalError, ruleset_live_propose
from argus_records.services.rulesets import RuleSetMoveError, ruleset_move, ruleset_moves
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import may_edit_rules, may_release_rules
from argus_web.accounts.veil import Shown, Veil, shown_in_lists
from argus_web.rules.forms import MoveForm, NoteForm
from argus_web.rules.shown import changes, rule_document, rule_shown, rules_shown

DAYS = 7
PAGE = 50


def version_or_404(number: int) -> RuleSetVersion:
    """One version."""
    try:
        return rulesets.version_get(version=number)
    except RuleSetVersion.DoesNotExist as error:
        raise Http404("There is no such version of the rule set.") from error


def _draft() -> RuleSetVersion | None:
    return rulesets.version_in(RuleSetState.DRAFT)


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The rules that decide, with how often each hit."""
    live = rulesets.version_in(RuleSetState.LIVE)
    if live is None:
        raise Http404("No rule set is live.")
    return render(
        request,
        "rules/rules.html",
        {
            "version": live,
            "rules": rules_shown(RuleSet.parse(live.document), rulesets.rule_hits(version=live.pk, days=DAYS)),
            "days": DAYS,
            "draft": _draft(),
            "shadow": rulesets.version_in(RuleSetState.SHADOW),
            "may_edit": may_edit_rules(request.user),
        },
    )


@require_GET
def rule(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """One rule of a version, in words."""
    version = version_or_404(number)
    ruleset = RuleSet.parse(version.document)
    found = next((one for one in ruleset.rules if one.code == code), None)
    if found is None:
        raise Http404("There is no such rule in this version.")
    by_day = rulesets.hits_by_day(days=DAYS).get(code, {})
    return render(
        request,
        "rules/rule.html",
        {
            "version": version,
            "shown": rule_shown(found, rulesets.rule_hits(version=number, days=DAYS)),
            "by_day": by_day.items(),
            "most": max(by_day.values(), default=0),
            "days": DAYS,
            "form": NoteForm(),
            "may_edit": may_edit_rules(request.user),
            "document": rule_document(version, code),
        },
    )


@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """All versions, newest first."""
    return render(request, "rules/versions.html", {"versions": rulesets.versions()})


def version_page(request: HttpRequest, number: int, form: MoveForm | None = None, status: int = 200) -> HttpResponse:
    """One version: what it changed, its rules, where it can go from here."""
    version = version_or_404(number)
    live = rulesets.version_in(RuleSetState.LIVE)
    try:
        ruleset = RuleSet.parse(version.document)
    except RuleSetError:
        ruleset = None
    moves = ruleset_moves(version.state)
    veil = Veil(shown_in_lists(request.user))
    context = {
        "version": version,
        "live": live,
        "rules": rules_shown(ruleset, rulesets.rule_hits(version=number, days=DAYS)) if ruleset else [],
        "days": DAYS,
        "changes": changes(version, version.parent, veil),
        "against_live": changes(version, live, veil) if live not in {None, version, version.parent} else None,
        "approval": approval_waiting(kind=ApprovalKind.RULESET_LIVE, subject=str(number)),
        "moves": [move for move in moves if _may(request, move)],
        "form": form or MoveForm(),
        "trail": audit_trail(object_type="ruleset", object_id=number),
        "may_edit": may_edit_rules(request.user),
    }
    return render(request, "rules/version.html", context, status=status)


@require_GET
def version(request: HttpRequest, number: int) -> HttpResponse:
    """The page of one version."""
    return version_page(request, number)


def _may(request: HttpRequest, action: str) -> bool:
    return may_release_rules(request.user) if action == "activate" else may_edit_rules(request.user)


@require_POST
def version_move(request: HttpRequest, number: int) -> HttpResponse:
    """Into shadow, live, back, or out of the way; with a note."""
    found = version_or_404(number)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return version_page(request, number, form, 422)
    action = form.cleaned_data["action"]
    if not _may(request, action):
        raise PermissionDenied
    if form.cleaned_data["seen"] != found.state:
        form.add_error(None, _("Somebody was first: this version is %s by now.") % found.get_state_display())
        return version_page(request, number, form, 409)
    actor, note = actor_of(request.user), form.cleaned_data["note"]
    try:
        if action == "activate":
            return _proposed(request, ruleset_live_propose(version=number, note=note, actor=actor))
        ruleset_move(version=number, action=action, actor=actor, note=note)
    except (RuleSetMoveError, RuleSetError, ApprovalError) as error:
        form.add_error(None, str(error))
        return version_page(request, number, form, 409)
    done = {
        "shadow": _("Version %s is in shadow: it watches and decides nothing."),
        "retire": _("Version %s is retired."),
    }
    messages.success(request, done[action] % number, extra_tags="draft-done")
    return redirect("ruleset_version", number)


def _proposed(request: HttpRequest, made: Approval) -> HttpResponse:
    messages.success(request, _("A second person has to agree; then it is in force."), extra_tags="draft-done")
    return redirect("approval", made.pk)


@require_GET
def shadow_report(request: HttpRequest, number: int) -> HttpResponse:
    """What would have been different."""
    found = version_or_404(number)
    after = request.GET.get("after", "")
    everything = request.GET.get("all") == "yes"
    before = int(after) if after.isdecimal() and len(after) < 19 else None
    rows = shadow.shadow_differences(version=number, verdicts_only=not everything, before=before, limit=PAGE + 1)
    totals = shadow.shadow_totals(version=number)
    shown = shown_in_lists(request.user)
    return render(
        request,
        "rules/shadow.html",
        {
            "version": found,
            "totals": totals,
            "by_rule": shadow.shadow_rules(version=number),
            "rows": [(row, _foremost(row, shown)) for row in rows[:PAGE]],
            "next": str(rows[PAGE - 1].pk) if len(rows) > PAGE else "",
            "after": after,
            "everything": everything,
        },
    )


def _foremost(row: ShadowDecision, shown: Shown) -> str:
    """The first reason of a transaction that would have been decided otherwise."""
    return Veil(shown, [row.transaction]).text(row.reasons[0]["message"]) if row.reasons else ""
