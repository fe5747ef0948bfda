"""Shows in Redis that this process lives, and with which model and rule set it decides."""

import threading
import time

import orjson
import redis
import structlog
from argus_records.names import RedisKey

from argus_worker.models import ModelFollower

log = structlog.get_logger(__name__)

PERIOD_SECONDS = 5.0


class Heartbeat:
    """A thread that writes one field of the hash ``argus:workers`` every few seconds."""

    def __init__(self, client: "redis.Redis", *, name: str, follower: ModelFollower) -> None:
        self._client = client
        self._name = name
        self._follower = follower
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.ruleset_version: int | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and take the name off the list."""
        self._stop.set()
        try:
            self._client.hdel(RedisKey.WORKERS, self._name)
        except redis.RedisError as error:
            log.info("heartbeat not withdrawn", error=str(error))

    def beat(self) -> None:
        """Write once."""
        model, note = self._follower.current
        self._client.hset(
            RedisKey.WORKERS,
            self._name,
            orjson.dumps(
                {
                    "worker": self._name,
                    "model_version": model.version if model else None,
                    "model_note": note,
                    "ruleset_version": self.ruleset_version,
                    "seen_at": time.time(),
                }
            ),
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.beat()
            except redis.RedisError as error:
                log.info("heartbeat not heard", error=str(error))
            self._stop.wait(PERIOD_SECONDS)
