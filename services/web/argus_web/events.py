"""What workers publish, heard by one thread per process and handed to whoever listens here.

Redis publish/subscribe is a convenience: a listener that hears nothing must ask the database instead.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import orjson
import redis
import structlog
from argus_records.names import Channel
from django.conf import settings

log = structlog.get_logger(__name__)

Event = dict[str, Any]
Listener = Callable[[Event], None]

RETRY_SECONDS = 1.0
# A message every so often even when nothing is published, so that a dead connection is noticed.
HEARTBEAT_SECONDS = 5.0


class Events:
    """Hears the live channel from the first listener on.

    An event is the JSON object that argus_worker.publish sends: ``batch``, ``size``, ``reviewed``, ``blocked``,
    ``ids`` (ledger ids decided) and ``alerts`` (what the list of alerts shows of each new one).
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.connected = threading.Event()

    def add(self, listener: Listener) -> None:
        """Call ``listener`` with every event from now on, in the hearing thread: it must be quick."""
        with self._lock:
            self._listeners = self._listeners | {listener}
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._hear, name="events", daemon=True)
                self._thread.start()

    def remove(self, listener: Listener) -> None:
        """Stop calling ``listener``."""
        with self._lock:
            self._listeners = self._listeners - {listener}

    def _hear(self) -> None:
        while True:
            client = redis.Redis.from_url(self._url, socket_connect_timeout=2, socket_timeout=2 * HEARTBEAT_SECONDS)
            try:
                with client.pubsub(ignore_subscribe_messages=True) as channel:
                    channel.subscribe(Channel.LIVE)
                    self.connected.set()
                    while True:
                        message = channel.get_message(timeout=HEARTBEAT_SECONDS)
                        if message is None:
                            channel.ping()
                        elif message["type"] == "message":
                            self._tell(message["data"])
            except Exception as error:
                # Whatever it is: this thread is the only one that hears, and must not end.
                if self.connected.is_set() or not isinstance(error, redis.RedisError | OSError):
                    log.warning("live channel lost", error=str(error))
                self.connected.clear()
                time.sleep(RETRY_SECONDS)
            finally:
                client.close()

    def _tell(self, data: bytes) -> None:
        event = orjson.loads(data)
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                log.exception("live listener failed")


events = Events(settings.REDIS_URL)
