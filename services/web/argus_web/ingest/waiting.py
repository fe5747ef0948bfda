"""Waiting for a decision, for clients that prefer to (RFC 7240)."""

import re
import threading
import time
from collections import OrderedDict
from queue import Empty, SimpleQueue
from typing import Any, Final

from argus_records.selectors.transactions import transaction_is_decided
from django.db import connection
from django.http import HttpRequest

from argus_web.events import Event, events
from argus_web.ops import metrics

MOST_SECONDS: Final = 5.0
# More than this many threads never wait at a time: the rest must stay free to take transactions in.
MOST_WAITING: Final = 48
# How often the database is asked: all the time without the live channel, else for what may have slipped through.
POLL_SECONDS: Final = 0.1
LOOK_SECONDS: Final = 0.5
# Decisions are remembered in case they were faster than who waits for them.
REMEMBERED: Final = 50_000
_WAIT: Final = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9}(?:\.\d{1,9})?)\"?\s*(?=$|[,;])", re.ASCII)


def preferred(request: HttpRequest) -> float:
    """Seconds that the client prefers to wait, 0 to 5; what cannot be read is no preference."""
    said = request.META.get("HTTP_PREFER")
    found = _WAIT.search(said.lower()) if said else None
    return min(float(found[1]), MOST_SECONDS) if found else 0.0


class Decided:
    """Ids decided lately, as the live channel tells, and those who wait for one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lately: OrderedDict[int, None] = OrderedDict()
        self._waiting: dict[int, list[SimpleQueue[None]]] = {}
        self._slots = threading.BoundedSemaphore(MOST_WAITING)
        self._listening = False

    def listen(self) -> None:
        """Begin to hear. Before the commit, so that no decision is too early to be heard."""
        if not self._listening:
            self._listening = True
            events.add(self._heard)

    def reserve(self) -> bool:
        """Whether there is room for one more to wait; give it back with :meth:`release`."""
        return self._slots.acquire(blocking=False)

    def release(self) -> None:
        """No longer waiting."""
        self._slots.release()

    def wait(self, ledger_id: int, seconds: float) -> bool:
        """Whether the transaction was decided within ``seconds``."""
        call: SimpleQueue[None] = SimpleQueue()
        with self._lock:
            if ledger_id in self._lately:
                return True
            self._waiting.setdefault(ledger_id, []).append(call)
        metrics.WAITING.inc()
        try:
            return self._wait(call, ledger_id, time.monotonic() + seconds)
        finally:
            metrics.WAITING.dec()
            with self._lock:
                others = self._waiting[ledger_id]
                others.remove(call)
                if not others:
                    del self._waiting[ledger_id]

    def _wait(self, call: "SimpleQueue[None]", ledger_id: int, until: float) -> bool:
        while True:
            # Others need the connection while this thread sleeps.
            if not connection.in_atomic_block:
                connection.close()
            left = until - time.monotonic()
            try:
                call.get(timeout=max(0.0, min(left, LOOK_SECONDS if events.connected.is_set() else POLL_SECONDS)))
            except Empty:
                if transaction_is_decided(ledger_id=ledger_id):
                    return True
            else:
                return True
            if until - time.monotonic() <= 0:
                return False

    def _heard(self, event: Event) -> None:
        ids: Any = event["ids"]
        with self._lock:
            self._lately.update(dict.fromkeys(ids))
            while len(self._lately) > REMEMBERED:
                self._lately.popitem(last=False)
            if self._waiting:
                for ledger_id in self._waiting.keys() & set(ids):
                    for call in self._waiting[ledger_id]:
                        call.put(None)


decided = Decided()
