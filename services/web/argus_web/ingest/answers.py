"""What the API says of transactions and decisions."""

from datetime import datetime
from typing import Any, Final

import orjson
from argus_engine.money import minor_digits
from argus_records.models import Decision, Transaction
from django.http import HttpResponse

JSON: Final = "application/json"
_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def decision(found: Decision) -> dict[str, Any]:
    """A decision as the API gives it."""
    batch = found.batch
    return {
        "verdict": found.verdict,
        "score": found.score,
        "reasons": found.reasons,
        "ruleset_version": batch.ruleset_id,
        "model_version": batch.model_version,
        "decided_at": batch.decided_at,
    }


def record(found: Transaction) -> dict[str, Any]:
    """A transaction with its status and decision."""
    decided = getattr(found, "decision", None)
    return {
        "transaction_id": found.transaction_id,
        "status": "decided" if decided else "pending",
        "occurred_at": found.occurred_at,
        "received_at": found.received_at,
        "customer_id": found.customer_id,
        "amount": f"{found.amount:.{minor_digits(found.currency)}f}",
        "currency": found.currency,
        "type": found.type,
        "counterparty_id": found.counterparty_id,
        "country": found.country,
        "channel": found.channel,
        "device_id": found.device_id,
        "ip_address": found.ip_address,
        "latitude": found.latitude,
        "longitude": found.longitude,
        "metadata": found.metadata,
        "decision": decision(decided) if decided else None,
    }


def pending(transaction_id: str, received_at: datetime) -> dict[str, Any]:
    """A transaction that was accepted and is not decided yet."""
    return {"transaction_id": transaction_id, "status": "pending", "received_at": received_at, "decision": None}


def receipt(found: Transaction) -> dict[str, Any]:
    """The same of one that may be decided."""
    decided = getattr(found, "decision", None)
    return pending(found.transaction_id, found.received_at) | (
        {"status": "decided", "decision": decision(decided)} if decided else {}
    )


def answer(document: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """JSON."""
    return HttpResponse(
        orjson.dumps(document),
        status=status,
        content_type=JSON,
        headers={**_HEADERS, **headers} if headers else _HEADERS,
    )
