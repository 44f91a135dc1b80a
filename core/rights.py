"""What the runtime role may do in the database: least rights, granted again after every migration."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models

from core.append_only import FIXED_LIBRARY_TABLES, Record, record_of

VERBS = {
    Record.APPEND_ONLY: "SELECT, INSERT",
    Record.KEPT: "SELECT, INSERT, UPDATE",
    Record.MUTABLE: "SELECT, INSERT, UPDATE, DELETE",
}


def grant_runtime_rights(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Give the runtime role what the declared record kind of each table allows, and take the rest away.

    Runs after each app's migrations as the owner. Nothing happens where the role does not exist or is the owner itself
    (a developer's own database with a single role).
    """
    connection = connections[using]
    role = settings.RUNTIME_ROLE
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [role])
        me, exists = cursor.fetchone()
        if me == role or not exists:
            return
        quoted = connection.ops.quote_name(role)
        present = set(connection.introspection.table_names(cursor))
        for model in _models_of(sender):
            table = model._meta.db_table
            if table not in present:
                continue
            name = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM {quoted}")
            cursor.execute(f"GRANT {_verbs(model)} ON {name} TO {quoted}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        if "django_migrations" in present:
            cursor.execute(f"GRANT SELECT ON django_migrations TO {quoted}")


def _verbs(model: type[models.Model]) -> str:
    """A model may narrow its record kind's rights: the audit trail is read by the runtime role, never written."""
    fixed = "SELECT" if model._meta.db_table in FIXED_LIBRARY_TABLES else None
    declared: str | None = getattr(model, "runtime_rights", fixed)
    return declared or VERBS[record_of(model) or Record.APPEND_ONLY]


def _models_of(app_config: Any) -> list[type[models.Model]]:
    """The concrete models of one app, its many-to-many tables among them."""
    return list(apps.get_app_config(app_config.label).get_models(include_auto_created=True))
