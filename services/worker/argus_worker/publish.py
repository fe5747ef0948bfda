"""Tells live viewers and waiting requests what was committed."""

import orjson
import redis
import structlog
from argus_records.names import Channel

from argus_worker import runtime
from argus_worker.scoring import Scored

log = structlog.get_logger(__name__)


def publish(scored: Scored) -> None:
    """Publish one batch on the live channel. Nobody may hear it; nothing depends on that."""
    batch = scored.batch
    ids = {transaction_id: alert_id for alert_id, transaction_id in scored.stored.alerts}
    event = {
        "batch": scored.stored.id,
        "size": len(batch.decisions),
        "reviewed": sum(decision.verdict == "review" for decision in batch.decisions),
        "blocked": sum(decision.verdict == "block" for decision in batch.decisions),
        "ids": [decision.transaction_id for decision in batch.decisions],
        "alerts": [
            {
                "id": ids[batch.decisions[alert.place].transaction_id],
                "transaction_id": batch.decisions[alert.place].transaction_id,
                "verdict": batch.decisions[alert.place].verdict,
                "score": batch.decisions[alert.place].score,
                "customer_id": alert.customer_id,
                "amount": alert.amount,
                "currency": alert.currency,
                "codes": alert.codes,
                "headline": alert.headline,
                "names": {
                    "customer_id": alert.customer_id,
                    "counterparty_id": alert.counterparty_id,
                    "device_id": alert.device_id,
                    # No sentence speaks of addresses.
                    "ip_address": None,
                },
            }
            for alert in batch.alerts
        ],
    }
    try:
        runtime.live().publish(Channel.LIVE, orjson.dumps(event))
    except redis.RedisError as error:
        log.info("batch not published", batch=scored.stored.id, error=str(error))
