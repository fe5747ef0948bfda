"""What an invited person sees: not signed in, with a link."""

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

from argus_web.accounts.invitations import (
    InvitationRefusedError,
    invitation_accept,
    invitation_of,
    invitation_refused,
)
from argus_web.accounts.roles import Role
from argus_web.accounts.services import OfficerError
from argus_web.accounts.sessions import session_store
from argus_web.accounts.signals import address_of


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Make one's account by choosing a password. The token is in the query, which the proxy does not log."""
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    try:
        return _answer(request, token)
    except InvitationRefusedError as refused:
        invitation_refused(refused=refused, address=address_of(request))
        context = {"refusal": refused.refusal.value}
        return render(request, "accounts/invitation_refused.html", context, status=410)


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    found = invitation_of(token)
    user = User(username=found.username, email=found.email)
    form = SetPasswordForm(user, request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and request.user.is_authenticated:
        # Whoever is signed in already is somebody else: two accounts would be mixed up.
        status = 409
    elif form.is_bound:
        if form.is_valid():
            try:
                with transaction.atomic():
                    login(request, invitation_accept(token=token, password=form.cleaned_data["new_password1"]))
                    session_store(request)
                return redirect("overview")
            except OfficerError as error:
                form.add_error(None, capfirst(str(error)) + ".")
        status = 422
    roles = [role for role in Role if role in found.roles]
    context = {"invitation": found, "roles": roles, "form": form, "token": token}
    return render(request, "accounts/invitation.html", context, status=status)
