"""Adverse events of the stop list: one tap, nothing to fill in first; and saying that one never happened."""

import uuid
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import of_session
from core.errors import Conflict, NotFound, refuse_for
from core.posted import fingerprint_of, same_again
from monitoring.domain.event_entry import reasons_not_to_record_event, reasons_not_to_withdraw_event
from monitoring.domain.severity import Rule
from monitoring.models import AdverseEvent
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def record_adverse_event(
    admission_id: int,
    *,
    kind: Rule,
    occurred_at: datetime | None = None,
    note: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> AdverseEvent:
    """Record an event of the stop list (DOMAIN 5): it is red at once and a stop is advised. No time said is now.

    `Refused` for what is no such event, or a time ahead of the clock or before the admission.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.RECORD_EVENT)
    note = note.strip()
    content = {"kind": kind, "occurred_at": occurred_at, "note": note}
    fingerprint = fingerprint_of("record_adverse_event", admission_id, content)
    if made := same_again(AdverseEvent, client_id, fingerprint):
        return made
    must_be_present(admission)
    happened_at = occurred_at or at
    reasons = reasons_not_to_record_event(
        kind, occurred_at=happened_at, note=note, admitted_at=admission.admitted_at, at=at
    )
    refuse_for(reasons, code="event_refused", sentence="The event is not recorded yet.")
    event = AdverseEvent.objects.create(
        admission=admission, kind=str(kind), occurred_at=happened_at, recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id, note=note, client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )  # fmt: skip
    settle_and_publish(admission, by=by, at=at)
    return event


@transaction.atomic
def withdraw_adverse_event(
    event_id: int, *, reason: str, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> AdverseEvent:
    """Say that an event never happened: "recorded by mistake", and why. The event stays readable, its alert closes.

    Answers the row that withdraws it. `Conflict` where somebody withdrew it first.
    """
    by.must_be_allowed(Permission.RECORD_EVENT)
    admission_id = AdverseEvent.objects.filter(pk=event_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("event_not_found", "There is no such event on your wards.")
    reason = reason.strip()
    admission = lock_admission(admission_id, by=by, may=Permission.RECORD_EVENT, reason=reason)
    fingerprint = fingerprint_of("withdraw_adverse_event", event_id, {"reason": reason})
    if made := same_again(AdverseEvent, client_id, fingerprint):
        return made
    must_be_present(admission)
    event = AdverseEvent.objects.get(pk=event_id)
    if event.withdraws_id is not None or AdverseEvent.objects.filter(withdraws=event).exists():
        raise Conflict("already_withdrawn", "Somebody withdrew this event already.")
    reasons = reasons_not_to_withdraw_event(reason)
    refuse_for(reasons, code="withdrawal_refused", sentence="The event stands.")
    withdrawal = AdverseEvent.objects.create(
        admission=admission, kind=event.kind, occurred_at=event.occurred_at, recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id, note=reason, withdraws=event,
        client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
    settle_and_publish(admission, by=by, at=at)
    return withdrawal
