"""The alert rules through the database: what the facts carry, what settling writes, what a person's closing leaves behind."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from monitoring.actions import record_liver_panel, record_set
from monitoring.actions.alerts import resolve_alert
from monitoring.actions.events import record_adverse_event, withdraw_adverse_event
from monitoring.actions.limits import set_limit
from monitoring.domain.assessments import Analyte
from monitoring.domain.liver import LiverEntry, Measured
from monitoring.domain.severity import Direction, Rule
from monitoring.domain.values import Symptom
from monitoring.models import Alert, StayClock
from monitoring.sweeps import settle_due_stays
from tests.factories import HOUR, MINUTE, MORNING, entry, running, signed
from tests.integration.infusion import at_the_pump as pump

pytestmark = pytest.mark.django_db


def chart(patient, minutes, **values):
    at = MORNING + minutes * MINUTE
    record_set(patient.id, entry=entry(at, **values), by=patient.by_nurse, at=at)


def alerts_of(patient, rule):
    return list(Alert.objects.filter(admission_id=patient.id, rule=rule).order_by("id"))


def test_an_alert_says_what_the_value_was_at_the_dose_before():
    made = pump.started()
    pump.charted(made, at=MORNING + 14 * MINUTE, systolic=142, diastolic=84)
    pump.lower(made, 20, "0.05")
    pump.charted(made, at=MORNING + 42 * MINUTE, systolic=182, diastolic=101)
    alert = Alert.objects.get(rule="systolic")
    assert alert.dose_context["words"] == "22 min after the decrease to 0.05; at 0.10 it was 142/84"
    assert alert.asks.startswith("Ask: chest pain, breathlessness")


def test_a_drowsy_patients_alert_offers_the_last_tolerated_dose():
    made = pump.started()
    pump.charted(made, at=MORNING + 14 * MINUTE, sedation="3")
    assert Alert.objects.get(rule="sedation").offer == {"act": "decrease", "dose_mg_per_kg_h": "0.05"}


def test_the_sweep_raises_a_yellow_value_that_nobody_read_again():
    patient = running()
    chart(patient, 15, heart_rate=115)
    assert not alerts_of(patient, "heart_rate")
    for minutes in range(16, 31):
        settle_due_stays(at=MORNING + minutes * MINUTE)
        assert bool(alerts_of(patient, "heart_rate")) is (minutes >= 30)
    (alert,) = alerts_of(patient, "heart_rate")
    assert alert.sentence == "Heart rate 115 /min, no second reading came: yellow at 111 or more."
    assert alert.rang_at == MORNING + 30 * MINUTE


def test_the_clock_of_the_stay_is_set_to_the_end_of_the_window():
    patient = running()
    chart(patient, 15, heart_rate=115)
    assert StayClock.objects.get(pk=patient.id).acts_at <= MORNING + 30 * MINUTE


def test_own_limits_are_judged_by_until_they_end():
    patient = running()
    at = MORNING + MINUTE
    by = patient.by_physician
    set_limit(
        patient.id, rule=Rule.SPO2, direction=Direction.LOW, yellow=D(92), red=None, reason="lives at 3,000 m",
        until=MORNING + HOUR, signed=signed(by, at=at), by=by, at=at,
    )  # fmt: skip
    chart(patient, 15, spo2=93)
    assert not alerts_of(patient, "spo2")
    chart(patient, 30, spo2=92)
    assert len(alerts_of(patient, "spo2")) == 1
    chart(patient, 45, spo2=93)
    settle_due_stays(at=MORNING + HOUR)
    (alert,) = alerts_of(patient, "spo2")
    # The last sets are judged by the protocol's limits again: 93 is yellow.
    assert (alert.count, alert.recovered_at) == (3, None)


def panel(patient, hours, alt):
    at = MORNING + hours * HOUR
    taken = LiverEntry(collected_at=at - timedelta(minutes=50), measured={Analyte.ALT: Measured(D(alt), D(50))})
    record_liver_panel(patient.id, entry=taken, by=patient.by_nurse, at=at)


def test_red_enzymes_that_a_physician_has_closed_are_raised_again_only_by_a_new_panel():
    patient = running()
    panel(patient, 2, 160)
    (alert,) = alerts_of(patient, "liver")
    assert (alert.severity, alert.number) == ("red", D("3.2"))
    resolve_alert(
        alert.pk, text="Known, steatosis.", seen_rang_at=alert.rang_at, by=patient.by_physician, at=MORNING + 3 * HOUR
    )
    chart(patient, 200)
    assert [each.closed_at is None for each in alerts_of(patient, "liver")] == [False]
    panel(patient, 26, 170)
    assert [each.closed_at is None for each in alerts_of(patient, "liver")] == [False, True]


def test_an_event_is_red_and_ends_when_it_was_recorded_by_mistake():
    patient = running()
    event = record_adverse_event(patient.id, kind=Rule.FALL, by=patient.by_nurse, at=MORNING + 5 * MINUTE)
    (alert,) = alerts_of(patient, "fall")
    assert (alert.severity, alert.stop_advised, alert.evidence) == ("red", True, [event.pk])
    withdraw_adverse_event(event.pk, reason="wrong bed", by=patient.by_nurse, at=MORNING + 9 * MINUTE)
    (alert,) = alerts_of(patient, "fall")
    assert (alert.close_reason, alert.closed_at) == ("recorded by mistake", MORNING + 9 * MINUTE)


def test_vomiting_twice_is_told_once():
    patient = running()
    for minutes in (15, 30, 45):
        at = MORNING + minutes * MINUTE
        record_set(patient.id, entry=entry(at, symptoms=(Symptom.VOMITING,)), by=patient.by_nurse, at=at)
    (alert,) = alerts_of(patient, "vomiting")
    assert (alert.severity, alert.count, alert.rang_at) == ("yellow", 3, MORNING + 30 * MINUTE)
