"""Alive, ready, version, metrics."""

from typing import Any

import pytest
from argus_records import __version__
from argus_web.ops import views
from django.test import Client

PATHS = ("/healthz", "/readyz", "/version", "/metrics")


def test_alive_asks_nobody(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_ready(client: Client, redis_url: str) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok", "redis": "ok"})


@pytest.mark.django_db
def test_not_ready_without_redis(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    assert answer.json()["redis"].startswith("not reachable")


@pytest.mark.django_db
def test_ready_to_accept_without_redis(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz?only=database")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok"})


@pytest.mark.django_db
def test_not_ready_before_the_migrations(client: Client, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_migrated", False)
    monkeypatch.setattr(views, "migrations_missing", lambda: 2)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"].startswith("2 migrations are not applied")


@pytest.mark.django_db
def test_not_ready_without_a_database(client: Client, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    class Away:
        def cursor(self) -> None:
            raise OperationalError("away")

    monkeypatch.setattr(views, "connection", Away())
    for path in ("/readyz", "/readyz?only=database"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json()["database"] == "not reachable: OperationalError"


def test_version(client: Client) -> None:
    assert client.get("/version").json() == {
        "name": "argus-monitor", "version": __version__, "code_version": __version__,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS)
def test_probes_come_by_any_name_and_need_no_session(client: Client, redis_url: str, path: str) -> None:
    assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200
