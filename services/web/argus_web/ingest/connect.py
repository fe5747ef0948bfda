"""How the API speaks to Redis: briefly, without retries. Nothing it takes in depends on the answer."""

import time
from typing import Any, Final

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUTS: Final = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}
# After a failure nobody tries again for so long.
REST_SECONDS: Final = 1.0
# What clients and libraries raise when Redis is away, slow, full, loading or read-only.
FAILURES: Final = (redis.RedisError, OSError)


def options() -> dict[str, Any]:
    """Keyword arguments of a Redis client. The library's own default retries for seconds."""
    return {**TIMEOUTS, "retry": Retry(NoBackoff(), 0)}


def client() -> "redis.Redis":
    """A client of the configured Redis."""
    return redis.Redis.from_url(settings.REDIS_URL, **options())


class Breaker:
    """Keeps away from what has just failed.

    >>> breaker = Breaker()
    >>> breaker.open
    False
    >>> breaker.failed()
    >>> breaker.open
    True
    """

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether to leave it alone for now."""
        return time.monotonic() < self._until

    def failed(self) -> None:
        """Leave it alone for a second."""
        self._until = time.monotonic() + REST_SECONDS
