"""Recording what a rule set in shadow would have decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from argus_records import db


@dataclass(frozen=True, slots=True)
class NewDifference:
    """A transaction that the shadow would have decided otherwise. ``reasons`` is JSON."""

    transaction_id: int
    decided: str
    verdict: str
    score: float
    gained: list[str]
    lost: list[str]
    reasons: str


@dataclass(frozen=True, slots=True)
class NewShadow:
    """A shadow's word on one batch."""

    ruleset_version: int
    reviewed: int
    blocked: int
    louder: int
    quieter: int
    errors: int
    differences: Sequence[NewDifference]


_COLUMNS: Final = "(transaction_id, batch_id, decided, verdict, score, gained, lost, reasons)"


def shadow_store(*, batch_id: int, shadow: NewShadow) -> None:
    """Record it. Call inside the transaction of the batch, after the batch."""
    with db.cursor() as cursor:
        cursor.execute(
            """INSERT INTO shadow_batch (batch_id, ruleset_id, reviewed, blocked, louder, quieter, errors)
            VALUES (%s, %s, %s, %s, %s, %s, %s)""",
            [
                batch_id, shadow.ruleset_version, shadow.reviewed, shadow.blocked, shadow.louder, shadow.quieter,
                shadow.errors,
            ],
            prepare=True,
        )  # fmt: skip
        if not shadow.differences:
            return
        with cursor.copy(f"COPY shadow_decision {_COLUMNS} FROM STDIN") as copy:
            for new in shadow.differences:
                copy.write_row(
                    (
                        new.transaction_id, batch_id, new.decided, new.verdict, new.score, new.gained, new.lost,
                        new.reasons,
                    )
                )  # fmt: skip
