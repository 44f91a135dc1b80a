"""Reasons why something at the pump may not be recorded: all of them at once, as sentences."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.errors import Reason
from infusion.models import Course, Order
from patients.models import Admission

FUTURE_SKEW = timedelta(minutes=2)  # DOMAIN 4: clocks differ by so much


def reasons_not_to_discharge(admission: Admission, *, at: datetime) -> list[Reason]:
    """A running pump keeps the patient: its stop is recorded first."""
    course = Course.objects.filter(admission=admission).first()
    if course is not None and course.state != Course.State.STOPPED:
        return [Reason("infusion_not_stopped", f"The infusion is {course.state}. Record its stop first.")]
    return []


def reasons_not_to_start(
    order: Order | None, course: Course | None, *, effective_at: datetime, at: datetime
) -> list[Reason]:
    """Every reason why the start of the pump cannot be recorded."""
    reasons = list(reasons_of_time(effective_at, at=at))
    if order is None:
        reasons.append(Reason("no_order", "There is no signed order for this stay."))
        return reasons
    if effective_at < order.signed_at:
        reasons.append(Reason("before_signature", "The start lies before the order was signed.", "effective_at"))
    if at >= order.expires_at:
        reasons.append(Reason("order_expired", "The order has expired."))
    if course is not None:
        reasons.append(Reason("already_started", f"The infusion was started already; it is {course.state}."))
    return reasons


def reasons_of_time(effective_at: datetime, *, at: datetime) -> Sequence[Reason]:
    """An act at the pump is not recorded before it happens (two minutes of clock difference allowed)."""
    if effective_at > at + FUTURE_SKEW:
        ahead = int((effective_at - at) / timedelta(minutes=1))
        return [Reason("in_the_future", f"That is {ahead} min ahead of the clock. 2 min is allowed.", "effective_at")]
    return []
