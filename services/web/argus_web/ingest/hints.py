"""Tells the workers that there is work, at most once while nobody has looked.

One thread per process does it, so that no request waits for Redis: while it speaks, all commits that follow share the
next hint. It tries once a second while Redis is away. A lost hint is harmless: the sweep finds what none reached.
"""

import threading
import time
from typing import Final

import structlog
from argus_records.names import Queue, RedisKey, Task
from celery import Celery
from django.conf import settings

from argus_web.ingest import connect
from argus_web.ops import metrics

log = structlog.get_logger(__name__)

HINT_MILLISECONDS: Final = 1000


class Hints:
    """Sends hints."""

    def __init__(self, url: str) -> None:
        self._app = Celery("argus_web", broker=url, set_as_current=False)
        self._app.conf.update(
            task_ignore_result=True,
            broker_connection_retry=False,
            broker_connection_retry_on_startup=False,
            broker_connection_timeout=0.5,
            broker_transport_options={**connect.TIMEOUTS, "max_retries": 0},
        )
        self._flag = connect.client()
        self._failing = False
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def send(self) -> None:
        """Call after a commit. Returns at once and never fails."""
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            # Cleared first: a commit from now on is not sure to be seen by whom this hint wakes.
            self._wanted.clear()
            if not self.send_now():
                time.sleep(connect.REST_SECONDS)
                self._wanted.set()

    def send_now(self) -> bool:
        """Send a hint in this thread; whether it was sent, or one was on its way."""
        try:
            if self._flag.set(RedisKey.HINTED, "1", nx=True, px=HINT_MILLISECONDS):
                self._app.send_task(Task.SCORE_PENDING, queue=Queue.SCORE, retry=False, ignore_result=True)
                metrics.hinted("sent")
            else:
                metrics.hinted("waiting")
        except Exception as error:
            # Redis away, slow, full or read-only; and whatever else the client libraries make of it.
            metrics.hinted("failed")
            if not self._failing:
                log.warning("hints fail; the sweep finds the work meanwhile", error=str(error))
            self._failing = True
            return False
        self._failing = False
        return True


hints = Hints(settings.REDIS_URL)
