"""What was tried before and failed."""

import uuid
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import of_session
from core.errors import Conflict, NotFound, Reason, refuse_for
from core.posted import fingerprint_of, same_again
from patients.domain.treatment import (
    LONGEST_NOTE,
    TreatmentEntry,
    TreatmentKind,
    TreatmentOutcome,
    reasons_not_to_enter,
)
from patients.models import FailedTreatment
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


def add_treatment(
    admission_id: int, *, entry: TreatmentEntry, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> FailedTreatment:
    """Add a treatment that failed before: its class, its name where the class does not say it, and why it failed."""
    return _enter(admission_id, entry, client_id=client_id, by=by, at=at)


def supersede_treatment(
    treatment_id: int, *, entry: TreatmentEntry, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> FailedTreatment:
    """Put another entry in the place of a wrong one, which stays readable. `Conflict` when somebody did so first."""
    return _enter(_stay_of(treatment_id, by), entry, supersedes=treatment_id, client_id=client_id, by=by, at=at)


def withdraw_treatment(
    treatment_id: int, *, note: str, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> FailedTreatment:
    """Say that an entry was made by mistake, and why; it stays readable. `Conflict` when somebody did so first."""
    admission_id = _stay_of(treatment_id, by)
    row = FailedTreatment.objects.get(pk=treatment_id)
    entry = TreatmentEntry(TreatmentKind(row.kind), TreatmentOutcome(row.outcome), row.name, note)
    return _enter(
        admission_id, entry, supersedes=treatment_id, withdrawn=True, client_id=client_id, by=by, at=at
    )  # fmt: skip


def _stay_of(treatment_id: int, by: Actor) -> int:
    by.must_be_allowed(Permission.CHART)
    found = FailedTreatment.objects.filter(pk=treatment_id).values_list("admission_id", flat=True).first()
    if found is None:
        raise NotFound("treatment_not_found", "There is no such treatment on your wards.")
    return found


@transaction.atomic
def _enter(
    admission_id: int,
    entry: TreatmentEntry,
    *,
    supersedes: int | None = None,
    withdrawn: bool = False,
    client_id: uuid.UUID | None,
    by: Actor,
    at: datetime,
) -> FailedTreatment:
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    content = {**asdict(entry), "supersedes": supersedes, "withdrawn": withdrawn}
    fingerprint = fingerprint_of("enter_treatment", admission_id, content)
    if again := same_again(FailedTreatment, client_id, fingerprint):
        return again
    must_be_present(admission)
    if supersedes is not None and FailedTreatment.objects.filter(supersedes_id=supersedes).exists():
        raise Conflict("already_superseded", "Somebody changed this entry already. Look at the newest version first.")
    refuse_for(
        _reasons_of_withdrawal(entry) if withdrawn else reasons_not_to_enter(entry),
        code="treatment_refused",
        sentence="The treatment is not saved.",
    )
    row = FailedTreatment.objects.create(
        admission=admission,
        **asdict(entry),
        supersedes_id=supersedes,
        withdrawn=withdrawn,
        recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    settle_and_publish(admission, by=by, at=at)
    return row


def _reasons_of_withdrawal(entry: TreatmentEntry) -> list[Reason]:
    if not entry.note.strip():
        return [Reason("reason_missing", "Say why the entry is withdrawn.", "note")]
    if len(entry.note) > LONGEST_NOTE:
        return [Reason("too_long", f"The note is longer than {LONGEST_NOTE} characters.", "note")]
    return []
