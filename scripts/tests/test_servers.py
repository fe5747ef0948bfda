"""Real PostgreSQL and Redis: they start, keep their data, stop, and say why when they do not start."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis as redis_client
from argus_local.ports import free_port, listening, release
from argus_local.processes import StartError
from argus_local.servers import Postgres, Redis, postgres, redis


@pytest.fixture
def port() -> Iterator[int]:
    found = free_port()
    yield found
    release(found)


@pytest.fixture
def database(tmp_path: Path, port: int) -> Iterator[Postgres]:
    server = postgres(tmp_path / "postgres", port=port, durable=False)
    yield server
    server.stop()


@pytest.fixture
def broker(tmp_path: Path, port: int) -> Iterator[Redis]:
    server = redis(tmp_path / "redis", port=port)
    yield server
    server.stop()


def test_postgres_keeps_its_data(database: Postgres) -> None:
    database.start()
    with psycopg.connect(database.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    database.stop()
    assert not listening(database.port)
    database.start()
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    assert {"argus", "mlflow"} <= names


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")])
def test_postgres_is_durable_unless_asked_not_to_be(tmp_path: Path, port: int, durable: bool, fsync: str) -> None:
    server = postgres(tmp_path / "postgres", port=port, durable=durable)
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            values = [
                connection.execute(f"SHOW {name}").fetchone()  # type: ignore[arg-type, unused-ignore]
                for name in ("fsync", "synchronous_commit", "listen_addresses")
            ]
    finally:
        server.stop()
    assert values == [(fsync,), ("on",), ("127.0.0.1",)]


def test_redis_keeps_what_it_took(broker: Redis) -> None:
    broker.start()
    with redis_client.Redis.from_url(broker.url) as client:
        client.set("kept", "42")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    broker.stop()
    broker.start()
    with redis_client.Redis.from_url(broker.url) as client:
        assert client.get("kept") == b"42"


def test_somebody_elses_server_is_not_taken_for_ours(
    broker: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argus_local.servers.PORT_SECONDS", 0.2)
    broker.start()
    with pytest.raises(StartError, match=f"something else listens on port {broker.port}"):
        redis(tmp_path / "other", port=broker.port).start()
    with pytest.raises(StartError, match=f"something else listens on port {broker.port}"):
        postgres(tmp_path / "postgres", port=broker.port).start()


def test_a_server_that_does_not_start_shows_its_log(database: Postgres) -> None:
    database.start()
    database.stop()
    (database.data_dir / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(StartError, match=r"postgres did not start(?s:.*)no_such_setting") as caught:
        database.start()
    assert str(database.log) in str(caught.value)
    assert database.process is None


def test_stopping_what_was_not_started_is_nothing(database: Postgres, broker: Redis) -> None:
    database.stop()
    broker.stop()
