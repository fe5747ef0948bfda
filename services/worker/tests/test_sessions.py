"""Sessions that are over are deleted once a day, by a worker that has no sessions installed."""

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest
import redis
from argus_records.names import Queue, Task
from argus_records.services import sessions
from argus_records.services.sessions import GRACE, sessions_clear
from argus_worker import celery, tasks
from argus_worker import sessions as clearing
from celery.schedules import crontab
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

pytestmark = pytest.mark.django_db


def made(count: int, *, ago: timedelta) -> None:
    ends = timezone.now() - ago
    there = Session.objects.count()
    Session.objects.bulk_create(
        Session(session_key=f"{there + number:032}", session_data="", expire_date=ends) for number in range(count)
    )


def test_what_still_holds_or_just_ended_stays() -> None:
    made(2, ago=timedelta(hours=-12))
    made(3, ago=GRACE - timedelta(minutes=1))
    made(4, ago=GRACE + timedelta(minutes=1))
    assert sessions_clear() == 4
    assert Session.objects.count() == 5
    assert sessions_clear() == 0


def test_the_oldest_go_first_and_no_more_than_asked_for() -> None:
    made(5, ago=timedelta(days=1))
    made(5, ago=timedelta(days=2))
    assert sessions_clear(limit=5) == 5
    assert Session.objects.filter(expire_date__lt=timezone.now() - timedelta(hours=36)).count() == 0


@pytest.mark.parametrize(
    "off", ["hashjoin, mergejoin, hashagg, sort, material", "nestloop, seqscan", "bitmapscan, indexscan"]
)
def test_no_plan_deletes_more_than_asked_for(off: str) -> None:
    """A subquery that is asked anew for every row would find other rows each time."""
    made(8, ago=timedelta(days=1))
    with connection.cursor() as cursor:
        for kind in off.split(", "):
            cursor.execute(f"SET LOCAL enable_{kind} = off")
    assert sessions_clear(limit=3) == 3


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once."""
    monkeypatch.setattr(clearing, "CLEAR_AT_ONCE", 3)
    monkeypatch.setattr(clearing, "sessions_clear", lambda: sessions_clear(limit=3))


def test_it_goes_on_until_nothing_is_left(three: None) -> None:
    made(8, ago=timedelta(days=1))
    assert not clearing.clear_all(until=float("inf"))
    assert not Session.objects.exists()


def test_what_takes_long_is_left_to_another_run(three: None) -> None:
    made(8, ago=timedelta(days=1))
    assert [clearing.clear_all(until=0.0) for _ in range(3)] == [True, True, False]
    assert not Session.objects.exists()


def test_the_task_asks_for_another_run(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind what waits: on the queue by which beat asked for it."""
    client = redis.Redis.from_url(redis_url)
    celery.app.set_current()
    for more in (True, False):
        monkeypatch.setattr(tasks, "clear_all", lambda more=more, **_: more)
        tasks.clear_sessions()
        assert client.llen(Queue.MAINTENANCE) == 1


@pytest.mark.django_db(transaction=True)
def test_who_clears_at_the_same_time_takes_others() -> None:
    made(20, ago=timedelta(days=1))
    cleared: list[int] = []
    barrier = threading.Barrier(4)

    def clear() -> None:
        barrier.wait()
        cleared.append(sessions_clear(limit=5))
        connection.close()

    threads = [threading.Thread(target=clear) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(cleared) + Session.objects.count() == 20
    while sessions_clear(limit=5):
        pass
    assert not Session.objects.exists()


CHILD = """
import json, os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "argus_worker.settings"
django.setup()
from django.conf import settings
from argus_worker.sessions import clear_all
print(json.dumps([clear_all(until=float("inf")), list(settings.INSTALLED_APPS)]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_has_no_sessions_installed_and_clears_them() -> None:
    made(sessions.CLEAR_AT_ONCE + 1, ago=timedelta(days=1))
    known: Any = settings.DATABASES["default"]
    url = f"postgresql://{known['USER']}@{known['HOST']}:{known['PORT']}/{connection.settings_dict['NAME']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARGUS_", "DJANGO_"))}
    env = kept | {"DATABASE_URL": url}
    answer = subprocess.run([sys.executable, "-c", CHILD], env=env, check=True, capture_output=True, text=True)
    left, installed = json.loads(answer.stdout)
    assert not left
    assert "django.contrib.sessions" not in installed
    assert not Session.objects.exists()


def test_beat_asks_for_it_once_a_day_by_the_clock() -> None:
    asked = celery.app.conf.beat_schedule["clear_sessions"]
    assert asked["task"] == Task.CLEAR_SESSIONS == tasks.clear_sessions.name
    assert asked["schedule"] == crontab(hour="3", minute="17")
    assert celery.app.amqp.router.route({}, Task.CLEAR_SESSIONS)["queue"].name == Queue.MAINTENANCE
