"""Ending all sessions of one account.

A session says only inside whose it is, so all that still hold are read: one for each browser that signed in within
twelve hours, tens of microseconds each. An index beside them would have to follow every change of a session's key; and
the hash that Django keeps in a session depends on the password alone. See docs/adr/0022.
"""

from collections.abc import Iterator

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone


def _of(user: User) -> Iterator[str]:
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            yield session.session_key


def sessions_count(user: User) -> int:
    """In how many browsers somebody is signed in to this account."""
    return sum(1 for _ in _of(user))


def sessions_delete(user: User) -> int:
    """End them. Call with the account's row locked: see session_store.

    A request that is under way does not bring its session back: Django refuses to save one that was deleted.
    """
    return Session.objects.filter(session_key__in=list(_of(user))).delete()[0]


def session_store(request: HttpRequest) -> None:
    """Write whose a session is in the transaction that signs in or changes the password.

    Both write the account's row, so sessions_delete either comes before them or finds what they made. Django itself
    would write it after the answer is ready, and a session that does not say yet whose it is would slip away.
    """
    request.session.save()
