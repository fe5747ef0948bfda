"""Waiting for a decision, for clients that prefer to (RFC 7240)."""

import re
import threading
import time
from collections import OrderedDict
from typing import Final

from argus_records.selectors.transactions import transaction_is_decided
from django.db import connection
from django.http import HttpRequest

from argus_web.events import Event, events

MOST_SECONDS: Final = 5.0
# More than this many threads never wait at a time: the rest must stay free to take transactions in.
MOST_WAITING: Final = 32
POLL_SECONDS: Final = 0.05
# With the live channel up a look at the database is only for what slipped through.
LOOK_SECONDS: Final = 0.5
REMEMBERED: Final = 50_000
_WAIT: Final = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6}(?:\.\d{1,6})?)\"?\s*(?=$|[,;])")


def preferred(request: HttpRequest) -> float:
    """Seconds that the client prefers to wait, 0 to 5; what cannot be read is no preference."""
    found = _WAIT.search(request.headers.get("Prefer", "").lower())
    return min(float(found[1]), MOST_SECONDS) if found else 0.0


class Decided:
    """Ids decided lately, as the live channel tells, and those who wait for one."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._lately: OrderedDict[int, None] = OrderedDict()
        self._slots = threading.BoundedSemaphore(MOST_WAITING)
        self._listening = False

    def listen(self) -> None:
        """Begin to hear. Before the commit, so that no decision is too early to be heard."""
        if not self._listening:
            self._listening = True
            events.add(self._heard)

    def _heard(self, event: Event) -> None:
        with self._condition:
            self._lately.update(dict.fromkeys(event["ids"]))
            while len(self._lately) > REMEMBERED:
                self._lately.popitem(last=False)
            self._condition.notify_all()

    def wait(self, ledger_id: int, seconds: float) -> bool:
        """Whether the transaction was decided within ``seconds``."""
        if not self._slots.acquire(blocking=False):
            return False
        try:
            return self._wait(ledger_id, seconds)
        finally:
            self._slots.release()

    def _wait(self, ledger_id: int, seconds: float) -> bool:
        until = time.monotonic() + seconds
        looked = time.monotonic()
        while True:
            with self._condition:
                if ledger_id in self._lately:
                    return True
                left = until - time.monotonic()
                if left > 0:
                    self._condition.wait(min(left, LOOK_SECONDS if events.connected.is_set() else POLL_SECONDS))
                    if ledger_id in self._lately:
                        return True
            pause = LOOK_SECONDS if events.connected.is_set() else POLL_SECONDS
            if left <= 0 or time.monotonic() - looked >= pause:
                looked = time.monotonic()
                if transaction_is_decided(ledger_id=ledger_id):
                    return True
                # Others need the connection while this one sleeps.
                connection.close()
            if left <= 0:
                return False


decided = Decided()


