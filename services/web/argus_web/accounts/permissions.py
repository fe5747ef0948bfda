"""Who may. When something is allowed (an alert that is decided already, say) is asked elsewhere.

Superusers may everything. Roles are read from the database each time: a role taken away holds at once.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User

from argus_web.accounts.roles import DECIDING, DOORS, DRAFTING, NAMING, RELEASING, SUPERVISING, Door, Role

Visitor = AbstractBaseUser | AnonymousUser


def roles_of(user: Visitor) -> frozenset[Role]:
    """The roles of an account. One query."""
    if not isinstance(user, User):
        return frozenset()
    return frozenset(Role(name) for name in user.groups.filter(name__in=list(Role)).values_list("name", flat=True))


def may_pass(user: Visitor, door: Door) -> bool:
    """Whether the reverse proxy lets this person through to a program beside the dashboard."""
    return bool(doors_open(user, [door]))


def doors_open(user: Visitor, doors: list[Door]) -> list[Door]:
    """Those of ``doors`` that this person may pass, in their order."""
    if not doors or not isinstance(user, User) or not user.is_active:
        return []
    if user.is_superuser:
        return doors
    roles = roles_of(user)
    return [door for door in doors if roles & door.roles]


def doors_named(names: list[str]) -> list[Door]:
    """The doors of these names, in the order of the table."""
    return [door for name, door in DOORS.items() if name in names]


def may_decide(user: Visitor) -> bool:
    """Whether this person may approve, block and escalate alerts."""
    return _has_one_of(user, DECIDING)


def may_edit_rules(user: Visitor) -> bool:
    """Whether this person may save rule sets as drafts and let them watch in shadow: neither decides anything."""
    return _has_one_of(user, DRAFTING)


def may_release_rules(user: Visitor) -> bool:
    """Whether this person may put a rule set in force, back in force, and change what is on the lists."""
    return _has_one_of(user, RELEASING)


def _has_one_of(user: Visitor, roles: frozenset[Role]) -> bool:
    """An auditor changes nothing, whatever else they are."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser:
        return True
    held = roles_of(user)
    return bool(held & roles) and Role.AUDITOR not in held


def may_supervise(user: Visitor) -> bool:
    """Whether this person decides on escalated cases, acts on cases that others hold, and approves."""
    return _has_one_of(user, SUPERVISING)


def sees_names(user: Visitor) -> bool:
    """Whether this person sees customers and counterparties by their ids, and may have personal data revealed."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_superuser or bool(roles_of(user) & NAMING)
