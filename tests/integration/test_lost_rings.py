"""A ring that was nearly lost: an overdue set that somebody saw, another ward, a panel of absurd numbers, many events."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.roles import Role
from core.errors import Refused
from monitoring.actions import (
    acknowledge_alert,
    come_back,
    leave_ward,
    record_adverse_event,
    record_liver_panel,
    record_set,
    withdraw_adverse_event,
)
from monitoring.domain.assessments import Analyte
from monitoring.domain.liver import LiverEntry, Measured
from monitoring.domain.severity import Rule
from monitoring.models import Alert, Notification, StayClock
from monitoring.sweeps import settle_due_stays
from patients.actions import accept_transfer, request_transfer
from patients.models import Bed
from tests.factories import HOUR, MINUTE, MORNING, actor, entry, person, running, ward
from tests.integration.infusion.at_the_pump import after, codes, pause, resume, started

pytestmark = pytest.mark.django_db


def sweep(at):
    while settle_due_stays(at=at):
        pass


def alert_of(patient, rule):
    return Alert.objects.get(admission_id=patient.id, rule=rule, closed_at=None)


def told(alert):
    return [each for said in Notification.objects.filter(alert=alert).order_by("id") for each in said.people]


def chart(patient, at, **changed):
    return record_set(patient.id, entry=entry(at, **changed), by=patient.by_nurse, at=at).set


def looks(patient, rule, at):
    alert = alert_of(patient, rule)
    return acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=at)


def test_an_overdue_set_that_somebody_saw_rings_again_though_half_a_set_came():
    patient = running()
    at = MORNING + 30 * MINUTE
    sweep(at)
    rang_at = alert_of(patient, "set_overdue").rang_at
    looks(patient, "set_overdue", at)
    half = {"respiratory_rate": None, "spo2": None, "sedation": None}
    chart(patient, at + 10 * MINUTE, **half)
    for minutes in range(10, 130, 5):
        sweep(at + minutes * MINUTE)
    assert alert_of(patient, "set_overdue").rang_at > rang_at


def test_a_ward_that_takes_over_a_patient_whose_alert_rings_is_told_of_it():
    patient = running()
    other = ward("Receiving")
    nurse = person(Role.NURSE, ward=other)
    doctor = person(Role.PHYSICIAN, ward=other)
    bed = Bed.objects.create(ward=other, name="1")
    at = MORNING + 15 * MINUTE
    chart(patient, at, systolic=184)
    sweep(at + 6 * MINUTE)
    moved = request_transfer(patient.id, to_ward_id=other.pk, by=patient.by_nurse, at=at + 7 * MINUTE)
    accept_transfer(moved.pk, bed_id=bed.pk, by=actor(nurse), at=at + 8 * MINUTE)
    assert nurse.pk in told(alert_of(patient, "systolic"))
    sweep(at + 13 * MINUTE)
    assert doctor.pk in told(alert_of(patient, "systolic"))
    assert StayClock.objects.get(admission_id=patient.id).acts_at > at + 13 * MINUTE


def test_a_panel_of_any_numbers_that_may_be_entered_raises_its_alert():
    patient = running()
    at = MORNING + HOUR
    measured = {Analyte.ALT: Measured(D(100_000), D("0.01"))}
    record_liver_panel(patient.id, entry=LiverEntry(at, measured), by=patient.by_nurse, at=at)
    assert alert_of(patient, "liver").stop_advised


def test_an_event_that_is_told_late_rings_however_many_came_after_it():
    patient = running()
    at = MORNING + 2 * HOUR
    for number in range(20):
        when = at - timedelta(minutes=number)
        record_adverse_event(patient.id, kind=Rule.ASKS_TO_STOP, occurred_at=when, by=patient.by_nurse, at=at)
    record_adverse_event(patient.id, kind=Rule.FALL, occurred_at=MORNING, by=patient.by_nurse, at=at)
    assert alert_of(patient, "fall").severity == "red"


def test_an_event_recorded_by_mistake_long_ago_closes_its_alert_however_many_came_after_it():
    patient = running()
    at = MORNING + 2 * HOUR
    fall = record_adverse_event(patient.id, kind=Rule.FALL, occurred_at=MORNING, by=patient.by_nurse, at=at)
    for number in range(20):
        when = at - timedelta(minutes=number)
        record_adverse_event(patient.id, kind=Rule.ASKS_TO_STOP, occurred_at=when, by=patient.by_nurse, at=at)
    withdraw_adverse_event(fall.pk, reason="another patient's", by=patient.by_nurse, at=at)
    assert not Alert.objects.open().filter(rule="fall").exists()


def test_a_pump_runs_again_off_the_ward_only_beside_an_escort_who_charts():
    made = started()
    pause(made, 5)
    away = leave_ward(made.id, destination="MRI", left_at=after(6), by=made.by_nurse, at=after(6))
    with pytest.raises(Refused) as refused:
        resume(made, 10)
    assert codes(refused) == ["escort_missing"]
    come_back(away.pk, by=made.by_nurse, at=after(11))
    leave_ward(made.id, destination="MRI", escort="Nurse Two", left_at=after(12), by=made.by_nurse, at=after(12))
    assert resume(made, 13).course.state == "running"
