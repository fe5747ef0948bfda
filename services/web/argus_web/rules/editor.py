"""Composing a rule. The server draws the whole form; the page only asks it to draw anew."""

import copy
from typing import Any, Final

from argus_engine.rules.language.checks import Fault
from argus_engine.rules.language.nodes import Composed
from argus_engine.rules.language.phrases import rule_phrase
from argus_engine.rules.language.quantities import features, fields
from argus_engine.rules.language.templates import SPECIAL
from argus_engine.ruleset import RuleSetError
from argus_records.models import RuleSetVersion
from argus_records.selectors.lists import lists_shown
from argus_records.services.rulesets import RuleSetMoveError, ruleset_check, ruleset_create
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import may_edit_rules
from argus_web.rules.builder.form import RuleForm
from argus_web.rules.documents import switched, with_rule, without_rule
from argus_web.rules.forms import NoteForm
from argus_web.rules.shown import rule_document
from argus_web.rules.views import version_or_404

OUTCOMES: Final = (
    ("score", _lazy("raises the score")),
    ("review", _lazy("asks for a review")),
    ("block", _lazy("blocks")),
)
# A rule in which nothing but its condition can be wrong.
_COMPLETE: Final = {
    "code": "not_yet_named", "title": "-", "citation": "", "weight": 0.0, "outcome": "score", "message": ["-"],
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: HttpRequest, number: int, code: str | None = None) -> HttpResponse:
    """A form for one rule of a version, or for a new one. Saving makes a new version."""
    if not may_edit_rules(request.user):
        raise PermissionDenied
    version = version_or_404(number)
    document = rule_document(version, code) if code else None
    if code and (document is None or document["kind"] != "composed"):
        raise Http404("There is no such composed rule in this version.")
    codes = [rule["code"] for rule in version.document["rules"]]
    if request.method != "POST":
        form = RuleForm.of(document) if document else RuleForm.blank()
        following = codes[codes.index(code) + 1 :][:1] if code else []
        return _page(request, version, code, form, NoteForm(), following[0] if following else "")
    form, note = RuleForm.read(request.POST), NoteForm(request.POST)
    before = request.POST.get("before", "")
    action = request.POST.get("do", "check")
    if action != "save":
        form.change(action)
        return _page(request, version, code, form, NoteForm(initial={"note": request.POST.get("note", "")}), before)
    made, _place = with_rule(version.document, code=code, rule=form.document(), before=before)
    try:
        ruleset_check(made)
        if note.is_valid():
            saved = ruleset_create(
                document=made, actor=actor_of(request.user), note=note.cleaned_data["note"], parent=number
            )
            messages.success(request, _("Saved as draft, version %s.") % saved.pk)
            return redirect("ruleset_version", saved.pk)
    except RuleSetError:
        pass  # The page says what is wrong.
    except RuleSetMoveError as error:
        note.add_error(None, str(error))
    return _page(request, version, code, form, note, before, status=422)


def _page(
    request: HttpRequest,
    version: RuleSetVersion,
    code: str | None,
    form: RuleForm,
    note: NoteForm,
    before: str,
    *,
    status: int = 200,
) -> HttpResponse:
    made, place = with_rule(version.document, code=code, rule=form.document(), before=before)
    words = ""
    try:
        found = ruleset_check(made).rules[place]
        assert isinstance(found, Composed)
        words = rule_phrase(found)
    except RuleSetError as error:
        form.blame(_all_faults(error, made, place), f"rules.{place}")
        # A new form is empty, not wrong.
        if request.method != "POST":
            _forgive(form)
    rules = version.document["rules"]
    subjects = _subjects(rules, place)
    context = {
        "version": version,
        "code": code,
        "form": form,
        "note": note,
        "before": before,
        "words": words,
        "codes": [rule["code"] for rule in rules if rule["code"] != code],
        "subjects": subjects,
        "known_subjects": {value for group, options in subjects for value, label in options},
        "outcomes": OUTCOMES,
        "holes": [f"{{{name}}}" for name in (*fields(), *features(), *SPECIAL)],
    }
    fragment = request.headers.get("X-Fragment") == "yes"
    # A fragment is drawn as often as somebody types: what is wrong with it is no failure of the request.
    return render(
        request,
        "rules/builder/form.html" if fragment else "rules/edit.html",
        context,
        status=200 if fragment else status,
    )


def _all_faults(error: RuleSetError, document: dict[str, Any], place: int) -> list[Fault]:
    """The faults, and those of the condition that the check did not come to because something else is missing yet."""
    found = list(error.faults)
    made = copy.deepcopy(document)
    made["rules"][place] |= _COMPLETE
    try:
        ruleset_check(made)
    except RuleSetError as further:
        known = {fault.place for fault in found}
        found += [one for one in further.faults if ".when" in one.place and one.place not in known]
    return found


def _forgive(form: RuleForm) -> None:
    form.errors.clear()
    form.elsewhere.clear()
    for said in form.message:
        said.errors.clear()
    for row in form.rows():
        row.errors.clear()


def _subjects(rules: list[dict[str, Any]], place: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """What conditions can be about, in groups."""
    unlisted = {"reporting_threshold"}
    earlier = [rule["code"] for rule in rules[:place] if rule["enabled"]]
    return [
        (_("Transaction"), [(f"field:{one.name}", one.words) for one in fields().values() if one.name not in unlisted]),
        (_("Window"), [("window", _("the customer's transactions within a time"))]),
        (_("On a list"), [(f"list:{one.list.name}:{one.list.kind}", one.list.name) for one in lists_shown()]
         + [("list:high_risk_countries:country", "high_risk_countries")]),
        (_("Known of the customer"), [(f"feature:{one.name}", one.words) for one in features().values()]),
        (_("Earlier rule has hit"), [(f"rule:{code}", code) for code in earlier]),
    ]  # fmt: skip


@require_POST
def rule_change(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """Switch a rule on or off, or take it out; either makes a new version."""
    if not may_edit_rules(request.user):
        raise PermissionDenied
    version = version_or_404(number)
    action, note = request.POST.get("do", ""), NoteForm(request.POST)
    if rule_document(version, code) is None or action not in {"on", "off", "remove"}:
        raise Http404("There is no such rule in this version.")
    if not note.is_valid():
        messages.error(request, str(note.errors["note"][0]))
        return redirect("rule", number, code)
    if action == "remove":
        made = without_rule(version.document, code=code)
    else:
        made = switched(version.document, code=code, enabled=action == "on")
    try:
        saved = ruleset_create(
            document=made, actor=actor_of(request.user), note=note.cleaned_data["note"], parent=number
        )
    except (RuleSetError, RuleSetMoveError) as error:
        messages.error(request, str(error))
        return redirect("rule", number, code)
    messages.success(request, _("Saved as draft, version %s.") % saved.pk)
    return redirect("ruleset_version", saved.pk)
