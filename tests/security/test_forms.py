"""The charting form against clumsy and hostile browsers: nothing dropped, nothing changed, nothing half."""

import uuid

import pytest
from django.test import Client

from core import clock
from monitoring.models import ObservationSet
from tests.factories import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return running(at=clock.now())


def post(patient, **changed):
    fields = {
        "client_id": str(uuid.uuid4()),
        "opened_at": clock.now().isoformat(),
        "sedation_scale": "poss",
        "heart_rate": "72",
        "pain": "3",
    }
    client = Client(raise_request_exception=False)
    client.force_login(patient.nurse, backend="accounts.backends.RosterBackend")
    return client.post(f"/admissions/{patient.id}/sets/new", {**fields, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"heart_rte": "180"},
        {"absent_heartrate": "asleep"},
        {"heart_rate": ["80", "180"]},
        {"confirmed": ["hart_rate=72"]},
        {"oxygen_l_per_min": "4"},
        {"oxygen": "air", "oxygen_l_per_min": "4"},
        {"symptoms": ["dizzy", "dizzzy"]},
        {"observed_at": "2026-11-22"},
        {"observed_at": "20261122T1200"},
        {"observed_at": "2026-W47-7"},
        {"observed_at": "0001-01-01T00:00"},
        {"observed_at": "9999-12-31T23:59"},
        {"heart_rate": "1e400"},
        {"heart_rate": "٧٢"},
        {"heart_rate": "9" * 500},
        {"temperature": "NaN"},
        {"comment": "x" * 2001},
        {"comment": "a\x00b"},
        {"client_id": "x"},
    ],
    ids=str,
)
def test_what_cannot_be_kept_whole_is_refused_and_nothing_is_saved(patient, changed):
    answer = post(patient, **changed)
    assert answer.status_code == 422
    assert not ObservationSet.objects.exists()


def test_a_text_that_is_taken_comes_back_to_the_letter_and_harmless(patient):
    hostile = "\"><script>alert(1)</script><img src=x onerror=alert(1)> \u202e&amp; '{{ 7*7 }} 😀"
    assert post(patient, comment=hostile).status_code == 303
    assert ObservationSet.objects.get().comment == hostile
    client = Client()
    client.force_login(patient.nurse, backend="accounts.backends.RosterBackend")
    for path in (
        f"/admissions/{patient.id}/",
        f"/wards/{patient.ward.pk}/",
        f"/sets/{ObservationSet.objects.get().pk}/correct",
    ):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_names_of_people_wards_and_patients_are_text_on_every_page(patient):
    hostile = "<script>x</script>\" onfocus=alert(1) x='"
    patient.admission.patient.family_name = patient.ward.name = patient.nurse.display_name = hostile
    for row in (patient.admission.patient, patient.ward, patient.nurse):
        row.save()
    client = Client()
    client.force_login(patient.nurse, backend="accounts.backends.RosterBackend")
    post(patient)
    for path in (f"/admissions/{patient.id}/", f"/wards/{patient.ward.pk}/", f"/admissions/{patient.id}/sets/new"):
        page = client.get(path).content.decode()
        assert "&lt;script&gt;" in page
        assert "<script>x" not in page
        assert '" onfocus=' not in page
