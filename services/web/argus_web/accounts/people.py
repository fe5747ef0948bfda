"""The pages of people: who has an account, what each role may, invitations."""

from argus_records.models import Invitation
from argus_records.selectors.audit import AuditFilter, audit_page
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from argus_web.accounts import selectors, services
from argus_web.accounts.actors import actor_of
from argus_web.accounts.decorators import permission_required
from argus_web.accounts.forms import InviteForm, PasswordLinkForm, RolesForm, WhyForm
from argus_web.accounts.invitations import invitation_create, invitation_revoke
from argus_web.accounts.matrix import matrix
from argus_web.accounts.passwords import password_link_make, password_link_open
from argus_web.accounts.permissions import may
from argus_web.accounts.roles import Permission, Role
from argus_web.accounts.services import OfficerError
from argus_web.accounts.sessions import sessions_count

TRAIL = 10


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("a view for people was reached by nobody")
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponseBase:
    """Accounts and open invitations, and a form for another."""
    return _invite(request) if request.method == "POST" else _read(request)


@permission_required(Permission.READ_PEOPLE)
def _read(request: HttpRequest) -> HttpResponse:
    return _people(request, InviteForm())


def _people(request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    text, after = (request.GET.get(name, "").strip()[:140].replace("\0", "") for name in ("text", "after"))
    closed = request.GET.get("state") == "closed"
    rows = selectors.people(active=not closed, text=text, after=after)
    context = {
        "rows": rows[: selectors.PAGE],
        "next": rows[selectors.PAGE - 1].username if len(rows) > selectors.PAGE else "",
        "after": after,
        "text": text,
        "closed": closed,
        "invitations": selectors.invitations_open(),
        "form": form,
        "may_manage": may(request.user, Permission.MANAGE_PEOPLE),
    }
    return render(request, "accounts/people.html", context, status=status)


@permission_required(Permission.MANAGE_PEOPLE)
def _invite(request: HttpRequest) -> HttpResponse:
    """The answer is the only page that ever shows the link."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _people(request, form, 422)
    try:
        made, token = invitation_create(**form.cleaned_data, by=_user(request))
    except OfficerError as error:
        form.add_error(None, capfirst(str(error)) + ".")
        return _people(request, form, 409)
    address = request.build_absolute_uri(f"{reverse('invitation')}?token={token}")
    roles = [role for role in Role if role in made.roles]
    return render(request, "accounts/link.html", {"link": made, "roles": roles, "address": address})


@require_POST
@permission_required(Permission.MANAGE_PEOPLE)
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Make a link worthless."""
    try:
        found = invitation_revoke(invitation_id=invitation_id, by=_user(request))
        messages.success(request, _("The invitation of %s is revoked: its link opens nothing.") % found.username)
    except Invitation.DoesNotExist as error:
        raise Http404("There is no such invitation.") from error
    except OfficerError as error:
        messages.error(request, capfirst(str(error)) + ".")
    return redirect("people")


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Who may what. Everybody may know whom to ask."""
    return render(request, "accounts/roles.html", {"roles": list(Role), "parts": matrix()})


@require_safe
@permission_required(Permission.READ_PEOPLE)
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account."""
    return _page(request, user_id)


def _page(
    request: HttpRequest,
    user_id: int,
    *,
    roles_form: RolesForm | None = None,
    why_form: WhyForm | None = None,
    link_form: PasswordLinkForm | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = _person(user_id)
    names = [role.value for role in shown.roles]
    user = _user(request)
    manages = may(user, Permission.MANAGE_PEOPLE) and (user.is_superuser or not shown.superuser)
    context = {
        "person": shown,
        "sessions": sessions_count(User.objects.get(pk=user_id)),
        "trail": audit_page(filters=AuditFilter(object_type="user", object_id=str(user_id)), limit=TRAIL),
        "roles_form": roles_form or RolesForm(initial={"roles": names, "seen": names}),
        "why_form": why_form or WhyForm(),
        "link_form": link_form or PasswordLinkForm(),
        "link": password_link_open(shown.username) if manages else None,
        "may_manage": manages,
        "own": user.pk == user_id,
    }
    return render(request, "accounts/person.html", context, status=status)


def _person(user_id: int) -> selectors.Person:
    try:
        return selectors.person_get(user_id=user_id)
    except User.DoesNotExist as error:
        raise Http404("There is no such account.") from error


@require_POST
@permission_required(Permission.MANAGE_PEOPLE)
def person_roles(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give and take roles."""
    shown, form = _person(user_id), RolesForm(request.POST)
    if not form.is_valid():
        return _page(request, user_id, roles_form=form, status=422)
    add, remove = form.changes()
    note = form.cleaned_data["note"]
    by = _user(request)
    try:
        services.roles_change(username=shown.username, add=add, remove=remove, by=by, actor=actor_of(by), note=note)
    except OfficerError as error:
        form.add_error(None, capfirst(str(error)) + ".")
        return _page(request, user_id, roles_form=form, status=409)
    messages.success(request, _("Saved. It holds from the next request of %s on.") % shown.username)
    return redirect("person", user_id)


def _activity(request: HttpRequest, user_id: int, *, close: bool) -> HttpResponse:
    shown, form = _person(user_id), WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, user_id, why_form=form, status=422)
    by, change = _user(request), services.account_close if close else services.account_reopen
    try:
        change(username=shown.username, by=by, actor=actor_of(by), why=form.cleaned_data["why"])
    except OfficerError as error:
        form.add_error(None, capfirst(str(error)) + ".")
        return _page(request, user_id, why_form=form, status=409)
    said = _("The account %s is closed and signed out everywhere.") if close else _("The account %s is open again.")
    messages.success(request, said % shown.username)
    return redirect("person", user_id)


@require_POST
@permission_required(Permission.MANAGE_PEOPLE)
def person_close(request: HttpRequest, user_id: int) -> HttpResponse:
    """Shut an account."""
    return _activity(request, user_id, close=True)


@require_POST
@permission_required(Permission.MANAGE_PEOPLE)
def person_reopen(request: HttpRequest, user_id: int) -> HttpResponse:
    """Open it again."""
    return _activity(request, user_id, close=False)


@require_POST
@permission_required(Permission.MANAGE_PEOPLE)
def person_sign_out(request: HttpRequest, user_id: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    shown, by = _person(user_id), _user(request)
    try:
        ended = services.sessions_end(username=shown.username, by=by, actor=actor_of(by))
        messages.success(request, _("Signed out of %s browsers.") % ended)
    except OfficerError as error:
        messages.error(request, capfirst(str(error)) + ".")
    return redirect("person", user_id)


@require_POST
@permission_required(Permission.MANAGE_PEOPLE)
def person_password_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """Help somebody who forgot their password. The answer is the only page that ever shows the link."""
    shown, form = _person(user_id), PasswordLinkForm(request.POST)
    if not form.is_valid():
        return _page(request, user_id, link_form=form, status=422)
    try:
        made, token = password_link_make(username=shown.username, by=_user(request), why=form.cleaned_data["how"])
    except OfficerError as error:
        messages.error(request, capfirst(str(error)) + ".")
        return redirect("person", user_id)
    address = request.build_absolute_uri(f"{reverse('password_link')}?token={token}")
    return render(request, "accounts/link.html", {"link": made, "person": shown, "address": address})
