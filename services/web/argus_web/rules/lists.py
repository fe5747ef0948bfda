"""The managed lists."""

from argus_records.models import ListEntry, ListKind, ManagedList
from argus_records.selectors import lists as selectors
from argus_records.services.approvals import ApprovalError, list_add_propose, list_remove_propose
from argus_records.services.lists import ListError, list_create
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import may_release_rules
from argus_web.accounts.veil import Veil, shown_in_lists
from argus_web.rules.forms import EntriesForm, ListForm, RemoveForm

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def lists(request: HttpRequest) -> HttpResponse:
    """All lists, and a form for another."""
    form = ListForm(request.POST or None)
    if request.method == "POST":
        _allowed(request)
        if form.is_valid():
            try:
                made = list_create(**form.cleaned_data, actor=actor_of(request.user))
                return redirect("list", made.name)
            except ListError as error:
                _blame(form, error)
    context = {"lists": selectors.lists_shown(), "form": form, "may_keep": may_release_rules(request.user)}
    return render(request, "rules/lists.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def one_list(request: HttpRequest, name: str) -> HttpResponse:
    """What is on a list, or was, and a form to add to it."""
    try:
        found = selectors.list_get(name=name)
    except ManagedList.DoesNotExist as error:
        raise Http404("There is no such list.") from error
    form = EntriesForm(request.POST or None)
    if request.method == "POST":
        _allowed(request)
        if form.is_valid():
            try:
                return _add(request, found, form)
            except ListError as error:
                _blame(form, error)
    after, text, past = (request.GET.get(key, "") for key in ("after", "text", "past"))
    before = int(after) if after.isdecimal() and len(after) < 19 else None
    # To be found by a value, or by what was written of it, would confirm a guess.
    shown = shown_in_lists(request.user)
    text = text.strip()[:64].replace("\0", "") if shown.names else ""
    rows = selectors.entries_shown(name=name, past=past == "yes", text=text, before=before, limit=PAGE + 1)
    context = {
        "list": found,
        "form": form,
        "rows": [_veiled(entry, found, Veil(shown)) for entry in rows[:PAGE]],
        "next": str(rows[PAGE - 1].pk) if len(rows) > PAGE else "",
        "after": after,
        "text": text,
        "past": past == "yes",
        "may_keep": may_release_rules(request.user),
    }
    return render(request, "rules/list.html", context, status=422 if form.errors else 200)


def _veiled(entry: ListEntry, on: ManagedList, veil: Veil) -> ListEntry:
    """An entry to be looked at. A country is nobody's."""
    if on.kind != ListKind.COUNTRY:
        entry.value = veil.name(entry.value) or ""
    entry.reason = veil.note(entry.reason)
    entry.removed_why = veil.note(entry.removed_why or "")
    return entry


def _add(request: HttpRequest, found: ManagedList, form: EntriesForm) -> HttpResponse:
    made = list_add_propose(
        name=found.name,
        values=form.cleaned_data["values"].splitlines(),
        reason=form.cleaned_data["reason"],
        expires_at=form.expires_at(),
        actor=actor_of(request.user),
    )
    messages.success(request, _("A second person has to agree; then it holds from the next batch."))
    return redirect("approval", made.pk)


@require_POST
def entry_remove(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take a value off its list, with a reason."""
    _allowed(request)
    try:
        entry = ListEntry.objects.get(pk=entry_id)
    except ListEntry.DoesNotExist as error:
        raise Http404("There is no such entry.") from error
    form = RemoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["why"][0]))
        return redirect("list", entry.list_id)
    try:
        made = list_remove_propose(entry_id=entry_id, why=form.cleaned_data["why"], actor=actor_of(request.user))
        messages.success(request, _("A second person has to agree; then it is off the list."))
        return redirect("approval", made.pk)
    except (ListError, ApprovalError) as error:
        messages.error(request, str(error))
    return redirect("list", entry.list_id)


def _allowed(request: HttpRequest) -> None:
    if not may_release_rules(request.user):
        raise PermissionDenied


def _blame(form: Form, error: ListError) -> None:
    names = {"expires_at": "until"}
    field = names.get(error.field, error.field)
    form.add_error(field if field in form.fields else None, str(error))
