"""What the live overview shows.

It is asked for every second, so nothing here grows with the ledger: decisions are read as the tallies of
their batches, and of those only what was committed since the last look.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from argus_records.latency import BOUNDS
from argus_records.models import Alert, AlertStatus, DecisionBatch, RuleSetState, RuleSetVersion
from argus_records.names import SHARDS

# The finest time step of the tallies, in seconds.
SLOT_SECONDS: Final = 10
# Counting stops here: beyond it "more than" says as much as the number.
COUNT_CAP: Final = 100_000
# The same for alerts, of which a person works through fewer.
WAITING_CAP: Final = 10_000

# One sum per place of the array: unnesting it would make 25 rows of each batch.
_COUNTS: Final = ", ".join(f"sum(latency_counts[{place}])" for place in range(1, len(BOUNDS) + 2))
_TALLIES: Final = f"""
SELECT extract(epoch FROM date_bin('{SLOT_SECONDS} seconds', decided_at, 'epoch'))::bigint,
    sum(size), sum(reviewed), sum(blocked), ARRAY[{_COUNTS}]::bigint[], count(*), max(size), max(position)
FROM decision_batch WHERE position > %s AND decided_at >= %s
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - constants only

# The queue in id order is the queue in order of arrival, as nearly as an age in seconds needs it, and the
# primary key gives each shard's first row at once.
_OLDEST: Final = """
SELECT min(first.received_at) FROM generate_series(0, %s) AS s(shard)
CROSS JOIN LATERAL (
    SELECT p.received_at FROM pending p WHERE p.shard = s.shard ORDER BY p.transaction_id LIMIT 1
) first
"""


@dataclass(slots=True)
class Tally:
    """Decisions within one time step, their latencies counted into argus_records.latency.BOUNDS.

    ``batches``: in how many they came; ``largest``: how many the largest of these had.
    """

    size: int
    reviewed: int
    blocked: int
    latency_counts: list[int]
    batches: int = 0
    largest: int = 0

    def add(self, other: "Tally") -> None:
        """Add another time step's."""
        self.size += other.size
        self.reviewed += other.reviewed
        self.blocked += other.blocked
        self.latency_counts = [a + b for a, b in zip(self.latency_counts, other.latency_counts, strict=True)]
        self.batches += other.batches
        self.largest = max(self.largest, other.largest)

    @classmethod
    def empty(cls) -> "Tally":
        """Nothing decided."""
        return cls(0, 0, 0, [0] * (len(BOUNDS) + 1))


@dataclass(frozen=True, slots=True)
class Tallies:
    """Tallies by the start of their slot (seconds since 1970), and the feed position they reach to."""

    slots: dict[int, Tally]
    position: int


def tallies(*, after: int, since: datetime) -> Tallies:
    """Tallies of the batches beyond feed position ``after`` that were decided at ``since`` or later.

    Positions are given in the order of commits: whoever adds up these answers, each time asking after the
    position of the one before, counts every batch once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TALLIES, [after, since])
        rows = cursor.fetchall()
    slots = {
        start: Tally(int(size), int(reviewed), int(blocked), list(counts), batches, largest)
        for start, size, reviewed, blocked, counts, batches, largest, _ in rows
    }
    return Tallies(slots, max((row[-1] for row in rows), default=after))


def feed_head() -> int:
    """The last position of the decision feed, 0 before the first."""
    last = DecisionBatch.objects.filter(position__isnull=False).order_by("-position").first()
    return last.position or 0 if last else 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be decided. ``depth`` stops at COUNT_CAP."""

    depth: int
    oldest: datetime | None


def backlog() -> Backlog:
    """How much waits, and since when."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM pending LIMIT %s) p", [COUNT_CAP])
        (depth,) = cursor.fetchone() or (0,)
        cursor.execute(_OLDEST, [SHARDS - 1])
        (oldest,) = cursor.fetchone() or (None,)
    return Backlog(depth, oldest)


@dataclass(frozen=True, slots=True)
class InForce:
    """What decides: the live rule set, and what the latest decisions were made with."""

    ruleset_version: int | None
    decided_at: datetime | None
    decided_ruleset: int | None
    decided_model: str | None


def in_force() -> InForce:
    """The live rule set and the latest batch's rule set and model."""
    live = RuleSetVersion.objects.filter(state=RuleSetState.LIVE).values_list("version", flat=True).first()
    batch = DecisionBatch.objects.order_by("-id").only("decided_at", "ruleset_id", "model_version").first()
    if batch is None:
        return InForce(live, None, None, None)
    return InForce(live, batch.decided_at, batch.ruleset_id, batch.model_version)


def alerts_newest(*, limit: int = 10) -> list[Alert]:
    """The newest alerts, whatever became of them."""
    return list(Alert.objects.order_by("-id")[:limit])


def alerts_waiting() -> dict[str, int]:
    """How many alerts wait for a person, by status, each up to WAITING_CAP."""
    return {
        str(status): Alert.objects.filter(status=status)[:WAITING_CAP].count()
        for status in (AlertStatus.OPEN, AlertStatus.ESCALATED)
    }
