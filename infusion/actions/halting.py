"""Pausing and stopping: always, at once, by one person, whatever the page showed; and what may be said afterwards."""

import uuid
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import Conflict, NotFound, Reason, Refused, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.domain.course import CourseState
from infusion.domain.delivery import DeliveryKind, Event, standing
from infusion.domain.words import PauseReason, VoidCause
from infusion.models import DeliveryEvent
from infusion.policies.delivery import must_be_started, order_at_hand, reasons_of_time
from infusion.recording import PumpAct, close_checks, record_event
from infusion.selectors import dose_rules
from infusion.selectors.pump import Pump, pump_of
from infusion.voiding import void_pending
from patients.models import Admission
from patients.selectors import lock_admission
from patients.settling import settle_and_publish

_HALTS = (DeliveryKind.PAUSED, DeliveryKind.STOPPED)


@transaction.atomic
def pause_infusion(
    admission_id: int,
    *,
    effective_at: datetime | None = None,
    reason: PauseReason | None = None,
    until_at: datetime | None = None,
    note: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Record that the pump was paused: one tap. No reason said counts as a clinical one until `say_why` names another.

    A clinical pause voids every request and approval that is not executed. Recording it while the pump does not run
    changes nothing; no time is now, one before the last act counts as that act's, and an until that is over already as none.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.MAKE_SAFE, reason=note)
    content = {"effective_at": effective_at, "reason": reason, "until_at": until_at, "note": note}
    fingerprint = fingerprint_of("pause_infusion", admission_id, content)
    pump = pump_of(admission_id, client_id=client_id)
    course = must_be_started(pump)
    if pump.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, course)
    if course.state != CourseState.RUNNING:
        return PumpAct(_halt_in(pump), course, f"The pump is {course.state} already; nothing was changed.")
    refuse_for(
        reasons_of_time(effective_at or at, course.order, at=at),
        code="pause_refused",
        sentence="The time is not right.",
    )
    done_at = _not_before_the_last_act(effective_at or at, pump)
    event, now = record_event(
        admission, course.order, kind=DeliveryKind.PAUSED, effective_at=done_at, pause_reason=reason,
        until_at=until_at if until_at and until_at > done_at else None, reason=note, client_id=client_id,
        fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    if reason is None or not reason.is_technical:
        void_pending(admission_id, cause=VoidCause.CLINICAL_PAUSE, at=at, by=by)
    assert now is not None
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, now)


@transaction.atomic
def stop_infusion(
    admission_id: int,
    *,
    effective_at: datetime | None = None,
    reason: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Record that the pump was stopped: always, at once, no approval, no second person; the reason may come later.

    It voids every request and approval that is not executed. Recording it again while it is stopped changes nothing and
    answers the same; a time before the last act counts as that act's. Refused only where no infusion was started.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.MAKE_SAFE, reason=reason)
    fingerprint = fingerprint_of("stop_infusion", admission_id, {"effective_at": effective_at, "reason": reason})
    pump = pump_of(admission_id, client_id=client_id)
    course = must_be_started(pump)
    if pump.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, course)
    if course.state == CourseState.STOPPED:
        return PumpAct(_halt_in(pump), course, "The pump is stopped already; nothing was changed.")
    refuse_for(
        reasons_of_time(effective_at or at, course.order, at=at),
        code="stop_refused",
        sentence="The time of the stop is not right.",
    )
    # A stop is never lost for a time typed wrong: it counts from the last thing known of the pump.
    done_at = _not_before_the_last_act(effective_at or at, pump)
    event, now = record_event(
        admission, course.order, kind=DeliveryKind.STOPPED, effective_at=done_at, reason=reason, client_id=client_id,
        fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    void_pending(admission_id, cause=VoidCause.STOP, at=at, by=by)
    close_checks(admission, reason="the pump was stopped", at=at)
    assert now is not None
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, now)


@transaction.atomic
def say_why(
    event_id: int,
    *,
    reason: PauseReason,
    until_at: datetime | None = None,
    note: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Say the reason of a pause, and until when, after the tap: a new version of it takes its place.

    What was voided when none was said stays voided. `Conflict` where somebody said it first; a clinical reason does not
    become a technical one, since a physician's restart hangs on it.
    """
    admission, pump, event = _locked(event_id, may=Permission.MAKE_SAFE, reason=note, by=by)
    content = {"reason": reason, "until_at": until_at, "note": note}
    fingerprint = fingerprint_of("say_why", event_id, content)
    if made := same_again(DeliveryEvent, client_id, fingerprint):
        return PumpAct(made, must_be_started(pump))
    _must_stand(pump, event)
    reasons = []
    if event.kind is not DeliveryKind.PAUSED:
        reasons.append(Reason("not_a_pause", "This is no pause."))
    if event.pause_reason is not None and not event.pause_reason.is_technical and reason.is_technical:
        sentence = "A clinical reason was said; it does not become a technical one. A physician allows the restart."
        reasons.append(Reason("reason_was_clinical", sentence, "reason"))
    if until_at is not None and until_at <= event.effective_at:
        reasons.append(Reason("until_before_pause", "That is before the pause.", "until_at"))
    refuse_for(reasons, code="reason_refused", sentence="The reason cannot be recorded.")
    made_now, now = record_event(
        admission, order_at_hand(pump), kind=DeliveryKind.PAUSED, effective_at=event.effective_at, pause_reason=reason,
        until_at=until_at or event.until_at, reason=note, supersedes_id=event.id, client_id=client_id,
        fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    was_technical = event.pause_reason is not None and event.pause_reason.is_technical
    if was_technical and not reason.is_technical:
        void_pending(admission.pk, cause=VoidCause.CLINICAL_PAUSE, at=at, by=by)
    assert now is not None
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(made_now, now)


@transaction.atomic
def undo_tap(event_id: int, *, client_id: uuid.UUID | None = None, by: Actor, at: datetime) -> PumpAct:
    """ "Tapped by mistake, the pump never stopped": the pause or stop never happened, the segment has no gap.

    Within 5 min of the recording, and while nothing was recorded of the pump since. What the tap voided stays voided: the
    answer says so.
    """
    admission, pump, event = _locked(event_id, may=Permission.RESUME_INFUSION, reason="tapped by mistake", by=by)
    fingerprint = fingerprint_of("undo_tap", event_id, {})
    if made := same_again(DeliveryEvent, client_id, fingerprint):
        return PumpAct(made, must_be_started(pump))
    _must_stand(pump, event)
    refuse_for(_reasons_not_to_undo(pump, event, at=at), code="undo_refused", sentence="The tap cannot be taken back.")
    withdrawn, now = record_event(
        admission, order_at_hand(pump), kind=DeliveryKind.WITHDRAWN, effective_at=event.effective_at,
        reason="tapped by mistake, the pump never stopped", supersedes_id=event.id, client_id=client_id,
        fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    assert now is not None
    settle_and_publish(admission, by=by, at=at)
    was = "stop" if event.kind is DeliveryKind.STOPPED else "pause"
    sentence = f"The {was} is taken back, the pump never stopped. Requests and approvals that it voided stay voided."
    return PumpAct(withdrawn, now, sentence)


def _reasons_not_to_undo(pump: Pump, event: Event, *, at: datetime) -> list[Reason]:
    if event.kind not in _HALTS:
        return [Reason("not_a_halt", "Only a pause or a stop is taken back so. Correct the entry instead.")]
    reasons = []
    limit = dose_rules(order_at_hand(pump).protocol_id).acts.mistaken_tap
    if at > _first_recorded_at(pump, event) + limit:
        minutes = int(limit.total_seconds() // 60)
        sentence = f"It was recorded more than {minutes} min ago. Record that the pump runs again instead."
        reasons.append(Reason("too_late_to_undo", sentence))
    if standing(pump.events)[-1].id != event.id:
        reasons.append(Reason("acts_since", "Something was recorded of the pump since. Correct the entry instead."))
    if pump.order is None:
        reasons.append(Reason("no_order", "The course was ended since: nothing may run."))
    return reasons


def _first_recorded_at(pump: Pump, event: Event) -> datetime:
    """When the tap itself was recorded, whatever was said about it since."""
    while event.supersedes is not None and (before := pump.event(event.supersedes)) is not None:
        event = before
    return event.recorded_at


def _halt_in(pump: Pump) -> DeliveryEvent:
    """The pause or stop that stands."""
    halts = [event for event in standing(pump.events) if event.kind in _HALTS]
    return DeliveryEvent.objects.get(pk=halts[-1].id)


def _locked(event_id: int, *, may: Permission, reason: str, by: Actor) -> tuple[Admission, Pump, Event]:
    """The stay of an event, locked, with its pump; `NotFound` as for another ward's patient."""
    by.must_be_allowed(may)
    admission_id = DeliveryEvent.objects.filter(pk=event_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("event_not_found", "There is no such entry on your wards.")
    admission = lock_admission(admission_id, by=by, may=may, reason=reason)
    pump = pump_of(admission_id)
    event = pump.event(event_id)
    if event is None:
        raise NotFound("event_not_found", "There is no such entry on your wards.")
    return admission, pump, event


def _must_stand(pump: Pump, event: Event) -> None:
    if pump.is_corrected(event.id):
        raise Conflict("already_corrected", "Somebody corrected or withdrew this entry first. Look at it again.")
    if event.kind is DeliveryKind.WITHDRAWN:
        raise Refused("withdrawn", "This takes an entry back; it is not changed itself.")


def _not_before_the_last_act(told_at: datetime, pump: Pump) -> datetime:
    """What makes safe is never lost for a time typed wrong."""
    return max(told_at, pump.last_at or told_at)
