"""The database function behind the trail, as this migration installed it; a change of it is a new migration.

Unlike before it names its sequence: asking the catalogue which one it is took a quarter of each entry (3.5 of 15 us).
"""

INSTALL = """
CREATE OR REPLACE FUNCTION audit_write(
    p_verb text, p_content jsonb, p_table text, p_row bigint, p_patient bigint, p_admission bigint,
    p_actor jsonb DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    who jsonb := coalesce(p_actor, nullif(current_setting('plateau.actor', true), '')::jsonb, '{}'::jsonb);
    e audit_auditevent%ROWTYPE;
BEGIN
    e.id := nextval('public.audit_auditevent_id_seq');
    e.at := clock_timestamp();
    e.xid := pg_current_xact_id()::text::bigint;
    e.verb := p_verb;
    e.actor_id := (who->>'id')::bigint;
    -- Whoever writes past Plateau is named by the database's own session.
    e.actor_name := coalesce(who->>'name', session_user);
    e.actor_role := coalesce(who->>'role', '');
    e.channel := coalesce(who->>'channel', 'sql');
    e.request_id := coalesce(who->>'request', '');
    e.reason := coalesce(who->>'reason', '');
    e.table_name := p_table;
    e.row_id := p_row;
    e.patient_id := p_patient;
    e.admission_id := p_admission;
    e.content := coalesce(p_content, '{}'::jsonb);
    e.hash := sha256(convert_to(concat_ws(chr(31), e.id, e.at, e.xid, e.verb, coalesce(e.actor_id, 0), e.actor_name,
        e.actor_role, e.channel, e.request_id, e.reason, e.table_name, coalesce(e.row_id, 0), coalesce(e.patient_id, 0),
        coalesce(e.admission_id, 0), e.content), 'UTF8'));
    INSERT INTO audit_auditevent VALUES (e.*);
    RETURN e.id;
END $$;
"""
