"""How much waits, and for how long."""

from django.db import connection


def pending_state() -> tuple[int, float]:
    """Transactions waiting, and the age of the oldest in seconds (0 when none waits)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0) FROM pending"
        )
        count, age = cursor.fetchone()
    return count, max(0.0, float(age))
