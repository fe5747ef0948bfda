"""What the rule set in shadow would have decided. Whatever goes wrong here costs no decision anything."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np
import orjson
import structlog
from argus_engine.columns import Transactions
from argus_engine.evaluate import VERDICTS, Evaluated, evaluate
from argus_engine.model import AnomalyModel
from argus_engine.rules.language.windows import Window
from argus_records.services.shadow import NewDifference, NewShadow, shadow_store
from argus_records.services.tallies import rules_tally
from django.db import transaction
from numpy.typing import NDArray

from argus_worker.rulesets import InForce

log = structlog.get_logger(__name__)

Floats = NDArray[np.float64]
_STRENGTH: Final = {verdict: place for place, verdict in enumerate(VERDICTS)}


def watched(
    batch: Transactions,
    features: Floats,
    windows: Mapping[Window, Floats],
    rules: InForce,
    model: tuple[AnomalyModel | None, str | None],
    decided: Evaluated,
) -> tuple[NewShadow, Evaluated] | None:
    """The shadow's word on a batch beside what was decided, None without a shadow."""
    if rules.shadow is None:
        return None
    try:
        would = evaluate(batch, features, rules.shadow.compiled, *model, windows=windows, lists=rules.lists)
        return _compared(batch, rules.shadow.version, decided, would), would
    except Exception:
        log.exception("rule set in shadow failed", version=rules.shadow.version)
        return None


def record(batch_id: int, worker: str, watched: tuple[NewShadow, Evaluated] | None) -> None:
    """Record it inside the transaction of the batch, or nothing of it if that fails."""
    if watched is None:
        return
    shadow, would = watched
    try:
        with transaction.atomic():
            shadow_store(batch_id=batch_id, shadow=shadow)
            rules_tally(
                version=shadow.ruleset_version, shadow=True, worker=worker, hits=would.rule_hits,
                errors=would.rule_errors,
            )  # fmt: skip
    except Exception:
        log.exception("rule set in shadow not recorded", version=shadow.ruleset_version, batch=batch_id)


def _compared(batch: Transactions, version: int, decided: Evaluated, would: Evaluated) -> NewShadow:
    differences, louder, quieter, errors = [], 0, 0, 0
    ids = batch.ids.tolist()
    for i, (now, then) in enumerate(zip(decided.verdict, would.verdict, strict=True)):
        step = _STRENGTH[then] - _STRENGTH[now]
        louder += step > 0
        quieter += step < 0
        here, there = Counter(r.code for r in decided.reasons[i]), Counter(r.code for r in would.reasons[i])
        errors += "rule_error" in there
        if here == there and not step and decided.score[i] == would.score[i]:
            continue
        differences.append(
            NewDifference(
                transaction_id=ids[i],
                decided=now,
                verdict=then,
                score=float(would.score[i]),
                gained=sorted(there - here),
                lost=sorted(here - there),
                reasons=orjson.dumps(would.reasons[i]).decode() if would.reasons[i] else "[]",
            )
        )
    return NewShadow(
        ruleset_version=version,
        reviewed=would.verdict.count("review"),
        blocked=would.verdict.count("block"),
        louder=louder,
        quieter=quieter,
        errors=errors,
        differences=differences,
    )
