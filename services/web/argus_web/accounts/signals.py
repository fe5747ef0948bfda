"""Sign-ins, refusals and sign-outs go to the audit log."""

from typing import Any

from argus_records.services.audit import audit_record
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from argus_web.accounts.actors import actor_of


def _address(request: HttpRequest | None) -> dict[str, Any]:
    if request is None:
        return {"address": None}
    said = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    # The last one is what the proxy itself has seen.
    return {"address": said.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR")}


def _signed_in(*, request: HttpRequest | None, user: AbstractBaseUser, **_: object) -> None:
    with transaction.atomic():
        audit_record(
            actor=actor_of(user),
            action="user.signed_in",
            object_type="user",
            object_id=user.pk,
            after=_address(request),
        )


def _signed_out(*, request: HttpRequest | None, user: AbstractBaseUser | None, **_: object) -> None:
    if user is None:
        return
    with transaction.atomic():
        audit_record(
            actor=actor_of(user),
            action="user.signed_out",
            object_type="user",
            object_id=user.pk,
            after=_address(request),
        )


def _refused(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    # A name that is nobody's is not kept: it may be a password typed into the wrong field.
    user = get_user_model().objects.filter(username=str(credentials.get("username", ""))[:150]).first()
    with transaction.atomic():
        audit_record(
            actor=actor_of(user) if user else "anonymous",
            action="user.sign_in_refused",
            object_type="user",
            object_id=user.pk if user else "unknown",
            after=_address(request),
        )


def connect() -> None:
    """Begin to listen."""
    user_logged_in.connect(_signed_in, dispatch_uid="argus.audit")
    user_logged_out.connect(_signed_out, dispatch_uid="argus.audit")
    user_login_failed.connect(_refused, dispatch_uid="argus.audit")
