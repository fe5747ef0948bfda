"""Sign-ins, refusals and sign-outs go to the audit log."""

from typing import Any

from argus_records.names import SIGN_IN_REFUSED, SIGNED_IN
from argus_records.services.audit import audit_record
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from argus_web.accounts.actors import actor_of
from argus_web.accounts.lockout import attempt


def address_of(request: HttpRequest) -> str | None:
    """Where a request comes from, as far as that can be believed."""
    said = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    # The last one is what the proxy itself has seen.
    found: str | None = said.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR")
    return found


def _from(request: HttpRequest | None, username: str | None = None) -> dict[str, Any]:
    address = address_of(request) if request is not None else None
    return {"address": address} | ({} if username is None else {"pair": attempt(username, address).pair})


def _signed_in(*, request: HttpRequest | None, user: AbstractBaseUser, **_: object) -> None:
    with transaction.atomic():
        audit_record(
            actor=actor_of(user),
            action=SIGNED_IN,
            object_type="user",
            object_id=user.pk,
            after=_from(request, user.get_username()),
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
            after=_from(request),
        )


def _refused(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    record_refusal(SIGN_IN_REFUSED, str(credentials.get("username", "")), request)


def record_refusal(action: str, username: str, request: HttpRequest | None) -> None:
    """Somebody was not let in. A name that is nobody's is not kept: it may be a password typed into the wrong field."""
    user = get_user_model().objects.filter(username=username[:150]).first()
    with transaction.atomic():
        audit_record(
            actor=actor_of(user) if user else "anonymous",
            action=action,
            object_type="user",
            object_id=user.pk if user else "unknown",
            after=_from(request, username),
        )


def connect() -> None:
    """Begin to listen."""
    user_logged_in.connect(_signed_in, dispatch_uid="argus.audit")
    user_logged_out.connect(_signed_out, dispatch_uid="argus.audit")
    user_login_failed.connect(_refused, dispatch_uid="argus.audit")
