"""What people chart and correct. Each is one transaction: lock, check, change, settle, publish."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import Conflict, NotFound, Reason, Refused, refuse_for
from core.posted import OTHER_CONTENT, named_twice
from monitoring.domain.co_signing import is_very_late
from monitoring.domain.entry import LONGEST_REASON, SetEntry, reasons_not_to_take
from monitoring.domain.news2 import TEMPERATURE_GOOD_FOR, news2
from monitoring.domain.off_ward import reason_not_to_chart_as_escort
from monitoring.domain.values import Source
from monitoring.looking import a_person, acknowledge_evidence
from monitoring.models import ObservationSet
from monitoring.selectors.before import Before, before_recording
from monitoring.selectors.watching import absences_of, sets_awaiting_co_signature
from monitoring.settling import settle_stays
from patients.models import Admission
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish

_NOT_TAKEN = "The set is not saved yet; nothing of it is lost."


@dataclass(frozen=True, slots=True)
class Recorded:
    """The set as it stands in the record, and whether this call made it (or an earlier one that was sent again).

    `awaits_co_signature`: seen so long ago that a charge nurse or a physician has yet to stand beside it.
    """

    set: ObservationSet
    is_new: bool
    awaits_co_signature: bool = False


def record_set(admission_id: int, *, entry: SetEntry, with_patient: bool = False, by: Actor, at: datetime) -> Recorded:
    """Chart an observation set: score it, end the prompt it answers, open the next, raise what it shows.

    `with_patient`: "I am with the patient", which acknowledges the alerts that rest on this set and ring (DOMAIN 5).
    Sending the same again (`client_id` and content) changes nothing and answers the same. Raises `Refused` with every
    reason (DOMAIN 4), `Forbidden`, or `NotFound` for another ward's patient.
    """
    user_id = a_person(by) if with_patient else None
    try:
        with transaction.atomic():
            admission = lock_admission(admission_id, by=by, may=Permission.CHART)
            recorded = _record(admission, entry, by=by, at=at)
            if user_id is not None and recorded.is_new and acknowledge_evidence(recorded.set, user_id=user_id, at=at):
                settle_stays([admission.pk], by=by, at=at)  # published with the set
            return recorded
    except IntegrityError as error:
        raise named_twice(error) or error from error


def correct_set(set_id: int, *, entry: SetEntry, reason: str, by: Actor, at: datetime) -> Recorded:
    """Put a new version in the place of a set; the old one stays, struck through, and what followed is settled again.

    Raises `Conflict` when somebody else corrected this version first, and what `record_set` raises.
    """
    by.must_be_allowed(Permission.CHART)
    admission_id = ObservationSet.objects.filter(pk=set_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("set_not_found", "There is no such set on your wards.")
    try:
        with transaction.atomic():
            admission = lock_admission(admission_id, by=by, may=Permission.CHART, reason=reason)
            return _record(admission, entry, corrects_id=set_id, reason=reason, by=by, at=at)
    except IntegrityError as error:
        raise named_twice(error) or error from error


def _record(
    admission: Admission,
    entry: SetEntry,
    *,
    corrects_id: int | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Recorded:
    before = before_recording(
        admission.pk, client_id=entry.client_id, observed_at=entry.observed_at, good_for=TEMPERATURE_GOOD_FOR,
        corrects_id=corrects_id,
    )  # fmt: skip
    fingerprint = entry.fingerprint(corrects=corrects_id)
    if before.same_id is not None:
        return _sent_again(before.same_id, before, admission, fingerprint, by=by)
    must_be_present(admission)
    reasons = reasons_not_to_take(
        entry,
        admitted_at=admission.admitted_at,
        at=at,
        is_correction=corrects_id is not None,
    )
    if entry.source is Source.ESCORT:
        reasons += reason_not_to_chart_as_escort(entry.observed_at, absences_of(admission.pk))
    if corrects_id is not None:
        if before.is_corrected:
            raise Conflict(
                "already_corrected", "Somebody corrected this set already. Look at the newest version first."
            )
        reasons += _of_reason(reason.strip())
    refuse_for(reasons, code="set_refused", sentence=_NOT_TAKEN)
    made = _row(admission, entry, before, fingerprint, by=by, at=at)
    made.corrects_id = corrects_id
    made.correction_reason = reason.strip()
    _insert(made)
    settle_and_publish(admission, by=by, at=at)
    return Recorded(made, is_new=True, awaits_co_signature=_awaits(made, by=by))


def _of_reason(reason: str) -> list[Reason]:
    if not reason:
        return [Reason("correction_reason_missing", "Say why the set is corrected.", "correction_reason")]
    if len(reason) > LONGEST_REASON:
        return [Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "correction_reason")]
    return []


def _sent_again(set_id: int, before: Before, admission: Admission, fingerprint: bytes, *, by: Actor) -> Recorded:
    if before.same_id_admission != admission.pk or before.same_id_fingerprint != fingerprint:
        raise Refused(OTHER_CONTENT.code, OTHER_CONTENT.sentence, [OTHER_CONTENT])
    row = ObservationSet.objects.get(pk=set_id)
    return Recorded(row, is_new=False, awaits_co_signature=_awaits(row, by=by))


def _awaits(row: ObservationSet, *, by: Actor) -> bool:
    """Asked of the database only where it can be: not of a first version that came in time, nor of who answers for it."""
    if by.may(Permission.CHART_VERY_LATE):
        return False
    can_be = row.corrects_id is not None or is_very_late(row.observed_at, row.recorded_at)
    return can_be and row.pk in sets_awaiting_co_signature(row.admission_id)


def _row(
    admission: Admission, entry: SetEntry, before: Before, fingerprint: bytes, *, by: Actor, at: datetime
) -> ObservationSet:
    values = entry.values
    borrowed = before.temperature if values.temperature is None else None
    score = news2(values, scale=admission.spo2_scale, temperature=borrowed)
    return ObservationSet(
        admission=admission,
        observed_at=entry.observed_at,
        recorded_at=at,
        recorded_by_id=by.user_id,
        source=entry.source.value,
        client_id=entry.client_id,
        fingerprint=fingerprint,
        heart_rate=values.heart_rate,
        systolic=values.systolic,
        diastolic=values.diastolic,
        respiratory_rate=values.respiratory_rate,
        spo2=values.spo2,
        on_oxygen=values.on_oxygen,
        oxygen_l_per_min=values.oxygen_l_per_min,
        temperature=values.temperature,
        consciousness=values.consciousness or "",
        sedation_scale=(values.sedation_scale or "") if values.sedation else "",
        sedation=values.sedation or "",
        psychotomimetic=values.psychotomimetic,
        pain=values.pain,
        symptoms=[symptom.value for symptom in entry.symptoms],
        warning_symptoms=(
            None if entry.warning_symptoms is None else sorted({each.value for each in entry.warning_symptoms})
        ),
        mobility=entry.mobility or "",
        comment=entry.comment,
        absent={parameter.value: why.value for parameter, why in entry.absent.items()},
        confirmed=sorted(entry.confirmed),
        late_reason=entry.late_reason,
        news2_total=score.total,
        news2_sub_scores=score.sub_scores,
        news2_temperature_at=before.temperature_at if borrowed is not None else None,
    )


# By hand, once for all sets: the ORM puts the statement together anew for each, which took a sixth of recording it.
_COLUMNS = [field for field in ObservationSet._meta.concrete_fields if not field.primary_key]
_INSERT = f"""
INSERT INTO {ObservationSet._meta.db_table} ({", ".join(field.attname for field in _COLUMNS)})
VALUES ({", ".join("%s" for _ in _COLUMNS)}) RETURNING {ObservationSet._meta.pk.column}
"""


def _insert(made: ObservationSet) -> None:
    """What `save(force_insert=True)` does, with the model's own way to bring each value into the database."""
    with connection.cursor() as cursor:
        values = [field.get_db_prep_save(getattr(made, field.attname), connection) for field in _COLUMNS]
        cursor.execute(_INSERT, values)
        (made.pk,) = cursor.fetchone()
    made._state.adding, made._state.db = False, connection.alias
