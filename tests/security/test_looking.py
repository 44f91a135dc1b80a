"""Every look at a patient leaves an entry; caches keep none of it."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts import looking
from accounts.looking import AGAIN_AFTER, record_look
from audit.models import AuditEvent
from core import clock
from monitoring.actions import record_set
from monitoring.models import Alert
from tests.factories import MORNING, entry, running

pytestmark = pytest.mark.django_db
PAGES = [
    "/admissions/{stay}/",
    "/wards/{ward}/",
    "/wards/{ward}/rows/{stay}/",
    "/admissions/{stay}/sets/new",
    "/sets/{set}/correct",
]


@pytest.fixture
def patient():
    looking._known.clear()
    at = clock.now()
    stay = running(at=at)
    record_set(stay.id, entry=entry(at, systolic=230), by=stay.by_nurse, at=at)
    return stay


def client_of(user):
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="accounts.backends.RosterBackend")
    return client


def address(pattern, patient):
    return pattern.format(stay=patient.id, ward=patient.ward.pk, set=patient.admission.observation_sets.get().pk)


def looks(user):
    return AuditEvent.objects.filter(verb__endswith=".viewed", actor_id=user.pk).count()


@pytest.mark.parametrize("pattern", PAGES)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["a page", "a program that says it is the page"])
def test_whoever_looks_leaves_an_entry(patient, pattern, headers):
    answer = client_of(patient.nurse).get(address(pattern, patient), headers=headers)
    assert answer.status_code == 200
    assert looks(patient.nurse) == 1
    assert answer["Cache-Control"].endswith("no-store")


def test_a_page_that_stays_open_is_logged_every_quarter_of_an_hour(patient):
    def look(at, *, opened):
        by = patient.by_nurse
        record_look("bedside.viewed", admission_id=patient.id, opened=opened, by=by, at=at)
        return looks(patient.nurse)

    assert look(MORNING, opened=True) == 1
    assert look(MORNING + AGAIN_AFTER - timedelta(seconds=1), opened=False) == 1
    assert look(MORNING + AGAIN_AFTER, opened=False) == 2
    assert look(MORNING + AGAIN_AFTER, opened=True) == 3


def test_what_is_known_of_looks_does_not_grow_for_ever(patient, monkeypatch):
    monkeypatch.setattr(looking, "_KNOWN_AT_MOST", 2)
    for number in range(5):
        record_look("bedside.viewed", admission_id=number, opened=True, by=patient.by_nurse, at=MORNING)
    assert len(looking._known) == 2


def test_a_form_that_cannot_be_read_is_in_the_trail_without_what_was_typed(patient):
    client_of(patient.nurse).post(f"/admissions/{patient.id}/sets/new", {"heart_rate": "one hundred and eighty"})
    refusal = AuditEvent.objects.get(verb="act.refused")
    assert refusal.admission_id == patient.id
    assert refusal.content["code"] == "unreadable"
    assert "eighty" not in str(refusal.content)


@pytest.mark.parametrize(
    "path", ["/admissions/999999/", "/nowhere", "/wards/999999/", "/stream?ward=9", "/api/docs/", "/admissions/1/stop"]
)
def test_refusals_are_not_for_caches_either(patient, path):
    assert "no-store" in client_of(patient.nurse).get(path)["Cache-Control"]


@pytest.mark.parametrize("rang_at", ["garbage", "2026-11-22", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_an_alert_is_not_acknowledged_by_a_page_whose_ring_cannot_be_read(patient, rang_at):
    alert = Alert.objects.open().first()
    answer = client_of(patient.nurse).post(
        f"/alerts/{alert.pk}/acknowledge", {"rang_at": rang_at, "with_patient": "no"}
    )
    assert answer.status_code == 400
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
