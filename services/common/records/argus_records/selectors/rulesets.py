"""Which rule sets are in effect, with which lists; and what their rules came to."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Sum
from django.utils import timezone

from argus_records import db
from argus_records.models import RuleSetState, RuleSetVersion, RuleTally

_IN_EFFECT: Final = """
SELECT (SELECT version FROM ruleset_version WHERE state = 'live'),
    (SELECT version FROM ruleset_version WHERE state = 'shadow'),
    coalesce((SELECT revision FROM list_revision), 0), clock_timestamp()
"""

_ENTRIES: Final = """
SELECT list_id, value, reason, (extract(epoch FROM expires_at) * 1000000)::bigint FROM list_entry
WHERE list_id = ANY(%s) AND added_revision <= %s AND (removed_revision IS NULL OR removed_revision > %s)
    AND (expires_at IS NULL OR expires_at > %s)
"""


@dataclass(frozen=True, slots=True)
class InEffect:
    """What decides at one moment: the live version, the one in shadow, and the revision of the lists."""

    live: int
    shadow: int | None
    lists_revision: int
    at: datetime


def in_effect() -> InEffect:
    """As of now. Raises RuleSetVersion.DoesNotExist where the ledger was never migrated fully."""
    with db.cursor() as cursor:
        cursor.execute(_IN_EFFECT, prepare=True)
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise RuleSetVersion.DoesNotExist("no rule set is live")
    return InEffect(*row)


def list_entries(*, names: list[str], revision: int, at: datetime) -> list[tuple[str, str, str, int | None]]:
    """What was on the lists at a revision and had not expired by ``at``.

    A row: list, value, reason, when it expires in microseconds since 1970 or None. A batch of decisions keeps both, so
    that its lists can be told again; entries of later revisions are seen by none of them.
    """
    with db.cursor() as cursor:
        cursor.execute(_ENTRIES, [names, revision, revision, at], prepare=True, binary=True)
        return cursor.fetchall()


def rule_hits(*, version: int, days: int) -> dict[str, dict[str, int]]:
    """Per code of a version's rules: hits and errors while it was live, of the last ``days`` days, today included."""
    rows = (
        RuleTally.objects.filter(ruleset_id=version, shadow=False, day__gte=_first_day(days))
        .values("code")
        .annotate(total=Sum("hits"), raised=Sum("errors"))
    )
    return {row["code"]: {"hits": row["total"], "errors": row["raised"]} for row in rows}


def hits_by_day(*, days: int) -> dict[str, dict[str, int]]:
    """Per code and day (ISO, UTC): hits of whatever version was live then."""
    rows = (
        RuleTally.objects.filter(shadow=False, day__gte=_first_day(days))
        .values("code", "day")
        .annotate(total=Sum("hits"))
        .order_by("code", "day")
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["code"], {})[row["day"].isoformat()] = row["total"]
    return found


def _first_day(days: int) -> date:
    return timezone.now().date() - timedelta(days=days - 1)


def versions(*, limit: int = 200) -> list[RuleSetVersion]:
    """The newest versions, without their documents."""
    return list(RuleSetVersion.objects.defer("document").order_by("-version")[:limit])


def version_in(state: RuleSetState) -> RuleSetVersion | None:
    """The version that is live, or in shadow."""
    return RuleSetVersion.objects.filter(state=state).first()


def version_get(*, version: int) -> RuleSetVersion:
    """One version. Raises RuleSetVersion.DoesNotExist."""
    return RuleSetVersion.objects.select_related("parent").get(pk=version)


def documents(*, numbers: list[int]) -> dict[int, dict[str, Any]]:
    """The documents of some versions."""
    return dict(RuleSetVersion.objects.filter(pk__in=numbers).values_list("version", "document"))
