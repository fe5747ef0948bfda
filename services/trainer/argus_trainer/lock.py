"""At most one training at a time, however many trainers run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

from argus_trainer.outcomes import AlreadyRunning

# Any fixed number that no other advisory lock of the ledger uses.
_LOCK: Final = 0x54524149_4E455220


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the trainers' lock, or raise :class:`AlreadyRunning`.

    The lock belongs to the database session: it is free again when the process dies.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if cursor.fetchone() != (True,):
            raise AlreadyRunning("another trainer is at work; this one leaves it to it")
    try:
        yield
    finally:
        # A session that broke meanwhile has lost its lock, and a new one has none to give back.
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
