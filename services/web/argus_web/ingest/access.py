"""Who is calling, what the key may do, and how often."""

import threading
import time
from collections import OrderedDict
from typing import Final

from argus_records.services.apikeys import Caller, api_key_find
from django.http import HttpRequest

from argus_web.ingest.problems import Problem
from argus_web.ingest.rates import rate_limit

# How long a process believes what it read of a key: revoking holds after this.
KEY_SECONDS: Final = 1.0
# Whoever finds it older than this asks again, and the others believe it meanwhile.
STALE_SECONDS: Final = 0.7
KEYS_KEPT: Final = 10_000
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="argus"'}


class _Known:
    __slots__ = ("asked", "caller", "since")

    def __init__(self, caller: Caller | None, since: float) -> None:
        self.caller, self.since, self.asked = caller, since, False


class Keys:
    """Keys by their text, remembered for a second."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str) -> Caller | None:
        """The caller, also a revoked one; None for a key that never was."""
        now = time.monotonic()
        known = self._known.get(key)
        if known is not None:
            age = now - known.since
            if age < STALE_SECONDS or (known.asked and age < KEY_SECONDS):
                return known.caller
            known.asked = True
        caller = api_key_find(key)
        with self._lock:
            # Dated from before the question: what changed meanwhile is not older than that.
            self._known[key] = _Known(caller, now)
            self._known.move_to_end(key)
            while len(self._known) > KEYS_KEPT:
                self._known.popitem(last=False)
        return caller

    def forget(self) -> None:
        """As if nobody had called yet."""
        with self._lock:
            self._known.clear()


keys = Keys()


def caller_of(request: HttpRequest, scope: str) -> Caller:
    """Who sent the request, if its key is good for ``scope``. Problems: 401, 403, 429."""
    said = request.META.get("HTTP_AUTHORIZATION", "")
    kind, _, key = said.partition(" ")
    if kind.lower() != "bearer" or not key:
        raise _unauthorized("key_missing", "Send your key as 'Authorization: Bearer argus_...'.")
    caller = keys.find(key.strip())
    if caller is None:
        raise _unauthorized("key_unknown", "This key is not known; check it for missing characters.")
    if caller.revoked:
        raise _unauthorized("key_revoked", "This key was revoked; ask for a new one.")
    if scope not in caller.scopes:
        raise Problem(403, "scope", f"This key may not do this: it lacks the scope {scope!r}.")
    if not rate_limit.take(caller):
        raise Problem(
            429,
            "rate_limit",
            f"This key may send {caller.rate_limit:,} requests a second; wait a second, or send in bulk.",
            headers={"Retry-After": "1"},
        )
    return caller


def _unauthorized(code: str, detail: str) -> Problem:
    return Problem(401, code, detail, headers=_CHALLENGE)
