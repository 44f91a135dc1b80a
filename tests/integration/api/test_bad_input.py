"""Every kind of bad input: a clear sentence, the right status, and nothing half-written."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from infusion.actions import stop_infusion
from monitoring.domain.values import Source
from monitoring.models import ObservationSet
from patients.actions import discharge_patient
from patients.models import Disposition
from tests.calling import Caller, Hand, a_set, refusals, refused, what_is_written
from tests.factories import HOUR, MINUTE, MORNING, Stay, person, stay

pytestmark = pytest.mark.django_db


def sets_of(patient: Stay) -> str:
    return f"admissions/{patient.id}/sets/"


# What is sent instead of a calm set's field, the status and the code of the answer, and the fields it names.
MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"heartrate": 80}, "heartrate"),
    ({"admission": 7}, "admission"),
    ({"recorded_at": "2026-09-22T08:15:00Z"}, "recorded_at"),
    ({"client_id": "tonight-1"}, "client_id"),
    ({"client_id": 7}, "client_id"),
    ({"client_id": True}, "client_id"),
    ({"client_id": "urn:uuid:0b6ad0f4-3c3e-4b9b-9f0e-0a6f5a3a2f11"}, "client_id"),
    ({"observed_at": "2026-09-22T08:15:00"}, "observed_at"),
    ({"observed_at": "2026-09-22"}, "observed_at"),
    ({"observed_at": "yesterday"}, "observed_at"),
    ({"observed_at": 1790000000}, "observed_at"),
    ({"observed_at": "2026-02-30T08:15:00Z"}, "observed_at"),
    ({"observed_at": "0001-01-01T00:00:00+14:00"}, "observed_at"),
    ({"observed_at": "9999-12-31T23:59:59-14:00"}, "observed_at"),
    ({"heart_rate": "72"}, "heart_rate"),
    ({"heart_rate": 72.5}, "heart_rate"),
    ({"heart_rate": True}, "heart_rate"),
    ({"heart_rate": [72]}, "heart_rate"),
    ({"heart_rate": 10**30}, "heart_rate"),
    ({"temperature": "warm"}, "temperature"),
    ({"temperature": "36,8"}, "temperature"),
    ({"temperature": "NaN"}, "temperature"),
    ({"temperature": "1e3"}, "temperature"),
    ({"temperature": 1e300}, "temperature"),
    ({"temperature": True}, "temperature"),
    ({"temperature": {"value": 36.8}}, "temperature"),
    ({"on_oxygen": "yes"}, "on_oxygen"),
    ({"on_oxygen": 1}, "on_oxygen"),
    ({"consciousness": "a"}, "consciousness"),
    ({"consciousness": 5}, "consciousness"),
    ({"sedation": 1}, "sedation"),
    ({"sedation": "123"}, "sedation"),
    ({"sedation_scale": "ramsay"}, "sedation_scale"),
    ({"mobility": "flies"}, "mobility"),
    ({"symptoms": "nausea"}, "symptoms"),
    ({"symptoms": ["nausea", "hiccups"]}, "symptoms.1"),
    ({"symptoms": [{}]}, "symptoms.0"),
    ({"comment": "x" * 2001}, "comment"),
    ({"comment": "a\x00b"}, "comment"),
    ({"comment": 7}, "comment"),
    ({"absent": {"pulse": "asleep"}}, "absent.pulse"),
    ({"absent": {"pain": "busy"}}, "absent.pain"),
    ({"absent": ["pain"]}, "absent"),
    ({"confirmed": ["client_id"]}, "confirmed.0"),
    ({"confirmed": {"heart_rate": True}}, "confirmed"),
    ({"units": {"weight": "kg"}}, "units.weight"),
    ({"units": {"temperature": 7}}, "units.temperature"),
    ({"source": "replay"}, "source"),
    ({"source": "import"}, "source"),
    ({"late_reason": "x" * 201}, "late_reason"),
]

# What can be read, but is not taken.
NOT_TAKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"spo2": 104}, "impossible", "spo2"),
    ({"spo2": -1}, "impossible", "spo2"),
    ({"heart_rate": 220}, "unconfirmed", "heart_rate"),
    ({"temperature": "36.84"}, "too_precise", "temperature"),
    ({"temperature": 98.6}, "impossible", "temperature"),
    ({"systolic": 70, "diastolic": 78}, "systolic_not_above_diastolic", "systolic"),
    ({"oxygen_l_per_min": 2}, "litres_without_oxygen", "oxygen_l_per_min"),
    ({"sedation": "5"}, "not_on_the_scale", "sedation"),
    ({"sedation_scale": None}, "sedation_without_scale", "sedation_scale"),
    ({"absent": {"pain": "asleep"}}, "absent_and_present", "pain"),
    ({"pain": 11}, "impossible", "pain"),
]


@pytest.mark.parametrize(("changed", "field"), MALFORMED, ids=lambda each: str(each)[:50])
def test_what_cannot_be_read_is_400_with_the_field_named(patient: Stay, nurse: Caller, changed, field):
    written = what_is_written()
    answer = refused(nurse.post(sets_of(patient), a_set(**changed)), 400, "malformed", field)
    assert answer["sentence"].startswith(field)
    assert what_is_written() == written
    assert len(refusals()) == 1


@pytest.mark.parametrize(("changed", "code", "field"), NOT_TAKEN, ids=lambda each: str(each)[:50])
def test_what_the_rules_do_not_take_is_422_with_a_sentence(patient: Stay, nurse: Caller, changed, code, field):
    written = what_is_written()
    answer = refused(nurse.post(sets_of(patient), a_set(**changed)), 422, "set_refused", field)
    assert [each["code"] for each in answer["reasons"]] == [code]
    assert what_is_written() == written
    assert refusals() == [(patient.nurse.display_name, "api:sets", [code])]


def test_all_reasons_come_together(patient: Stay, nurse: Caller):
    answer = nurse.post(sets_of(patient), a_set(spo2=104, heart_rate=220, observed_at="2026-09-22T09:00:00Z"))
    told = refused(answer, 422, "set_refused", "spo2", "heart_rate", "observed_at")
    assert told["sentence"] == "The set is not saved yet; nothing of it is lost."
    answer = nurse.post(sets_of(patient), {"heart_rate": "72", "spo": 97})
    told = refused(answer, 400, "malformed", "client_id", "observed_at", "heart_rate", "spo")
    assert told["fields"]["spo"] == ["spo is not a field here. Is spo2 meant?"]


def test_a_missing_field_is_named(patient: Stay, nurse: Caller):
    body = a_set()
    del body["client_id"]
    answer = refused(nurse.post(sets_of(patient), body), 400, "malformed", "client_id")
    assert answer["sentence"] == "client_id is missing."


def test_another_unit_is_refused_with_the_one_that_is_taken(patient: Stay, nurse: Caller):
    written = what_is_written()
    body = a_set(temperature=98.6, units={"temperature": "[degF]", "systolic": "kPa", "heart_rate": "/min"})
    answer = refused(nurse.post(sets_of(patient), body), 422, "wrong_unit", "temperature", "systolic")
    assert answer["fields"]["temperature"] == ["Temperature is taken in Cel (UCUM), not in [degF]."]
    assert answer["fields"]["systolic"] == ["Systolic pressure is taken in mm[Hg] (UCUM), not in kPa."]
    assert what_is_written() == written
    assert nurse.post(sets_of(patient), a_set(units={"temperature": "Cel"})).status_code == 201


def test_a_heart_rate_of_220_is_taken_once_somebody_confirmed_it(patient: Stay, nurse: Caller):
    body = a_set(heart_rate=220)
    refused(nurse.post(sets_of(patient), body), 422, "set_refused", "heart_rate")
    answer = nurse.post(sets_of(patient), {**body, "confirmed": ["heart_rate"]})
    assert (answer.status_code, answer.json()["heart_rate"]) == (201, 220)
    assert answer.json()["confirmed"] == ["heart_rate"]


def test_two_minutes_ahead_of_the_clock_is_taken_and_more_is_not(patient: Stay, nurse: Caller, hand: Hand):
    ahead = hand.at + 2 * MINUTE
    assert nurse.post(sets_of(patient), a_set(ahead)).status_code == 201
    written = what_is_written()
    late = ahead.replace(microsecond=1)
    answer = refused(nurse.post(sets_of(patient), a_set(late)), 422, "set_refused", "observed_at")
    assert answer["reasons"][0]["code"] == "in_the_future"
    assert what_is_written() == written


def test_late_sets_say_why_and_a_nurses_very_late_one_awaits_a_co_signature(patient: Stay, nurse: Caller, hand: Hand):
    hand.at = MORNING + 15 * MINUTE + 13 * HOUR
    body = a_set()
    answer = refused(nurse.post(sets_of(patient), body), 422, "set_refused", "late_reason")
    assert [each["code"] for each in answer["reasons"]] == ["late_reason_missing"]
    taken = nurse.post(sets_of(patient), {**body, "late_reason": "found on paper"}).json()
    assert taken["awaits_co_signature"] is True
    assert taken["sentence"].endswith("A charge nurse or a physician co-signs it.")
    charge = Caller(person(Role.CHARGE_NURSE, ward=patient.ward))
    taken = charge.post(sets_of(patient), a_set(late_reason="found on paper")).json()
    assert taken["awaits_co_signature"] is False


def test_an_empty_set_is_refused(patient: Stay, nurse: Caller):
    body = {name: value for name, value in a_set().items() if name in ("client_id", "observed_at")}
    refused(nurse.post(sets_of(patient), body), 422, "set_refused")


def test_a_discharged_patients_chart_is_closed(patient: Stay, nurse: Caller, hand: Hand):
    stop_infusion(patient.id, effective_at=MORNING + MINUTE, by=patient.by_nurse, at=MORNING + MINUTE)
    discharge_patient(
        patient.id, disposition=Disposition.HOME, reason="asked for it", by=patient.by_physician, at=MORNING + HOUR
    )
    hand.at = MORNING + HOUR + MINUTE
    written = what_is_written()
    answer = refused(nurse.post(sets_of(patient), a_set(hand.at)), 422, "patient_discharged")
    assert answer["sentence"] == "The patient left at 2026-09-22 09:00 UTC; the chart is closed."
    assert what_is_written() == written


def test_a_version_that_was_corrected_meanwhile_is_a_conflict(patient: Stay, nurse: Caller):
    first = nurse.post(sets_of(patient), a_set(pain=8)).json()["id"]
    nurse.post(f"sets/{first}/corrections/", a_set(pain=7, correction_reason="misheard"))
    written = what_is_written()
    stale = nurse.post(f"sets/{first}/corrections/", a_set(pain=6, correction_reason="misread"))
    refused(stale, 409, "already_corrected")
    assert what_is_written() == written
    assert refusals() == [(patient.nurse.display_name, "api:corrections", ["already_corrected"])]


def test_a_correction_says_why(patient: Stay, nurse: Caller):
    first = nurse.post(sets_of(patient), a_set(pain=8)).json()["id"]
    written = what_is_written()
    refused(nurse.post(f"sets/{first}/corrections/", a_set(pain=7)), 400, "malformed", "correction_reason")
    blank = a_set(pain=7, correction_reason=" ")
    refused(nurse.post(f"sets/{first}/corrections/", blank), 422, "set_refused", "correction_reason")
    refused(nurse.post(sets_of(patient), a_set(correction_reason="x")), 400, "malformed", "correction_reason")
    assert what_is_written() == written


def test_another_wards_patient_is_not_there(patient: Stay, nurse: Caller, hand: Hand):
    elsewhere = stay()
    theirs = Caller(elsewhere.nurse).post(sets_of(elsewhere), a_set()).json()["id"]
    written = what_is_written()
    absent = refused(nurse.post("admissions/999999999/sets/", a_set()), 404, "admission_not_found")
    assert refused(nurse.post(sets_of(elsewhere), a_set()), 404, "admission_not_found") == absent
    assert refused(nurse.get(sets_of(elsewhere)), 404, "admission_not_found") == absent
    refused(nurse.post(f"sets/{theirs}/corrections/", a_set(correction_reason="x")), 404, "admission_not_found")
    refused(nurse.post("sets/999999999/corrections/", a_set(correction_reason="x")), 404, "set_not_found")
    assert what_is_written() == written


BODIES: list[tuple[bytes, str]] = [
    (b"pulse 72", "not_json"),
    (b"", "malformed"),
    (b"{", "not_json"),
    (b'{"spo2": NaN}', "not_json"),
    (b'{"spo2": Infinity}', "not_json"),
    (b'{"spo2": 1e99999999999999999999}', "not_json"),
    (b'{"spo2": ' + b"9" * 5000 + b"}", "not_json"),
    (b'{"spo2": 97, "spo2": 88}', "named_twice"),
    (b'{"units": {"spo2": "%", "spo2": "%"}}', "named_twice"),
    (b'{"comment": "\\ud800"}', "not_json"),
    (b'{"\\ud800": 1}', "not_json"),
    (b'{"comment": "\xff"}', "not_json"),
    (b"[" * 50_000, "not_json"),
    (b"[]", "malformed"),
    (b"null", "malformed"),
    (b"7", "malformed"),
    (b'"a set"', "malformed"),
    (b"\x1f\x8b\x08\x00", "not_json"),
]


@pytest.mark.parametrize(("body", "code"), BODIES, ids=lambda each: str(each)[:40])
def test_a_body_that_is_no_json_object_is_400(patient: Stay, nurse: Caller, body: bytes, code: str):
    written = what_is_written()
    response = nurse.post(sets_of(patient), body)
    answer = json.loads(response.content)
    assert (response.status_code, answer["code"]) == (400, code), answer
    assert answer["sentence"]
    assert what_is_written() == written


def test_a_body_too_large_is_413(patient: Stay, nurse: Caller):
    answer = nurse.post(sets_of(patient), json.dumps({"comment": "x" * 70_000}).encode())
    refused(answer, 413, "too_large")


def test_another_content_type_is_415(patient: Stay, nurse: Caller):
    answer = nurse.client.post(f"/api/v1/{sets_of(patient)}", data=b"<set/>", content_type="text/xml")
    refused(answer, 415, "unsupported_media_type")
    refused(nurse.client.post(f"/api/v1/{sets_of(patient)}", data={"pain": 3}), 415, "unsupported_media_type")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


_NAMES = [*a_set(), "symptoms", "absent", "confirmed", "units", "mobility", "source", "late_reason"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=5), json_values, max_size=4))
def test_no_json_whatever_is_a_failure_of_ours(patient: Stay, nurse: Caller, junk: dict[str, Any]):
    before = ObservationSet.objects.count()
    answer = nurse.post(sets_of(patient), {**a_set(), **junk})
    assert answer.status_code in (200, 201, 400, 422), answer.content
    if answer.status_code in (400, 422):
        assert set(answer.json()) == {"code", "sentence", "reasons", "fields"}
        assert ObservationSet.objects.count() == before


def test_every_source_is_either_taken_from_outside_or_refused(patient: Stay, nurse: Caller):
    taken = {source for source in Source if nurse.post(sets_of(patient), a_set(source=source.value)).status_code == 201}
    assert taken == {Source.BEDSIDE, Source.MONITOR, Source.DOWNTIME}
