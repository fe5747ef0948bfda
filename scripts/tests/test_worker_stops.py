"""A worker that is told to stop: finishes what it has claimed, loses nothing, holds nothing."""

import signal
import time

import psycopg
import pytest
from argus_local.servers import APPLICATION
from argus_local.stack import Stack
from stack_load import Load

pytestmark = pytest.mark.stack

# What an orchestrator is asked to grant: Kubernetes gives 30 s by itself.
GRACE_SECONDS = 20


def test_sigterm_under_load(stack: Stack) -> None:
    with Load(stack, "worker-stopped") as load:
        for _ in range(2):
            time.sleep(1.5)
            before = len(load.accepted)
            worker = stack.processes["worker"]
            # To the parent alone, as a container's first process gets it.
            worker.send_signal(signal.SIGTERM)
            worker.wait(GRACE_SECONDS)
            assert worker.returncode == 0
            assert len(load.accepted) > before, "there was no load"
            assert _left_by_workers(stack) == []
            stack.restart("worker")
        time.sleep(1)
    load.verify(stack)


def _left_by_workers(stack: Stack) -> list[tuple[int, str]]:
    """Sessions that hold a shard, or sit in an open transaction."""
    with psycopg.connect(stack.postgres.url) as connection:
        return connection.execute(
            """SELECT a.pid, a.query FROM pg_stat_activity a WHERE a.usename = %s AND (
                a.state LIKE 'idle in transaction%%'
                OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory'))""",
            [APPLICATION],
        ).fetchall()
