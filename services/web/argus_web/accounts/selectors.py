"""Lists of accounts and of invitations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from argus_records.models import Invitation
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from argus_web.accounts.roles import Role

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Person:
    """An account as the list of people shows it."""

    id: int
    username: str
    email: str
    roles: list[Role]
    superuser: bool
    active: bool
    last_login: datetime | None


def _person(user: User) -> Person:
    held = {group.name for group in user.groups.all()}
    return Person(
        id=user.pk,
        username=user.username,
        email=user.email,
        roles=[role for role in Role if role in held],
        superuser=user.is_superuser,
        active=user.is_active,
        last_login=user.last_login,
    )


def people(*, active: bool, text: str = "", after: str = "", limit: int = PAGE + 1) -> list[Person]:
    """Accounts by name, from the one after ``after`` on."""
    found = User.objects.filter(is_active=active, username__gt=after).prefetch_related("groups")
    if text:
        found = found.filter(Q(username__icontains=text) | Q(email__icontains=text))
    return [_person(user) for user in found.order_by("username")[:limit]]


def person_get(*, user_id: int) -> Person:
    """One account. Raises User.DoesNotExist."""
    return _person(User.objects.prefetch_related("groups").get(pk=user_id))


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was neither used nor revoked."""

    id: int
    username: str
    email: str
    roles: list[Role]
    invited_by: str
    expires_at: datetime
    expired: bool


def invitations_open() -> list[Invited]:
    """Those whose links still stand, or stood until they expired; the newest first."""
    now = timezone.now()
    return [
        Invited(
            id=found.pk,
            username=found.username,
            email=found.email,
            roles=[role for role in Role if role in found.roles],
            invited_by=found.invited_by,
            expires_at=found.expires_at,
            expired=found.expires_at <= now,
        )
        for found in Invitation.objects.filter(accepted_at=None, revoked_at=None).order_by("-id")
    ]
