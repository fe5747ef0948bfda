"""What one worker process keeps for its life: the model follower, the heartbeat, a Redis connection."""

import os
from functools import cache
from typing import Final

import redis
import structlog
from argus_engine.live import warmup
from argus_records.life import Sign
from django.conf import settings

from argus_worker.heartbeat import Heartbeat
from argus_worker.models import ModelFollower

log = structlog.get_logger(__name__)

# The processor's last choice.
LOWEST: Final = 19
_scores = True


@cache
def follower() -> ModelFollower:
    """The process's model follower."""
    return ModelFollower(settings.MLFLOW_TRACKING_URI, settings.MODEL_NAME, settings.MODEL_CACHE)


@cache
def live() -> redis.Redis:
    """Redis for what may get lost: hints, live events, heartbeats."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


@cache
def heartbeat() -> Heartbeat:
    """The process's sign of life."""
    path = settings.WORKER_HEARTBEAT
    sign = Sign(path.with_name(f"{path.name}.{os.getpid()}"))
    return Heartbeat(live() if _scores else None, name=worker_name(), follower=follower(), sign=sign)


@cache
def worker_name() -> str:
    """Host and process: unique among the workers that run at one time."""
    return f"{settings.WORKER_NAME}:{os.getpid()}"


def start(*, scores: bool) -> None:
    """Compile and show life; what ``scores`` follows the model alias, what does not gives way to all that does."""
    global _scores
    _scores = scores
    warmup()
    if scores:
        follower().start()
    else:
        os.nice(LOWEST)
    heartbeat().start()
    log.info("ready to score" if scores else "ready to replay", worker=worker_name())


def stop() -> None:
    """End the threads."""
    heartbeat().stop()
    follower().stop()
