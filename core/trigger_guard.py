"""What keeps the triggers themselves from being talked out of their work.

django-pgtrigger gives every trigger a way around: a session that sets `pgtrigger.ignore` to a trigger's name is let
through, and any role may set it. Here that would mean: change a chart and leave no entry, edit a signed protocol, rewrite
history as the owner. So the question "is this trigger to be ignored?" is answered with no, for everybody, for ever.
"""

from typing import Any

from django.conf import settings
from django.db import connections

# In SQL, so that the planner puts the answer in the question's place: it is asked for every row that any trigger sees.
_NEVER_IGNORED = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT false $$
"""
# Names inside a trigger mean the tables of `public`, whatever path or temporary tables the session brings along.
_UNPINNED = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
      AND p.proname LIKE 'pgtrigger%%' AND p.proconfig IS NULL
"""
_TRAIL = "public.audit_write(text, jsonb, text, bigint, bigint, bigint, jsonb)"


def guard_triggers(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Close the way around every trigger, and let only the runtime role write to the trail by its function.

    Runs after each app's migrations as the owner, since every trigger that a migration installs opens the way again.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regproc('public._pgtrigger_should_ignore') IS NOT NULL, to_regprocedure(%s) IS NOT NULL,"
            " EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)",
            [_TRAIL, settings.RUNTIME_ROLE],
        )
        triggers, trail, runtime = cursor.fetchone()
        if triggers:
            cursor.execute(_NEVER_IGNORED)
            cursor.execute(_UNPINNED)
            for (function,) in cursor.fetchall():
                cursor.execute(f"ALTER FUNCTION {function} SET search_path = public, pg_temp")
        if trail:
            cursor.execute(f"REVOKE EXECUTE ON FUNCTION {_TRAIL} FROM PUBLIC")
        if trail and runtime:
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {_TRAIL} TO {connection.ops.quote_name(settings.RUNTIME_ROLE)}")
