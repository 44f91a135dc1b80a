"""From a recorded set to a ringing alert, through every layer below the pages."""

import uuid

import pytest

from accounts.roles import Role
from audit.models import AuditEvent
from core.errors import Conflict, Forbidden, NotFound, Refused
from infusion.actions import stop_infusion
from infusion.models import Course, Segment
from monitoring.actions import acknowledge_alert, correct_set, record_set
from monitoring.models import Alert, ObservationSet, Prompt, StayClock
from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays
from patients.actions import discharge_patient
from patients.models import Disposition
from tests.factories import HOUR, MINUTE, MORNING, actor, entry, person, running, stay

pytestmark = pytest.mark.django_db


def open_prompt(of):
    return Prompt.objects.get(admission_id=of.id, kind="full_set", state="open")


def test_a_start_makes_a_segment_a_course_and_the_first_prompt():
    patient = running()
    segment = Segment.objects.get(admission_id=patient.id)
    assert (str(segment.dose_mg_per_kg_h), str(segment.rate_ml_per_h)) == ("0.1000", "3.50")
    assert Course.objects.get(admission_id=patient.id).state == "running"
    prompt = open_prompt(patient)
    assert prompt.due_at == MORNING + 15 * MINUTE
    assert prompt.overdue_at == StayClock.objects.get(pk=patient.id).acts_at == MORNING + 25 * MINUTE


def test_a_full_set_ends_its_prompt_and_opens_the_next():
    patient = running()
    at = MORNING + 14 * MINUTE
    first = record_set(patient.id, entry=entry(at), by=patient.by_nurse, at=at)
    done = Prompt.objects.get(admission_id=patient.id, kind="full_set", state="done")
    assert done.closed_by_set_id == first.set.pk
    assert first.set.news2_total == 0
    assert open_prompt(patient).due_at == at + 15 * MINUTE
    assert not Alert.objects.exists()


def test_a_set_without_sedation_leaves_the_prompt_open():
    patient = running()
    at = MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(at, sedation=None), by=patient.by_nurse, at=at)
    assert open_prompt(patient).due_at == MORNING + 15 * MINUTE


def test_a_red_value_raises_its_alert_in_the_sets_own_transaction_and_recovers():
    patient = running()
    at = MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(at, systolic=184, diastolic=104), by=patient.by_nurse, at=at)
    alert = Alert.objects.get()
    assert (alert.rule, alert.direction, alert.severity, alert.value) == ("systolic", "high", "red", "184/104")
    assert alert.dose_context["words"] == "15 min after the start at 0.10"
    later = at + 15 * MINUTE
    record_set(patient.id, entry=entry(later), by=patient.by_nurse, at=later)
    alert.refresh_from_db()
    assert alert.recovered_at == later
    assert alert.closed_at is None, "nobody has looked yet"
    acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=later + MINUTE)
    alert.refresh_from_db()
    assert alert.closed_at == later + MINUTE
    assert alert.close_reason == "back in range"


def test_the_sweep_raises_an_overdue_set_once_and_rolls_the_prompt_on():
    patient = running()
    assert settle_due_stays(at=MORNING + 24 * MINUTE) == 0
    assert settle_due_stays(at=MORNING + 25 * MINUTE) == 1
    assert settle_due_stays(at=MORNING + 25 * MINUTE) == 0
    alert = Alert.objects.get()
    assert (alert.rule, alert.severity, alert.first_observed_at) == ("set_overdue", "yellow", MORNING + 25 * MINUTE)
    assert settle_due_stays(at=MORNING + 47 * MINUTE) == 1
    assert list(Prompt.objects.filter(kind="full_set").order_by("due_at").values_list("state", flat=True)) == [
        "missed",
        "missed",
        "open",
    ]
    at = MORNING + 48 * MINUTE
    record_set(patient.id, entry=entry(at), by=patient.by_nurse, at=at)
    alert.refresh_from_db()
    assert alert.close_reason == "a set came"
    assert open_prompt(patient).due_at == at + 15 * MINUTE


def test_a_sleeping_night_of_the_scheduler_is_caught_up_at_once():
    patient = running()
    settle_due_stays(at=MORNING + 8 * HOUR)
    assert open_prompt(patient).due_at == MORNING + 8 * HOUR
    assert Prompt.objects.filter(kind="full_set", state="missed").count() == 12
    assert Alert.objects.get().rule == "set_overdue"


def test_a_stop_supersedes_what_is_not_yet_due_and_the_schedule_ends():
    patient = running()
    stop_infusion(patient.id, effective_at=MORNING + 5 * MINUTE, by=patient.by_nurse, at=MORNING + 5 * MINUTE)
    assert open_prompt(patient).due_at == MORNING + 35 * MINUTE
    assert Segment.objects.get().ended_at == MORNING + 5 * MINUTE
    for after in (30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR):
        at = MORNING + 5 * MINUTE + after
        record_set(patient.id, entry=entry(at), by=patient.by_nurse, at=at)
    assert not Prompt.objects.filter(state="open").exists()


def test_a_correction_keeps_the_old_version_and_withdraws_its_alert():
    patient = running()
    at = MORNING + 15 * MINUTE
    wrong = record_set(patient.id, entry=entry(at, systolic=184), by=patient.by_nurse, at=at).set
    right = correct_set(
        wrong.pk, entry=entry(at, systolic=148), reason="typed wrong", by=patient.by_nurse, at=at + MINUTE
    )
    assert list(ObservationSet.objects.current()) == [right.set]
    assert Alert.objects.get().close_reason == "corrected"
    with pytest.raises(Conflict):
        correct_set(wrong.pk, entry=entry(at), reason="again", by=patient.by_nurse, at=at + 2 * MINUTE)


def test_the_same_set_twice_is_one_row_and_other_content_is_refused():
    patient = running()
    at = MORNING + 15 * MINUTE
    name = uuid.uuid4()
    first = record_set(patient.id, entry=entry(at, client_id=name), by=patient.by_nurse, at=at)
    again = record_set(patient.id, entry=entry(at, client_id=name), by=patient.by_nurse, at=at + MINUTE)
    assert (again.set.pk, again.is_new) == (first.set.pk, False)
    with pytest.raises(Refused, match="other content"):
        record_set(patient.id, entry=entry(at, client_id=name, pain=9), by=patient.by_nurse, at=at + MINUTE)


def test_a_late_red_value_is_kept_as_retrospective_and_does_not_ring_after_a_newer_calm_one():
    patient = running()
    at = MORNING + 75 * MINUTE
    record_set(patient.id, entry=entry(at), by=patient.by_nurse, at=at)
    late = entry(MORNING + 30 * MINUTE, heart_rate=140, late_reason="charted on paper")
    record_set(patient.id, entry=late, by=patient.by_nurse, at=at + MINUTE)
    alert = Alert.objects.get(rule="heart_rate")
    assert (alert.retrospective, alert.recovered_at, alert.rang_at) == (True, at, None)


def test_worsening_rings_again_though_acknowledged():
    patient = running()
    at = MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(at, heart_rate=135), by=patient.by_nurse, at=at)
    alert = Alert.objects.get(rule="heart_rate")
    with pytest.raises(Conflict, match="rang again"):
        acknowledge_alert(alert.pk, seen_rang_at=None, by=patient.by_nurse, at=at + MINUTE)
    acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=at + MINUTE)
    same = at + 15 * MINUTE
    record_set(patient.id, entry=entry(same, heart_rate=140), by=patient.by_nurse, at=same)
    alert.refresh_from_db()
    assert alert.acknowledged_at is not None
    worse = at + 30 * MINUTE
    record_set(patient.id, entry=entry(worse, heart_rate=150), by=patient.by_nurse, at=worse)
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    assert (alert.rang_at, alert.count) == (worse, 3)


def test_a_raw_import_of_a_red_set_is_found_by_the_sweep():
    patient = running()
    at = MORNING + 15 * MINUTE
    ObservationSet.objects.create(
        admission_id=patient.id,
        observed_at=at,
        recorded_at=at,
        source="import",
        client_id=uuid.uuid4(),
        fingerprint=b"x",
        spo2=88,
    )
    assert reevaluate_recent_sets(at=at + MINUTE) == 1
    assert dict(Alert.objects.values_list("rule", "severity")) == {"spo2": "red", "news2": "yellow"}
    reevaluate_recent_sets(at=at + MINUTE)
    assert Alert.objects.get(rule="spo2").count == 1


def test_strangers_and_other_wards_get_nothing():
    patient, elsewhere = running(), stay()
    with pytest.raises(NotFound):
        record_set(patient.id, entry=entry(MORNING), by=elsewhere.by_nurse, at=MORNING)
    with pytest.raises(Forbidden):
        record_set(
            patient.id, entry=entry(MORNING), by=actor(person(Role.ADMINISTRATOR, ward=patient.ward)), at=MORNING
        )


def test_a_discharge_cancels_what_is_open_and_closes_the_chart():
    patient = running()
    with pytest.raises(Refused, match="Record its stop first"):
        discharge_patient(patient.id, disposition=Disposition.HOME, by=patient.by_physician, at=MORNING + MINUTE)
    stop_infusion(patient.id, effective_at=MORNING + MINUTE, by=patient.by_nurse, at=MORNING + MINUTE)
    discharge_patient(
        patient.id, disposition=Disposition.HOME, reason="asked for it", by=patient.by_physician, at=MORNING + HOUR
    )
    assert not Prompt.objects.filter(state="open").exists()
    assert not Alert.objects.filter(closed_at=None).exists()
    with pytest.raises(Refused, match="the chart is closed"):
        record_set(patient.id, entry=entry(MORNING + HOUR), by=patient.by_nurse, at=MORNING + HOUR)


def test_every_change_leaves_an_entry_with_actor_patient_and_admission():
    patient = running()
    at = MORNING + 15 * MINUTE
    recorded = record_set(patient.id, entry=entry(at, spo2=90), by=patient.by_nurse, at=at)
    events = AuditEvent.objects.filter(admission_id=patient.id, actor_id=patient.nurse.pk)
    row = events.get(table_name="monitoring_observationset", row_id=recorded.set.pk)
    assert (row.verb, row.patient_id, row.actor_name) == (
        "row.insert",
        patient.admission.patient_id,
        patient.nurse.display_name,
    )
    assert events.filter(table_name="monitoring_alert").exists()
    assert events.filter(table_name="monitoring_prompt", verb="row.update").exists()
