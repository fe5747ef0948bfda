"""Making and closing accounts, giving and taking roles, ending sessions. No account is deleted: the log names it.

``by`` is the signed-in person whose right is checked; None is the command line.
"""

from collections.abc import Collection, Iterable

from argus_records.services.audit import audit_record
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from argus_web.accounts.actors import actor_of
from argus_web.accounts.guard import OfficerError, account_change
from argus_web.accounts.passwords import password_links_void
from argus_web.accounts.permissions import roles_of
from argus_web.accounts.roles import Permission, Role, granted
from argus_web.accounts.sessions import sessions_delete

__all__ = [
    "OfficerError", "account_close", "account_reopen", "check_username", "officer_create", "roles_change",
    "roles_ensure", "sessions_end", "sessions_end_own",
]  # fmt: skip
USERNAME_MAX_LENGTH = 140


def check_username(username: str) -> None:
    """Raise OfficerError for a name that no account can have."""
    try:
        User.username_validator(username)
    except ValidationError as error:
        raise OfficerError(" ".join(error.messages)) from error
    if len(username) > USERNAME_MAX_LENGTH:
        raise OfficerError(_("A name has at most %s characters.") % USERNAME_MAX_LENGTH)


def officer_create(
    *,
    username: str,
    password: str,
    actor: str,
    superuser: bool = False,
    roles: Collection[Role] = (Role.OFFICER,),
    email: str = "",
) -> User:
    """Make an account that can sign in, with its roles and an audit event.

    Raises OfficerError for a name that is malformed or taken and for a password that the policy refuses.
    """
    check_username(username)
    user = User(username=username, email=email, is_staff=superuser, is_superuser=superuser)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise OfficerError(" ".join(error.messages)) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            user.groups.set(_groups(roles))
            audit_record(
                actor=actor,
                action="user.created",
                object_type="user",
                object_id=user.pk,
                after={"username": username, "superuser": superuser, "roles": sorted(roles)},
            )
    except IntegrityError as error:
        raise OfficerError(_("there is an account named %s already") % username) from error
    return user


def roles_change(
    *,
    username: str,
    actor: str,
    add: Collection[Role] = (),
    remove: Collection[Role] = (),
    by: User | None = None,
    note: str = "",
) -> frozenset[Role]:
    """Give and take roles, with an audit event if that changes anything. Returns the roles from now on.

    Raises OfficerError for an account that is not there, for a role both given and taken, for who may not, for who
    would take their own right to do this, and where nobody would be left who has it.
    """
    both = set(add) & set(remove)
    if both:
        raise OfficerError(f"{', '.join(sorted(both))} cannot be added and removed at once")
    with account_change(username=username, by=by) as user:
        before = roles_of(user)
        after = (before | set(add)) - set(remove)
        if after == before:
            return before
        if by is not None and by.pk == user.pk and not user.is_superuser and not _manage(after):
            raise OfficerError(_("you cannot take your own right to manage people: ask another administrator"))
        user.groups.add(*_groups(after - before))
        user.groups.remove(*_groups(before - after))
        audit_record(
            actor=actor,
            action="user.roles_changed",
            object_type="user",
            object_id=user.pk,
            before={"roles": sorted(before)},
            after={"roles": sorted(after)},
            note=note,
        )
        return after


def _manage(roles: Collection[Role]) -> bool:
    return Permission.MANAGE_PEOPLE in granted(roles)


def account_close(*, username: str, by: User | None, actor: str, why: str) -> None:
    """Shut an account: it cannot sign in, and is signed out everywhere. Closing a closed one changes nothing.

    Raises OfficerError for one's own, for who may not, and for the last one who can manage people.
    """
    with account_change(username=username, by=by) as user:
        if by is not None and by.pk == user.pk:
            raise OfficerError(_("you cannot close your own account: ask another administrator"))
        _activate(user, active=False, action="user.closed", actor=actor, why=why)


def account_reopen(*, username: str, by: User | None, actor: str, why: str) -> None:
    """Open a closed account again, with the roles and the password it had. Raises OfficerError."""
    with account_change(username=username, by=by) as user:
        _activate(user, active=True, action="user.reopened", actor=actor, why=why)


def _activate(user: User, *, active: bool, action: str, actor: str, why: str) -> None:
    if user.is_active is active:
        return
    user.is_active = active
    user.save(update_fields=["is_active"])
    # On reopening too: a sign-in that was under way while the account closed may have left a session.
    ended, void = sessions_delete(user), password_links_void(user)
    audit_record(
        actor=actor,
        action=action,
        object_type="user",
        object_id=user.pk,
        before={"active": not active},
        after={"active": active, "sessions_ended": ended} | ({"links_void": void} if void else {}),
        note=why,
    )


def sessions_end(*, username: str, by: User | None, actor: str) -> int:
    """Sign somebody out everywhere. Returns of how many browsers. Raises OfficerError."""
    with account_change(username=username, by=by) as user:
        return _end(user, actor)


@transaction.atomic
def sessions_end_own(*, user: User) -> int:
    """Sign oneself out everywhere, here too. Returns of how many browsers."""
    return _end(User.objects.select_for_update().get(pk=user.pk), actor_of(user))


def _end(user: User, actor: str) -> int:
    ended = sessions_delete(user)
    audit_record(
        actor=actor,
        action="user.sessions_ended",
        object_type="user",
        object_id=user.pk,
        after={"sessions_ended": ended},
    )
    return ended


@transaction.atomic
def roles_ensure() -> None:
    """Make the groups that roles are kept as. Runs after every migration.

    Who could sign in before there were roles worked alerts, and goes on doing so: when the officers' group is new,
    every account without a role becomes an officer. Later an account without a role decides nothing.
    """
    for role in Role:
        group, new = Group.objects.get_or_create(name=role)
        if role == Role.OFFICER and new:
            for user in User.objects.filter(groups=None).order_by("pk"):
                user.groups.add(group)
                audit_record(
                    actor="system",
                    action="user.roles_changed",
                    object_type="user",
                    object_id=user.pk,
                    before={"roles": []},
                    after={"roles": [role]},
                    note="had an account before there were roles",
                )


def _groups(roles: Iterable[Role]) -> list[Group]:
    wanted = set(roles)
    found = list(Group.objects.filter(name__in=wanted))
    missing = wanted - {group.name for group in found}
    if missing:
        raise OfficerError(f"the role {', '.join(sorted(missing))} is not in the database; run migrate")
    return found
