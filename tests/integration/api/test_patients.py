"""Stays, what is found out before an order, transfers and wards through the API."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from api import patient_answers as answers
from api.describing import description
from audit.models import AuditEvent
from infusion.actions import stop_infusion
from patients.models import Admission, Bed, Consent, Patient, Screening, ScreeningDecision, Weight
from tests.calling import Caller, Hand, refused
from tests.factories import HOUR, MINUTE, MORNING, PASSWORD, Stay, actor, person, ward
from tests.integration.api.test_description import check

pytestmark = pytest.mark.django_db

ITEMS = [
    "allergy", "pregnancy", "heart", "psychosis", "raised_pressure", "liver_disease", "substance_use", "sleep_apnoea",
    "opioid_or_benzodiazepine", "dhe_or_triptan", "qt_prolonging", "earlier_reaction",
]  # fmt: skip
BRIEFING = ["dreams", "double_vision", "help_to_walk", "no_driving_or_signing"]
SEEN = "2026-09-22T08:00:00Z"


@pytest.fixture
def physician(patient: Stay, hand: Hand) -> Caller:
    return Caller(patient.physician)


@pytest.fixture
def stranger(patient: Stay, hand: Hand) -> Caller:
    """A physician of another ward: every act of a bedside is in the role."""
    return Caller(person(Role.PHYSICIAN, ward=ward()))


def named(**said: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), **said}


def admission(bed: Bed, **changed: Any) -> dict[str, Any]:
    body = {
        "medical_record_number": "00471193", "family_name": "Larsen", "given_name": "M.", "birth_date": "1983-04-02",
        "administrative_gender": "female", "bed": bed.pk, "admitted_at": SEEN, "diagnosis": "chronic_migraine",
        "admission_pain": 8, "failed_treatments": [{"kind": "triptan", "outcome": "no_relief"}],
    }  # fmt: skip
    return {name: value for name, value in {**body, **changed}.items() if value is not None}


def weight(**changed: Any) -> dict[str, Any]:
    return named(kg="71.4", source="measured", measured_at=SEEN) | changed


def screening(**changed: Any) -> dict[str, Any]:
    return named(answers=dict.fromkeys(ITEMS, "no") | changed, pregnancy_test="negative", ecg="normal")


def consent(**changed: Any) -> dict[str, Any]:
    return named(briefed=BRIEFING, given_at=SEEN) | changed


@pytest.fixture
def bed(patient: Stay) -> Bed:
    return Bed.objects.create(ward=patient.ward, name="free")


def test_a_patient_is_admitted_read_and_listed(patient: Stay, nurse: Caller, bed: Bed):
    made = nurse.post("admissions/", admission(bed))
    assert made.status_code == 201, made.content
    told = made.json()
    check(told, answers.Stay(), "stay")
    assert told["patient"]["birth_date"] == "1983-04-02"
    assert told["before_order"]["screening_sentence"] == "No screening is recorded."
    assert nurse.post("admissions/", admission(bed)).status_code == 200
    assert Admission.objects.filter(bed=bed).count() == 1
    assert nurse.get(f"admissions/{told['id']}/").json() == told
    listed = nurse.get(f"wards/{patient.ward.pk}/admissions/?limit=1").json()
    check(listed, answers.ListedStays(), "listed")
    assert [each["id"] for each in listed["results"]] == [told["id"]]
    assert nurse.get(listed["next"].removeprefix("/api/v1/")).json()["results"][0]["id"] == patient.id
    treatments = nurse.get(f"admissions/{told['id']}/failed-treatments/").json()
    check(treatments, answers.ListedTreatments(), "treatments")
    assert [each["kind"] for each in treatments["results"]] == ["triptan"]


def test_whoever_looks_at_a_stay_leaves_an_entry(patient: Stay, nurse: Caller):
    for path in ("", "weights/", "failed-treatments/", "screenings/", "consents/", "transfers/", "liver-panels/",
                 "mood-screens/", "falls-scores/"):  # fmt: skip
        before = AuditEvent.objects.filter(verb__endswith=".viewed", admission_id=patient.id).count()
        assert nurse.get(f"admissions/{patient.id}/{path}").status_code == 200
        assert AuditEvent.objects.filter(verb__endswith=".viewed", admission_id=patient.id).count() == before + 1, path
    for path in ("admissions/", "transfers/"):
        before = AuditEvent.objects.filter(verb__endswith=".viewed").count()
        assert nurse.get(f"wards/{patient.ward.pk}/{path}").status_code == 200
        assert AuditEvent.objects.filter(verb__endswith=".viewed").count() == before + 1, path


WRONG_ADMISSIONS: list[tuple[dict[str, Any], int, str, list[str]]] = [
    ({"birth_date": "1983-02-30"}, 400, "malformed", ["birth_date"]),
    ({"birth_date": "02.04.1983"}, 400, "malformed", ["birth_date"]),
    ({"birth_date": 19830402}, 400, "malformed", ["birth_date"]),
    ({"birth_date": None}, 400, "malformed", ["birth_date"]),
    ({"bed": "12"}, 400, "malformed", ["bed"]),
    ({"bed": True}, 400, "malformed", ["bed"]),
    ({"bed": 0}, 400, "malformed", ["bed"]),
    ({"bed": 10**30}, 400, "malformed", ["bed"]),
    ({"diagnosis": "migraine"}, 400, "malformed", ["diagnosis"]),
    ({"diagnosis": None}, 400, "malformed", ["diagnosis"]),
    ({"administrative_gender": "f"}, 400, "malformed", ["administrative_gender"]),
    ({"admission_pain": "8"}, 400, "malformed", ["admission_pain"]),
    ({"admitted_at": "2026-09-22T08:00:00"}, 400, "malformed", ["admitted_at"]),
    ({"familyname": "x"}, 400, "malformed", ["familyname"]),
    ({"failed_treatments": {}}, 400, "malformed", ["failed_treatments"]),
    ({"failed_treatments": [{"kind": "magic"}]}, 400, "malformed",
     ["failed_treatments.0.kind", "failed_treatments.0.outcome"]),
    ({"bed": 999}, 404, "bed_not_found", []),
    ({"diagnosis": "other"}, 422, "admission_refused", ["diagnosis_note"]),
    ({"admission_pain": 11}, 422, "admission_refused", ["admission_pain"]),
    ({"admitted_at": "2026-09-22T08:16:00Z"}, 422, "admission_refused", ["admitted_at"]),
    ({"birth_date": "2026-09-23", "admission_pain": 11}, 422, "admission_refused", ["birth_date", "admission_pain"]),
    ({"failed_treatments": [{"kind": "infusion", "outcome": "no_relief"}]}, 422, "admission_refused",
     ["failed_treatments.0.name"]),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "status", "code", "fields"), WRONG_ADMISSIONS)
def test_a_wrong_admission_is_refused_by_field(
    nurse: Caller, bed: Bed, changed: dict[str, Any], status: int, code: str, fields: list[str]
):
    body = admission(bed) | changed
    body = {name: value for name, value in body.items() if value is not None}
    refused(nurse.post("admissions/", body), status, code, *fields)
    assert not Patient.objects.filter(medical_record_number="00471193").exists()


def test_another_wards_bed_is_not_there(stranger: Caller, bed: Bed):
    refused(stranger.post("admissions/", admission(bed)), 404, "bed_not_found")


def test_a_taken_bed_and_a_number_of_somebody_else_are_refused(patient: Stay, nurse: Caller, bed: Bed):
    taken = refused(nurse.post("admissions/", admission(patient.admission.bed)), 422, "bed_taken")
    assert taken["sentence"] == "The bed holds somebody already."
    number = patient.admission.patient.medical_record_number
    told = refused(
        nurse.post("admissions/", admission(bed, medical_record_number=number)), 422, "patient_differs",
        "family_name", "given_name", "birth_date",
    )  # fmt: skip
    assert patient.admission.patient.family_name not in json.dumps(told)


OF_THE_STAY = ["", "weights/", "failed-treatments/", "screenings/", "consents/", "transfers/", "liver-panels/",
               "mood-screens/", "falls-scores/"]  # fmt: skip


@pytest.mark.parametrize("path", OF_THE_STAY)
def test_another_wards_patient_is_not_there_for_reading(patient: Stay, stranger: Caller, path: str):
    refused(stranger.get(f"admissions/{patient.id}/{path}"), 404, "admission_not_found")
    refused(stranger.get(f"admissions/{10**9}/{path}"), 404, "admission_not_found")


POSTS: dict[str, dict[str, Any]] = {
    "weights/": weight(),
    "failed-treatments/": named(kind="triptan", outcome="no_relief"),
    "screenings/": screening(),
    "consents/": consent(),
    "consent-withdrawals/": named(withdrawn_at=SEEN),
    "transfers/": named(to_ward=1),
    "discharges/": {"disposition": "home"},
    "liver-panels/": named(collected_at=SEEN, alt=30, alt_upper=40),
    "mood-screens/": named(observed_at=SEEN, mood="usual"),
    "falls-scores/": named(observed_at=SEEN, score=35),
}


@pytest.mark.parametrize("path", POSTS)
def test_another_wards_patient_is_not_there_for_writing(patient: Stay, stranger: Caller, path: str):
    refused(stranger.post(f"admissions/{patient.id}/{path}", POSTS[path]), 404, "admission_not_found")


@pytest.mark.parametrize("path", POSTS)
def test_an_empty_body_and_an_unknown_field_name_what_is_wrong(patient: Stay, physician: Caller, path: str):
    empty = refused_somehow(physician.post(f"admissions/{patient.id}/{path}", {}))
    assert all(reason["sentence"].endswith("is missing.") for reason in empty["reasons"])
    told = refused_somehow(physician.post(f"admissions/{patient.id}/{path}", POSTS[path] | {"kgs": 1}))
    assert list(told["fields"]) == ["kgs"]


def refused_somehow(answer: Any) -> dict[str, Any]:
    return refused(answer, 400, "malformed", *answer.json()["fields"])


@pytest.mark.parametrize("path", [path for path in POSTS if path != "discharges/"])
def test_a_name_that_is_no_uuid_is_refused(patient: Stay, physician: Caller, path: str):
    answer = physician.post(f"admissions/{patient.id}/{path}", POSTS[path] | {"client_id": "1"})
    refused(answer, 400, "malformed", "client_id")


WRONG: list[tuple[str, dict[str, Any], int, str, list[str]]] = [
    ("weights/", weight(kg=0.5), 422, "weight_refused", ["kg"]),
    ("weights/", weight(kg="71.444"), 422, "weight_refused", ["kg"]),
    ("weights/", weight(kg="heavy"), 400, "malformed", ["kg"]),
    ("weights/", weight(kg=None), 400, "malformed", ["kg"]),
    ("weights/", weight(kg=True), 400, "malformed", ["kg"]),
    ("weights/", weight(source="guessed"), 400, "malformed", ["source"]),
    ("weights/", weight(kg=500, measured_at="2026-09-22T09:00:00Z"), 422, "weight_refused", ["kg", "measured_at"]),
    ("weights/", weight(measured_at="2026-07-01T09:00:00Z"), 422, "weight_refused", ["measured_at"]),
    ("failed-treatments/", named(kind="other", outcome="no_relief"), 422, "treatment_refused", ["name"]),
    ("failed-treatments/", named(kind="dhe", outcome="cured"), 400, "malformed", ["outcome"]),
    ("screenings/", screening(allergy="maybe"), 400, "malformed", ["answers.allergy"]),
    ("screenings/", screening(alergy="no"), 400, "malformed", ["answers.alergy"]),
    ("screenings/", screening() | {"answers": {}}, 422, "screening_refused", ["answers"]),
    ("screenings/", screening() | {"answers": []}, 400, "malformed", ["answers"]),
    ("screenings/", screening() | {"ecg": None}, 400, "malformed", ["ecg"]),
    ("screenings/", screening(pregnancy="not_applicable") | {"pregnancy_test": "positive"}, 422, "screening_refused",
     ["answers.pregnancy"]),
    ("consents/", consent(briefed=BRIEFING[:3]), 422, "consent_refused", ["briefed"]),
    ("consents/", consent(briefed=["driving"]), 400, "malformed", ["briefed.0"]),
    ("consents/", consent(briefed=[], given_at="2026-09-22T09:00:00Z"), 422, "consent_refused", ["briefed", "given_at"]),
    ("consent-withdrawals/", named(withdrawn_at=SEEN), 422, "consent_refused", []),
    ("transfers/", named(to_ward=10**9), 422, "transfer_refused", ["to_ward"]),
    ("transfers/", named(to_ward="2"), 400, "malformed", ["to_ward"]),
    ("discharges/", {"disposition": "moved"}, 400, "malformed", ["disposition"]),
    ("discharges/", {"disposition": "home"}, 422, "discharge_refused", []),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "status", "code", "fields"), WRONG)
def test_what_cannot_be_is_refused_by_field_and_nothing_is_kept(
    patient: Stay, physician: Caller, path: str, body: dict[str, Any], status: int, code: str, fields: list[str]
):
    count = Weight.objects.count()
    refused(physician.post(f"admissions/{patient.id}/{path}", body), status, code, *fields)
    assert (Weight.objects.count(), Screening.objects.count(), Consent.objects.count()) == (count, 0, 0)


@pytest.mark.parametrize(
    ("path", "body", "listed", "shape"),
    [
        ("weights/", weight(), "weights/", answers.Weight),
        (
            "failed-treatments/",
            named(kind="dhe", outcome="not_tolerated"),
            "failed-treatments/",
            answers.FailedTreatment,
        ),
        ("screenings/", screening(sleep_apnoea="yes"), "screenings/", answers.Screening),
        ("consents/", consent(), "consents/", answers.Consent),
    ],
)
def test_what_is_recorded_is_answered_as_described_listed_and_once(
    patient: Stay, nurse: Caller, path: str, body: dict[str, Any], listed: str, shape: Any
):
    stay = f"admissions/{patient.id}"
    made = nurse.post(f"{stay}/{path}", body)
    assert made.status_code == 201, made.content
    check(made.json(), shape(), path)
    again = nurse.post(f"{stay}/{path}", body)
    assert (again.status_code, again.json()) == (200, made.json())
    assert made.json() in nurse.get(f"{stay}/{listed}").json()["results"]
    reused = refused(nurse.post(f"{stay}/{path}", body | {"note": "other"} if "kg" not in body else body | {"kg": 72}),
                     422, "client_id_reused", "client_id")  # fmt: skip
    assert reused["sentence"] == "This id was used before, with other content."


def test_a_consent_is_withdrawn(patient: Stay, nurse: Caller):
    stay = f"admissions/{patient.id}"
    nurse.post(f"{stay}/consents/", consent())
    gone = nurse.post(f"{stay}/consent-withdrawals/", named(withdrawn_at=SEEN))
    assert (gone.status_code, gone.json()["given"]) == (201, False)
    check(gone.json(), answers.Consent(), "withdrawn")
    assert [each["given"] for each in nurse.get(f"{stay}/consents/").json()["results"]] == [False, True]
    assert not nurse.get(f"{stay}/").json()["before_order"]["consent_given"]


def test_a_wrong_entry_is_superseded_and_withdrawn(patient: Stay, nurse: Caller, stranger: Caller):
    first = nurse.post(f"admissions/{patient.id}/failed-treatments/", named(kind="dhe", outcome="no_relief")).json()
    path = f"failed-treatments/{first['id']}"
    better = named(kind="dhe", outcome="not_tolerated")
    refused(stranger.post(f"{path}/supersedings/", better), 404, "admission_not_found")
    second = nurse.post(f"{path}/supersedings/", better)
    assert (second.status_code, second.json()["supersedes"]) == (201, first["id"])
    refused(nurse.post(f"{path}/withdrawals/", named(note="x")), 409, "already_superseded")
    path = f"failed-treatments/{second.json()['id']}"
    refused(nurse.post(f"{path}/withdrawals/", named(note="")), 422, "treatment_refused", "note")
    gone = nurse.post(f"{path}/withdrawals/", named(note="of another patient"))
    check(gone.json(), answers.FailedTreatment(), "withdrawn")
    assert gone.json()["withdrawn"]
    listed = nurse.get(f"admissions/{patient.id}/failed-treatments/").json()["results"]
    assert {each["id"]: each["superseded_by"] for each in listed}[first["id"]] == second.json()["id"]
    refused(nurse.post(f"failed-treatments/{10**9}/supersedings/", better), 404, "treatment_not_found")


@pytest.fixture
def doubtful(patient: Stay, nurse: Caller) -> int:
    """A screening with one yes."""
    return int(nurse.post(f"admissions/{patient.id}/screenings/", screening(sleep_apnoea="yes")).json()["id"])


def decision(**changed: Any) -> dict[str, Any]:
    return named(accepted=True, reasons={"sleep_apnoea": "CPAP goes on"}, password=PASSWORD) | changed


def test_a_physician_decides_with_their_password(patient: Stay, nurse: Caller, physician: Caller, doubtful: int):
    before = nurse.get(f"admissions/{patient.id}/").json()["before_order"]
    assert (before["screening_decided"], before["watch_etco2"]) == (False, True)
    body = decision()
    made = physician.post(f"screenings/{doubtful}/decisions/", body)
    assert made.status_code == 201, made.content
    check(made.json(), answers.ScreeningDecision(), "decision")
    assert physician.post(f"screenings/{doubtful}/decisions/", body).status_code == 200
    assert nurse.get(f"admissions/{patient.id}/").json()["before_order"]["screening_decided"]
    listed = nurse.get(f"admissions/{patient.id}/screenings/").json()
    check(listed, answers.ListedScreenings(), "screenings")
    assert listed["results"][0]["decisions"] == [made.json()]
    signatures = nurse.get(f"admissions/{patient.id}/signatures/").json()["results"]
    assert [(each["meaning"], each["method"]) for each in signatures if each["meaning"] == "decided"] == [
        ("decided", "password")
    ]


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        (decision(password="plateau-dem0"), 403, "password_wrong", ["password"]),
        (decision(password=None), 400, "malformed", ["password"]),
        (decision(password=12345678), 400, "malformed", ["password"]),
        (decision(accepted="yes"), 400, "malformed", ["accepted"]),
        (decision(reasons={"apnoea": "x"}), 400, "malformed", ["reasons.apnoea"]),
        (decision(reasons={}), 422, "decision_refused", ["reasons.sleep_apnoea"]),
        (decision(accepted=False, reasons={}), 422, "decision_refused", ["reasons"]),
    ],
)
def test_a_decision_without_password_or_reason_is_refused(
    physician: Caller, doubtful: int, body: dict[str, Any], status: int, code: str, fields: list[str]
):
    refused(physician.post(f"screenings/{doubtful}/decisions/", body), status, code, *fields)
    assert not ScreeningDecision.objects.exists()


def test_a_decision_on_old_answers_by_a_nurse_or_from_elsewhere_is_refused(
    patient: Stay, nurse: Caller, physician: Caller, stranger: Caller, doubtful: int
):
    refused(nurse.post(f"screenings/{doubtful}/decisions/", decision()), 403, "role_not_allowed")
    refused(stranger.post(f"screenings/{doubtful}/decisions/", decision()), 404, "admission_not_found")
    nurse.post(f"admissions/{patient.id}/screenings/", screening())
    refused(physician.post(f"screenings/{doubtful}/decisions/", decision()), 409, "screening_changed")


def test_a_password_is_neither_logged_nor_kept(physician: Caller, doubtful: int, caplog: pytest.LogCaptureFixture):
    for body in (decision(), decision(password="wrong-but-secret"), decision(reasons={})):
        answer = physician.post(f"screenings/{doubtful}/decisions/", body)
        assert body["password"] not in answer.content.decode()
    trail = json.dumps(list(AuditEvent.objects.values_list("content", "verb")), default=str)
    for secret in (PASSWORD, "wrong-but-secret"):
        assert secret not in caplog.text
        assert secret not in trail


def test_a_patient_goes_home(patient: Stay, nurse: Caller, physician: Caller, hand: Hand):
    path = f"admissions/{patient.id}/discharges/"
    refused(nurse.post(path, {"disposition": "home"}), 403, "role_not_allowed")
    stop_infusion(patient.id, effective_at=MORNING + MINUTE, by=patient.by_nurse, at=MORNING + MINUTE)
    hand.at = MORNING + HOUR
    told = refused(physician.post(path, {"disposition": "home"}), 422, "discharge_refused", "reason")
    assert told["reasons"][0]["kind"] == "soft"
    left = physician.post(path, {"disposition": "home", "reason": "lives next door"})
    assert left.status_code == 200
    check(left.json(), answers.Stay(), "left")
    assert (left.json()["disposition"], left.json()["discharge_reason"]) == ("home", "lives next door")
    assert physician.post(path, {"disposition": "home"}).json() == left.json()
    refused(physician.post(path, {"disposition": "died"}), 422, "patient_discharged")
    refused(nurse.post(f"admissions/{patient.id}/weights/", weight()), 422, "patient_discharged")


def test_every_operation_that_writes_shows_an_example_that_can_be_read():
    for path, methods in description()["paths"].items():
        operation = methods.get("post")
        if operation and set(operation["tags"]) & {"stays", "before an order", "transfers", "wards", "assessments"}:
            assert operation["requestBody"]["content"]["application/json"]["examples"], path


@pytest.mark.django_db(transaction=True)
def test_no_act_costs_more_than_twenty_statements(patient: Stay, hand: Hand):
    nurse, physician, there = Caller(patient.nurse), Caller(patient.physician), ward()
    receiver, stay = Caller(person(Role.NURSE, ward=there)), f"admissions/{patient.id}"
    free, taken = Bed.objects.create(ward=patient.ward, name="a"), Bed.objects.create(ward=there, name="b")
    counted: dict[str, int] = {}

    def count(caller: Caller, path: str, body: dict[str, Any]) -> Any:
        with CaptureQueriesContext(connection) as captured:
            answer = caller.post(path, body)
        assert answer.status_code in (200, 201), answer.content
        counted[path.rpartition("admissions/")[2]] = len(captured)
        return answer.json()

    count(nurse, "admissions/", admission(free))
    for path in ("weights/", "failed-treatments/", "consents/", "liver-panels/", "mood-screens/", "falls-scores/"):
        count(nurse, f"{stay}/{path}", POSTS[path] | {"client_id": str(uuid.uuid4())})
    screened = count(nurse, f"{stay}/screenings/", screening(sleep_apnoea="yes"))
    count(physician, f"screenings/{screened['id']}/decisions/", decision())
    asked = count(nurse, f"{stay}/transfers/", named(to_ward=there.pk))
    count(receiver, f"transfers/{asked['id']}/acceptances/", {"bed": taken.pk})
    halter = actor(person(Role.NURSE, ward=there))
    stop_infusion(patient.id, effective_at=hand.at, by=halter, at=hand.at)
    leaver = Caller(person(Role.PHYSICIAN, ward=there))
    count(leaver, f"{stay}/discharges/", {"disposition": "home", "reason": "x"})
    assert max(counted.values()) <= 20, counted
