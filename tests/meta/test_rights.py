"""Least rights in the database, and history that nobody rewrites, tried on the real thing."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEvent
from core.append_only import Record, append_only_tables, record_of
from monitoring.actions import record_set
from tests.factories import MINUTE, MORNING, entry, running

pytestmark = pytest.mark.django_db

ALLOWED = {Record.APPEND_ONLY: {"INSERT", "SELECT"}, Record.MUTABLE: {"DELETE", "INSERT", "SELECT", "UPDATE"}}


def test_the_runtime_role_has_just_what_each_table_declares():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(privilege_type::text) FROM information_schema.table_privileges"
            " WHERE grantee = current_user AND table_schema = 'public' GROUP BY 1"
        )
        held = {table: set(verbs) for table, verbs in cursor.fetchall()}
    expected = {
        model._meta.db_table: {"SELECT"} if hasattr(model, "runtime_rights") else ALLOWED[record_of(model)]
        for model in apps.get_models(include_auto_created=True)
    }
    assert held == {**expected, "django_migrations": {"SELECT"}}


@pytest.mark.parametrize("table", append_only_tables())
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_runtime_role_cannot_rewrite_history(table, statement):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["UPDATE {} SET pain = 0", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_not_even_a_superuser_rewrites_a_set(statement, superuser):
    patient = running()
    at = MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(at), by=patient.by_nurse, at=at)
    with pytest.raises(Exception, match="is history: rows are added, never changed"):
        superuser.execute(statement.format("monitoring_observationset"))


def test_a_signed_protocol_is_never_edited():
    patient = running()
    protocol = patient.admission.orders.get().protocol
    protocol.content = {**protocol.content, "name": "other"}
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        protocol.save()


def test_the_runtime_role_cannot_write_the_trail_past_its_function():
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_auditevent (verb) VALUES ('forged')")


def test_no_session_switches_the_trail_off():
    patient = running()
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(tgname::text) FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'")
        (triggers,) = cursor.fetchone()
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s::text, true)", ["{" + ",".join(triggers) + "}"])
    at = MORNING + 15 * MINUTE
    recorded = record_set(patient.id, entry=entry(at), by=patient.by_nurse, at=at)
    assert AuditEvent.objects.filter(table_name="monitoring_observationset", row_id=recorded.set.pk).exists()
