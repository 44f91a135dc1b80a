"""The row trigger: every change of a clinical table leaves an entry, whoever made it and by whatever way."""

from collections.abc import Sequence

import pgtrigger

from core.append_only import Record

# What never belongs in a trail that many may read.
SECRETS = ("password", "key_hash")


def row_audit(
    kind: Record,
    *,
    admission: str = "NULL",
    patient: str = "NULL",
    ignore: Sequence[str] = (),
) -> pgtrigger.Trigger:
    """The audit trigger of a table.

    `admission` and `patient` are SQL expressions over `r`, the row in question, that give the two values the entry
    carries. History rows leave their key and a hash of their content (the row itself stays readable for ever); mutable
    rows leave the changed columns, before and after. A change of nothing but `ignore` leaves no entry.
    """
    hidden = ", ".join(f"'{column}'" for column in (*SECRETS, *ignore))
    nothing_else = _NOTHING_ELSE.format(taken_back=" ".join(f"r.{column} := OLD.{column};" for column in ignore))
    changes = _CHANGES.format(hidden=hidden, nothing_else=nothing_else if ignore else "")
    content = _HASH if kind is Record.APPEND_ONLY else changes
    return pgtrigger.Trigger(
        name="row_audit",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert
        if kind is Record.APPEND_ONLY
        else pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[
            ("r", "RECORD"),
            ("content", "jsonb"),
            *([("was", "jsonb")] if kind is not Record.APPEND_ONLY else []),
        ],
        func=f"""
            IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;
            {content}
            PERFORM audit_write('row.' || lower(TG_OP), content, TG_TABLE_NAME, r.id, ({patient})::bigint, ({admission})::bigint);
            RETURN NULL;
        """,
    )


_HASH = "content := jsonb_build_object('sha256', encode(sha256(convert_to(r::text, 'UTF8')), 'hex'));"
# What is ignored changes most often (an admission's version with every set): then no column is looked at by itself.
_NOTHING_ELSE = """
                {taken_back}
                IF r *= OLD THEN RETURN NULL; END IF;"""
_CHANGES = """
            IF TG_OP = 'UPDATE' THEN{nothing_else}
                was := to_jsonb(OLD);
                SELECT jsonb_object_agg(now.key, jsonb_build_array(was -> now.key, now.value)) INTO content
                FROM jsonb_each(to_jsonb(NEW) - ARRAY[{hidden}]) AS now
                WHERE now.value IS DISTINCT FROM was -> now.key;
                IF content IS NULL THEN RETURN NULL; END IF;
            ELSE
                content := jsonb_strip_nulls(to_jsonb(r) - ARRAY[{hidden}]);
            END IF;
"""
