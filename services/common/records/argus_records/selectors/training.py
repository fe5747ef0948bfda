"""How trainings ended, by the audit log: it outlives trainers that are gone before anybody asks them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from argus_records.names import TRAINING

# Materialised: walking the log backwards for a few rows of a rare kind would pass every decision ever made.
_NEWEST: Final = """
WITH found AS MATERIALIZED (SELECT id, at, object_id, after, note FROM audit_event WHERE object_type = %s)
SELECT at, object_id, after ->> 'outcome', after ->> 'version', (after ->> 'seconds')::float8, note
FROM found ORDER BY id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Training:
    """One attempt to train."""

    at: datetime
    model: str
    outcome: str
    version: str | None
    seconds: float
    summary: str


def trainings_newest(*, limit: int = 10) -> list[Training]:
    """The latest attempts, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [TRAINING, limit])
        return [Training(*row) for row in cursor.fetchall()]


def trainings_last() -> dict[str, datetime]:
    """When each outcome was last seen; outcomes that never were are absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT after ->> 'outcome', max(at) FROM audit_event WHERE object_type = %s GROUP BY 1", [TRAINING]
        )
        rows: list[tuple[Any, datetime]] = cursor.fetchall()
    return {str(outcome): at for outcome, at in rows}
