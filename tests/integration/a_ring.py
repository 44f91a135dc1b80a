"""A red value that rings at RANG, on a ward with a nurse, a charge nurse and a physician, the clock moved by hand."""

from datetime import timedelta

from accounts.roles import Role
from monitoring.actions import acknowledge_alert, record_set
from monitoring.models import Alert, Notification, StayClock
from monitoring.sweeps import settle_due_stays
from tests.factories import MINUTE, MORNING, entry, person, running

RANG = MORNING + 15 * MINUTE
SYSTOLIC = {"systolic": 184}


def after(minutes, seconds=0):
    """So long after the ring."""
    return RANG + timedelta(minutes=minutes, seconds=seconds)


def somebody_red():
    """A stay with a nurse, a charge nurse and a physician, whose set at RANG shows a red value."""
    made = running()
    made.charge = person(Role.CHARGE_NURSE, ward=made.ward)
    chart(made, RANG, **SYSTOLIC)
    return made


def chart(patient, at, *, by=None, with_patient=False, **changed):
    by = by or patient.by_nurse
    return record_set(patient.id, entry=entry(at, **changed), with_patient=with_patient, by=by, at=at).set


def alert_of(patient, rule="systolic"):
    return Alert.objects.get(admission_id=patient.id, rule=rule, closed_at=None)


def sweep(at):
    while settle_due_stays(at=at):
        pass


def told(patient, rule="systolic", rang_at=None):
    """Each step of the last ring: minutes after the first ring, tier, people, why nobody."""
    alert = Alert.objects.filter(admission_id=patient.id, rule=rule).latest("id")
    said = Notification.objects.filter(alert=alert, rang_at=rang_at or alert.rang_at).order_by("step")
    return [((each.told_at - RANG) / MINUTE, each.tier, each.people, each.skipped) for each in said]


def tiers(patient, **which):
    return [(minutes, tier) for minutes, tier, _, _ in told(patient, **which)]


def acts_at(patient):
    return StayClock.objects.get(admission_id=patient.id).acts_at


def acknowledges(patient, at, *, by=None, **how):
    alert = alert_of(patient)
    return acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=by or patient.by_nurse, at=at, **how)


def codes(refused):
    return sorted(reason.code for reason in refused.value.reasons)
