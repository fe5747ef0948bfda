"""The narrow way past the ORM, for statements that carry thousands of rows."""

from typing import Any, Final

import psycopg
from django.db import connection

# The columns of a transaction ``t`` that the engine takes, in its order; the time in microseconds since 1970.
TRANSACTION: Final = """t.id, (extract(epoch FROM t.occurred_at) * 1000000)::bigint, t.customer_id, t.amount,
    t.currency, t.type, t.counterparty_id, t.country, t.channel, t.device_id, t.latitude, t.longitude"""


def cursor() -> psycopg.Cursor[Any]:
    """A psycopg cursor on Django's own connection: parameters are bound by the server, COPY works.

    It takes part in whatever transaction Django has open.
    """
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def one(cursor: psycopg.Cursor[Any]) -> Any:
    """The single value of a statement that returns one row of one column."""
    row = cursor.fetchone()
    if row is None:
        raise LookupError("a statement that returns a row returned none")
    return row[0]
