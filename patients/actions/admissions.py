"""Admitting and letting go."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import of_session
from audit.trail import set_actor
from core.errors import Kind, NotFound, Reason, Refused, refuse_for
from patients import ports
from patients.domain.people import Identity, reasons_not_to_register
from patients.domain.treatment import (
    Diagnosis,
    TransferState,
    TreatmentEntry,
    reasons_not_to_enter,
    reasons_of_diagnosis,
)
from patients.models import Admission, Bed, Disposition, FailedTreatment, Patient, Transfer
from patients.selectors import lock_admission, must_be_present, works_on
from patients.settling import settle_and_publish

LONGEST_REASON = 200  # characters
# Nobody decided that these leave: no rule on leaving too early holds them.
_NOBODY_DECIDED = (Disposition.DIED, Disposition.ABSCONDED)


@transaction.atomic
def admit_patient(
    patient: Patient | Identity,
    *,
    bed: Bed,
    admitted_at: datetime,
    diagnosis: Diagnosis,
    diagnosis_note: str = "",
    admission_pain: int | None = None,
    failed_treatments: Sequence[TreatmentEntry] = (),
    by: Actor,
    at: datetime,
) -> Admission:
    """Give the patient a bed on a ward where the person works; somebody unknown is registered by their identity.

    `admission_pain` is 0 to 10; another diagnosis needs its note. Admitting once more just as it was answers the same
    stay. `NotFound` for another ward's bed; `Refused` with every reason, or where bed or patient is taken already.
    """
    by.must_be_allowed(Permission.ADMIT_PATIENT)
    if not by.is_process and not works_on(by.user_id or 0, bed.ward_id):
        raise NotFound("bed_not_found", "There is no such bed on your wards.")
    set_actor(by)
    reasons = reasons_of_diagnosis(diagnosis, diagnosis_note, admission_pain)
    if admitted_at > at:
        reasons.append(Reason("in_the_future", "The admission lies in the future.", "admitted_at"))
    if isinstance(patient, Identity):
        reasons += reasons_not_to_register(patient, today=at.date())
    for number, entry in enumerate(failed_treatments):
        reasons += reasons_not_to_enter(entry, field=f"failed_treatments.{number}.")
    refuse_for(reasons, code="admission_refused", sentence="The patient is not admitted yet.")
    person = _registered(patient) if isinstance(patient, Identity) else patient
    wanted = Admission(
        patient=person,
        ward_id=bed.ward_id,
        bed=bed,
        admitted_at=admitted_at,
        diagnosis=diagnosis,
        diagnosis_note=diagnosis_note.strip(),
        admission_pain=admission_pain,
    )
    if not _took_the_bed(wanted):
        return _same_stay(wanted)
    if failed_treatments:
        person_id = of_session(by, at=at).user_id
        FailedTreatment.objects.bulk_create(
            FailedTreatment(admission=wanted, recorded_at=at, recorded_by_id=person_id, **asdict(entry))
            for entry in failed_treatments
        )
    settle_and_publish(wanted, by=by, at=at)
    return wanted


def _registered(identity: Identity) -> Patient:
    """The patient of that number; somebody else of the same number is a mistake that nobody may paper over."""
    said = asdict(identity)
    number = said.pop("medical_record_number")
    patient, _made = Patient.objects.get_or_create(medical_record_number=number, defaults=said)
    reasons = [
        Reason("patient_differs", f"This number is registered with another {name.replace('_', ' ')}.", name)
        for name, value in said.items()
        if getattr(patient, name) != value
    ]
    refuse_for(reasons, code="patient_differs", sentence="This number is registered with other data. Look again.")
    return patient


def _took_the_bed(wanted: Admission) -> bool:
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:
        return False
    return True


_SAME = ("bed_id", "admitted_at", "diagnosis", "diagnosis_note", "admission_pain")


def _same_stay(wanted: Admission) -> Admission:
    """The stay that was made by sending this very admission before; else somebody is in the way."""
    stay = Admission.objects.present().filter(patient=wanted.patient).first()
    if stay is not None and all(getattr(stay, name) == getattr(wanted, name) for name in _SAME):
        stay.sent_again = True
        return stay
    if stay is not None:
        raise Refused("patient_admitted", "The patient is admitted already, in another bed or at another time.")
    raise Refused("bed_taken", "The bed holds somebody already.")


@transaction.atomic
def discharge_patient(
    admission_id: int, *, disposition: Disposition, reason: str = "", by: Actor, at: datetime
) -> Admission:
    """Let the patient go: prompts and alerts are cancelled with the disposition, a waiting transfer too, the bed is free.

    Refused with every reason (a pump that runs, a bag that hangs). Soon after the stop it takes a physician's `reason`,
    but not for who died or absconded (DOMAIN 3). Once more with the same disposition changes nothing.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.DISCHARGE_PATIENT, reason=reason)
    if admission.discharged_at is not None and admission.disposition == disposition:
        return admission
    must_be_present(admission)
    reasons = [each for answer in ports.reasons_not_to_discharge.ask_all(admission, at=at) for each in answer]
    if reason.strip() or disposition in _NOBODY_DECIDED:
        reasons = [each for each in reasons if each.kind is Kind.HARD]
    if len(reason) > LONGEST_REASON:
        reasons.append(Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "reason"))
    refuse_for(reasons, code="discharge_refused", sentence="The patient cannot leave yet.")
    admission.discharged_at = at
    admission.disposition = disposition
    admission.discharge_reason = reason.strip()
    admission.save(update_fields=["discharged_at", "disposition", "discharge_reason"])
    Transfer.objects.filter(admission=admission, state=TransferState.WAITING).update(
        state=TransferState.CANCELLED,
        closed_at=at,
        closed_by_id=by.user_id,
        close_reason=f"the patient left: {Disposition(disposition).label}",
    )
    settle_and_publish(admission, by=by, at=at)
    return admission
