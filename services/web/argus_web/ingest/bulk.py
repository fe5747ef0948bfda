"""Many transactions, or many labels, in one request."""

from typing import Any, Final

from argus_records.services.apikeys import Caller
from argus_records.services.ingest import NewTransaction, Outcome, transactions_accept
from argus_records.services.labels import LabelItem, LabelOutcome, labels_add
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from argus_web.ingest import answers, body, faults, items
from argus_web.ingest.hints import hints
from argus_web.ops import metrics

LABELS_MAX_BYTES: Final = 4 * 2**20
# Committed together: large enough to be cheap, small enough that workers can begin on the first ones.
CHUNK: Final = 2_000


def transactions(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Accept the good ones, report the bad ones by index."""
    data, kind = body.read(request, limit=settings.BATCH_MAX_BYTES, types=(body.JSON, body.NDJSON))
    batch = items.Items(data, kind, faults.transaction)
    tally = dict.fromkeys(Outcome, 0)
    good: list[tuple[int, NewTransaction]] = []

    def commit() -> None:
        outcomes = transactions_accept(items=[(caller.client_id, item) for _, item in good])
        hints.send()
        for (index, item), accepted in zip(good, outcomes, strict=True):
            tally[accepted.outcome] += 1
            if accepted.outcome is Outcome.CONFLICT:
                message = "submitted before with another body; nothing was changed"
                batch.reject(index, item.transaction_id, [{"field": "transaction_id", "message": message}])
        good.clear()

    try:
        for entry in batch:
            good.append(entry)
            if len(good) == CHUNK:
                commit()
        if good:
            commit()
    finally:
        for outcome, number in tally.items():
            metrics.received(outcome, number)
        metrics.received("rejected", len(batch.rejected) - tally[Outcome.CONFLICT])
    return answers.answer(
        {
            "accepted": tally[Outcome.ACCEPTED],
            "duplicates": tally[Outcome.DUPLICATE],
            "conflicts": tally[Outcome.CONFLICT],
            "rejected": batch.rejections(),
        }
    )


def labels(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Take labels in: one object, or a list of them."""
    data, kind = body.read(request, limit=LABELS_MAX_BYTES)
    batch = items.Items(data, kind, faults.label, alone=True)
    good: list[tuple[int, LabelItem]] = list(batch)
    outcomes = labels_add(client_id=caller.client_id, actor=caller.actor, items=[item for _, item in good])
    for (index, item), outcome in zip(good, outcomes, strict=True):
        if outcome is LabelOutcome.UNKNOWN_TRANSACTION:
            message = "this client has submitted no transaction with this id"
            batch.reject(index, item.transaction_id, [{"field": "transaction_id", "message": message}])
    document: dict[str, Any] = {
        "accepted": outcomes.count(LabelOutcome.ACCEPTED),
        "duplicates": outcomes.count(LabelOutcome.DUPLICATE),
        "rejected": batch.rejections(),
    }
    metrics.labelled("accepted", document["accepted"])
    metrics.labelled("duplicate", document["duplicates"])
    metrics.labelled("rejected", len(document["rejected"]))
    return answers.answer(document)
