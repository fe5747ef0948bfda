"""The programs run under the application's role, not under the owner of the tables."""

import psycopg
import pytest
from argus_local.servers import APPLICATION
from argus_local.stack import Stack

pytestmark = pytest.mark.stack


def test_web_and_worker_sign_in_as_the_application(stack: Stack) -> None:
    with psycopg.connect(stack.postgres.url) as owner:
        users = owner.execute(
            """SELECT DISTINCT usename FROM pg_stat_activity
            WHERE datname = 'argus' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
        ).fetchall()
        assert users == [(APPLICATION,)]
    with psycopg.connect(stack.postgres.application_url) as application:
        assert application.execute("SELECT count(*) FROM audit_event").fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("DELETE FROM audit_event")
