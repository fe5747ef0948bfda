"""Whether the database is what this code expects."""

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrations_missing() -> int:
    """Migrations that this service knows and the database has not had."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def tables_refused() -> list[str]:
    """Tables of the models that the role in use may not read. They must exist."""
    tables = sorted({model._meta.db_table for model in apps.get_models() if model._meta.managed})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT has_table_privilege(quote_ident(name), 'SELECT')",
            [tables],
        )
        return [name for (name,) in cursor.fetchall()]
