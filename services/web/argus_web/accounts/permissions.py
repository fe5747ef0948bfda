"""Who may, by the table in roles.py. When something is allowed (an alert that is decided already) is asked elsewhere.

Superusers may everything. Roles are read from the database each time: a role taken away holds at once.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User

from argus_web.accounts.roles import DOORS, Door, Permission, Role, granted

Visitor = AbstractBaseUser | AnonymousUser


def roles_of(user: Visitor) -> frozenset[Role]:
    """The roles of an account. One query."""
    if not isinstance(user, User):
        return frozenset()
    return frozenset(Role(name) for name in user.groups.filter(name__in=list(Role)).values_list("name", flat=True))


def permissions_of(user: Visitor) -> frozenset[Permission]:
    """All that this person may. One query."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    return frozenset(Permission) if user.is_superuser else granted(roles_of(user))


def may(user: Visitor, permission: Permission) -> bool:
    """Whether this person may."""
    return permission in permissions_of(user)


def may_pass(user: Visitor, door: Door) -> bool:
    """Whether the reverse proxy lets this person through to a program beside the dashboard."""
    return may(user, door.permission)


def doors_named(names: list[str]) -> list[Door]:
    """The doors of these names, in the order of the table."""
    return [door for name, door in DOORS.items() if name in names]


def may_decide(user: Visitor) -> bool:
    """Whether this person works on cases."""
    return may(user, Permission.DECIDE_ALERTS)


def may_supervise(user: Visitor) -> bool:
    """Whether this person decides on escalated cases, acts on cases that others hold, and approves."""
    return may(user, Permission.SUPERVISE)


def sees_names(user: Visitor) -> bool:
    """Whether this person sees customers and counterparties by their ids, and may have personal data revealed."""
    return may(user, Permission.SEE_NAMES)


def may_edit_rules(user: Visitor) -> bool:
    """Whether this person may save rule sets as drafts and let them watch in shadow: neither decides anything."""
    return may(user, Permission.DRAFT_RULES)


def may_release_rules(user: Visitor) -> bool:
    """Whether this person may propose a rule set to be put in force, and changes of the lists."""
    return may(user, Permission.RELEASE_RULES)
