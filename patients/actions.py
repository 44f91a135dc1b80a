"""Admitting, weighing and letting go."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.actor import Actor
from accounts.roles import Permission
from audit.trail import set_actor
from core.errors import Reason, Refused, refuse_for
from patients import ports
from patients.models import Admission, Bed, Disposition, Patient, Weight, WeightBasis, WeightSource
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def admit_patient(patient: Patient, *, bed: Bed, admitted_at: datetime, by: Actor, at: datetime) -> Admission:
    """Give the patient a bed. Refused where the bed or the patient is taken already."""
    by.must_be_allowed(Permission.ADMIT_PATIENT)
    set_actor(by)
    if admitted_at > at:
        raise Refused("in_the_future", "The admission lies in the future.")
    try:
        with transaction.atomic():
            admission = Admission.objects.create(patient=patient, ward_id=bed.ward_id, bed=bed, admitted_at=admitted_at)
    except IntegrityError as error:
        raise Refused("bed_or_patient_taken", "The bed holds somebody, or the patient lies in another bed.") from error
    settle_and_publish(admission, by=by, at=at)
    return admission


@transaction.atomic
def record_weight(
    admission_id: int,
    *,
    kg: Decimal,
    source: WeightSource,
    basis: WeightBasis = WeightBasis.ACTUAL,
    measured_at: datetime,
    by: Actor,
    at: datetime,
) -> Weight:
    """Record a weight in kg with its basis and its source, and when it was taken."""
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    must_be_present(admission)
    reasons = []
    if not Decimal(1) <= kg <= Decimal(400):
        reasons.append(Reason("weight_impossible", f"{kg} kg is not a person's weight.", "kg"))
    if measured_at > at:
        reasons.append(Reason("in_the_future", "The weighing lies in the future.", "measured_at"))
    refuse_for(reasons, code="weight_refused", sentence="The weight is not saved.")
    weight = Weight.objects.create(
        admission=admission,
        kg=kg,
        basis=basis,
        source=source,
        measured_at=measured_at,
        recorded_at=at,
        recorded_by_id=by.user_id,
    )
    settle_and_publish(admission, by=by, at=at)
    return weight


@transaction.atomic
def discharge_patient(admission_id: int, *, disposition: Disposition, by: Actor, at: datetime) -> Admission:
    """Let the patient go: prompts are cancelled, alerts closed, the bed is free. Refused with every reason."""
    admission = lock_admission(admission_id, by=by, may=Permission.DISCHARGE_PATIENT)
    must_be_present(admission)
    reasons = [reason for answer in ports.reasons_not_to_discharge.ask_all(admission, at=at) for reason in answer]
    refuse_for(reasons, code="discharge_refused", sentence="The patient cannot leave yet.")
    admission.discharged_at = at
    admission.disposition = disposition
    admission.save(update_fields=["discharged_at", "disposition"])
    settle_and_publish(admission, by=by, at=at)
    return admission
