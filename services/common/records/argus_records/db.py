"""The narrow way past the ORM, for statements that carry thousands of rows."""

from typing import Any

import psycopg
from django.db import connection


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
