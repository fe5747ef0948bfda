"""Counting how often rules hit."""

from collections.abc import Mapping

from argus_records import db


def rules_tally(*, version: int, shadow: bool, worker: str, hits: Mapping[str, int], errors: Mapping[str, int]) -> None:
    """Add one batch's hits and errors to the day's. Call inside the transaction of the batch.

    Each worker process has rows of its own, so none waits for another's commit.
    """
    codes = sorted({*hits, *errors})
    if not codes:
        return
    with db.cursor() as cursor:
        cursor.execute(
            """INSERT INTO rule_tally (day, ruleset_id, shadow, code, worker, hits, errors)
            SELECT (now() AT TIME ZONE 'UTC')::date, %s, %s, code, %s, hits, errors
            FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS c(code, hits, errors)
            ON CONFLICT (day, ruleset_id, shadow, code, worker)
            DO UPDATE SET hits = rule_tally.hits + excluded.hits, errors = rule_tally.errors + excluded.errors""",
            [
                version, shadow, worker, codes, [hits.get(code, 0) for code in codes],
                [errors.get(code, 0) for code in codes],
            ],
            prepare=True,
        )  # fmt: skip
