"""One claim from the queue to recorded decisions: the worker's part of a transaction's way."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import structlog
from argus_engine import catalogue
from argus_engine.columns import Transactions
from argus_engine.evaluate import Evaluated, evaluate
from argus_engine.live import Advanced, advance, plan
from argus_engine.memory.live import ask, shared_read
from argus_engine.model import AnomalyModel
from argus_engine.money import from_minor
from argus_engine.reasons import RULE, Reason
from argus_records.services import scoring as ledger
from argus_records.services.tallies import rules_tally
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from argus_worker import shadow
from argus_worker.rulesets import InForce
from argus_worker.shared import columns, shared_states
from argus_worker.windows import measured

log = structlog.get_logger(__name__)

Row = tuple[Any, ...]


class EngineFailure(Exception):
    """The engine raised on the batch of these transactions (ledger ids); nothing was recorded."""

    def __init__(self, ids: list[int]) -> None:
        super().__init__(f"{len(ids)} transactions, {ids[0]} to {ids[-1]}")
        self.ids = ids


@dataclass(frozen=True, slots=True)
class Scored:
    """What one claim came to, after its commit."""

    batch: ledger.NewBatch
    stored: ledger.StoredBatch
    more: bool
    columns: Transactions
    features: NDArray[np.float64]
    rule_hits: dict[str, int] = field(default_factory=dict)
    rule_errors: dict[str, int] = field(default_factory=dict)


def score_claim(
    *,
    limit: int,
    worker: str,
    rules: InForce,
    model: tuple[AnomalyModel | None, str | None],
    alone: bool = False,
) -> Scored | None:
    """Claim, score and record in one database transaction; None when nothing was free to claim.

    With ``alone`` one transaction is taken by itself, and if the engine raises on it, it is sent to review
    with a reason that says so. Otherwise an engine that raises is an :class:`EngineFailure`.
    """
    with transaction.atomic():
        claim = ledger.claim(limit=1, per_shard=1) if alone else ledger.claim(limit=limit)
        if not claim.rows:
            return None
        batch = columns(claim.rows)
        states = ledger.profiles(customers=set(batch.customer))
        asked = ask(batch)
        mark, known = shared_states(asked.names)
        watched = None
        try:
            moved = _features(batch, states, rules)
            shared_read(asked, moved.features, known)
            windows = measured(batch, [row[13] for row in claim.rows], rules.windows)
            judged = evaluate(batch, moved.features, rules.compiled, *model, windows=windows, lists=rules.lists)
            watched = shadow.watched(batch, moved.features, windows, rules, model, judged)
        except Exception as error:
            if not alone:
                raise EngineFailure([row[0] for row in claim.rows]) from error
            log.exception("engine failed on a transaction; sent to review", transaction=claim.rows[0][0])
            moved, judged = _fallback(batch, error)
        used = model[0]
        new = ledger.NewBatch(
            worker=worker,
            ruleset_version=rules.version,
            feature_schema=catalogue.SCHEMA_DIGEST,
            model_version=used.version if used else None,
            model_digest=used.digest if used else None,
            code_version=settings.CODE_VERSION,
            lists_revision=rules.lists_revision,
            lists_at=rules.at,
            claim=claim,
            decisions=_decisions(batch, moved, judged),
            alerts=_alerts(batch, judged),
            profiles=moved.states,
            links=moved.links,
            devices=moved.devices,
            memory=mark,
        )
        stored = ledger.batch_store(batch=new)
        rules_tally(
            version=rules.version, shadow=False, worker=worker, hits=judged.rule_hits, errors=judged.rule_errors
        )
        shadow.record(stored.id, worker, watched)
    return Scored(new, stored, claim.more, batch, moved.features, judged.rule_hits, judged.rule_errors)


def _features(batch: Transactions, states: dict[str, bytes], rules: InForce) -> Advanced:
    config = rules.compiled.feature_config
    ranges = plan(batch, states, config)
    past = columns(ledger.history(customers=ranges.customer, after=ranges.after.tolist(), until=ranges.until.tolist()))
    pairs, used = _pairs(batch.customer, batch.counterparty), _pairs(batch.customer, batch.device)
    known = ledger.links(pairs=pairs), ledger.device_links(pairs=used)
    return advance(batch, states, past, *known, config, wanted=ranges)


def _pairs(customers: list[str], others: list[str | None]) -> set[tuple[str, str]]:
    return {(customer, other) for customer, other in zip(customers, others, strict=True) if other is not None}


def _decisions(batch: Transactions, moved: Advanced, judged: Evaluated) -> list[ledger.NewDecision]:
    decisions = []
    forest = judged.forest_score.tolist()
    for place, (ledger_id, verdict, score) in enumerate(
        zip(batch.ids.tolist(), judged.verdict, judged.score.tolist(), strict=True)
    ):
        # NaN becomes null in JSON, and null reads as NULL in an array literal.
        features = orjson.dumps(moved.features[place], option=orjson.OPT_SERIALIZE_NUMPY).decode()
        reasons = judged.reasons[place]
        decisions.append(
            ledger.NewDecision(
                transaction_id=ledger_id,
                verdict=verdict,
                score=score,
                forest_score=forest[place] if forest[place] == forest[place] else None,
                reasons=orjson.dumps([reason.document() for reason in reasons]).decode() if reasons else "[]",
                features=f"{{{features[1:-1]}}}",
            )
        )
    return decisions


def _alerts(batch: Transactions, judged: Evaluated) -> list[ledger.NewAlert]:
    alerts = []
    for place, verdict in enumerate(judged.verdict):
        if verdict == "approve":
            continue
        reasons = sorted(judged.reasons[place], key=lambda reason: -reason.weight)
        currency = batch.currency[place]
        alerts.append(
            ledger.NewAlert(
                place=place,
                customer_id=batch.customer[place],
                amount=str(from_minor(int(batch.amount[place]), currency)),
                currency=currency,
                codes=[reason.code for reason in reasons],
                headline=headline(reasons),
                counterparty_id=batch.counterparty[place],
                device_id=batch.device[place],
            )
        )
    return alerts


def headline(reasons: list[Reason]) -> str:
    """What lists say of an alert, of its reasons with the strongest first.

    A rule's own sentence goes before the model's: it names a figure of this customer, where the model's sentences all
    begin alike. What would have cleared it is left out: that has a place of its own.
    """
    if not reasons:
        return ""
    reason = next((reason for reason in reasons if reason.kind == RULE and reason.weight > 0), reasons[0])
    cleared = (reason.details or {}).get("cleared_by", "")
    return reason.message.removesuffix(f" {cleared}") if cleared else reason.message


def _fallback(batch: Transactions, error: Exception) -> tuple[Advanced, Evaluated]:
    """Send one transaction to a person when the engine cannot judge it.

    Its customer's state may be what the engine failed on: an empty one takes its place.
    """
    reason = Reason(
        code="engine_error",
        kind="rule",
        message=f"This transaction could not be scored ({type(error).__name__}); a person must look at it.",
        weight=0.5,
    )
    features = np.full((1, len(catalogue.FEATURES)), np.nan)
    moved = Advanced(features=features, states={batch.customer[0]: b""}, links=[], devices=[])
    judged = Evaluated(
        score=np.array([0.5]),
        forest_score=np.array([np.nan]),
        verdict=["review"],
        reasons=[[reason]],
        rule_hits={},
        rule_errors={"engine": 1},
    )
    return moved, judged
