"""Giving the application's database role exactly what argus_records.access says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from psycopg.sql import SQL, Composed, Identifier

from argus_records import db
from argus_records.access import ACCESS, NOTHING

# Any fixed number: two that give at once would stumble over each other's changes of the catalogue.
_LOCK: Final = 0x4752414E
_ON_TABLES: Final = ("DELETE", "TRUNCATE", "TRIGGER")
_ON_COLUMNS: Final = ("SELECT", "INSERT", "UPDATE", "REFERENCES")


class GrantError(Exception):
    """The role cannot be given its privileges, or would keep others; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is in the schema: tables that are ours to give, each with its owner; sequences, each with its table."""

    schema: str
    tables: dict[str, str]
    sequences: dict[str, str | None]


@transaction.atomic
def role_grant(*, role: str) -> int:
    """Give ``role`` what it needs and take all else; the number of tables. Raises GrantError.

    Run by the owner of the tables, after migrating. A table without a line in ACCESS is closed to the role, and so is
    one that is made later, until this runs again.
    """
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        found = _find(cursor)
        _check_role(cursor, role, found)
        for statement in _statements(role, found):
            cursor.execute(statement)
        _check_result(cursor, role, found)
    return len(ACCESS)


def _find(cursor: Any) -> _Found:
    cursor.execute("SELECT current_schema()")
    schema = db.one(cursor)
    # Extensions keep views of their own here, which are nobody's business but their owner's.
    cursor.execute(
        """SELECT c.relname, o.rolname, pg_has_role(c.relowner, 'USAGE') FROM pg_class c
        JOIN pg_roles o ON o.oid = c.relowner
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"""
    )
    rows = cursor.fetchall()
    tables = {name: owner for name, owner, ours in rows if ours}
    foreign = sorted({name for name, _, ours in rows if not ours} & ACCESS.keys())
    if foreign:
        raise GrantError(f"{', '.join(foreign)}: not ours to give; run this as the owner, the role that migrates")
    missing = sorted(ACCESS.keys() - tables.keys())
    if missing:
        raise GrantError(f"{', '.join(missing)}: not in the database yet; run manage.py migrate first")
    cursor.execute(
        """SELECT s.relname, t.relname FROM pg_class s
        LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
            AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
        LEFT JOIN pg_class t ON t.oid = d.refobjid
        WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace
            AND pg_has_role(s.relowner, 'USAGE')"""
    )
    return _Found(schema, tables, dict(cursor.fetchall()))


def _check_role(cursor: Any, role: str, found: _Found) -> None:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
    row = cursor.fetchone()
    if row is None:
        raise GrantError(f"there is no database role {role!r}; make it first: CREATE ROLE ... LOGIN PASSWORD ...")
    if row[0]:
        raise GrantError(f"{role!r} is a superuser, whom nothing is refused; make a role of its own for the services")
    cursor.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(%s, oid, 'MEMBER')",
        [sorted(set(found.tables.values())), role],
    )
    row = cursor.fetchone()
    if row is not None:
        which = "owns the tables" if row[0] == role else f"is a member of {row[0]!r}, which owns the tables"
        raise GrantError(f"{role!r} {which} and could take what it likes; make a role of its own for the services")


def _statements(role: str, found: _Found) -> Iterator[Composed]:
    """All that is to be run. Takes first, so that what is left over from another version is gone."""
    to, schema = Identifier(role), Identifier(found.schema)
    database = Identifier(str(connection.settings_dict["NAME"]))
    yield SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, to)
    yield SQL("REVOKE CREATE ON SCHEMA {} FROM {}, PUBLIC").format(schema, to)
    yield SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, to)
    for owner in sorted(set(found.tables.values())):
        for where in (SQL(""), SQL("IN SCHEMA {}").format(schema)):
            for kind in (SQL("TABLES"), SQL("SEQUENCES")):
                yield SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} {} REVOKE ALL ON {} FROM {}, PUBLIC").format(
                    Identifier(owner), where, kind, to
                )
    for name in found.tables:
        table = Identifier(found.schema, name)
        yield SQL("REVOKE ALL ON TABLE {} FROM {}, PUBLIC").format(table, to)
        access = ACCESS.get(name, NOTHING)
        words: list[SQL | Composed] = [SQL(privilege) for privilege in sorted(access.privileges)]
        if access.columns:
            words.append(SQL("UPDATE ({})").format(SQL(", ").join(map(Identifier, sorted(access.columns)))))
        if words:
            yield SQL("GRANT {} ON TABLE {} TO {}").format(SQL(", ").join(words), table, to)
    for name, of in found.sequences.items():
        sequence = Identifier(found.schema, name)
        yield SQL("REVOKE ALL ON SEQUENCE {} FROM {}, PUBLIC").format(sequence, to)
        if of is not None and ACCESS.get(of, NOTHING).allows("INSERT"):
            yield SQL("GRANT USAGE ON SEQUENCE {} TO {}").format(sequence, to)


def _check_result(cursor: Any, role: str, found: _Found) -> None:
    """What the role may in the end, by whatever way: a member of another role has that one's privileges too."""
    cursor.execute(
        """SELECT c.relname, a.attname, p.name FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        CROSS JOIN unnest(%(on_columns)s::text[]) AS p(name)
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(tables)s)
            AND has_column_privilege(%(role)s, c.oid, a.attnum, p.name)
        UNION ALL
        SELECT c.relname, NULL, p.name FROM pg_class c CROSS JOIN unnest(%(on_tables)s::text[]) AS p(name)
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(tables)s)
            AND has_table_privilege(%(role)s, c.oid, p.name)""",
        {"on_columns": list(_ON_COLUMNS), "on_tables": list(_ON_TABLES), "tables": list(found.tables), "role": role},
    )
    too_much = {
        f"{what} {table}" for table, column, what in cursor if not ACCESS.get(table, NOTHING).allows(what, column)
    }
    if too_much:
        raise GrantError(
            f"{role!r} could still {', '.join(sorted(too_much))}, as a member of some other role; "
            "take it out of that role, or make a role of its own for the services"
        )
