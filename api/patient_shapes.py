"""Wards, stays and what was found out before an order, as the API answers them; `api.patient_answers` describes them."""

from datetime import time
from typing import Any

from api.order_shapes import name_of, plain
from api.shapes import iso
from patients.models import (
    Admission,
    Bed,
    Consent,
    FailedTreatment,
    Patient,
    Screening,
    ScreeningDecision,
    Transfer,
    Ward,
    WardMembership,
    Weight,
)
from patients.selectors import TreatmentFacts
from patients.selectors.treatment import answers_of


def place_shape(place: Ward | Bed) -> dict[str, Any]:
    """A ward or a bed by its name."""
    return {"id": place.pk, "name": place.name}


def patient_shape(patient: Patient) -> dict[str, Any]:
    """Who it is."""
    return {
        "id": patient.pk,
        "medical_record_number": patient.medical_record_number,
        "family_name": patient.family_name,
        "given_name": patient.given_name,
        "birth_date": patient.birth_date.isoformat(),
        "administrative_gender": patient.administrative_gender,
    }


def stay_in_brief(stay: Admission) -> dict[str, Any]:
    """A stay, as a list shows it."""
    return {
        "id": stay.pk,
        "patient": patient_shape(stay.patient),
        "ward": place_shape(stay.ward),
        "bed": place_shape(stay.bed),
        "admitted_at": iso(stay.admitted_at),
        "discharged_at": iso(stay.discharged_at),
        "disposition": stay.disposition,
        "discharge_reason": stay.discharge_reason,
        "diagnosis": str(stay.diagnosis),
        "diagnosis_note": stay.diagnosis_note,
        "admission_pain": stay.admission_pain,
        "spo2_scale": stay.spo2_scale,
        "version": stay.version,
    }


def stay_shape(stay: Admission, facts: TreatmentFacts) -> dict[str, Any]:
    """A stay, and how it stands before an order."""
    return {
        **stay_in_brief(stay),
        "before_order": {
            "screening_decided": facts.screening_decided,
            "screening_sentence": facts.screening_sentence,
            "consent_given": facts.consent_given,
            "consent_sentence": facts.consent_sentence,
            "weight_kg": plain(facts.weight.kg) if facts.weight else None,
            "weight_at": iso(facts.weight.measured_at) if facts.weight else None,
            "measured_weight_at": iso(facts.measured_weight_at),
            "watch_etco2": facts.watch_etco2,
        },
    }


def weight_shape(row: Weight) -> dict[str, Any]:
    """A weighing."""
    return {
        "id": row.pk,
        "kg": plain(row.kg),
        "basis": str(row.basis),
        "source": str(row.source),
        "measured_at": iso(row.measured_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
    }


def treatment_shape(row: FailedTreatment) -> dict[str, Any]:
    """A treatment that failed before, and what took its place."""
    newer: FailedTreatment | None = getattr(row, "superseded_by", None)
    return {
        "id": row.pk,
        "kind": str(row.kind),
        "name": row.name,
        "outcome": str(row.outcome),
        "note": row.note,
        "withdrawn": row.withdrawn,
        "supersedes": row.supersedes_id,
        "superseded_by": newer.pk if newer else None,
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
    }


def decision_shape(row: ScreeningDecision) -> dict[str, Any]:
    """A physician's word on a screening."""
    return {
        "id": row.pk,
        "screening": row.screening_id,
        "accepted": row.accepted,
        "reasons": row.reasons,
        "decided_at": iso(row.decided_at),
        "decided_by": name_of(row.decided_by),
    }


def screening_shape(row: Screening) -> dict[str, Any]:
    """One version of the answers, and what follows from them."""
    answers = answers_of(row.answers, row.pregnancy_test, row.ecg)
    return {
        "id": row.pk,
        "answers": row.answers,
        "pregnancy_test": str(row.pregnancy_test),
        "ecg": str(row.ecg),
        "note": row.note,
        "unanswered": [str(item) for item in answers.unanswered],
        "needs_reason": [str(item) for item in answers.yeses],
        "recommends": [str(each) for each in answers.recommends],
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
        "decisions": [decision_shape(each) for each in row.decisions.all()],
    }


def consent_shape(row: Consent) -> dict[str, Any]:
    """The patient's word."""
    return {
        "id": row.pk,
        "given": row.given,
        "briefed": row.briefed,
        "note": row.note,
        "given_at": iso(row.given_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
    }


def transfer_shape(row: Transfer) -> dict[str, Any]:
    """A move to another ward, and what became of it."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "from_ward": place_shape(row.from_ward),
        "to_ward": place_shape(row.to_ward),
        "reason": row.reason,
        "state": str(row.state),
        "requested_at": iso(row.requested_at),
        "requested_by": name_of(row.requested_by),
        "bed": place_shape(row.bed) if row.bed else None,
        "closed_at": iso(row.closed_at),
        "closed_by": name_of(row.closed_by),
        "close_reason": row.close_reason,
    }


def coming_shape(row: Transfer) -> dict[str, Any]:
    """A transfer for the ward that is asked: with who it is."""
    stay = row.admission
    return {**transfer_shape(row), "patient": patient_shape(stay.patient), "present_bed": place_shape(stay.bed)}


def ward_shape(ward: Ward, *, mine: bool) -> dict[str, Any]:
    """A ward; times are on its own clock."""
    return {
        **place_shape(ward),
        "time_zone": ward.time_zone,
        "increases_from": _clock(ward.increases_from),
        "increases_until": _clock(ward.increases_until),
        "keeps_bag_ledger": ward.keeps_bag_ledger,
        "mine": mine,
    }


def bed_shape(bed: Bed, *, is_free: bool) -> dict[str, Any]:
    """A bed."""
    return {**place_shape(bed), "position": bed.position, "is_free": is_free}


def member_shape(row: WardMembership) -> dict[str, Any]:
    """Somebody's work on a ward."""
    return {
        "id": row.pk,
        "person": row.user_id,
        "name": row.user.display_name,
        "role": row.user.role,
        "started_at": iso(row.started_at),
        "ended_at": iso(row.ended_at),
        "is_emergency": row.emergency_until is not None,
    }


def emergency_shape(row: WardMembership) -> dict[str, Any]:
    """Somebody's emergency access to a ward, and its review."""
    return {
        **member_shape(row),
        "ward": {"id": row.ward_id, "name": row.ward.name},
        "reason": row.emergency_reason,
        "until": iso(row.emergency_until),
        "reviewed_at": iso(row.reviewed_at),
        "review_note": row.review_note,
    }


def _clock(moment: time | None) -> str | None:
    return None if moment is None else f"{moment:%H:%M}"
