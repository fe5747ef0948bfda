"""Shows that this process lives: a file for the container's probe; in Redis, with which model and rules it decides."""

import threading
import time

import orjson
import redis
import structlog
from argus_records.life import PERIOD_SECONDS, Sign
from argus_records.names import RedisKey

from argus_worker.models import ModelFollower

log = structlog.get_logger(__name__)

# A task ends after a few seconds; one that runs so long is hung, and only a new process goes on.
HUNG_SECONDS = 120.0


class Heartbeat:
    """A thread that touches the process's file and writes its field of ``argus:workers`` every few seconds.

    Without a ``client`` only the file: such a process decides nothing.
    """

    def __init__(self, client: "redis.Redis | None", *, name: str, follower: ModelFollower, sign: Sign) -> None:
        self._client = client
        self._name = name
        self._follower = follower
        self._sign = sign
        self._working_since: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.ruleset_version: int | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and take file and name away."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._sign.withdraw()
        if self._client is None:
            return
        try:
            self._client.hdel(RedisKey.WORKERS, self._name)
        except redis.RedisError as error:
            log.info("heartbeat not withdrawn", error=str(error))

    def work(self) -> None:
        """A task begins, or has come further."""
        self._working_since = time.monotonic()

    def rest(self) -> None:
        """It has ended."""
        self._working_since = None

    def show(self) -> None:
        """Touch the file, unless the task at hand is hung."""
        since = self._working_since
        if since is None or time.monotonic() - since < HUNG_SECONDS:
            self._sign.show()

    def beat(self) -> None:
        """Show once, in Redis and in the metrics."""
        if self._client is None:
            return
        from argus_worker import in_force

        model, note = self._follower.current
        in_force.model(model, followed=model is not None and note is None)
        self._client.hset(
            RedisKey.WORKERS,
            self._name,
            orjson.dumps(
                {
                    "worker": self._name,
                    "model_version": model.version if model else None,
                    "model_trained_at": model.trained_at if model else None,
                    "model_note": note,
                    "ruleset_version": self.ruleset_version,
                    "seen_at": time.time(),
                }
            ),
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            self.show()
            try:
                self.beat()
            except redis.RedisError as error:
                log.info("heartbeat not heard", error=str(error))
            self._stop.wait(PERIOD_SECONDS)
