"""The Celery application: ``celery -A argus_worker worker``."""

import os
from collections.abc import Callable
from typing import Any

import structlog
from argus_records.names import Queue, Task
from celery import Celery
from celery.schedules import crontab
from celery.signals import (
    setup_logging,
    task_failure,
    task_postrun,
    task_prerun,
    task_retry,
    task_success,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
)
from kombu import Exchange
from kombu import Queue as KombuQueue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "argus_worker.settings")

from django.conf import settings

from argus_worker import parent

SWEEP_SECONDS = 5.0

app = Celery("argus_worker", broker=settings.REDIS_URL, include=["argus_worker.tasks"])
app.conf.update(
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_queues=[KombuQueue(name, Exchange(name), routing_key=name) for name in (Queue.SCORE, Queue.MAINTENANCE)],
    task_default_queue=Queue.SCORE,
    # Not among the queues above: who is started without -Q does not listen to it.
    task_routes={
        Task.SWEEP: {"queue": Queue.MAINTENANCE},
        Task.CLEAR_SESSIONS: {"queue": Queue.MAINTENANCE},
        Task.BACKTEST: {"queue": Queue.BACKTESTS},
    },
    worker_concurrency=1,
    worker_prefetch_multiplier=1,
    # A first start compiles the engine's kernels before the process reports for work.
    worker_proc_alive_timeout=300,
    worker_send_task_events=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_connect_timeout": 5, "socket_timeout": 30, "health_check_interval": 10},
    timezone="UTC",
    beat_scheduler="argus_worker.beat:SignedScheduler",
    beat_schedule={
        "sweep": {
            "task": Task.SWEEP,
            "schedule": SWEEP_SECONDS,
            # A sweep that waited longer than its period has nothing left to do.
            "options": {"expires": SWEEP_SECONDS},
        },
        "clear_sessions": {
            "task": Task.CLEAR_SESSIONS,
            # By the clock: beat keeps nothing between two starts, and counted from its start a day might never pass.
            "schedule": crontab(hour="3", minute="17"),
            "options": {"expires": 3600.0},
        },
    },
)

parent.add_steps(app)


@setup_logging.connect(weak=False)
def _keep_our_logging(**_: object) -> None:
    """Connecting here stops Celery from replacing the handlers that the settings configured."""


@worker_init.connect(weak=False)
def _prepare_metrics(**_: object) -> None:
    from argus_worker import metrics

    metrics.prepare()


@worker_ready.connect(weak=False)
def _serve_metrics(**_: object) -> None:
    from argus_worker import metrics

    metrics.serve(settings.WORKER_METRICS_PORT)


@worker_shutdown.connect(weak=False)
def _discard_metrics(**_: object) -> None:
    from argus_worker import metrics

    metrics.discard()


@task_prerun.connect(weak=False)
def _name_task(sender: Any, task_id: str, **_: object) -> None:
    """Every line that is logged from here on says for which task."""
    structlog.contextvars.bind_contextvars(task=task_id, task_name=sender.name)


@task_postrun.connect(weak=False)
def _forget_task(**_: object) -> None:
    structlog.contextvars.unbind_contextvars("task", "task_name")


def _count(outcome: str) -> Callable[..., None]:
    def counted(sender: Any, **_: object) -> None:
        from argus_worker import metrics

        metrics.task(sender.name, outcome)

    return counted


for _signal, _outcome in (
    (task_prerun, "started"),
    (task_success, "succeeded"),
    (task_failure, "failed"),
    (task_retry, "retried"),
):
    _signal.connect(_count(_outcome), weak=False)


@worker_process_init.connect(weak=False)
def _start_process(**_: object) -> None:
    from argus_worker import runtime

    runtime.start(scores=Queue.SCORE in app.amqp.queues.consume_from)


@task_prerun.connect(weak=False)
def _work(**_: object) -> None:
    from argus_worker import runtime

    runtime.heartbeat().work()


@task_postrun.connect(weak=False)
def _rest(**_: object) -> None:
    from argus_worker import runtime

    runtime.heartbeat().rest()


@worker_process_shutdown.connect(weak=False)
def _stop_process(**_: object) -> None:
    from argus_worker import runtime

    runtime.stop()
