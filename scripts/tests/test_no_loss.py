"""Whatever is killed, emptied or doubled under load: what was accepted ends with exactly one decision."""

import time
from pathlib import Path

import pytest
import redis
from argus_local.stack import Stack
from argus_records.names import Queue, Task
from celery import Celery
from stack_load import Load

pytestmark = pytest.mark.stack


def test_worker_killed(stack: Stack) -> None:
    with Load(stack, "worker-killed") as load:
        for _ in range(2):
            time.sleep(1.5)
            stack.kill("worker")
            stack.restart("worker")
        time.sleep(1)
    load.verify(stack)


def test_web_killed(stack: Stack) -> None:
    with Load(stack, "web-killed") as load:
        for _ in range(2):
            time.sleep(1.5)
            stack.kill("web")
            stack.restart("web")
        time.sleep(1)
    load.verify(stack)


def test_redis_killed(stack: Stack) -> None:
    with Load(stack, "redis-killed") as load:
        time.sleep(1.5)
        stack.kill("redis")
        before = len(load.accepted)
        time.sleep(2)
        assert len(load.accepted) > before, "nothing was accepted while Redis was away"
        stack.restart("redis")
        time.sleep(1)
    load.verify(stack)


def test_redis_emptied_and_messages_doubled(stack: Stack) -> None:
    sender = Celery(broker=stack.redis.url, set_as_current=False)
    client = redis.Redis.from_url(stack.redis.url)
    with Load(stack, "redis-emptied") as load:
        for _ in range(5):
            time.sleep(0.4)
            for _ in range(20):
                sender.send_task(Task.SCORE_PENDING, queue=Queue.SCORE, ignore_result=True)
            time.sleep(0.2)
            client.flushall()
    load.verify(stack)
    client.close()
    sender.close()


def test_postgres_killed(stack: Stack) -> None:
    with Load(stack, "postgres-killed") as load:
        time.sleep(1.5)
        stack.kill("postgres")
        time.sleep(0.5)
        stack.restart("postgres")
        time.sleep(2)
    load.verify(stack)


def test_nothing_is_left_running(tmp_path: Path) -> None:
    with Stack(tmp_path / "data") as other:
        other.start("web")
        pids = [pid for name in ("postgres", "redis", "web") for pid in other.pids(name)]
        assert len(pids) > 3
    import psutil

    assert not [pid for pid in pids if psutil.pid_exists(pid)]
