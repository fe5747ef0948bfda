"""What somebody sees who comes with a link, signed in nowhere: an invitation, or a link to a new password."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from argus_records.models import Invitation, PasswordLink
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from argus_web.accounts.invitations import invitation_accept, invitation_of, invitation_refused
from argus_web.accounts.links import LinkRefusedError
from argus_web.accounts.passwords import password_link_of, password_link_refused, password_link_use
from argus_web.accounts.roles import Role
from argus_web.accounts.services import OfficerError
from argus_web.accounts.sessions import session_store
from argus_web.accounts.signals import address_of


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of link: how it is found, what it does, what is noted when it opens nothing, and its page."""

    name: str
    find: Callable[[str], Invitation | PasswordLink]
    use: Callable[..., User]
    refused: Callable[..., None]
    page: str


_INVITATION: Final = _Kind(
    "invitation", invitation_of, invitation_accept, invitation_refused, "accounts/invitation.html"
)
_PASSWORD: Final = _Kind(
    "password", password_link_of, password_link_use, password_link_refused, "accounts/password_link.html"
)


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Make one's account by choosing a password."""
    return _opened(request, _INVITATION)


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_link(request: HttpRequest) -> HttpResponse:
    """Choose a new password for one's account."""
    return _opened(request, _PASSWORD)


def _opened(request: HttpRequest, kind: _Kind) -> HttpResponse:
    """The token is in the query, which the proxy does not log."""
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    try:
        return _answer(request, kind, token)
    except LinkRefusedError as refused:
        kind.refused(refused=refused, address=address_of(request))
        context = {"refusal": refused.refusal.value, "kind": kind.name}
        return render(request, "accounts/link_refused.html", context, status=410)


def _answer(request: HttpRequest, kind: _Kind, token: str) -> HttpResponse:
    found = kind.find(token)
    form = SetPasswordForm(_account(found), request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and request.user.is_authenticated:
        # Whoever is signed in already may be somebody else: two accounts would be mixed up.
        status = 409
    elif form.is_bound:
        if form.is_valid():
            try:
                with transaction.atomic():
                    login(request, kind.use(token=token, password=form.cleaned_data["new_password1"]))
                    session_store(request)
                return redirect("overview")
            except OfficerError as error:
                form.add_error(None, capfirst(str(error)) + ".")
        status = 422
    context: dict[str, Any] = {"link": found, "form": form, "token": token}
    if isinstance(found, Invitation):
        context["roles"] = [role for role in Role if role in found.roles]
    return render(request, kind.page, context, status=status)


def _account(found: Invitation | PasswordLink) -> User:
    """Whose password is chosen: it must not be like their name."""
    if isinstance(found, Invitation):
        return User(username=found.username, email=found.email)
    return User.objects.get(username=found.username)
