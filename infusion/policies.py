"""Reasons why something about an order or a delivery may not happen: all of them at once, as sentences."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from core.errors import Reason
from infusion.domain.protocol import ProtocolContent
from infusion.models import Course, Order
from patients.models import Admission, Weight

FUTURE_SKEW = timedelta(minutes=2)  # DOMAIN 4: clocks differ by so much


def reasons_not_to_discharge(admission: Admission, *, at: datetime) -> list[Reason]:
    """A running pump keeps the patient: its stop is recorded first."""
    course = Course.objects.filter(admission=admission).first()
    if course is not None and course.state != Course.State.STOPPED:
        return [Reason("infusion_not_stopped", f"The infusion is {course.state}. Record its stop first.")]
    return []


def reasons_not_to_sign(
    content: ProtocolContent, *, weight: Weight | None, concentration: Decimal, maximum: Decimal, admission: Admission
) -> list[Reason]:
    """Every reason why a minimal order cannot be signed: limits of the protocol, weight, one open order a stay."""
    reasons = []
    if weight is None:
        reasons.append(Reason("weight_missing", "No weight is recorded for this stay.", "weight"))
    elif not content.weight_least_kg <= weight.kg <= content.weight_most_kg:
        reasons.append(
            Reason(
                "weight_outside_limits",
                f"The weight of {weight.kg} kg lies outside {content.weight_least_kg} to {content.weight_most_kg} kg.",
                "weight",
            )
        )
    if concentration not in content.concentrations_mg_per_ml:
        known = ", ".join(f"{each.normalize():f}" for each in content.concentrations_mg_per_ml)
        reasons.append(
            Reason(
                "concentration_unknown",
                f"{concentration.normalize():f} mg/mL is not one of {known} mg/mL.",
                "concentration_mg_per_ml",
            )
        )
    if not content.initial <= maximum <= content.maximum:
        reasons.append(
            Reason(
                "maximum_outside_limits",
                f"A maximum of {maximum.normalize():f} mg/kg/h lies outside "
                f"{content.initial.normalize():f} to {content.maximum.normalize():f}.",
                "maximum_dose_mg_per_kg_h",
            )
        )
    if Order.objects.filter(admission=admission, ended_at=None).exists():
        reasons.append(Reason("order_open", "An order is already open for this stay."))
    return reasons


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
