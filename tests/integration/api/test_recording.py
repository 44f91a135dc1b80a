"""Recording and correcting sets: what the answer says, and what it costs."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actor import Actor
from accounts.roles import Permission
from audit.models import AuditEvent
from monitoring.actions import record_set
from monitoring.models import Alert, ObservationSet, Prompt
from tests.calling import Caller, Hand, a_set, refused, what_is_written
from tests.factories import MINUTE, MORNING, Stay, entry, running, stay

pytestmark = pytest.mark.django_db


def test_a_set_is_answered_with_its_score_both_times_and_who_charted_it(patient: Stay, nurse: Caller, hand: Hand):
    hand.at = MORNING + 16 * MINUTE
    body = a_set(oxygen_l_per_min="2", on_oxygen=True, symptoms=["nausea", "dizzy", "nausea"], comment=" slept well ")
    answer = nurse.post(f"admissions/{patient.id}/sets/", body)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["client_id"], told["admission"], told["source"]) == (body["client_id"], patient.id, "bedside")
    assert (told["observed_at"], told["recorded_at"]) == ("2026-09-22T08:15:00Z", "2026-09-22T08:16:00Z")
    assert told["recorded_by"] == patient.nurse.display_name
    assert (told["heart_rate"], told["temperature"], told["oxygen_l_per_min"]) == (72, "36.8", "2.0")
    assert (told["symptoms"], told["comment"]) == (["dizzy", "nausea"], "slept well")
    assert told["news2"] == {
        "total": 2,
        "complete": True,
        "sub_scores": {
            "respiration": 0, "spo2": 0, "oxygen": 2, "systolic": 0, "pulse": 0, "consciousness": 0, "temperature": 0,
        },
        "missing": [],
        "temperature_at": None,
    }  # fmt: skip
    assert (told["corrects"], told["corrected"], told["corrected_by"]) == (None, False, None)


def test_the_answer_names_the_prompt_it_ended_and_the_one_now_open(patient: Stay, nurse: Caller):
    first = Prompt.objects.get(kind="full_set", state="open")
    told = nurse.post(f"admissions/{patient.id}/sets/", a_set()).json()
    assert told["completed_prompt"] == {"id": first.pk, "kind": "full_set", "due_at": "2026-09-22T08:15:00Z"}
    assert (told["prompt"]["due_at"], told["prompt"]["interval_min"]) == ("2026-09-22T08:30:00Z", 15)
    assert told["sentence"] == "Saved. The next full set is due at 2026-09-22 08:30 UTC."
    assert told["alerts"] == []


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (["sedation"], "sedation needs a value"),
        (["spo2", "sedation"], "SpO2 and sedation need values"),
        (["respiratory_rate", "spo2", "sedation"], "breathing, SpO2 and sedation need values"),
    ],
)
def test_a_set_that_leaves_the_prompt_open_says_what_is_missing(patient: Stay, nurse: Caller, missing, words):
    told = nurse.post(f"admissions/{patient.id}/sets/", a_set(**dict.fromkeys(missing))).json()
    assert told["sentence"] == f"Saved. The full set stays due: {words}."
    assert told["completed_prompt"] is None
    assert told["prompt"]["due_at"] == "2026-09-22T08:15:00Z"
    assert Prompt.objects.get(kind="full_set").state == "open"


def test_before_an_infusion_nothing_is_due_and_a_set_is_just_saved(hand: Hand):
    waiting = stay()
    told = Caller(waiting.nurse).post(f"admissions/{waiting.id}/sets/", a_set(sedation=None)).json()
    assert (told["sentence"], told["prompt"], told["completed_prompt"]) == ("Saved.", None, None)


def test_the_alerts_that_a_set_raises_stand_in_its_answer_red_first(patient: Stay, nurse: Caller):
    told = nurse.post(
        f"admissions/{patient.id}/sets/", a_set(systolic=184, diastolic=104, temperature="38.4", spo2=92)
    ).json()
    assert [(each["rule"], each["severity"]) for each in told["alerts"]] == [
        ("systolic", "red"),
        ("spo2", "yellow"),
        ("temperature", "yellow"),
    ]
    red = told["alerts"][0]
    assert (red["value"], red["rang_at"], red["acknowledged_at"]) == ("184/104", "2026-09-22T08:15:00Z", None)
    assert red["id"] == Alert.objects.get(rule="systolic").pk


def test_refusals_only_are_saved_and_leave_the_prompt_due(patient: Stay, nurse: Caller):
    body = {name: value for name, value in a_set().items() if name in ("client_id", "observed_at")}
    body["absent"] = {"respiratory_rate": "refused", "spo2": "refused", "sedation": "refused", "pain": "refused"}
    answer = nurse.post(f"admissions/{patient.id}/sets/", body)
    assert answer.status_code == 201
    assert answer.json()["sentence"] == ("Saved. The full set stays due: breathing, SpO2 and sedation need values.")
    assert answer.json()["absent"] == body["absent"]
    assert answer.json()["news2"]["complete"] is False
    assert Prompt.objects.get(kind="full_set").state == "open"


def test_the_same_set_sent_twice_is_one_row_and_the_same_answer(patient: Stay, nurse: Caller, hand: Hand):
    body = a_set(systolic=184)
    first = nurse.post(f"admissions/{patient.id}/sets/", body)
    written = what_is_written()
    hand.at += 5 * MINUTE
    again = nurse.post(f"admissions/{patient.id}/sets/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert what_is_written() == written


def test_one_temperature_is_the_same_content_however_it_is_written(patient: Stay, nurse: Caller):
    body = a_set(temperature="37.0")
    first = nurse.post(f"admissions/{patient.id}/sets/", body)
    for same in (37, 37.0, "37.0", "37", "37.00"):
        again = nurse.post(f"admissions/{patient.id}/sets/", {**body, "temperature": same})
        assert (again.status_code, again.json()) == (200, first.json())


def test_the_same_id_with_other_content_is_refused(patient: Stay, nurse: Caller):
    body = a_set()
    nurse.post(f"admissions/{patient.id}/sets/", body)
    written = what_is_written()
    answer = nurse.post(f"admissions/{patient.id}/sets/", {**body, "pain": 9})
    refused(answer, 422, "client_id_reused", "client_id")
    assert what_is_written() == written


def test_the_same_id_for_another_patient_is_refused(patient: Stay, nurse: Caller):
    neighbour = running(on=patient.ward)
    body = a_set()
    nurse.post(f"admissions/{patient.id}/sets/", body)
    refused(nurse.post(f"admissions/{neighbour.id}/sets/", body), 422, "client_id_reused", "client_id")


def test_a_set_from_paper_says_so_and_needs_no_reason_for_being_late(patient: Stay, nurse: Caller, hand: Hand):
    hand.at = MORNING + 90 * MINUTE
    answer = nurse.post(f"admissions/{patient.id}/sets/", a_set(source="downtime"))
    assert (answer.status_code, answer.json()["source"]) == (201, "downtime")


def test_a_correction_is_a_new_version_and_the_alert_of_the_old_one_is_gone(patient: Stay, nurse: Caller, hand: Hand):
    wrong = nurse.post(f"admissions/{patient.id}/sets/", a_set(systolic=184)).json()
    hand.at += MINUTE
    body = a_set(systolic=148, correction_reason="typed wrong")
    answer = nurse.post(f"sets/{wrong['id']}/corrections/", body)
    assert answer.status_code == 201
    right = answer.json()
    assert (right["corrects"], right["correction_reason"], right["systolic"]) == (wrong["id"], "typed wrong", 148)
    assert right["alerts"] == []
    assert Alert.objects.get(rule="systolic").close_reason == "corrected"
    assert nurse.post(f"sets/{wrong['id']}/corrections/", body).json() == right, "sent again, it is the same"
    trail = AuditEvent.objects.get(table_name="monitoring_observationset", row_id=right["id"])
    assert (trail.reason, trail.channel) == ("typed wrong", "api")


def test_the_trail_names_the_person_behind_the_token_and_the_request(patient: Stay, nurse: Caller):
    answer = nurse.post(f"admissions/{patient.id}/sets/", a_set())
    row = AuditEvent.objects.get(table_name="monitoring_observationset", row_id=answer.json()["id"])
    assert (row.actor_id, row.channel, row.request_id) == (patient.nurse.pk, "api", answer["X-Request-ID"])


@pytest.mark.django_db(transaction=True)
def test_a_set_that_ends_a_prompt_opens_the_next_and_raises_one_alert_costs_at_most_14_statements(
    patient: Stay, nurse: Caller, hand: Hand
):
    warm = running(on=patient.ward)
    nurse.post(f"admissions/{warm.id}/sets/", a_set())
    body = a_set(systolic=184)
    with CaptureQueriesContext(connection) as statements:
        answer = nurse.post(f"admissions/{patient.id}/sets/", body)
    said = [each["sql"].split()[0] for each in statements.captured_queries]
    assert answer.status_code == 201
    assert answer.json()["completed_prompt"]
    assert answer.json()["prompt"]
    assert [each["rule"] for each in answer.json()["alerts"]] == ["systolic"]
    assert said.count("BEGIN") == said.count("COMMIT") == 1
    assert any("pg_notify" in each["sql"] for each in statements.captured_queries)
    assert len(said) <= 14, "\n".join(each["sql"][:100] for each in statements.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_set_at_once_make_one_row_and_hear_the_same(patient: Stay, nurse: Caller):
    body = a_set(systolic=184)
    callers = [nurse, Caller(patient.nurse), Caller(patient.physician)]
    at_once = threading.Barrier(len(callers))
    heard: list[Any] = []

    def send(caller: Caller) -> None:
        try:
            at_once.wait(timeout=10)
            heard.append(caller.post(f"admissions/{patient.id}/sets/", body))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[each]) for each in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(each.status_code for each in heard) == [200, 200, 201]
    assert len({each.content for each in heard}) == 1
    assert ObservationSet.objects.count() == 1
    assert Alert.objects.get(rule="systolic").count == 1
    assert Prompt.objects.filter(state="done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_chart_that_somebody_else_holds_is_a_conflict_and_nothing_is_saved(
    patient: Stay, nurse: Caller, superuser: Any
):
    written = what_is_written()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        with superuser.transaction():
            superuser.execute("SELECT 1 FROM patients_admission WHERE id = %s FOR NO KEY UPDATE", [patient.id])
            answer = nurse.post(f"admissions/{patient.id}/sets/", a_set())
    finally:
        connection.close()  # the next test's connection waits its usual time
    refused(answer, 409, "held_by_another")
    assert what_is_written() == written
    assert nurse.post(f"admissions/{patient.id}/sets/", a_set()).status_code == 201


def test_a_set_recorded_by_a_process_has_no_name(patient: Stay, nurse: Caller):
    name = uuid.uuid4()
    at = MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(at, client_id=name), by=Actor.process("monitor", Permission.CHART), at=at)
    assert nurse.get(f"admissions/{patient.id}/sets/").json()["results"][0]["recorded_by"] == ""
