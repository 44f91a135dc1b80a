"""Least rights in the database, and history that nobody rewrites, tried on the real thing."""

import uuid

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from core.append_only import FIXED_LIBRARY_TABLES, Record, append_only_tables, record_of
from infusion.models import DeliveryEvent
from monitoring.actions import record_set
from tests.factories import MINUTE, MORNING, entry, running

pytestmark = pytest.mark.django_db

ALLOWED = {
    Record.APPEND_ONLY: {"INSERT", "SELECT"},
    Record.KEPT: {"INSERT", "SELECT", "UPDATE"},
    Record.MUTABLE: {"DELETE", "INSERT", "SELECT", "UPDATE"},
}
# What may be deleted, and why; everything else is kept for ever.
MAY_GO = {
    "infusion_segment": "a projection of the delivery events, rebuilt with each",
    "infusion_course": "a projection of the delivery events, rebuilt with each",
    "django_session": "a sign-out ends it",
    "axes_accessattempt": "forgotten when the right password comes",
    "axes_accessattemptexpiration": "goes with its attempt",
    "axes_accessfailurelog": "the lock-out's own, never written here",
    "axes_accesslog": "the lock-out's own, never written here",
}


def test_the_runtime_role_has_just_what_each_table_declares():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(privilege_type::text) FROM information_schema.table_privileges"
            " WHERE grantee = current_user AND table_schema = 'public' GROUP BY 1"
        )
        held = {table: set(verbs) for table, verbs in cursor.fetchall()}
    expected = {
        model._meta.db_table: {"SELECT"} if _only_read(model) else ALLOWED[record_of(model)]
        for model in apps.get_models(include_auto_created=True)
    }
    assert held == {**expected, "django_migrations": {"SELECT"}}


def _only_read(model):
    return hasattr(model, "runtime_rights") or model._meta.db_table in FIXED_LIBRARY_TABLES


def test_only_what_may_go_is_declared_mutable():
    mutable = {m._meta.db_table for m in apps.get_models(include_auto_created=True) if record_of(m) is Record.MUTABLE}
    assert mutable == set(MAY_GO)


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


def test_a_pump_that_runs_has_a_rate_a_concentration_and_a_dose():
    patient = running()
    order = patient.admission.orders.get()
    with pytest.raises(DatabaseError, match="delivery_running_has_rate"), transaction.atomic():
        DeliveryEvent.objects.create(
            order=order,
            admission=patient.admission,
            kind="resumed",
            effective_at=MORNING,
            recorded_at=MORNING,
            client_id=uuid.uuid4(),
        )
