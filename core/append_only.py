"""What kind of record a table is: history that nobody rewrites, rows that change but stay, or a present made anew.

Every model declares one of the three (a metatest sees to it). History is guarded twice: by a trigger that refuses UPDATE,
DELETE and TRUNCATE for everybody, and by the rights of the runtime role, which has none of the three on it.
"""

from enum import StrEnum
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models


class Record(StrEnum):
    """How the rows of a table live."""

    APPEND_ONLY = "append_only"
    KEPT = "kept"  # changes under audit and is never taken away: whatever says something of a patient or a person
    MUTABLE = "mutable"  # may go again: projections that are rebuilt, sessions, sign-in guesses


# Tables that come with libraries: the present of sessions and sign-in guesses, none of them clinical.
MUTABLE_LIBRARY_TABLES = frozenset(
    {
        "axes_accessattempt",
        "axes_accessattemptexpiration",
        "axes_accessfailurelog",
        "axes_accesslog",
        "django_session",
    }
)
# Django's own lists, written by migrations and read at most.
FIXED_LIBRARY_TABLES = frozenset({"auth_group", "auth_group_permissions", "auth_permission", "django_content_type"})


def record_of(model: type[models.Model]) -> Record | None:
    """What the model (or, for a library's table, the lists above) declares; None when nobody said."""
    declared: Any = getattr(model, "record", None)
    if isinstance(declared, Record):
        return declared
    table = model._meta.db_table
    if table in FIXED_LIBRARY_TABLES:
        return Record.KEPT
    return Record.MUTABLE if table in MUTABLE_LIBRARY_TABLES else None


def append_only_tables() -> list[str]:
    """The tables of history, by name."""
    return sorted(m._meta.db_table for m in apps.get_models() if record_of(m) is Record.APPEND_ONLY)


def history_guard() -> list[pgtrigger.Trigger]:
    """The triggers that refuse to rewrite a table, whoever asks (raw SQL and bulk writes too)."""
    refuse = "RAISE EXCEPTION '% is history: rows are added, never changed', TG_TABLE_NAME USING ERRCODE = '42501';"
    return [
        pgtrigger.Trigger(
            name="history_rows",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=refuse,
        ),
        pgtrigger.Trigger(
            name="history_table",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=refuse,
        ),
    ]
