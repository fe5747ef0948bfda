"""The database refuses what must never happen to evidence and approvals."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_all_but_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'waiting'
        OR (to_jsonb(OLD) - '{state,decided_by,decided_at,answer}'::text[])
            <> (to_jsonb(NEW) - '{state,decided_by,decided_at,answer}'::text[]) THEN
        RAISE EXCEPTION 'UPDATE on % is refused: a proposal is decided on, once, and never changed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', HINT = 'Withdraw it and propose another.';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON case_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION refuse_all_but_decision();
CREATE TRIGGER no_delete BEFORE DELETE ON approval FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON case_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON approval FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0033_cases")]

    operations = [migrations.RunSQL(REFUSE, migrations.RunSQL.noop)]
