"""How a signed-in person is named in the ledger."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

_PREFIX = "user:"


def actor_of(user: AbstractBaseUser | AnonymousUser) -> str:
    """The actor in the audit log: ``user:NAME``, cut to the column's length."""
    return actor_named(user.get_username())


def actor_named(name: str) -> str:
    """The actor of the person with this name.

    >>> actor_named("amara")
    'user:amara'
    """
    return (_PREFIX + name)[:150]


def person_of(actor: str) -> str:
    """An actor as officers read it: a person's bare name, anything else as it stands.

    >>> person_of("user:amara"), person_of("worker:w1")
    ('amara', 'worker:w1')
    """
    return actor.removeprefix(_PREFIX)
