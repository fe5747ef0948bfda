"""What workers say of themselves in Redis."""

import time
from functools import cache
from typing import Any, Final

import orjson
import redis
from argus_records.names import RedisKey
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# A worker writes every few seconds; one that has been silent for so long is not shown as running.
SILENT_SECONDS: Final = 20


@cache
def _client() -> "redis.Redis":
    # The next snapshot asks again: trying again within this one would only make it late.
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )


def workers_running() -> list[dict[str, Any]] | None:
    """Workers heard of lately, by name; None if Redis cannot be asked."""
    try:
        raw: dict[bytes, bytes] = _client().hgetall(RedisKey.WORKERS)  # type: ignore[assignment]
    except (redis.RedisError, OSError):
        return None
    now, running = time.time(), []
    for value in raw.values():
        try:
            worker = orjson.loads(value)
            if now - float(worker["seen_at"]) <= SILENT_SECONDS:
                running.append(worker)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            continue
    return sorted(running, key=lambda worker: str(worker.get("worker")))
