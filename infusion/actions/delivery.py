"""What people record of the pump. Plateau does not control the pump."""

import uuid
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import Refused, refuse_for
from infusion.domain.delivery import DeliveryKind
from infusion.domain.dose import programmed_rate, rate_ml_per_h
from infusion.models import Course
from infusion.policies import reasons_not_to_start, reasons_of_time
from infusion.recording import record_event
from infusion.selectors import course_of, dose_rules, open_order
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def start_infusion(
    admission_id: int,
    *,
    effective_at: datetime,
    pump: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Course:
    """Record that the pump was started at the order's initial dose, at the rate the pump can be set to.

    The start lies at or before now (2 min allowed); the schedule of observations counts from it.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.START_INFUSION)
    must_be_present(admission)
    order = open_order(admission)
    reasons = reasons_not_to_start(order, course_of(admission), effective_at=effective_at, at=at)
    refuse_for(reasons, code="start_refused", sentence="The start cannot be recorded.")
    assert order is not None
    rules = dose_rules(order.protocol_id)
    rate = rate_ml_per_h(order.initial_dose_mg_per_kg_h, order.dosing_weight_kg, order.concentration_mg_per_ml)
    _event, course = record_event(
        admission,
        order,
        kind=DeliveryKind.STARTED,
        effective_at=effective_at,
        dose=order.initial_dose_mg_per_kg_h,
        rate=programmed_rate(rate, rules.pump_resolution_ml_per_h, rules.pump_rounding),
        pump=pump,
        client_id=client_id,
        by=by,
        at=at,
    )
    assert course is not None
    settle_and_publish(admission, by=by, at=at)
    return course


@transaction.atomic
def stop_infusion(
    admission_id: int,
    *,
    effective_at: datetime,
    reason: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Course:
    """Record that the pump was stopped: always, at once, no approval, no second person; the reason may come later.

    Recording it again while it is stopped changes nothing and answers the same. Refused only where no infusion runs.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.MAKE_SAFE, reason=reason)
    course = course_of(admission)
    if course is None:
        raise Refused("not_started", "No infusion was started in this stay.")
    if course.state == Course.State.STOPPED:
        return course
    refuse_for(reasons_of_time(effective_at, at=at), code="stop_refused", sentence="The time of the stop is not right.")
    if effective_at < course.changed_at:
        # A stop is never lost for a time typed wrong: it counts from the last thing known of the pump.
        effective_at = course.changed_at
    _event, course = record_event(
        admission,
        course.order,
        kind=DeliveryKind.STOPPED,
        effective_at=effective_at,
        reason=reason,
        client_id=client_id,
        by=by,
        at=at,
    )
    assert course is not None
    settle_and_publish(admission, by=by, at=at)
    return course
