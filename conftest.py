"""Real PostgreSQL and Redis for every test that asks, on loopback and free ports, gone when the run ends."""

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest


def _port(name: str) -> int:
    port = urlsplit(os.environ[name]).port
    assert port
    return port


def pytest_runtest_setup(item: pytest.Item) -> None:
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    from argus_local.servers import postgres

    with tempfile.TemporaryDirectory(prefix="argus-pg-") as folder:
        server = postgres(Path(folder) / "data", port=_port("DATABASE_URL"), durable=False)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Any]:
    from argus_local.servers import redis

    with tempfile.TemporaryDirectory(prefix="argus-redis-") as folder:
        server = redis(Path(folder), port=_port("REDIS_URL"))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def redis_url(redis_server: Any) -> str:
    """A running, empty Redis."""
    import redis

    url = os.environ["REDIS_URL"]
    client = redis.Redis.from_url(url)
    client.flushall()
    client.close()
    return url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_server: Any) -> None:
    """Start PostgreSQL before pytest-django makes the test database; let the flush past the triggers.

    Between transactional tests Django empties the tables with TRUNCATE, which the append-only tables
    refuse by design. The test server's superuser may set the triggers aside; the application's role
    could not.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        aside = "SET session_replication_role = replica"
        flush(self, [aside, *sql_list, "SET session_replication_role = origin"])

    DatabaseOperations.execute_sql_flush = execute_sql_flush


APPLICATION = "argus_application"


@pytest.fixture
def as_application(transactional_db: None) -> Iterator[str]:
    """From here on Django's connection is the application's role, as in production; gives the role's name."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [APPLICATION])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {APPLICATION} LOGIN")
    call_command("database_grant", "--role", APPLICATION, verbosity=0, stdout=io.StringIO())
    owner = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = APPLICATION
    yield APPLICATION
    # The tables are emptied by their owner.
    connection.close()
    connection.settings_dict["USER"] = owner
