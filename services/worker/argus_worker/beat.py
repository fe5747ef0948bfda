"""Beat's scheduler: Celery's own without a file of its own, and with a sign of life."""

from typing import Any

import structlog
from argus_records.life import Sign
from celery.beat import Scheduler
from django.conf import settings

from argus_worker.alive import beat_sign

log = structlog.get_logger(__name__)


class SignedScheduler(Scheduler):
    """Shows life with every tick, and while it waits for Redis.

    Keeps nothing between two starts: a sweep too many or too few changes nothing that is recorded.
    """

    # The sweep's period, whatever else is on the schedule: a tick comes at least so often.
    max_interval = 5

    def __init__(self, *args: Any, **options: Any) -> None:
        self._sign = Sign(beat_sign(settings.WORKER_HEARTBEAT))
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> float:
        """One turn of beat's loop."""
        self._sign.show()
        pause: float = super().tick(*args, **options)
        return pause

    def _ensure_connected(self) -> Any:
        def tell(error: Exception, seconds: float) -> None:
            log.warning("beat waits for Redis", error=str(error), again_in=seconds)

        # Called back every second of the wait, which may be long: a restart would bring no Redis back.
        return self.connection.ensure_connection(
            tell, self.app.conf.broker_connection_max_retries, callback=self._sign.show
        )

    def close(self) -> None:
        """The end of beat."""
        super().close()
        self._sign.withdraw()
