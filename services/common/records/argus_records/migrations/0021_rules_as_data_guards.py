"""The database refuses what must never happen to rule sets, lists and shadow results."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_all_but_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - 'state') <> (to_jsonb(NEW) - 'state') THEN
        RAISE EXCEPTION 'UPDATE on % is refused: a saved version never changes', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', HINT = 'Save a new version.';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION refuse_none_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ruleset_version WHERE state = 'live') THEN
        RAISE EXCEPTION 'leaving no rule set live is refused'
            USING ERRCODE = 'restrict_violation', HINT = 'Put another version in force instead.';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_all_but_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.removed_revision IS NOT NULL
        OR (to_jsonb(OLD) - '{removed_at,removed_by,removed_why,removed_revision}'::text[])
            <> (to_jsonb(NEW) - '{removed_at,removed_by,removed_why,removed_revision}'::text[]) THEN
        RAISE EXCEPTION 'UPDATE on % is refused: an entry is taken off its list, once, and never changed',
            TG_TABLE_NAME USING ERRCODE = 'restrict_violation', HINT = 'Take it off and add another.';
    END IF;
    RETURN NEW;
END $$;
"""

GUARDS = """
CREATE TRIGGER append_only BEFORE UPDATE ON ruleset_version
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_state();
CREATE CONSTRAINT TRIGGER one_live AFTER INSERT OR UPDATE ON ruleset_version DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_none_live();
CREATE TRIGGER append_only BEFORE UPDATE ON list_entry FOR EACH ROW EXECUTE FUNCTION refuse_all_but_removal();
CREATE TRIGGER no_delete BEFORE DELETE ON list_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

APPEND_ONLY = ["managed_list", "shadow_batch", "shadow_decision"]


def triggers() -> str:
    lines = [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();"
        for table in APPEND_ONLY
    ]
    lines += [
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();"
        for table in [*APPEND_ONLY, "list_entry"]
    ]
    return "\n".join(lines)


# Counted up with each batch: room on each page keeps the new row beside the old one (HOT).
STORAGE = "ALTER TABLE rule_tally SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);"


class Migration(migrations.Migration):
    dependencies = [("records", "0020_rules_as_data")]

    operations = [
        migrations.RunSQL(REFUSE + GUARDS + triggers(), migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
