"""Makes rows for tests through the ledger's own services."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from argus_records.models import Alert, ApiClient, Case, Decision, FeatureSchema, RuleSetVersion
from argus_records.services import memory, scoring
from argus_records.services.cases.gather import cases_gather
from argus_records.services.feed import feed_place
from argus_records.services.ingest import Accepted, NewTransaction, transactions_accept
from django.db import connection, transaction

_numbers = itertools.count(1)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def client(name: str = "core-banking") -> ApiClient:
    return ApiClient.objects.get_or_create(name=name)[0]


def new_transaction(**said: Any) -> NewTransaction:
    number = next(_numbers)
    defaults = {
        "transaction_id": f"t-{number}",
        "occurred_at": START + timedelta(minutes=number),
        "customer_id": "customer-1",
        "amount": "25.00",
        "currency": "EUR",
    }
    return NewTransaction(**(defaults | said))


def accept(*items: NewTransaction, client_name: str = "core-banking") -> list[Accepted]:
    owner = client(client_name)
    return transactions_accept(items=[(owner.pk, item) for item in items])


def schema() -> FeatureSchema:
    return FeatureSchema.objects.get_or_create(digest="test", defaults={"names": ["amount"]})[0]


def decide(
    *,
    verdict: str = "approve",
    reasons: str = "[]",
    limit: int = 4096,
    place: bool = True,
    score: float | None = None,
    scores: Sequence[float] = (),
    model: str | None = None,
) -> scoring.StoredBatch | None:
    """Record the same verdict on everything that can be claimed, without an engine.

    ``scores``: taken in turn, instead of one ``score`` for all. ``model``: the version that took part.
    """
    ruleset = RuleSetVersion.objects.get(state="live")
    if score is None:
        score = {"approve": 0.1, "review": 0.6, "block": 0.97}[verdict]
    schema()
    with transaction.atomic():
        claim = scoring.claim(limit=limit)
        if not claim.rows:
            return None
        decisions = [
            scoring.NewDecision(row[0], verdict, each, 0.5 if model else None, reasons, f"{{{row[3]}}}")
            for row, each in zip(claim.rows, itertools.cycle(scores or [score]), strict=False)
        ]
        alerts = []
        if verdict != "approve":
            alerts = [
                scoring.NewAlert(
                    index, row[2], str(row[3]), row[4], ["velocity"], "Several within minutes.", row[6], row[9]
                )
                for index, row in enumerate(claim.rows)
            ]
        stored = scoring.batch_store(
            batch=scoring.NewBatch(
                worker="test",
                ruleset_version=ruleset.pk,
                feature_schema=schema().pk,
                model_version=model,
                model_digest=model and "digest",
                code_version="test",
                lists_revision=0,
                lists_at=START,
                claim=claim,
                decisions=decisions,
                alerts=alerts,
                profiles={row[2]: b"state" for row in claim.rows},
                links=sorted({(row[2], row[6]) for row in claim.rows if row[6]}),
                devices=sorted({(row[2], row[9]) for row in claim.rows if row[9]}),
                memory=memory.shared(entities=[])[0],
            )
        )
    if place:
        feed_place()
    return stored


def scored(days_ago: float, scores: Sequence[float], model: str | None = "7") -> None:
    """A decision with each of these scores, made so long ago."""
    accept(*[new_transaction(currency=["EUR", "JPY"][n % 2], amount="7") for n in range(len(scores))])
    batches, done = [], 0
    while (stored := decide(scores=scores[done:], model=model)) is not None:
        batches.append(stored.id)
        done += len(stored.latencies)
    with connection.cursor() as cursor:
        # The past cannot be written otherwise, and the clock cannot be set.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE decision_batch SET decided_at = decided_at - %s WHERE id = ANY(%s)",
            [timedelta(days=days_ago), batches],
        )
        cursor.execute("SET session_replication_role = origin")


def alert(**said: Any) -> Alert:
    accept(new_transaction(**said))
    stored = decide(verdict="review")
    assert stored is not None
    return Alert.objects.get(pk=stored.alerts[0][0])


def case(*, verdict: str = "review", score: float | None = None, **said: Any) -> Case:
    """A new alert, and the case that it was gathered into."""
    accept(new_transaction(**said))
    stored = decide(verdict=verdict, score=score)
    assert stored is not None
    cases_gather()
    found = Alert.objects.get(pk=stored.alerts[0][0]).case
    assert found is not None
    return found


def decision_of(accepted: Accepted) -> Decision:
    return Decision.objects.get(transaction_id=accepted.id)
