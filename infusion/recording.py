"""Adding one delivery event to the record and projecting it: what every act at the pump ends in."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.actor import Actor
from core.errors import refuse_for
from infusion.domain.delivery import DeliveryKind, Event
from infusion.domain.words import EventSource, PauseReason, PumpCheckKind
from infusion.models import Approval, Bag, Course, DeliveryEvent, DoubleCheck, Order, PumpCheck
from infusion.policies.delivery import reasons_of_order_in_time
from infusion.projection import project
from infusion.selectors.pump import Pump, pump_of
from patients.models import Admission

_SET_NOW = (DeliveryKind.STARTED, DeliveryKind.RATE_CHANGED, DeliveryKind.RESUMED)


@dataclass(frozen=True, slots=True)
class PumpAct:
    """What was recorded of the pump, how the course stands now, and what to say beside it where there is something."""

    event: DeliveryEvent
    course: Course
    sentence: str = ""


def open_check(event: DeliveryEvent, *, kind: PumpCheckKind, due_at: datetime, at: datetime) -> PumpCheck:
    """Ask another person to look at the pump by `due_at`; it never blocks anything."""
    return PumpCheck.objects.create(
        admission_id=event.admission_id, event=event, kind=kind.value, opened_at=at, due_at=max(due_at, at)
    )


def close_checks(admission: Admission, *, reason: str, at: datetime) -> None:
    """End the looks at the pump that nobody needs any more; one statement. What was found is countersigned whatever follows."""
    open_ones = PumpCheck.objects.filter(admission=admission, closed_at=None).exclude(kind=PumpCheckKind.FOUND)
    open_ones.update(closed_at=at, close_reason=reason)


def record_event(
    admission: Admission,
    order: Order,
    *,
    kind: DeliveryKind,
    effective_at: datetime,
    by: Actor,
    at: datetime,
    dose: Decimal | None = None,
    rate: Decimal | None = None,
    concentration: Decimal | None = None,
    pump: str = "",
    reason: str = "",
    second_checker_id: int | None = None,
    pause_reason: PauseReason | None = None,
    until_at: datetime | None = None,
    source: EventSource = EventSource.BEDSIDE,
    approval: Approval | None = None,
    double_check: DoubleCheck | None = None,
    bag: Bag | None = None,
    single_signed_reason: str = "",
    supersedes_id: int | None = None,
    client_id: uuid.UUID | None = None,
    fingerprint: bytes = b"",
    known: Pump | None = None,
) -> tuple[DeliveryEvent, Course | None]:
    """Add the event and bring segments and course in line; the event and the course as it stands then.

    Dose in mg/kg/h of the order's frozen weight, rate in mL/h, concentration in mg/mL (the order's where a rate comes
    without one). The caller holds the stay's lock, has checked, and settles afterwards; `known` is the pump as it read it
    under that lock, which saves reading it again. `Refused` where the pump would be set before the last act at it: what
    was set later would undo it. What is told afterwards (from paper, or a correction) lies where it lies.
    """
    known = pump_of(admission.pk) if known is None else known
    if kind in _SET_NOW and source is EventSource.BEDSIDE and supersedes_id is None:
        refuse_for(
            reasons_of_order_in_time(known, effective_at=effective_at),
            code="before_last_act",
            sentence="The time is not right.",
        )
    if rate is not None and concentration is None:
        concentration = order.concentration_mg_per_ml
    event = DeliveryEvent.objects.create(
        order=order,
        admission=admission,
        kind=kind.value,
        effective_at=effective_at,
        recorded_at=at,
        recorded_by_id=by.user_id,
        dose_mg_per_kg_h=dose,
        rate_ml_per_h=rate,
        concentration_mg_per_ml=concentration,
        pump=pump,
        reason=reason,
        second_checker_id=second_checker_id,
        pause_reason=pause_reason.value if pause_reason else "",
        until_at=until_at,
        source=source.value,
        approval=approval,
        double_check=double_check,
        bag=bag,
        single_signed_reason=single_signed_reason,
        supersedes_id=supersedes_id,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    return event, project(admission, order=order, pump=known, also=(_as_fact(event),))


def _as_fact(row: DeliveryEvent) -> Event:
    return Event(
        id=row.pk,
        kind=DeliveryKind(row.kind),
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        rate_ml_per_h=row.rate_ml_per_h,
        concentration_mg_per_ml=row.concentration_mg_per_ml,
        dose_mg_per_kg_h=row.dose_mg_per_kg_h,
        pump=row.pump or None,
        supersedes=row.supersedes_id,
        pause_reason=PauseReason(row.pause_reason) if row.pause_reason else None,
        until_at=row.until_at,
        order_id=row.order_id,
        allowed_up_to=_allowed_up_to(row),
    )


def _allowed_up_to(row: DeliveryEvent) -> Decimal | None:
    approval: Approval | None = row.approval
    if approval is not None:
        return Decimal(approval.ceiling_mg_per_kg_h)
    return Decimal(row.order.initial_dose_mg_per_kg_h) if row.kind == DeliveryKind.STARTED else None
