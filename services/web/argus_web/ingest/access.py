"""Who is calling, what the key may do, and how often."""

import threading
import time
from collections import OrderedDict
from typing import Final

import limits
import redis
from argus_records.services.apikeys import Caller, api_key_find
from django.conf import settings
from django.http import HttpRequest
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from argus_web.ingest.problems import Problem

# How long a process believes what it read of a key: revoking holds after this.
KEY_SECONDS: Final = 1.0
KEYS_KEPT: Final = 10_000
# Requests are taken from the shared count in portions of this share of a second's allowance, which a process
# uses up within LEASE_SECONDS or lets lapse: one round trip to Redis serves many requests.
LEASE_SHARE: Final = 20
LEASE_SECONDS: Final = 0.1
# While Redis does not answer, each process counts by itself and asks again after this long.
RETRY_SECONDS: Final = 1.0


class Keys:
    """Keys by their text, remembered for a second."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, Caller | None]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str) -> Caller | None:
        """The caller, also a revoked one; None for a key that never was."""
        now = time.monotonic()
        found = self._known.get(key)
        if found is not None and now - found[0] < KEY_SECONDS:
            return found[1]
        caller = api_key_find(key)
        with self._lock:
            self._known[key] = (now, caller)
            self._known.move_to_end(key)
            while len(self._known) > KEYS_KEPT:
                self._known.popitem(last=False)
        return caller


class RateLimit:
    """Requests per second and key, counted in Redis for all processes; bursts of as many again pass."""

    def __init__(self, url: str) -> None:
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
        self._shared = SlidingWindowCounterRateLimiter(RedisStorage(url, wrap_exceptions=False, **options))
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._leases: dict[int, tuple[float, int]] = {}
        self._lock = threading.Lock()
        self._retry_at = 0.0

    def take(self, caller: Caller) -> bool:
        """Whether one more request may pass now."""
        now = time.monotonic()
        with self._lock:
            until, left = self._leases.get(caller.key_id, (0.0, 0))
            if left > 0 and now < until:
                self._leases[caller.key_id] = (until, left - 1)
                return True
        portion = max(1, caller.rate_limit // LEASE_SHARE)
        # A window of two seconds' allowance: the steady rate, and as many again in a burst.
        allowance = limits.RateLimitItemPerSecond(2 * caller.rate_limit, 2)
        if not self._hit(allowance, caller.key_id, portion, now):
            if portion == 1 or not self._hit(allowance, caller.key_id, 1, now):
                return False
            portion = 1
        with self._lock:
            self._leases[caller.key_id] = (now + LEASE_SECONDS, portion - 1)
        return True

    def _hit(self, allowance: limits.RateLimitItem, key: int, cost: int, now: float) -> bool:
        if now >= self._retry_at:
            try:
                return self._shared.hit(allowance, "argus", "key", str(key), cost=cost)
            except (redis.RedisError, OSError):
                self._retry_at = now + RETRY_SECONDS
        return self._own.hit(allowance, "argus", "key", str(key), cost=cost)


keys = Keys()
rate_limit = RateLimit(settings.REDIS_URL)


def caller_of(request: HttpRequest, scope: str) -> Caller:
    """Who sent the request, if its key is good for ``scope``. Problems: 401, 403, 429."""
    said = request.META.get("HTTP_AUTHORIZATION", "")
    kind, _, key = said.partition(" ")
    challenge = {"WWW-Authenticate": 'Bearer realm="argus"'}
    if kind.lower() != "bearer" or not key:
        raise Problem(401, "key_missing", "Send your key as 'Authorization: Bearer argus_...'.", headers=challenge)
    caller = keys.find(key.strip())
    if caller is None:
        raise Problem(401, "key_unknown", "This key is not known; check it for missing characters.", headers=challenge)
    if caller.revoked:
        raise Problem(401, "key_revoked", "This key was revoked; ask for a new one.", headers=challenge)
    if scope not in caller.scopes:
        raise Problem(403, "scope", f"This key may not do this: it lacks the scope {scope!r}.")
    if not rate_limit.take(caller):
        raise Problem(
            429,
            "rate_limit",
            f"This key may send {caller.rate_limit} requests a second; wait a second, or send in bulk.",
            headers={"Retry-After": "1"},
        )
    return caller
