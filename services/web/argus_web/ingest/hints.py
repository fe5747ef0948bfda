"""Tells the workers that there is work, at most once while nobody has looked."""

import time
from typing import Final

import redis
import structlog
from argus_records.names import Queue, RedisKey, Task
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

from argus_web.ops import metrics

log = structlog.get_logger(__name__)

HINT_MILLISECONDS: Final = 1000
RETRY_SECONDS: Final = 1.0
_TIMEOUTS: Final = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}

app = Celery("argus_web", broker=settings.REDIS_URL, set_as_current=False)
app.conf.update(
    task_ignore_result=True,
    broker_connection_retry=False,
    broker_connection_retry_on_startup=False,
    broker_transport_options=_TIMEOUTS | {"max_retries": 0},
)
_flag = redis.Redis.from_url(settings.REDIS_URL, **_TIMEOUTS)
_retry_at = 0.0


def send() -> None:
    """Call after a commit. Never fails: without a hint the sweep finds the work."""
    global _retry_at
    if time.monotonic() < _retry_at:
        metrics.hinted("skipped")
        return
    try:
        if not _flag.set(RedisKey.HINTED, "1", nx=True, px=HINT_MILLISECONDS):
            metrics.hinted("waiting")
            return
        app.send_task(Task.SCORE_PENDING, queue=Queue.SCORE, retry=False, ignore_result=True)
        metrics.hinted("sent")
    except (redis.RedisError, OperationalError, OSError) as error:
        _retry_at = time.monotonic() + RETRY_SECONDS
        metrics.hinted("failed")
        log.warning("hint not sent; the sweep will find the work", error=str(error))
