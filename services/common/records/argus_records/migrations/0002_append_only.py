"""The database itself refuses what must never happen, and knows how its busy tables are used."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: it is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Add a new row that says what became known.';
END $$;

CREATE FUNCTION refuse_all_but_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.position IS NOT NULL OR (to_jsonb(OLD) - 'position') <> (to_jsonb(NEW) - 'position') THEN
        RAISE EXCEPTION 'UPDATE on % is refused: only its place in the feed is given, once', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION refuse_all_but_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - 'live') <> (to_jsonb(NEW) - 'live') THEN
        RAISE EXCEPTION 'UPDATE on % is refused: a saved version never changes', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', HINT = 'Save a new version.';
    END IF;
    RETURN NEW;
END $$;
"""

APPEND_ONLY = ["transaction", "decision", "audit_event", "label", "feature_schema"]
PARTLY = {"decision_batch": "refuse_all_but_position", "ruleset_version": "refuse_all_but_live"}


def triggers() -> str:
    lines = []
    for table in APPEND_ONLY:
        lines.append(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();"
        )
    for table, function in PARTLY.items():
        lines.append(
            f"CREATE TRIGGER append_only BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();"
        )
        lines.append(
            f"CREATE TRIGGER no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();"
        )
    for table in [*APPEND_ONLY, *PARTLY]:
        lines.append(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();"
        )
    return "\n".join(lines)


# The queue turns over completely all the time: vacuum it by count, not by share of its size.
# Profiles are rewritten in place: room on each page keeps the new version beside the old one (HOT).
# Django's extra index for LIKE on a text primary key would be written with every new customer and serve nothing.
STORAGE = """
ALTER TABLE pending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000);
ALTER TABLE customer_profile SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT indexname FROM pg_indexes
        WHERE tablename = 'customer_profile' AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE + triggers(), migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
