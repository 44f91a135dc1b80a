"""Sets, stops and sweeps at odd times, through the database: late, early, before the start, by a clock that is behind."""

import uuid
from decimal import Decimal

import pytest
from django.db import transaction

from core.errors import Refused
from infusion.actions import stop_infusion
from infusion.models import DeliveryEvent, Segment
from infusion.projection import project
from infusion.selectors import course_of
from monitoring.actions import acknowledge_alert, record_set
from monitoring.domain.stay import EVIDENCE_KEPT
from monitoring.domain.values import AbsentReason, Parameter, Source, Values
from monitoring.models import Acknowledgement, Alert, ObservationSet, Prompt
from monitoring.settling import settle_stays
from monitoring.sweeps import SWEEP, reevaluate_recent_sets, settle_due_stays
from tests.factories import HOUR, MINUTE, MORNING, entry, running, stay

pytestmark = pytest.mark.django_db


def after(minutes):
    return MORNING + minutes * MINUTE


def charted(patient, minutes, *, late=0, by=None, **changed):
    """A set charted so many minutes after the start, seen `late` minutes before."""
    of = entry(after(minutes - late), late_reason="on paper" if late > 30 else "", **changed)
    return record_set(patient.id, entry=of, by=by or patient.by_nurse, at=after(minutes)).set


def looked(patient, minutes, *, with_patient=False):
    """The nurse acknowledges the fast heart as it rang last."""
    alert = Alert.objects.get(rule="heart_rate", closed_at=None)
    acknowledge_alert(
        alert.pk, with_patient=with_patient, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=after(minutes)
    )


def open_prompt(patient):
    return Prompt.objects.get(admission_id=patient.id, kind="full_set", state="open")


def states(patient):
    """(due in minutes after the start, state) of every prompt."""
    prompts = Prompt.objects.filter(admission_id=patient.id, kind="full_set").order_by("due_at", "id")
    return [((prompt.due_at - MORNING) / MINUTE, prompt.state) for prompt in prompts]


def at_the_pump(patient, minutes, *, kind="rate_changed", dose="0.1500", told=None):
    """What was done at the pump, as a later action would record it."""
    recorded_at = after(minutes if told is None else told)
    order = patient.admission.orders.get()
    DeliveryEvent.objects.create(
        order=order,
        admission=patient.admission,
        kind=kind,
        effective_at=after(minutes),
        recorded_at=recorded_at,
        dose_mg_per_kg_h=Decimal(dose),
        rate_ml_per_h=Decimal(dose) * 35,
        concentration_mg_per_ml=Decimal(2),
        client_id=uuid.uuid4(),
    )
    project(patient.admission, order=order)
    settle_stays([patient.id], by=SWEEP, at=recorded_at)


def test_a_set_without_an_order_is_scored_and_rings_but_asks_only_for_a_look_again():
    patient = stay()
    made = charted(patient, 0, spo2=88)
    assert made.news2_total == 3
    assert {alert.rule: (alert.severity, alert.dose_context) for alert in Alert.objects.all()} == {
        "spo2": ("red", {}),
        "news2": ("yellow", {}),
    }
    assert [(each.kind, each.about) for each in Prompt.objects.all()] == [("recheck", "spo2")]


def test_a_set_seen_before_the_start_ends_no_prompt_but_counts_for_the_baseline_and_rings():
    patient = running()
    charted(patient, 14, late=15, systolic=115, heart_rate=135)
    assert states(patient) == [(15, "open")]
    assert Alert.objects.get(rule="heart_rate").dose_context == {}
    charted(patient, 15, systolic=150)
    charted(patient, 25, systolic=151)
    assert Alert.objects.get(rule="systolic").sentence == (
        "Blood pressure 151/78 mmHg: systolic 36 above the baseline of 115."
    )


def test_a_stop_told_before_the_last_change_counts_from_that_change():
    patient = running()
    at_the_pump(patient, 60)
    stop_infusion(patient.id, effective_at=after(30), by=patient.by_nurse, at=after(70))
    segments = Segment.objects.values_list("started_at", "ended_at")
    assert list(segments) == [(after(0), after(60))]
    course = course_of(patient.admission)
    assert (course.state, course.stopped_at) == ("stopped", after(60))


def test_a_stop_at_the_instant_of_the_start_leaves_no_segment_and_a_stopped_course():
    patient = running()
    stop_infusion(patient.id, effective_at=after(-30), by=patient.by_nurse, at=after(1))
    assert not Segment.objects.exists()
    assert course_of(patient.admission).state == "stopped"
    assert [each for each in states(patient) if each[1] == "open"] == [(30, "open")]


def test_a_stop_ahead_of_the_clock_is_refused_and_one_told_again_changes_nothing():
    patient = running()
    with pytest.raises(Refused, match="3 min ahead"):
        stop_infusion(patient.id, effective_at=after(13), by=patient.by_nurse, at=after(10))
    first = stop_infusion(patient.id, effective_at=after(12), by=patient.by_nurse, at=after(10))
    again = stop_infusion(patient.id, effective_at=after(20), by=patient.by_nurse, at=after(20))
    assert (first.event.pk, first.course.stopped_at) == (again.event.pk, again.course.stopped_at)
    assert DeliveryEvent.objects.filter(kind="stopped").count() == 1


def test_a_nurses_set_of_half_a_day_ago_is_judged_like_any_other():
    patient = running()
    charted(patient, 13 * 60, late=12 * 60 + 1, spo2=88)
    charted(patient, 13 * 60, late=12 * 60)
    alert = Alert.objects.get(rule="spo2")
    assert (alert.retrospective, alert.rang_at, alert.recovered_at) == (True, after(13 * 60), after(60))


def test_back_entries_after_a_downtime_ring_only_where_nothing_newer_is_in_range():
    patient = running()
    for minutes, spo2 in ((60, 88), (120, 97), (180, 97)):
        of = entry(after(minutes), spo2=spo2, source=Source.DOWNTIME)
        record_set(patient.id, entry=of, by=patient.by_nurse, at=after(300))
    alert = Alert.objects.get(rule="spo2")
    assert (alert.retrospective, alert.recovered_at) == (True, after(120))


def test_a_sweep_by_a_clock_that_is_behind_takes_nothing_back():
    patient = running()
    settle_due_stays(at=after(31))
    before = states(patient), list(Alert.objects.values())
    for minutes in (30.9, 26, 16, 3):
        settle_due_stays(at=after(minutes))
        settle_stays([patient.id], by=SWEEP, at=after(minutes))
    assert (states(patient), list(Alert.objects.values())) == before
    assert states(patient) == [(15, "missed"), (30, "open")]


def test_the_last_sets_after_a_stop_may_be_missed_once_and_no_more():
    patient = running()
    stop_infusion(patient.id, effective_at=after(5), by=patient.by_nurse, at=after(5))
    for hours in (1, 7, 8, 20):
        settle_due_stays(at=after(hours * 60))
        settle_stays([patient.id], by=SWEEP, at=after(hours * 60))
    ended = [(35, "missed"), (65, "missed"), (125, "missed"), (245, "missed")]
    assert [each for each in states(patient) if each[1] != "superseded"] == ended
    assert Alert.objects.get().closed_at is None, "nobody has looked at the patient since"
    charted(patient, 1201)
    assert Alert.objects.get().close_reason == "a set came"


def test_a_prompt_ended_early_and_due_after_the_next_one_does_not_count_as_the_last():
    patient = running()
    minutes = 0
    while open_prompt(patient).interval < HOUR:
        minutes = (open_prompt(patient).due_at - MORNING) / MINUTE
        charted(patient, minutes)
    due = minutes + 60
    charted(patient, due - 14)
    at_the_pump(patient, due - 13)
    assert open_prompt(patient).due_at == after(due + 2)
    charted(patient, due + 1)
    assert open_prompt(patient).due_at == after(due + 16)
    settle_due_stays(at=after(due + 31))
    assert (due + 16, "missed") in states(patient)
    settle_stays([patient.id], by=SWEEP, at=after(due + 32))
    assert Alert.objects.get(rule="set_overdue").closed_at is None


def test_an_increase_told_late_asks_at_once_for_the_set_that_is_due():
    patient = running()
    while open_prompt(patient).interval < HOUR:
        minutes = (open_prompt(patient).due_at - MORNING) / MINUTE
        charted(patient, minutes)
    at_the_pump(patient, minutes + 5, told=minutes + 25)
    assert open_prompt(patient).due_at == after(minutes + 20)


def test_refusals_alone_are_kept_and_leave_the_prompt_open():
    patient = running()
    refused = {parameter: AbsentReason.REFUSED for parameter in Parameter}  # noqa: C420
    charted(patient, 15, values=Values(), absent=refused)
    assert ObservationSet.objects.get().absent["spo2"] == "refused"
    assert states(patient) == [(15, "open")]


def test_a_second_reading_counts_however_often_somebody_charted_in_between():
    patient = running()
    charted(patient, 1, heart_rate=115)
    for minutes in range(2, 10):
        charted(patient, minutes, values=Values(spo2=97))
    charted(patient, 11, heart_rate=118)
    assert Alert.objects.get(rule="heart_rate").severity == "yellow"


def test_creeping_up_by_small_steps_rings_beyond_the_acknowledged_peak():
    patient = running()
    charted(patient, 1, heart_rate=135)
    looked(patient, 2)
    rang = []
    for minutes, rate in ((10, 140), (20, 144), (30, 145), (40, 148)):
        charted(patient, minutes, heart_rate=rate)
        rang.append((Alert.objects.get(rule="heart_rate").rang_at - MORNING) / MINUTE)
    assert rang == [1, 1, 30, 30]


def test_an_alert_that_goes_on_keeps_its_last_sets_and_counts_them_all():
    patient = running()
    with transaction.atomic():
        for minutes in range(1, EVIDENCE_KEPT + 4):
            charted(patient, minutes, spo2=92)
    alert = Alert.objects.get(rule="spo2")
    assert (alert.count, len(alert.evidence)) == (EVIDENCE_KEPT + 3, EVIDENCE_KEPT)
    charted(patient, 60, late=58, values=Values(pain=2))
    alert.refresh_from_db()
    assert alert.count == EVIDENCE_KEPT + 3, "a late set beside the oldest does not count them again"


def test_being_with_the_patient_is_said_once_a_ring():
    patient = running()
    charted(patient, 1, heart_rate=135)
    looked(patient, 2)
    for minutes in (3, 4):
        looked(patient, minutes, with_patient=True)
    assert list(Acknowledgement.objects.values_list("with_patient", flat=True)) == [False, True]
    charted(patient, 10, heart_rate=150)
    looked(patient, 11, with_patient=True)
    assert Acknowledgement.objects.count() == 3


def test_every_set_of_an_import_past_the_actions_is_judged_and_counted_once():
    patient = running()
    rows = [
        ObservationSet(
            admission_id=patient.id,
            observed_at=after(number),
            recorded_at=after(300),
            source="import",
            client_id=uuid.uuid4(),
            fingerprint=b"x",
            heart_rate={20: 140}.get(number, 72),
            spo2=92 if number < 60 else 97,
        )
        for number in range(1, 120)
    ]
    ObservationSet.objects.bulk_create(rows[::-1])
    for minutes in (301, 302, 303):
        reevaluate_recent_sets(at=after(minutes))
    found = {alert.rule: alert for alert in Alert.objects.exclude(rule__in=["news2", "set_overdue"])}
    assert {rule: alert.count for rule, alert in found.items()} == {"heart_rate": 1, "spo2": 59}
    assert (found["heart_rate"].recovered_at, found["spo2"].recovered_at) == (after(21), after(60))
    assert found["heart_rate"].rang_at is None, "it was over when it came in"
    assert len(found["spo2"].evidence) == EVIDENCE_KEPT
