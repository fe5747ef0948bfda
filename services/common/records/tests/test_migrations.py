"""A ledger from before rules were data: its rule sets keep their places."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection


@pytest.fixture
def older(transactional_db: None) -> Iterator[Any]:
    """An empty database beside that of the tests; its connection, and how to migrate it."""
    known = connection.settings_dict
    server = f"postgresql://{known['USER']}@{known['HOST']}:{known['PORT']}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS older")
        admin.execute("CREATE DATABASE older")
        env = {**os.environ, "DATABASE_URL": f"{server}/older", "DJANGO_SETTINGS_MODULE": "argus_worker.settings"}

        def migrate(*target: str) -> None:
            command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "records", *target]
            subprocess.run(command, env=env, check=True)

        yield f"{server}/older", migrate
        admin.execute("DROP DATABASE older WITH (FORCE)")


def test_what_was_in_force_once_is_retired_and_what_never_was_is_a_draft(older: Any) -> None:
    address, migrate = older
    migrate("0002")
    with psycopg.connect(address, autocommit=True) as ledger:
        ledger.execute(
            "INSERT INTO ruleset_version (document, digest, author, note, live) "
            "SELECT '{}', 'd', 'a', '', n = 2 FROM generate_series(1, 3) AS n"
        )
        ledger.execute(
            "INSERT INTO audit_event (actor, action, object_type, object_id) "
            "SELECT 'a', 'ruleset.activated', 'ruleset', n::text FROM generate_series(1, 2) AS n"
        )
        migrate()
        states = ledger.execute("SELECT version, state FROM ruleset_version ORDER BY version").fetchall()
        assert states == [(1, "retired"), (2, "live"), (3, "draft")]
        with pytest.raises(psycopg.DatabaseError, match="never changes"):
            ledger.execute("UPDATE ruleset_version SET note = 'other'")
