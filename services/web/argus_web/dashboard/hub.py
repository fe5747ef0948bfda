"""One hub per process feeds every live viewer with the same bytes.

A single thread makes a snapshot a second while somebody watches, and hears of alerts as workers publish
them. A viewer is an iterator that a request's thread sleeps in: it holds a thread and a socket, and no
database connection.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final
from weakref import WeakSet

import orjson
import structlog
from django.db import connection

from argus_web.events import Event, Events
from argus_web.ops import metrics

log = structlog.get_logger(__name__)

SNAPSHOT_SECONDS: Final = 1.0
# The first alert goes out at once, those of a burst together with the next.
ALERTS_SECONDS: Final = 0.5
ALERTS_AT_ONCE: Final = 20
HEARTBEAT_SECONDS: Final = 10.0
# How often a viewer's session is looked at; spread, so that a hundred of them do not ask together.
SESSION_SECONDS: Final = 30.0
# How long the thread goes on without viewers: a page that is reloaded finds it running.
LINGER_SECONDS: Final = 5.0
_HEARTBEAT: Final = b": \n\n"
_NOTHING: Final = object()


class Hub:
    """Makes messages and hands them to viewers."""

    def __init__(
        self,
        *,
        snapshot: Callable[[], bytes],
        describe: Callable[[dict[str, Any]], dict[str, Any]],
        events: Events,
        limit: int,
    ) -> None:
        self._snapshot = snapshot
        self._describe = describe
        self._events = events
        self._limit = limit
        # Tells this process's messages from another's.
        self._epoch = f"{time.time_ns():x}"
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._news = threading.Condition(self._lock)
        self._viewers: WeakSet[Viewer] = WeakSet()
        self._messages: deque[tuple[int, bytes]] = deque(maxlen=64)
        self._number = 0
        self._state = b""
        self._state_number = 0
        self._alerts: deque[dict[str, Any]] = deque(maxlen=ALERTS_AT_ONCE)
        self._alerts_heard = 0
        self._thread: threading.Thread | None = None
        self._serving: Callable[[], bool] = lambda: True
        self.closing = False

    def serve_while(self, alive: Callable[[], bool]) -> None:
        """End all streams within a second of ``alive`` becoming false: the server wants to stop."""
        self._serving = alive

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    def join(self, *, allowed: Callable[[], bool], abandoned: Callable[[], None] = lambda: None) -> "Viewer | None":
        """A new viewer, None if there are as many as may be.

        ``allowed`` is asked now and then whether it may stay; ``abandoned`` is called if the server gives the
        stream up before its end, because nobody reads it.
        """
        with self._lock:
            if self.closing or len(self._viewers) >= self._limit:
                return None
            viewer = Viewer(self, seen=self._number, allowed=allowed, abandoned=abandoned)
            self._viewers.add(viewer)
            metrics.watching(len(self._viewers))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
            return viewer

    def leave(self, viewer: "Viewer") -> None:
        """Forget a viewer."""
        with self._lock:
            self._viewers.discard(viewer)
            metrics.watching(len(self._viewers))

    def first(self) -> tuple[int, bytes]:
        """What a new viewer gets first: the present state, if it is known yet, and the number it was told under."""
        with self._lock:
            return self._state_number, self._state

    def next(self, seen: int) -> tuple[int, bytes]:
        """Wait for messages after number ``seen``; empty when there is none for a while."""
        with self._news:
            self._news.wait_for(lambda: self._number > seen or self.closing, timeout=HEARTBEAT_SECONDS)
            return self._number, b"".join(message for number, message in self._messages if number > seen)

    def hear(self, event: Event) -> None:
        """Take in what a worker published."""
        alerts = event.get("alerts") or []
        if alerts:
            with self._work:
                self._alerts_heard += len(alerts)
                self._alerts.extend(alerts)
                self._work.notify()

    def _run(self) -> None:
        log.info("live viewers come")
        self._events.add(self.hear)
        snapshot_at = alerts_at = watched_at = time.monotonic()
        told: object = _NOTHING
        while True:
            with self._work:
                now = time.monotonic()
                if self._viewers:
                    watched_at = now
                if not self._serving():
                    self.closing = True
                    self._news.notify_all()
                if self.closing or now - watched_at > LINGER_SECONDS:
                    self._thread, self._state = None, b""
                    self._alerts.clear()
                    self._alerts_heard = 0
                    break
                if self._alerts and now >= alerts_at:
                    self._tell_alerts()
                    alerts_at = now + ALERTS_SECONDS
                if now < snapshot_at:
                    until = min(snapshot_at, alerts_at) if self._alerts else snapshot_at
                    self._work.wait(max(0.0, until - now))
                    continue
                snapshot_at = now + SNAPSHOT_SECONDS
            state = self._look()
            if state != told:
                told = state
                with self._news:
                    event, data = ("trouble", b"{}") if state is None else ("snapshot", state)
                    self._state = self._tell(event, data)
                    self._state_number = self._number
        self._events.remove(self.hear)
        log.info("live viewers gone")

    def _look(self) -> bytes | None:
        try:
            return self._snapshot()
        except Exception:
            log.exception("no snapshot")
            return None
        finally:
            connection.close()

    def _tell_alerts(self) -> None:
        described = []
        for alert in self._alerts:
            try:
                described.append(self._describe(alert))
            except Exception:
                # The snapshot shows it too.
                log.exception("alert not told")
        self._tell("alerts", orjson.dumps({"count": self._alerts_heard, "alerts": described}))
        self._alerts.clear()
        self._alerts_heard = 0

    def _tell(self, event: str, data: bytes) -> bytes:
        self._number += 1
        message = b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (
            self._epoch.encode(), self._number, event.encode(), data,
        )  # fmt: skip
        self._messages.append((self._number, message))
        self._news.notify_all()
        return message


class Viewer:
    """The body of one viewer's response."""

    def __init__(self, hub: Hub, *, seen: int, allowed: Callable[[], bool], abandoned: Callable[[], None]) -> None:
        self._hub = hub
        self._seen = seen
        self._allowed = allowed
        self._abandoned = abandoned
        self._ask_at = self._soon()
        self._begun = self._last = self._ended = False

    @staticmethod
    def _soon() -> float:
        return time.monotonic() + SESSION_SECONDS * random.uniform(0.7, 1.3)  # noqa: S311 - spreads load

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._last or self._hub.closing:
            self._ended = True
            raise StopIteration
        if not self._begun:
            # Sessions and sign-ins have used the request's connection; from here on it belongs to others.
            connection.close()
            self._begun = True
            # What was told between joining and now is in the state already.
            told, state = self._hub.first()
            self._seen = max(self._seen, told)
            return b"retry: 3000\n\n" + state
        if time.monotonic() >= self._ask_at:
            self._ask_at = self._soon()
            try:
                allowed = self._allowed()
            finally:
                connection.close()
            if not allowed:
                self._last = True
                return b"event: signed-out\ndata: {}\n\n"
        self._seen, news = self._hub.next(self._seen)
        return news or _HEARTBEAT

    def close(self) -> None:
        """End the stream; the server calls it whatever happened."""
        self._hub.leave(self)
        if not self._ended:
            self._ended = self._last = True
            self._abandoned()
