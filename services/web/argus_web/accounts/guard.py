"""What holds whenever an account is changed: who may do it, to whom, and that somebody is left who can."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from argus_web.accounts.permissions import may
from argus_web.accounts.roles import PERMISSIONS, Permission, Role

_LOCK = "argus.people"


class OfficerError(Exception):
    """The account cannot be made or changed; the message says why."""


def managers() -> QuerySet[User]:
    """Accounts that can manage people: what permissions.may says of MANAGE_PEOPLE, as one query."""
    groups = User.groups.through.objects.filter(user_id=OuterRef("pk"))
    holding = Exists(groups.filter(group__name__in=PERMISSIONS[Permission.MANAGE_PEOPLE].roles))
    auditing = Exists(groups.filter(group__name=Role.AUDITOR))
    return User.objects.filter(Q(is_superuser=True) | (Q(holding) & ~Q(auditing)), is_active=True)


def check_manager(by: User | None) -> User | None:
    """This person, read anew; None is the command line, which may. Raises OfficerError for who may not."""
    if by is None:
        return None
    now = User.objects.filter(pk=by.pk).first()
    if now is None or not may(now, Permission.MANAGE_PEOPLE):
        raise OfficerError(_("only administrators manage people"))
    return now


@contextmanager
def account_change(*, username: str, by: User | None) -> Iterator[User]:
    """One database transaction around a change of an account, which is locked and given.

    Changes come one after the other: two administrators who each take the other's role would otherwise both find one
    left. Raises OfficerError, also after the change, which is then undone.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
        user = User.objects.select_for_update().filter(username=username).first()
        if user is None:
            raise OfficerError(_("there is no account named %s") % username)
        now = check_manager(by)
        if now is not None and user.is_superuser and not now.is_superuser:
            raise OfficerError(_("a superuser's account is changed by superusers only"))
        could = managers().exists()
        yield user
        if could and not managers().exists():
            raise OfficerError(_("this is the last administrator: make another one first"))
