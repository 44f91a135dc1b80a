"""Moving a patient to another ward: asked for by the sending ward, decided by the receiving one."""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import of_session
from core.errors import Conflict, NotFound, Reason, Refused, refuse_for
from core.posted import fingerprint_of, same_again
from patients.domain.transfer import reason_not_to
from patients.domain.treatment import TransferState
from patients.models import Admission, Bed, Transfer, Ward
from patients.selectors import lock_admission, must_be_present
from patients.selectors.transfers import lock_coming, stay_of_transfer
from patients.settling import settle_and_publish
from realtime.publish import Change, publish_after_commit

LONGEST_REASON = 200  # characters


@transaction.atomic
def request_transfer(
    admission_id: int, *, to_ward_id: int, reason: str = "", client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> Transfer:
    """Ask another ward to take the patient. Nothing moves before the receiver accepts; one asks one ward at a time."""
    admission = lock_admission(admission_id, by=by, may=Permission.TRANSFER_PATIENT, reason=reason)
    content = {"to_ward": to_ward_id, "reason": reason.strip()}
    fingerprint = fingerprint_of("request_transfer", admission_id, content)
    if again := same_again(Transfer, client_id, fingerprint):
        return again
    must_be_present(admission)
    refuse_for(
        _reasons_not_to_ask(admission, to_ward_id, reason),
        code="transfer_refused",
        sentence="The transfer cannot be asked for.",
    )
    transfer = Transfer.objects.create(
        admission=admission,
        from_ward_id=admission.ward_id,
        to_ward_id=to_ward_id,
        reason=reason.strip(),
        requested_by_id=of_session(by, at=at).user_id,
        requested_at=at,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    settle_and_publish(admission, by=by, at=at)
    return transfer


def _reasons_not_to_ask(admission: Admission, to_ward_id: int, reason: str) -> list[Reason]:
    reasons = []
    if to_ward_id == admission.ward_id:
        reasons.append(Reason("same_ward", "The patient is on this ward already.", "to_ward"))
    elif not Ward.objects.filter(pk=to_ward_id).exists():
        reasons.append(Reason("ward_unknown", "There is no such ward.", "to_ward"))
    if len(reason) > LONGEST_REASON:
        reasons.append(Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "reason"))
    if Transfer.objects.filter(admission=admission, state=TransferState.WAITING).exists():
        reasons.append(Reason("transfer_waiting", "A transfer is waiting already: cancel it before asking anew."))
    return reasons


@transaction.atomic
def accept_transfer(transfer_id: int, *, bed_id: int, by: Actor, at: datetime) -> Transfer:
    """Somebody of the receiving ward takes the patient into a free bed: ward, bed, prompts and access move at once.

    Accepting once more into the same bed changes nothing. `Conflict` where it was decided otherwise meanwhile; `NotFound`
    for a transfer to another ward, or another ward's bed; `Refused` where the bed holds somebody.
    """
    admission, transfer = lock_coming(transfer_id, by=by, may=Permission.TRANSFER_PATIENT)
    if transfer.state == TransferState.ACCEPTED and transfer.bed_id == bed_id and transfer.closed_by_id == by.user_id:
        return transfer
    _must_wait(transfer, TransferState.ACCEPTED)
    must_be_present(admission)
    bed = Bed.objects.filter(pk=bed_id, ward_id=transfer.to_ward_id).first()
    if bed is None:
        raise NotFound("bed_not_found", "There is no such bed on the receiving ward.")
    admission.ward_id, admission.bed = bed.ward_id, bed
    try:
        with transaction.atomic():
            admission.save(update_fields=["ward", "bed"])
    except IntegrityError as error:
        taken = Reason("bed_taken", f"Bed {bed.name} holds somebody already. Choose another.", "bed")
        raise Refused(taken.code, taken.sentence, [taken]) from error
    _close(transfer, TransferState.ACCEPTED, bed=bed, by=by, at=at)
    settle_and_publish(admission, by=by, at=at)
    # The ward that the patient left learns it, too: its page asks for the row, is told there is none, and takes it away.
    publish_after_commit(Change(transfer.from_ward_id, admission.pk, admission.version + 1))
    return transfer


@transaction.atomic
def decline_transfer(transfer_id: int, *, reason: str, by: Actor, at: datetime) -> Transfer:
    """Somebody of the receiving ward says no, and why; the patient stays where they are."""
    admission, transfer = lock_coming(transfer_id, by=by, may=Permission.TRANSFER_PATIENT, reason=reason)
    return _ended(admission, transfer, TransferState.DECLINED, reason=reason, by=by, at=at)


@transaction.atomic
def cancel_transfer(transfer_id: int, *, reason: str = "", by: Actor, at: datetime) -> Transfer:
    """Somebody of the sending ward takes the request back."""
    by.must_be_allowed(Permission.TRANSFER_PATIENT)
    admission_id = stay_of_transfer(transfer_id)
    admission = lock_admission(admission_id, by=by, may=Permission.TRANSFER_PATIENT, reason=reason)
    transfer = Transfer.objects.get(pk=transfer_id)
    return _ended(admission, transfer, TransferState.CANCELLED, reason=reason, by=by, at=at)


def _ended(
    admission: Admission, transfer: Transfer, state: TransferState, *, reason: str, by: Actor, at: datetime
) -> Transfer:
    """The transfer, ended without a move. Ending it once more in the same way changes nothing."""
    said = reason.strip()
    if (transfer.state, transfer.close_reason, transfer.closed_by_id) == (state, said, by.user_id):
        return transfer
    _must_wait(transfer, state)
    reasons = []
    if state is TransferState.DECLINED and not said:
        reasons.append(Reason("reason_missing", "Say why the patient is not taken.", "reason"))
    if len(said) > LONGEST_REASON:
        reasons.append(Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "reason"))
    refuse_for(reasons, code="transfer_refused", sentence="Nothing was changed about the transfer.")
    _close(transfer, state, reason=said, by=by, at=at)
    settle_and_publish(admission, by=by, at=at)
    return transfer


def _must_wait(transfer: Transfer, to: TransferState) -> None:
    if reason := reason_not_to(TransferState(transfer.state), to):
        raise Conflict(reason.code, reason.sentence)


def _close(
    transfer: Transfer, state: TransferState, *, bed: Bed | None = None, reason: str = "", by: Actor, at: datetime
) -> None:
    transfer.state = state
    transfer.bed = bed
    transfer.closed_at = at
    transfer.closed_by_id = by.user_id
    transfer.close_reason = reason
    transfer.save(update_fields=["state", "bed", "closed_at", "closed_by", "close_reason"])
