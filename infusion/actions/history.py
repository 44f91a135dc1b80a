"""What really was, told afterwards: a pump found at another rate, entries from paper, corrections. Limits bind orders only."""

import uuid
from copy import copy
from dataclasses import asdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, put_names
from core.errors import Conflict, NotFound, Reason, Refused, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.checking import computed_reading, must_witness, refuse_unreadable
from infusion.domain.course import deliberate_setting
from infusion.domain.delivery import DeliveryKind
from infusion.domain.dose import dose_delivered
from infusion.domain.double_check import PumpReading
from infusion.domain.words import EventSource, PauseReason, PumpCheckKind, VoidCause
from infusion.models import Course, DeliveryEvent, Order
from infusion.policies.afterwards import (
    allowed_dose,
    before,
    last_set_by,
    may_have_flowed_again,
    reasons_not_to_let_flow,
)
from infusion.policies.delivery import must_be_started, order_at_hand, reasons_of_time
from infusion.ports import readiness
from infusion.recording import PumpAct, open_check, record_event
from infusion.selectors import dose_rules
from infusion.selectors.pump import Pump, pump_of
from infusion.voiding import void_pending
from patients.models import Admission
from patients.selectors import lock_admission, stamp
from patients.settling import settle_and_publish

_FLOWS = (DeliveryKind.STARTED, DeliveryKind.RATE_CHANGED, DeliveryKind.RESUMED, DeliveryKind.BAG_CHANGED)
_HALTS = {DeliveryKind.PAUSED: VoidCause.CLINICAL_PAUSE, DeliveryKind.STOPPED: VoidCause.STOP}
_ENTERED = (*_FLOWS, *_HALTS)
_SETS = (DeliveryKind.STARTED, DeliveryKind.RATE_CHANGED, DeliveryKind.RESUMED)
_SETS_FLOWING = (DeliveryKind.STARTED, DeliveryKind.RESUMED)
_FOURTH = Decimal("0.0001")
_MOST = Decimal("9999.9999")


@transaction.atomic
def record_found(
    admission_id: int,
    *,
    reading: PumpReading,
    effective_at: datetime,
    note: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Record the rate and concentration at which the pump was found, as it was: no limit judges what happened.

    Where it differs from what was set on purpose, the course says since when, until it is set or halted. Another person
    looks at the pump and countersigns.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.MAKE_SAFE, reason=note)
    fingerprint = fingerprint_of(
        "record_found", admission_id, {"at": effective_at, "read": asdict(reading), "note": note}
    )
    pump = pump_of(admission_id, client_id=client_id)
    if pump.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, must_be_started(pump))
    order = order_at_hand(pump)
    refuse_unreadable(reading, "found")
    _refuse_impossible_time(admission, order, effective_at=effective_at, at=at)
    event, course = record_event(
        admission, order, kind=DeliveryKind.FOUND, effective_at=effective_at, dose=_dose_of(pump, order, reading),
        rate=reading.rate_ml_per_h, concentration=reading.concentration_mg_per_ml, reason=note, client_id=client_id,
        fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    assert course is not None
    _void_if_it_differs(course, by=by, at=at)
    _ask_for_countersignature(event, order, at=at)
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, course)


@transaction.atomic
def enter_afterwards(
    admission_id: int,
    *,
    kind: DeliveryKind,
    effective_at: datetime,
    reading: PumpReading | None = None,
    dose_mg_per_kg_h: Decimal | None = None,
    pump: str = "",
    pause_reason: PauseReason | None = None,
    note: str,
    witness: Signed | None = None,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct | None:
    """Enter an act at the pump from paper, after a downtime, as it was: marked so, and countersigned.

    `reading` is what the pump was set to (a flow needs it), the dose the one that was meant by it. A setting that nobody
    had ordered by then, and a flow after a halt that took a physician's restart which did not stand, is kept as a pump
    found so, which the course then says until it is set. With a `witness` it is countersigned at once, else another
    person is asked for it. None where nothing is known to have flowed yet.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.CHART, reason=note)
    content = {
        "kind": kind,
        "at": effective_at,
        "read": asdict(reading) if reading else None,
        "dose": dose_mg_per_kg_h,
        "pump": pump,
        "pause_reason": pause_reason,
        "note": note,
    }
    fingerprint = fingerprint_of("enter_afterwards", admission_id, content)
    known = pump_of(admission_id, client_id=client_id)
    if known.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, must_be_started(known))
    if witness is not None:
        must_witness(witness, by=by, at=at)
    order = _order_of_reading(known, reading, _order_at(admission, known, effective_at))
    _refuse_impossible_entry(kind, reading, note)
    _refuse_impossible_time(admission, order, effective_at=effective_at, at=at)
    if kind in _HALTS:
        must_be_started(known)
    dose = None if reading is None else _dose_meant(known, order, reading, dose_mg_per_kg_h)
    told = _kind(kind, known, order, reading, dose, meant=dose_mg_per_kg_h, effective_at=effective_at)
    if (
        dose is not None
        and told in _SETS_FLOWING
        and not _may_have_flowed(admission, known, order, dose, effective_at, at)
    ):
        told = DeliveryKind.FOUND
    event, course = record_event(
        admission, order, kind=told, effective_at=effective_at, dose=dose, pump=pump, reason=note,
        rate=reading.rate_ml_per_h if reading else None,
        concentration=reading.concentration_mg_per_ml if reading else None,
        pause_reason=pause_reason, source=EventSource.DOWNTIME, client_id=client_id,
        second_checker_id=witness.user_id if witness else None, fingerprint=fingerprint, known=known, by=by, at=at,
    )  # fmt: skip
    _void_what_it_voids(admission, known, kind, dose, pause_reason, by=by, at=at)
    _void_if_it_differs(course, by=by, at=at)
    if witness is not None:
        put_names(event, admission.pk, (witness, SignatureMeaning.COUNTERSIGNED))
    else:
        _ask_for_countersignature(event, order, at=at)
    settle_and_publish(admission, by=by, at=at)
    return None if course is None else PumpAct(event, course)


@transaction.atomic
def correct_event(
    event_id: int,
    *,
    reason: str,
    effective_at: datetime | None = None,
    reading: PumpReading | None = None,
    dose_mg_per_kg_h: Decimal | None = None,
    pump: str | None = None,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Put a new version of an entry in its place: another time, another reading, another pump; the old one stays.

    Segments and course are what they would be had it been told so. `Conflict` where somebody corrected it first. Another
    person looks at the pump where a reading is corrected, or where something else should run now than was recorded.
    """
    by.must_be_allowed(Permission.CHART)
    admission_id = DeliveryEvent.objects.filter(pk=event_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("event_not_found", "There is no such entry on your wards.")
    admission = lock_admission(admission_id, by=by, may=Permission.CHART, reason=reason)
    content = {
        "reason": reason,
        "at": effective_at,
        "read": asdict(reading) if reading else None,
        "dose": dose_mg_per_kg_h,
        "pump": pump,
    }
    fingerprint = fingerprint_of("correct_event", event_id, content)
    known = pump_of(admission_id, client_id=client_id)
    if known.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, must_be_started(known))
    old = DeliveryEvent.objects.select_related("order").get(pk=event_id)
    if known.is_corrected(event_id):
        raise Conflict("already_corrected", "Somebody corrected or withdrew this entry first. Look at it again.")
    done_at = effective_at or old.effective_at
    _refuse_impossible_correction(old, reading, reason)
    _refuse_impossible_time(admission, old.order, effective_at=done_at, at=at)
    read = reading or (
        PumpReading(old.rate_ml_per_h, old.concentration_mg_per_ml)
        if old.rate_ml_per_h is not None and old.concentration_mg_per_ml is not None
        else None
    )
    dose = old.dose_mg_per_kg_h if reading is None else _dose_meant(known, old.order, reading, dose_mg_per_kg_h)
    kind = _kind(
        DeliveryKind(old.kind), known, old.order, reading, dose, meant=dose_mg_per_kg_h, effective_at=done_at,
        without=event_id,
    )  # fmt: skip
    was = copy(known.course)
    event, course = record_event(
        admission, old.order, kind=kind, effective_at=done_at, dose=dose,
        rate=read.rate_ml_per_h if read else None, concentration=read.concentration_mg_per_ml if read else None,
        pump=old.pump if pump is None else pump, reason=reason, source=EventSource(old.source),
        pause_reason=PauseReason(old.pause_reason) if old.pause_reason else None, until_at=old.until_at,
        approval=old.approval, bag=old.bag, supersedes_id=old.pk, client_id=client_id, fingerprint=fingerprint,
        known=known, by=by, at=at,
    )  # fmt: skip
    assert course is not None
    is_set_anew = reading is not None and last_set_by(pump_of(admission_id)) == event.pk
    reasons = reasons_not_to_let_flow(was, course, is_set_anew=is_set_anew)
    refuse_for(reasons, code="correction_refused", sentence="This cannot be corrected so.")
    _void_if_it_differs(course, by=by, at=at)
    if reading is not None or _now(course) != _now(was):
        _ask_for_countersignature(event, old.order, at=at)
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, course)


def _now(course: Course | None) -> tuple[object, ...]:
    """What runs now by the record."""
    return () if course is None else (course.state, course.rate_ml_per_h, course.concentration_mg_per_ml)


def _dose_of(pump: Pump, order: Order, reading: PumpReading) -> Decimal:
    """The dose that a reading stands for: the ordered one where it was set so, else what it really delivers."""
    setting = deliberate_setting(pump.events)
    if setting is not None and setting.order_id == order.pk and (
        setting.rate_ml_per_h, setting.concentration_mg_per_ml,
    ) == (reading.rate_ml_per_h, reading.concentration_mg_per_ml):  # fmt: skip
        return setting.dose_mg_per_kg_h or Decimal(0)
    delivered = dose_delivered(reading.rate_ml_per_h, order.dosing_weight_kg, reading.concentration_mg_per_ml)
    dose = delivered.quantize(_FOURTH, ROUND_HALF_UP)
    if dose > _MOST:
        sentence = f"That would be {dose} mg/kg/h: look at rate and concentration again."
        raise Refused("dose_unreadable", sentence, [Reason("dose_unreadable", sentence, "rate_ml_per_h")])
    return dose


def _dose_meant(pump: Pump, order: Order, reading: PumpReading, dose: Decimal | None) -> Decimal:
    """The dose that was meant, if the pump was set to what Plateau computes for it; else what the reading stands for."""
    refuse_unreadable(reading, "reading")
    if dose is not None and dose.is_finite() and 0 <= dose <= _MOST:
        computed = computed_reading(order, dose=dose, concentration=reading.concentration_mg_per_ml)
        if computed == reading:
            return dose
    return _dose_of(pump, order, reading)


def _kind(
    kind: DeliveryKind, pump: Pump, order: Order, reading: PumpReading | None, dose: Decimal | None, *,
    meant: Decimal | None, effective_at: datetime, without: int | None = None,
) -> DeliveryKind:  # fmt: skip
    """What was told, unless it is a setting that nobody ordered: then the pump was found so.

    Ordered is what had been set before, and what Plateau computes for the dose that was `meant`, where that had been set
    or approved by then, within the order's maximum.
    """
    if reading is None or dose is None or kind not in _SETS:
        return kind
    setting = deliberate_setting(before(pump, effective_at, without=without))
    as_before = setting is not None and (setting.rate_ml_per_h, setting.concentration_mg_per_ml) == (
        reading.rate_ml_per_h, reading.concentration_mg_per_ml,
    )  # fmt: skip
    computed = computed_reading(order, dose=dose, concentration=reading.concentration_mg_per_ml)
    most = min(allowed_dose(pump, order, effective_at=effective_at, without=without), order.maximum_dose_mg_per_kg_h)
    is_ordered = dose == meant and computed == reading and dose <= most
    return kind if as_before or is_ordered else DeliveryKind.FOUND


def _may_have_flowed(
    admission: Admission, pump: Pump, order: Order, dose: Decimal, effective_at: datetime, at: datetime
) -> bool:
    (seen,) = readiness.ask_all(admission, at=at)
    return may_have_flowed_again(pump, order, dose, seen, effective_at=effective_at)


def _order_at(admission: Admission, pump: Pump, effective_at: datetime) -> Order:
    """The order version that was in force at that time; the one at hand where it was signed by then."""
    order = pump.order
    if order is not None and order.signed_at <= effective_at:
        return order
    earlier = Order.objects.filter(admission=admission, signed_at__lte=effective_at).order_by("-signed_at").first()
    if earlier is None:
        sentence = "No order was signed by then."
        raise Refused("before_signature", sentence, [Reason("before_signature", sentence, "effective_at")])
    return earlier


def _order_of_reading(pump: Pump, reading: PumpReading | None, in_force: Order) -> Order:
    """The version under which this rate was set: its dose is in that one's weight, also when another is in force by now."""
    setting = deliberate_setting(pump.events)
    if setting is None or reading is None or setting.order_id in (None, in_force.pk):
        return in_force
    is_as_set = (setting.rate_ml_per_h, setting.concentration_mg_per_ml) == (
        reading.rate_ml_per_h, reading.concentration_mg_per_ml,
    )  # fmt: skip
    return Order.objects.get(pk=setting.order_id) if is_as_set else in_force


def _refuse_impossible_entry(kind: DeliveryKind, reading: PumpReading | None, note: str) -> None:
    reasons = []
    if kind not in _ENTERED:
        reasons.append(Reason("kind_not_entered", f'"{kind}" is not entered afterwards.', "kind"))
    if kind in _FLOWS and reading is None:
        reasons.append(Reason("reading_missing", "Rate and concentration at the pump are needed.", "reading"))
    if kind in _HALTS and reading is not None:
        reasons.append(Reason("reading_not_asked", "A pause or a stop has no rate.", "reading"))
    if not note.strip():
        reasons.append(Reason("note_missing", "Say where this comes from.", "note"))
    refuse_for(reasons, code="entry_refused", sentence="This cannot be entered.")


def _refuse_impossible_correction(old: DeliveryEvent, reading: PumpReading | None, reason: str) -> None:
    reasons = []
    if old.kind == DeliveryKind.WITHDRAWN:
        reasons.append(Reason("withdrawn", "This takes an entry back; it is not changed itself."))
    if old.kind in _HALTS and reading is not None:
        reasons.append(Reason("reading_not_asked", "A pause or a stop has no rate.", "reading"))
    if not reason.strip():
        reasons.append(Reason("reason_missing", "A correction needs a reason.", "reason"))
    refuse_for(reasons, code="correction_refused", sentence="This cannot be corrected so.")


def _refuse_impossible_time(admission: Admission, order: Order, *, effective_at: datetime, at: datetime) -> None:
    reasons = [*reasons_of_time(effective_at, order, at=at)]
    if effective_at < max(admission.admitted_at, order.signed_at):
        known_from = stamp(max(admission.admitted_at, order.signed_at))
        reasons.append(Reason("before_signature", f"The order was signed at {known_from}.", "effective_at"))
    refuse_for(reasons, code="time_refused", sentence="The time is not right.")


def _ask_for_countersignature(event: DeliveryEvent, order: Order, *, at: datetime) -> None:
    due_at = at + dose_rules(order.protocol_id).acts.single_signed_check
    open_check(event, kind=PumpCheckKind.FOUND, due_at=due_at, at=at)


def _void_if_it_differs(course: Course | None, *, by: Actor, at: datetime) -> None:
    """A pump that runs at what nobody ordered is as good as a red alert: nothing that is pending outlives it."""
    if course is not None and course.found_differing_at is not None:
        void_pending(course.admission_id, cause=VoidCause.PUMP_DIFFERS, at=at, by=by)


def _void_what_it_voids(
    admission: Admission,
    pump: Pump,
    kind: DeliveryKind,
    dose: Decimal | None,
    pause_reason: PauseReason | None,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """A decrease, a clinical pause and a stop void what is pending also when they are told late."""
    cause = _HALTS.get(kind)
    if kind is DeliveryKind.PAUSED and pause_reason is not None and pause_reason.is_technical:
        cause = None
    if dose is not None and pump.course is not None and dose < pump.course.dose_mg_per_kg_h:
        cause = VoidCause.DECREASE
    if cause is not None:
        void_pending(admission.pk, cause=cause, at=at, by=by)
