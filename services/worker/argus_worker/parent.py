"""The parent process's sign of life: it takes messages, or waits for Redis to come back.

While it takes messages its own event loop shows the sign, so a loop that hangs is seen. While it waits for Redis that
loop stands still by design: a thread shows it then, since a restart would bring no Redis back.
"""

from typing import Any

from argus_records.life import PERIOD_SECONDS, Pulse, Sign, fresh, numbered
from celery import Celery, bootsteps
from django.conf import settings


class Parent:
    """What the two steps below share."""

    def __init__(self) -> None:
        self.sign = Sign(settings.WORKER_HEARTBEAT)
        self.consuming = False
        self.pulse = Pulse(self.sign, well=lambda: not self.consuming)


class WorkerStep(bootsteps.StartStopStep):
    """From the start of the pool to the end of the worker."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        worker.argus_parent = Parent()

    def start(self, worker: Any) -> None:
        # Processes that were killed have left theirs.
        for left in numbered(settings.WORKER_HEARTBEAT):
            if not fresh(left):
                left.unlink(missing_ok=True)
        worker.argus_parent.pulse.start()

    def stop(self, worker: Any) -> None:
        worker.argus_parent.pulse.stop()

    terminate = stop


class ConsumerStep(bootsteps.StartStopStep):
    """From each connection to Redis to its loss."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        parent = consumer.controller.argus_parent
        parent.sign.show()
        self._timer = consumer.timer.call_repeatedly(PERIOD_SECONDS, parent.sign.show)
        parent.consuming = True

    def stop(self, consumer: Any) -> None:
        consumer.controller.argus_parent.consuming = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    shutdown = stop


def add_steps(app: Celery) -> None:
    """Have the worker of ``app`` show life."""
    app.steps["worker"].add(WorkerStep)
    app.steps["consumer"].add(ConsumerStep)
