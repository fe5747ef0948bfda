"""Sessions that are over. Django's table of them never shrinks by itself."""

from datetime import timedelta
from typing import Final

from argus_records import db

CLEAR_AT_ONCE: Final = 1_000
# A request that began before its session's end may still save it: Django answers 400 where the row is gone.
GRACE: Final = timedelta(hours=1)
# An array is made once; as a join, some plans would ask for another few rows for each that they have deleted.
_CLEAR: Final = """
DELETE FROM django_session WHERE session_key = ANY (ARRAY(
    SELECT session_key FROM django_session WHERE expire_date < now() - %s ORDER BY expire_date LIMIT %s
    FOR UPDATE SKIP LOCKED
))
"""


def sessions_clear(*, limit: int = CLEAR_AT_ONCE) -> int:
    """Delete at most ``limit`` sessions whose end is past, the oldest first. Returns how many.

    A statement of our own: whoever calls it need not have Django's sessions installed.
    """
    with db.cursor() as cursor:
        return cursor.execute(_CLEAR, [GRACE, limit]).rowcount
