"""What the application's role may do: all that the services need, and nothing more."""

import io

import psycopg
import pytest
import records_factories as make
from argus_records.access import ACCESS
from argus_records.models import ApiKey, AuditEvent, Case, ListEntry, RuleSetVersion
from argus_records.selectors import period
from argus_records.selectors.rulesets import in_effect, rule_hits
from argus_records.services import grants
from argus_records.services.apikeys import api_key_create, api_key_revoke
from argus_records.services.backtests import (
    backtest_finish,
    backtest_progress,
    backtest_request,
    backtest_stop,
    backtest_take,
    backtests_reap,
)
from argus_records.services.cases.closing import case_close
from argus_records.services.cases.gather import cases_gather
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.lists import list_create, list_entries_add, list_entry_remove
from argus_records.services.rulesets import ruleset_create, ruleset_move
from argus_records.services.shadow import NewDifference, NewShadow, shadow_store
from argus_records.services.tallies import rules_tally
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

PRIVILEGES = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
QUOTED = '"an ""odd"" role; --"'
LEDGER = [table for table, access in ACCESS.items() if access.append_only]


def grant(role: str) -> str:
    out = io.StringIO()
    call_command("database_grant", "--role", role, stdout=out)
    return out.getvalue()


def columns_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


# The table of privileges


def test_every_table_has_its_line() -> None:
    models = apps.get_models(include_auto_created=True)
    assert ACCESS.keys() == {model._meta.db_table for model in models} | {"django_migrations"}


def test_what_the_triggers_hold_is_append_only(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE t.tgname IN ('append_only', 'no_truncate') GROUP BY 1 HAVING count(*) = 2"""
        )
        assert {row[0] for row in cursor.fetchall()} == set(LEDGER)
    for table in LEDGER:
        assert ACCESS[table].privileges == {"SELECT", "INSERT"}, table
    assert {table: set(ACCESS[table].columns) for table in LEDGER if ACCESS[table].columns} == {
        "approval": {"state", "decided_by", "decided_at", "answer"},
        "decision_batch": {"position"},
        "list_entry": {"removed_at", "removed_by", "removed_why", "removed_revision"},
        "ruleset_version": {"state"},
    }


def test_columns_that_may_be_updated_are_there(db: None) -> None:
    for table, access in ACCESS.items():
        assert access.columns <= set(columns_of(table)), table


# As the role


@pytest.fixture
def ledger(transactional_db: None, request: pytest.FixtureRequest) -> None:
    """A row in every table of the ledger, then the application's role."""
    make.alert(transaction_id="t")
    labels_add(
        client_id=make.client().pk,
        actor="client:core-banking",
        items=[LabelItem("t", "fraud", "chargeback", make.START)],
    )
    request.getfixturevalue("as_application")


@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
@pytest.mark.parametrize("table", LEDGER)
def test_the_ledger_refuses_by_privilege(ledger: None, table: str, statement: str) -> None:
    fixed = [column for column in columns_of(table) if column not in ACCESS[table].columns]
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match=f"permission denied for table {table}"):
        cursor.execute(statement.format(table, fixed[-1]))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alert SET score = 0",
        "DELETE FROM alert",
        "UPDATE pending SET shard = 0",
        "DELETE FROM auth_user",
        "INSERT INTO auth_group (name) VALUES ('emperor')",
        "DELETE FROM django_migrations",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('records', '9', now())",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica",
        "SELECT setval(pg_get_serial_sequence('transaction', 'id'), 1)",
    ],
)
def test_nothing_more(ledger: None, statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied|must be owner"):
        cursor.execute(statement)


def test_it_gives_itself_nothing(ledger: None) -> None:
    with connection.cursor() as cursor:
        # What one has not got to give is a warning, not an error.
        cursor.execute("GRANT UPDATE ON audit_event TO CURRENT_USER")
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("UPDATE audit_event SET note = ''")


def test_the_services_of_the_ledger_work(as_application: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (as_application,)
    alert = make.alert(transaction_id="t")
    assert make.accept(make.new_transaction(transaction_id="t"))[0].outcome != "accepted"
    cases_gather()
    (case,) = Case.objects.all()
    case_close(case_id=case.pk, seen=1, disposition="false_positive", note="Known payee.", actor="user:amara")
    item = LabelItem("t", "fraud", "chargeback", make.START)
    client = make.client()
    assert labels_add(client_id=client.pk, actor="client:core-banking", items=[item, item]) == ["accepted", "duplicate"]
    make.accept(make.new_transaction(customer_id=alert.customer_id, counterparty_id="m-1"))
    make.decide()
    record, _ = api_key_create(client="another", scopes=["read"], actor="command")
    api_key_revoke(prefix=record.prefix, actor="command")
    assert ApiKey.objects.get().revoked_at is not None
    document = RuleSetVersion.objects.get(state="live").document
    saved = ruleset_create(document=document, actor="command", live=True)
    ruleset_move(version=saved.pk - 1, action="activate", actor="command")
    assert AuditEvent.objects.filter(action="ruleset.activated").count() == 3


def test_the_services_of_rules_and_lists_work(as_application: str) -> None:
    list_create(name="mules", kind="counterparty", purpose="p", actor="command")
    for value in ("m-1", "m-2"):
        list_entries_add(name="mules", values=[value], reason="r", expires_at=None, actor="command")
    list_entry_remove(entry_id=ListEntry.objects.earliest("pk").pk, why="cleared", actor="command")
    assert in_effect().lists_revision == 3
    (accepted,) = make.accept(make.new_transaction())
    stored = make.decide()
    assert stored is not None
    live = in_effect().live
    different = NewDifference(accepted.id, "approve", "review", 0.6, ["x"], [], "[]")
    shadow_store(batch_id=stored.id, shadow=NewShadow(live, 1, 0, 1, 0, 0, [different]))
    for _ in range(2):
        rules_tally(version=live, shadow=False, worker="w", hits={"x": 1}, errors={})
    assert rule_hits(version=live, days=1)["x"]["hits"] == 2


def test_the_services_of_backtests_work(as_application: str) -> None:
    said = {"ruleset": in_effect().live, "model": "none", "minutes_per_alert": 30, "actor": "user:amara"}
    for _ in range(3):
        backtest_request(first_day=make.START.date(), last_day=make.START.date(), **said)
    run = backtest_take(worker="w")
    assert run is not None
    assert backtest_progress(run=run, done=0, total=0)
    assert backtest_finish(run=run, worker="w", result={"transactions": 0})
    backtest_stop(run_id=run.pk + 1, actor="user:amara")
    assert backtest_take(worker="w") is not None
    assert backtests_reap() == []
    assert period.parts(begin=make.START, end=make.START, position=period.position_now()) == []


# Giving


@pytest.fixture
def role(db: None) -> str:
    """A role with a name that needs quoting, gone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {QUOTED} LOGIN")
    return 'an "odd" role; --'


def held(role: str) -> dict[str, set[str]]:
    """Privileges on whole tables, as the database sees them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, p FROM pg_class c, unnest(%s::text[]) AS p
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_table_privilege(%s, c.oid, p)""",
            [sorted(PRIVILEGES), role],
        )
        found: dict[str, set[str]] = {}
        for table, privilege in cursor.fetchall():
            found.setdefault(table, set()).add(privilege)
        return found


def test_exactly_what_the_table_says_also_the_second_time(role: str) -> None:
    for _ in range(2):
        assert "nothing more" in grant(role)
        assert held(role) == {table: set(access.privileges) for table, access in ACCESS.items()}


def test_what_it_had_before_is_taken(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {QUOTED}")
        cursor.execute(f"GRANT UPDATE (note) ON audit_event TO {QUOTED}")
        cursor.execute("GRANT UPDATE ON label TO PUBLIC")
        cursor.execute(f"GRANT ALL ON SCHEMA public TO {QUOTED}")
    grant(role)
    assert held(role) == {table: set(access.privileges) for table, access in ACCESS.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT has_any_column_privilege(r, 'audit_event', 'UPDATE'), has_schema_privilege(r, 'public', 'CREATE')
            FROM (VALUES (%s)) AS v(r)""",
            [role],
        )
        assert cursor.fetchone() == (False, False)


def test_a_table_made_later_is_closed(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO {QUOTED}")
        cursor.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {QUOTED}")
        grant(role)
        cursor.execute("CREATE TABLE forgotten (id int)")
    assert "forgotten" not in held(role)
    grant(role)
    assert "forgotten" not in held(role)


@pytest.mark.parametrize(
    ("prepare", "error"),
    [
        ([], "there is no database role 'ghost'"),
        (["CREATE ROLE ghost SUPERUSER"], "is a superuser"),
        (["CREATE ROLE ghost", "GRANT postgres TO ghost"], "is a member of 'postgres', which owns"),
        (
            [
                "CREATE ROLE ghost",
                "CREATE ROLE writers",
                "GRANT UPDATE ON audit_event TO writers",
                "GRANT writers TO ghost",
            ],
            "could still UPDATE audit_event, as a member",
        ),
        (["CREATE ROLE ghost", "GRANT pg_write_all_data TO ghost"], "DELETE audit_event"),
        (["CREATE ROLE ghost", "ALTER TABLE label RENAME TO labels"], "label: not in the database yet"),
        (["CREATE ROLE ghost", "CREATE ROLE boss", "SET LOCAL ROLE boss"], "run this as the owner"),
    ],
)
def test_what_cannot_be_given_is_said(db: None, prepare: list[str], error: str) -> None:
    with connection.cursor() as cursor:
        for statement in prepare:
            cursor.execute(statement)
        with pytest.raises(CommandError, match=error), transaction.atomic():
            grant("ghost")


def test_a_grant_that_fails_changes_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE ghost")
        cursor.execute("GRANT pg_write_all_data TO ghost")
        cursor.execute("GRANT SELECT ON label TO ghost")
        with pytest.raises(CommandError):
            grant("ghost")
        cursor.execute("SELECT grantee, table_name FROM information_schema.role_table_grants WHERE grantee = 'ghost'")
        assert cursor.fetchall() == [("ghost", "label")]


def test_two_at_once_wait_for_each_other(transactional_db: None) -> None:
    known = connection.settings_dict
    where = f"host={known['HOST']} port={known['PORT']} dbname={known['NAME']} user={known['USER']}"
    with psycopg.connect(where) as other, connection.cursor() as cursor:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [grants._LOCK])
        cursor.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            grants.role_grant(role="ghost")
        other.rollback()
        with pytest.raises(grants.GrantError, match="there is no database role"):
            grants.role_grant(role="ghost")
        cursor.execute("RESET lock_timeout")
