"""Signing in and out, and changing one's password. Each is one database transaction with its audit event."""

from math import ceil

from argus_records.services.audit import audit_record
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from argus_web.accounts.actors import actor_of
from argus_web.accounts.lockout import attempt, minutes, wait
from argus_web.accounts.passwords import password_links_void
from argus_web.accounts.services import sessions_end_own
from argus_web.accounts.sessions import session_store
from argus_web.accounts.signals import address_of, record_refusal


class LoginView(views.LoginView):
    """Sign in."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Attempts of one name from one address come one after the other, and not at all where too many failed."""
        username = request.POST.get("username", "")
        tried = attempt(username, address_of(request))
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [tried.pair])
            delay = wait(tried)
            if not delay:
                return super().post(request, *args, **kwargs)
            record_refusal("user.sign_in_held", username, request)
        held = self.render_to_response(self.get_context_data(form=self.form_class(request), held=minutes(delay)))
        held.status_code = 429
        held["Retry-After"] = str(ceil(delay.total_seconds()))
        return held

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            session_store(self.request)
        return response


class LogoutView(views.LogoutView):
    """Sign out."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with transaction.atomic():
            return super().post(request, *args, **kwargs)


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of one's account, this one too."""
    if isinstance(request.user, User):
        sessions_end_own(user=request.user)
    # Its row is gone: nothing of it may be saved again.
    request.session.flush()
    return redirect("login")


class PasswordChangeView(views.PasswordChangeView):
    """Change one's own password; other sessions of the account end."""

    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("overview")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            void = password_links_void(form.user)
            audit_record(
                actor=actor_of(form.user),
                action="user.password_changed",
                object_type="user",
                object_id=form.user.pk,
                after={"links_void": void} if void else None,
            )
            session_store(self.request)
        messages.success(self.request, _("Your password is changed. Other sessions have been signed out."))
        return response
