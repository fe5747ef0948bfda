"""Making accounts, and giving and taking roles."""

from collections.abc import Collection, Iterable

from argus_records.services.audit import audit_record
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from argus_web.accounts.permissions import roles_of
from argus_web.accounts.roles import Role


class OfficerError(Exception):
    """The account cannot be made or changed; the message says why."""


def officer_create(
    *, username: str, password: str, actor: str, superuser: bool = False, roles: Collection[Role] = (Role.OFFICER,)
) -> User:
    """Make an account that can sign in, with its roles and an audit event.

    Raises OfficerError for a name that is malformed or taken and for a password that the policy refuses.
    """
    user = User(username=username, is_staff=superuser, is_superuser=superuser)
    try:
        User.username_validator(username)
        if len(username) > 140:
            raise ValidationError(_("A name has at most 140 characters."))
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
        raise OfficerError(f"there is an account named {username} already") from error
    return user


@transaction.atomic
def roles_change(
    *, username: str, actor: str, add: Collection[Role] = (), remove: Collection[Role] = ()
) -> frozenset[Role]:
    """Give and take roles, with an audit event if that changes anything. Returns the roles from now on.

    Raises OfficerError for an account that is not there, and for a role both given and taken.
    """
    both = set(add) & set(remove)
    if both:
        raise OfficerError(f"{', '.join(sorted(both))} cannot be added and removed at once")
    # Two changes at once wait for each other, so that what the log says before and after is true.
    user = User.objects.select_for_update().filter(username=username).first()
    if user is None:
        raise OfficerError(f"there is no account named {username}")
    before = roles_of(user)
    after = (before | set(add)) - set(remove)
    if after == before:
        return before
    user.groups.add(*_groups(after - before))
    user.groups.remove(*_groups(before - after))
    audit_record(
        actor=actor,
        action="user.roles_changed",
        object_type="user",
        object_id=user.pk,
        before={"roles": sorted(before)},
        after={"roles": sorted(after)},
    )
    return after


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
