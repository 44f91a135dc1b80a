"""What people do about an order and record about the pump. Plateau does not control the pump."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import Forbidden, Refused, refuse_for
from infusion.domain.delivery import DeliveryKind
from infusion.domain.dose import programmed_rate, rate_ml_per_h
from infusion.models import Course, DeliveryEvent, Order, Protocol
from infusion.policies import reasons_not_to_sign, reasons_not_to_start, reasons_of_time
from infusion.projection import project
from infusion.selectors import course_of, dose_rules, open_order
from patients.models import Admission
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish

ORDER_LIFETIME = timedelta(hours=72)  # DOMAIN 3 [default]


@transaction.atomic
def sign_order(
    admission_id: int,
    *,
    protocol: Protocol,
    concentration_mg_per_ml: Decimal,
    maximum_dose_mg_per_kg_h: Decimal | None = None,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Order:
    """A physician signs an order under an active protocol, in the latest weight, which stays frozen in it.

    Doses in mg/kg/h, concentration in mg/mL. Refuses with every reason (DOMAIN 3). The order lives 72 h.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.SIGN_ORDER)
    must_be_present(admission)
    if by.user_id is None:
        raise Forbidden("a_person_signs", "An order is signed by a person.")
    if protocol.status != Protocol.Status.ACTIVE:
        raise Refused("protocol_not_active", "The protocol is not active: a physician has to sign its content first.")
    rules = dose_rules(protocol.pk)
    weight = admission.weights.first()
    maximum = rules.maximum if maximum_dose_mg_per_kg_h is None else maximum_dose_mg_per_kg_h
    refuse_for(
        reasons_not_to_sign(
            rules, weight=weight, concentration=concentration_mg_per_ml, maximum=maximum, admission=admission
        ),
        code="order_not_signed",
        sentence="The order cannot be signed yet.",
    )
    assert weight is not None
    order = Order.objects.create(
        admission=admission,
        protocol=protocol,
        weight=weight,
        dosing_weight_kg=weight.kg,
        concentration_mg_per_ml=concentration_mg_per_ml,
        initial_dose_mg_per_kg_h=rules.initial,
        increment_mg_per_kg_h=rules.increment,
        maximum_dose_mg_per_kg_h=maximum,
        limit_dose_mg_per_kg_h=rules.maximum,
        signed_by_id=by.user_id,
        signed_at=at,
        expires_at=at + ORDER_LIFETIME,
        client_id=client_id or uuid.uuid4(),
    )
    settle_and_publish(admission, by=by, at=at)
    return order


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
    return _record_event(
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
    return _record_event(
        admission,
        course.order,
        kind=DeliveryKind.STOPPED,
        effective_at=effective_at,
        reason=reason,
        client_id=client_id,
        by=by,
        at=at,
    )


def _record_event(
    admission: Admission,
    order: Order,
    *,
    kind: DeliveryKind,
    effective_at: datetime,
    by: Actor,
    at: datetime,
    dose: Decimal | None = None,
    rate: Decimal | None = None,
    pump: str = "",
    reason: str = "",
    client_id: uuid.UUID | None = None,
) -> Course:
    """Add the event, project it, settle what follows. The caller holds the lock and has checked."""
    DeliveryEvent.objects.create(
        order=order,
        admission=admission,
        kind=str(kind),
        effective_at=effective_at,
        recorded_at=at,
        recorded_by_id=by.user_id,
        dose_mg_per_kg_h=dose,
        rate_ml_per_h=rate,
        concentration_mg_per_ml=order.concentration_mg_per_ml if rate is not None else None,
        pump=pump,
        reason=reason,
        client_id=client_id or uuid.uuid4(),
    )
    course = project(admission, order=order)
    assert course is not None
    settle_and_publish(admission, by=by, at=at)
    return course
