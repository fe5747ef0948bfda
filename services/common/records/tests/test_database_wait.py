"""Waiting for the database: for its answer, its migrations, and the role's right to read."""

from io import StringIO

import pytest
from argus_records.management.commands import database_wait
from argus_records.models import ApiKey
from argus_records.selectors.schema import migrations_missing, tables_refused
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection


@pytest.mark.django_db
def test_a_ready_database_is_not_waited_for() -> None:
    out = StringIO()
    call_command("database_wait", timeout=0, stdout=out)
    assert out.getvalue() == "the database is ready\n"


@pytest.mark.django_db
def test_waits_for_migrations_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([2, 2, 1, 0])
    monkeypatch.setattr(database_wait, "migrations_missing", lambda: next(left))
    monkeypatch.setattr(database_wait, "POLL_SECONDS", 0)
    out = StringIO()
    call_command("database_wait", stdout=out)
    assert out.getvalue().splitlines() == [
        "waiting: 2 migrations are not applied yet",
        "waiting: 1 migrations are not applied yet",
        "the database is ready",
    ]


@pytest.mark.django_db
def test_gives_up_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_wait, "migrations_missing", lambda: 3)
    with pytest.raises(CommandError, match="gave up after 0 seconds: 3 migrations are not applied yet"):
        call_command("database_wait", timeout=0, stdout=StringIO())
    call_command("database_wait", timeout=0, answers=True, stdout=StringIO())


@pytest.mark.django_db
def test_an_error_of_the_database_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> int:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(database_wait, "migrations_missing", away)
    monkeypatch.setattr(database_wait.connection, "close", lambda: None)
    with pytest.raises(CommandError, match="OperationalError: connection refused$"):
        call_command("database_wait", timeout=0, stdout=StringIO())


@pytest.mark.django_db
def test_counts_migrations_that_the_database_has_not_had() -> None:
    assert migrations_missing() == 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = %s", [ApiKey._meta.app_label])
    assert migrations_missing() >= 1


@pytest.mark.django_db
def test_waits_for_the_right_to_read() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE waits_for_rights")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO waits_for_rights")
        cursor.execute("REVOKE SELECT ON pending FROM waits_for_rights")
        cursor.execute("SET ROLE waits_for_rights")
        try:
            assert tables_refused() == ["pending"]
            with pytest.raises(CommandError, match="the role may not read pending yet"):
                call_command("database_wait", timeout=0, stdout=StringIO())
        finally:
            cursor.execute("RESET ROLE")
    assert tables_refused() == []
