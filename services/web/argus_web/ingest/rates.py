"""Requests per second and key, counted in Redis for all processes.

Asking Redis for every request would cost more than the request. So a process takes requests from the shared count in
portions and gives them out itself: one at first, more the faster they are used up, so that a portion left to lapse is
never larger than what the key has lately used.
"""

import threading
import time
from typing import Final

import limits
from argus_records.services.apikeys import Caller
from django.conf import settings
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from argus_web.ingest import connect
from argus_web.ops import metrics

# A portion is at most this share of a second's allowance, and lapses.
LARGEST_SHARE: Final = 20
LAPSES_SECONDS: Final = 0.1
# Who was refused is refused again for so long, without asking.
REFUSED_SECONDS: Final = 0.05
# Nobody waits longer for another thread that is asking Redis.
PATIENCE_SECONDS: Final = 0.05
KEYS_KEPT: Final = 10_000


class _Portion:
    __slots__ = ("left", "lock", "refused_until", "size", "until")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.left, self.size = 0, 1
        self.until = self.refused_until = 0.0


class RateLimit:
    """Requests per second and key; bursts of as many again pass."""

    def __init__(self, url: str) -> None:
        self._shared = SlidingWindowCounterRateLimiter(RedisStorage(url, wrap_exceptions=False, **connect.options()))
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._portions: dict[int, _Portion] = {}
        self._breaker = connect.Breaker()

    def take(self, caller: Caller) -> bool:
        """Whether one more request may pass now."""
        portion = self._portions.get(caller.key_id)
        if portion is None:
            if len(self._portions) >= KEYS_KEPT:
                self._portions.clear()
            portion = self._portions.setdefault(caller.key_id, _Portion())
        if not portion.lock.acquire(timeout=PATIENCE_SECONDS):
            return self._alone(caller, 1)
        try:
            now = time.monotonic()
            if portion.left > 0 and now < portion.until:
                portion.left -= 1
                return True
            if now < portion.refused_until:
                return False
            return self._refill(portion, caller, now)
        finally:
            portion.lock.release()

    def _refill(self, portion: _Portion, caller: Caller, now: float) -> bool:
        if now >= portion.until:
            # It lapsed: no more than was used of it.
            size = portion.size - portion.left
        else:
            size = 2 * portion.size
        size = max(1, min(size, caller.rate_limit // LARGEST_SHARE))
        if not self._hit(caller, size):
            if size == 1 or not self._hit(caller, 1):
                portion.refused_until = now + REFUSED_SECONDS
                portion.left, portion.size = 0, 1
                return False
            size = 1
        portion.size, portion.left, portion.until = size, size - 1, now + LAPSES_SECONDS
        return True

    def _hit(self, caller: Caller, cost: int) -> bool:
        if not self._breaker.open:
            try:
                return self._shared.hit(_allowance(caller), "argus", str(caller.key_id), cost=cost)
            except connect.FAILURES:
                self._breaker.failed()
        return self._alone(caller, cost)

    def _alone(self, caller: Caller, cost: int) -> bool:
        metrics.LIMITS_ALONE.inc()
        return self._own.hit(_allowance(caller), "argus", str(caller.key_id), cost=cost)


def _allowance(caller: Caller) -> limits.RateLimitItem:
    # Two seconds' allowance in any two seconds: the steady rate, and as many again at once.
    return limits.RateLimitItemPerSecond(2 * caller.rate_limit, 2)


rate_limit = RateLimit(settings.REDIS_URL)
