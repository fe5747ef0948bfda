"""How a signed-in person is named in the ledger."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

_PREFIX = "user:"


def actor_of(user: AbstractBaseUser | AnonymousUser) -> str:
    """The actor in the audit log: ``user:NAME``, cut to the column's length."""
    return (_PREFIX + user.get_username())[:150]


def person_of(actor: str) -> str:
    """An actor as officers read it: a person's bare name, anything else as it stands.

    >>> person_of("user:amara"), person_of("worker:w1")
    ('amara', 'worker:w1')
    """
    return actor.removeprefix(_PREFIX)
