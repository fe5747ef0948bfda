"""What the ledger keeps of each training: how it ended, also where nothing else outlives the trainer."""

from django.db import transaction

from argus_records.names import TRAINING
from argus_records.services.audit import audit_record


@transaction.atomic
def training_record(
    *, outcome: str, model: str, summary: str, seconds: float, version: str | None = None, code_version: str
) -> None:
    """Append how one attempt to train ended, ``training.OUTCOME``, to the audit log.

    Not a change by itself: a promotion or refusal that the training made has an event of its own.
    """
    audit_record(
        actor="trainer",
        action=f"{TRAINING}.{outcome}",
        object_type=TRAINING,
        object_id=model[:64],
        after={"outcome": outcome, "version": version, "seconds": round(seconds, 1), "code_version": code_version},
        note=summary,
    )
