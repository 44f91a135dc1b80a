"""What somebody can do who holds the password of the runtime role, or of the owner: not talk the triggers out of it."""

import uuid

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from core.append_only import FIXED_LIBRARY_TABLES, Record, record_of
from monitoring.actions import record_set
from monitoring.models import Prompt
from tests.factories import MINUTE, MORNING, entry, running

pytestmark = pytest.mark.django_db

KEPT = sorted(model._meta.db_table for model in apps.get_models() if record_of(model) is Record.KEPT)
IGNORE_ALL = """
SELECT set_config('pgtrigger.ignore', (SELECT array_agg(tgname::text) FROM pg_trigger WHERE NOT tgisinternal)::text, false)
"""
MY_ENTRIES = "SELECT count(*) FROM audit_auditevent WHERE xid = pg_current_xact_id()::text::bigint"


def refused(statement: str, why: str) -> None:
    with pytest.raises(DatabaseError, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_no_session_can_ask_the_audit_trigger_to_look_away():
    patient = running()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(IGNORE_ALL)
        cursor.execute(MY_ENTRIES)
        before = cursor.fetchone()[0]
        cursor.execute("UPDATE monitoring_prompt SET close_reason = 'quietly' WHERE admission_id = %s", [patient.id])
        cursor.execute(MY_ENTRIES)
        assert cursor.fetchone()[0] > before
        cursor.execute("SELECT set_config('pgtrigger.ignore', '', false)")


@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_gets_past_history_by_asking_its_trigger_to_look_away(owner):
    patient = running()
    at = MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(at), by=patient.by_nurse, at=at)
    owner.execute(IGNORE_ALL)
    with pytest.raises(Exception, match="is history: rows are added, never changed"):
        owner.execute("UPDATE monitoring_observationset SET pain = 0")
    with pytest.raises(Exception, match="a signed protocol is never edited"):
        owner.execute("UPDATE infusion_protocol SET content = '{}'")


def test_every_trigger_reads_the_tables_of_public_whatever_path_a_session_sets():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
            " AND coalesce(array_to_string(p.proconfig, ','), '') NOT LIKE 'search_path=public, pg_temp%'"
        )
        assert cursor.fetchall() == []


def test_a_path_that_hides_the_tables_neither_stops_nor_silences_the_trail():
    patient = running()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = pg_temp")
        cursor.execute("UPDATE public.monitoring_prompt SET close_reason = 'x' WHERE admission_id = %s", [patient.id])
        cursor.execute("SELECT patient_id FROM public.audit_auditevent ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone()[0] == patient.admission.patient_id


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_kept_is_never_taken_away_by_the_runtime_role(table, statement):
    refused(statement.format(table), "permission denied")


@pytest.mark.parametrize("table", sorted(FIXED_LIBRARY_TABLES))
def test_the_runtime_role_only_reads_djangos_own_lists(table):
    refused(f"UPDATE {table} SET id = id", "permission denied")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE monitoring_alert DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE TABLE public.shadow (id int)",
        "CREATE FUNCTION public.sha256(text) RETURNS bytea LANGUAGE sql AS 'SELECT null::bytea'",
        "CREATE TEMPORARY TABLE patients_admission (id int)",
        "CREATE SCHEMA shadow",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT setval(pg_get_serial_sequence('audit_auditevent', 'id'), 1)",
        "SET ROLE plateau_owner",
    ],
)
def test_the_runtime_role_cannot_reach_beyond_its_rows(statement):
    refused(statement, "permission denied|must be owner")


def test_nobody_but_the_runtime_role_was_given_the_trails_function():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (aclexplode(proacl)).grantee::regrole::text FROM pg_proc WHERE proname = 'audit_write' ORDER BY 1"
        )
        assert [name for (name,) in cursor.fetchall()] == ["plateau_owner", "plateau_runtime"]


def test_a_change_past_plateau_is_named_by_the_databases_own_session():
    patient = running()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('plateau.actor', '', true)")
        prompt = Prompt.objects.open().get(kind="full_set", admission_id=patient.id)
        cursor.execute("UPDATE monitoring_prompt SET close_reason = %s WHERE id = %s", [str(uuid.uuid4()), prompt.pk])
        cursor.execute("SELECT actor_name, channel FROM audit_auditevent ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone() == (connection.settings_dict["USER"], "sql")
