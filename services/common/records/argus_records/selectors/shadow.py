"""What a rule set in shadow would have made different."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import F

from argus_records.models import ShadowDecision


@dataclass(frozen=True, slots=True)
class ShadowTotals:
    """A version's time in shadow: how much it saw, and how often it and what was decided say what."""

    seen: int
    reviewed: int
    blocked: int
    decided_reviewed: int
    decided_blocked: int
    louder: int
    quieter: int
    errors: int


_TOTALS: Final = """
SELECT coalesce(sum(b.size), 0), coalesce(sum(s.reviewed), 0), coalesce(sum(s.blocked), 0),
    coalesce(sum(b.reviewed), 0), coalesce(sum(b.blocked), 0), coalesce(sum(s.louder), 0),
    coalesce(sum(s.quieter), 0), coalesce(sum(s.errors), 0)
FROM shadow_batch s JOIN decision_batch b ON b.id = s.batch_id WHERE s.ruleset_id = %s
"""

_BY_RULE: Final = """
SELECT code, sum(gained), sum(lost) FROM (
    SELECT unnest(d.gained) AS code, 1 AS gained, 0 AS lost FROM shadow_decision d
    JOIN shadow_batch s ON s.batch_id = d.batch_id WHERE s.ruleset_id = %s
    UNION ALL
    SELECT unnest(d.lost), 0, 1 FROM shadow_decision d
    JOIN shadow_batch s ON s.batch_id = d.batch_id WHERE s.ruleset_id = %s
) x GROUP BY code ORDER BY sum(gained) + sum(lost) DESC, code
"""


def shadow_totals(*, version: int) -> ShadowTotals:
    """The sums of all batches that the version has shadowed."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [version])
        return ShadowTotals(*(int(number) for number in cursor.fetchone() or [0] * 8))


def shadow_rules(*, version: int) -> list[tuple[str, int, int]]:
    """Per code of a reason: on how many transactions the shadow has gained and lost it."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_RULE, [version, version])
        return [(code, int(gained), int(lost)) for code, gained, lost in cursor.fetchall()]


def shadow_differences(*, version: int, verdicts_only: bool, before: int | None, limit: int) -> list[ShadowDecision]:
    """Transactions that the shadow would have decided otherwise, newest first; ``before`` an id of a transaction."""
    found: Any = ShadowDecision.objects.filter(batch__ruleset_id=version).select_related("transaction")
    if verdicts_only:
        found = found.exclude(verdict=F("decided"))
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])
