"""Alerts of a stay and of a ward, and acknowledging them."""

import pytest

from audit.models import AuditEvent
from monitoring.models import Acknowledgement, Alert
from tests.calling import Caller, Hand, a_set, refusals, refused, what_is_written
from tests.factories import MINUTE, MORNING, Stay, running, stay, ward

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(patient: Stay, nurse: Caller) -> Alert:
    """The patient's red pressure of 08:15."""
    nurse.post(f"admissions/{patient.id}/sets/", a_set(systolic=184))
    return Alert.objects.get()


def acknowledge(by: Caller, alert: Alert, **body):
    return by.post(f"alerts/{alert.pk}/acknowledgements/", {"seen_rang_at": "2026-09-22T08:15:00Z", **body})


def test_the_alerts_of_a_stay_say_what_when_and_at_which_dose(patient: Stay, nurse: Caller, alert: Alert):
    (told,) = nurse.get(f"admissions/{patient.id}/alerts/").json()["results"]
    assert (told["id"], told["rule"], told["direction"], told["severity"]) == (alert.pk, "systolic", "high", "red")
    assert (told["number"], told["count"], told["evidence"]) == ("184.0", 1, alert.evidence)
    assert told["dose_context"] == "15 min after the start at 0.10"
    assert (told["rang_at"], told["acknowledged_by"], told["closed_at"]) == ("2026-09-22T08:15:00Z", None, None)


def test_the_alerts_of_a_ward_are_those_of_its_patients(patient: Stay, nurse: Caller, alert: Alert):
    neighbour, elsewhere = running(on=patient.ward), running()
    nurse.post(f"admissions/{neighbour.id}/sets/", a_set(spo2=90))
    Caller(elsewhere.nurse).post(f"admissions/{elsewhere.id}/sets/", a_set(spo2=90))
    listed = nurse.get(f"wards/{patient.ward.pk}/alerts/").json()["results"]
    assert {each["admission"] for each in listed} == {patient.id, neighbour.id}
    event = AuditEvent.objects.get(verb="alerts.viewed")
    assert event.content == {"ward": patient.ward.pk, "admissions": sorted([patient.id, neighbour.id])}


def test_another_wards_alerts_are_not_there(patient: Stay, nurse: Caller, alert: Alert):
    elsewhere = stay()
    refused(nurse.get(f"wards/{elsewhere.ward.pk}/alerts/"), 404, "ward_not_found")
    refused(nurse.get(f"wards/{ward().pk + 1000}/alerts/"), 404, "ward_not_found")
    refused(nurse.get(f"admissions/{elsewhere.id}/alerts/"), 404, "admission_not_found")
    stranger = Caller(elsewhere.nurse)
    written = what_is_written()
    refused(acknowledge(stranger, alert), 404, "admission_not_found")
    refused(nurse.post("alerts/999999999/acknowledgements/", {"seen_rang_at": None}), 404, "alert_not_found")
    assert what_is_written() == written


def test_an_alert_is_open_until_it_is_seen_and_back_in_range(patient: Stay, nurse: Caller, hand: Hand, alert: Alert):
    hand.at = MORNING + 30 * MINUTE
    nurse.post(f"admissions/{patient.id}/sets/", a_set(hand.at))
    (open_one,) = nurse.get(f"admissions/{patient.id}/alerts/").json()["results"]
    assert open_one["recovered_at"] == "2026-09-22T08:30:00Z"
    told = acknowledge(nurse, alert).json()
    assert (told["closed_at"], told["close_reason"]) == ("2026-09-22T08:30:00Z", "back in range")
    assert nurse.get(f"admissions/{patient.id}/alerts/").json()["results"] == []
    assert len(nurse.get(f"wards/{patient.ward.pk}/alerts/?state=all").json()["results"]) == 1
    refused(acknowledge(nurse, alert), 409, "alert_closed")


def test_acknowledging_keeps_who_and_when_and_saying_so_again_changes_nothing(
    patient: Stay, nurse: Caller, hand: Hand, alert: Alert
):
    hand.at = MORNING + 16 * MINUTE
    first = acknowledge(nurse, alert)
    assert first.status_code == 200
    assert (first.json()["acknowledged_at"], first.json()["acknowledged_by"]) == (
        "2026-09-22T08:16:00Z",
        patient.nurse.display_name,
    )
    written = what_is_written()
    hand.at = MORNING + 17 * MINUTE
    assert acknowledge(nurse, alert).json() == first.json()
    assert what_is_written() == written
    assert acknowledge(nurse, alert, with_patient=True).status_code == 200
    assert list(Acknowledgement.objects.values_list("with_patient", flat=True)) == [False, True]


def test_nobody_acknowledges_a_ring_that_their_page_did_not_show(
    patient: Stay, nurse: Caller, hand: Hand, alert: Alert
):
    hand.at = MORNING + 20 * MINUTE
    nurse.post(f"admissions/{patient.id}/sets/", a_set(hand.at, systolic=196))
    written = what_is_written()
    told = refused(acknowledge(nurse, alert), 409, "alert_rang_again")
    assert told["sentence"].startswith("It rang again since your page showed it")
    assert what_is_written() == written
    assert refusals()[-1] == (patient.nurse.display_name, "api:acknowledgements", ["alert_rang_again"])
    (now,) = nurse.get(f"admissions/{patient.id}/alerts/").json()["results"]
    assert acknowledge(nurse, alert, seen_rang_at=now["rang_at"]).status_code == 200


def test_what_rang_is_given_back_to_the_microsecond(patient: Stay, nurse: Caller, hand: Hand):
    hand.at = MORNING + 15 * MINUTE
    hand.at = hand.at.replace(microsecond=123457)
    told = nurse.post(f"admissions/{patient.id}/sets/", a_set(hand.at, systolic=184)).json()["alerts"][0]
    assert told["rang_at"] == "2026-09-22T08:15:00.123457Z"
    alert = Alert.objects.get()
    earlier = "2026-09-22T08:15:00.123456Z"
    refused(acknowledge(nurse, alert, seen_rang_at=earlier), 409, "alert_rang_again")
    assert acknowledge(nurse, alert, seen_rang_at=told["rang_at"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "seen_rang_at"),
        ({"seen_rang_at": "08:15"}, "seen_rang_at"),
        ({"seen_rang_at": None, "with_patient": "yes"}, "with_patient"),
        ({"seen_rang_at": None, "with_patients": True}, "with_patients"),
    ],
)
def test_an_acknowledgement_that_cannot_be_read_is_400(nurse: Caller, alert: Alert, body, field):
    written = what_is_written()
    refused(nurse.post(f"alerts/{alert.pk}/acknowledgements/", body), 400, "malformed", field)
    assert what_is_written() == written
