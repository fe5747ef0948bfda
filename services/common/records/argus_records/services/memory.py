"""What customers share: read as of one moment, and advanced by one folder at a time.

Every worker tries to fold after its batches, and one of them does. Batches have places in the feed that appear in
order (see :mod:`argus_records.services.feed`), labels have ids that do (see :mod:`argus_records.services.labels`): what
lies behind the mark is known for good, whoever looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from argus_engine.catalogue import INDEX

from argus_records import db
from argus_records.models import Decision

# Any fixed number: the key of the advisory lock that makes one worker the folder.
_LOCK: Final = 0x464F4C44

Entity = tuple[int, str]
Row = tuple[Any, ...]

# Every row of the answer repeats the mark; without any state there is one row.
_SHARED: Final = """
SELECT m.position, m.label, s.kind, s.key, s.state
FROM (SELECT coalesce(max(position), 0), coalesce(max(label), 0) FROM memory_mark) AS m(position, label)
LEFT JOIN (
    SELECT s.kind, s.key, s.state FROM unnest(%s::smallint[], %s::text[]) AS k(kind, key)
    JOIN shared_state s ON s.kind = k.kind AND s.key = k.key
) s ON true
"""

_NEXT: Final = """
SELECT id, position, size FROM decision_batch WHERE position > %s ORDER BY position LIMIT %s
"""

# A batch is one range of the decisions' primary key.
_FOLDABLE: Final = f"""
SELECT {db.TRANSACTION}, d.features[%s], d.features[%s]
FROM unnest(%s::bigint[]) WITH ORDINALITY AS b(id, n)
CROSS JOIN LATERAL (
    SELECT id, transaction_id, features FROM decision
    WHERE id >= b.id << {Decision.BATCH_BITS} AND id < (b.id + 1) << {Decision.BATCH_BITS}
    OFFSET 0
) d
JOIN transaction t ON t.id = d.transaction_id
ORDER BY b.n, d.id
"""  # noqa: S608 - constants only

_LABELS: Final = f"""
SELECT {db.TRANSACTION}, l.id, l.label = 'fraud', (extract(epoch FROM l.observed_at) * 1000000)::bigint
FROM label l JOIN transaction t ON t.id = l.transaction_id
WHERE l.id > %s ORDER BY l.id LIMIT %s
"""  # noqa: S608 - constants only

_EARLIER: Final = """
SELECT transaction_id, (extract(epoch FROM observed_at) * 1000000)::bigint, label = 'fraud'
FROM label WHERE transaction_id = ANY(%s) AND id <= %s ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the shared states are advanced: a place in the feed and a label id."""

    position: int
    label: int


@dataclass(frozen=True, slots=True)
class Unfolded:
    """What the memory is to take in next, in its order.

    ``batches``: ids in the order of the feed; ``rows`` theirs: a transaction's twelve columns, then whether the
    decision's features say that its customer met the counterparty, and the device, for the first time: 1, 0 or None.
    ``labels``: the same twelve columns of what is labelled; the label's id, whether it says fraud, observed when.
    ``earlier``: what had been said of the same transactions before: ledger id, observed when, whether fraud.
    ``until``: the mark once all this is in. ``more``: whether there may be more behind it.
    """

    batches: list[int]
    rows: list[Row]
    labels: list[Row]
    earlier: list[tuple[int, int, bool]]
    until: Mark
    more: bool


def shared(*, entities: Sequence[Entity]) -> tuple[Mark, dict[Entity, bytes]]:
    """The mark and the stored states of these entities, as of one moment; those never met are absent."""
    with db.cursor() as cursor:
        cursor.execute(
            _SHARED, [[kind for kind, _ in entities], [key for _, key in entities]], prepare=True, binary=True
        )
        found = cursor.fetchall()
    return Mark(*found[0][:2]), {(row[2], row[3]): row[4] for row in found if row[2] is not None}


def unfolded(*, limit: int, held: int | None = None) -> Unfolded | None:
    """What lies behind the mark, about ``limit`` transactions and as many labels at most.

    ``held``: a batch that the caller has at hand; if it is the only one, its rows are not read. None when there is
    nothing, or another worker is at it. Call inside a transaction, and :func:`fold_store` in the
    same one.
    """
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK], prepare=True)
        if not db.one(cursor):
            return None
        # Another statement, whose snapshot is younger than the lock: the mark is the one that the last folder left.
        cursor.execute("SELECT position, label FROM memory_mark", prepare=True)
        mark = Mark(*(cursor.fetchone() or (0, 0)))
        cursor.execute(_NEXT, [mark.position, limit], prepare=True)
        batches: list[int] = []
        position, size = mark.position, 0
        for batch, place, count in cursor:
            if batches and size + count > limit:
                break
            batches.append(batch)
            position, size = place, size + count
        more = cursor.rowcount > len(batches) or cursor.rowcount == limit
        cursor.execute(_LABELS, [mark.label, limit], prepare=True, binary=True)
        labels = cursor.fetchall()
        if not batches and not labels:
            return None
        rows: list[Row] = []
        if batches and batches != [held]:
            met = [INDEX["counterparty_new"] + 1, INDEX["device_new"] + 1]
            cursor.execute(_FOLDABLE, [*met, batches], prepare=True, binary=True)
            rows = cursor.fetchall()
        earlier = []
        if labels:
            cursor.execute(_EARLIER, [list({row[0] for row in labels}), mark.label], prepare=True, binary=True)
            earlier = cursor.fetchall()
    until = Mark(position, labels[-1][12] if labels else mark.label)
    return Unfolded(batches, rows, labels, earlier, until, more or len(labels) == limit)


def fold_store(*, states: Mapping[Entity, bytes], until: Mark) -> None:
    """Keep what :func:`unfolded` came to, in its transaction: states and mark together or not at all."""
    with db.cursor() as cursor:
        # Lost in a crash together or not at all, and folded again: nobody needs to wait for the disk. Whoever read
        # them commits after them in the same log.
        cursor.execute("SET LOCAL synchronous_commit = off")
        if states:
            cursor.execute(
                """INSERT INTO shared_state (kind, key, state)
                SELECT * FROM unnest(%b::smallint[], %b::text[], %b::bytea[])
                ON CONFLICT (kind, key) DO UPDATE SET state = excluded.state""",
                [[kind for kind, _ in states], [key for _, key in states], list(states.values())],
                prepare=True,
            )
        cursor.execute(
            """INSERT INTO memory_mark (id, position, label) VALUES (1, %s, %s)
            ON CONFLICT (id) DO UPDATE SET position = excluded.position, label = excluded.label""",
            [until.position, until.label],
            prepare=True,
        )
