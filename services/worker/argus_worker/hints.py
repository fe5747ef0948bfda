"""Hints that there is work, from worker to worker."""

import redis
import structlog
from argus_records.names import Queue, RedisKey, Task
from celery import current_app
from kombu.exceptions import OperationalError

from argus_worker import runtime

log = structlog.get_logger(__name__)

# How long a hint that was sent keeps further ones from being sent, unless a worker takes it up before.
HINT_MILLISECONDS = 1000


def clear() -> None:
    """A worker is about to look: the next commit may hint again."""
    try:
        runtime.live().delete(RedisKey.HINTED)
    except redis.RedisError as error:
        log.info("hint flag not cleared", error=str(error))


def backtests() -> None:
    """Wake the backtester, unless it has been told and not looked yet."""
    try:
        if not runtime.live().llen(Queue.BACKTESTS):
            current_app.send_task(Task.BACKTEST, queue=Queue.BACKTESTS, retry=False)
    except (redis.RedisError, OperationalError) as error:
        log.info("hint not sent; the next sweep tries again", error=str(error))


def send() -> None:
    """Wake some worker, unless a hint is waiting already."""
    try:
        if runtime.live().set(RedisKey.HINTED, "1", nx=True, px=HINT_MILLISECONDS):
            current_app.send_task(Task.SCORE_PENDING, queue=Queue.SCORE, retry=False)
    except (redis.RedisError, OperationalError) as error:
        log.info("hint not sent; the sweep will find the work", error=str(error))
