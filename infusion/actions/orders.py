"""What a physician orders: signing, renewing and changing an order, and ending the course."""

import uuid
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, must_have_signed, put_names
from core.errors import NotFound, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.domain.order import OrderElements, order_may_become, order_state
from infusion.domain.words import OrderEnd, OrderState, VoidCause
from infusion.models import Order, Protocol
from infusion.policies import must_have_seen, must_replace, reasons_not_to_end_course, reasons_not_to_sign
from infusion.selectors import course_of, dose_rules, open_order
from infusion.voiding import void_pending
from patients.models import Admission, Weight, WeightSource
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def sign_order(
    admission_id: int,
    *,
    protocol: Protocol,
    elements: OrderElements,
    replaces_version: int | None = None,
    weight_id: int | None = None,
    unmeasured_weight_reason: str = "",
    signed: Signed,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Order:
    """A physician signs an order, or its next version (`replaces_version`: a renewal, another weight, other limits).

    The weight (the newest of the stay unless `weight_id` names another) stays frozen in it. Refused with every reason:
    each of the seven elements that is not said (Joint Commission MM.04.01.01 EP 2), each value outside the protocol's
    limits. A new version ends the one it replaces and every request and approval under it, and never touches the running
    rate: it may name another concentration, which the next bag then has to have. `Conflict` where the version in force is
    not the one that the signer saw.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.SIGN_ORDER)
    must_have_signed(signed, by=by, at=at)
    content = {**asdict(elements), "protocol": protocol.pk, "replaces": replaces_version, "weight": weight_id}
    fingerprint = fingerprint_of("sign_order", admission_id, {**content, "reason": unmeasured_weight_reason})
    if (known := same_again(Order, client_id, fingerprint)) is not None:
        return known
    must_be_present(admission)
    before = open_order(admission)
    must_replace(before, replaces_version)
    weight = _weight(admission, weight_id)
    refuse_for(
        reasons_not_to_sign(
            elements,
            protocol=protocol,
            weight=weight,
            unmeasured_weight_reason=unmeasured_weight_reason,
            before=before,
        ),
        code="order_not_signed",
        sentence="The order cannot be signed yet.",
    )
    assert weight is not None
    order = _version(protocol, elements, weight, before=before, at=at)
    order.admission = admission
    order.unmeasured_weight_reason = "" if order.reweigh_by is None else unmeasured_weight_reason.strip()
    order.signed_by_id = signed.user_id
    order.client_id, order.fingerprint = client_id or uuid.uuid4(), fingerprint
    if before is not None:
        _end(before, OrderEnd.REPLACED, by=by, at=at)
        void_pending(admission.pk, cause=VoidCause.NEW_ORDER, by=by, at=at)
    order.save(force_insert=True)
    put_names(order, admission.pk, (signed, SignatureMeaning.ORDERED))
    settle_and_publish(admission, by=by, at=at)
    return order


@transaction.atomic
def end_course(admission_id: int, *, reason: str, seen_version: int, signed: Signed, by: Actor, at: datetime) -> Order:
    """A physician ends the course: the order is over and what waits or stands under it is voided.

    Refused while the pump runs or is paused: its stop is recorded first. A stop alone leaves the order restartable.
    The same sent again by the same physician changes nothing and answers the same.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.END_COURSE, reason=reason)
    must_have_signed(signed, by=by, at=at)
    if (ended := _ended_so(admission, seen_version, reason, by=by)) is not None:
        return ended
    must_be_present(admission)
    order = must_have_seen(open_order(admission), seen_version)
    refuse_for(
        reasons_not_to_end_course(course_of(admission), reason=reason),
        code="course_not_ended",
        sentence="The course cannot be ended yet.",
    )
    _end(order, OrderEnd.COURSE_ENDED, reason=reason.strip(), by=by, at=at)
    void_pending(admission.pk, cause=VoidCause.COURSE_ENDED, by=by, at=at)
    put_names(order, admission.pk, (signed, SignatureMeaning.ENDED))
    settle_and_publish(admission, by=by, at=at)
    return order


def _ended_so(admission: Admission, version: int, reason: str, *, by: Actor) -> Order | None:
    """The stay's last order, where it was ended by this very act."""
    last = Order.objects.filter(admission=admission).order_by("-id").first()
    if last is None or last.end_cause != OrderEnd.COURSE_ENDED:
        return None
    same = (last.version, last.end_reason, last.ended_by_id) == (version, reason.strip(), by.user_id)
    return last if same else None


def _weight(admission: Admission, weight_id: int | None) -> Weight | None:
    if weight_id is None:
        return admission.weights.first()
    named = admission.weights.filter(pk=weight_id).first()
    if named is None:
        raise NotFound("weight_not_found", "There is no such weight in this stay.")
    return named


def _version(
    protocol: Protocol, elements: OrderElements, weight: Weight, *, before: Order | None, at: datetime
) -> Order:
    """The row of what was ordered; every element has been said by now."""
    rules = dose_rules(protocol.pk)
    is_measured = weight.source == WeightSource.MEASURED
    # A renewal in the same unmeasured weight does not give the patient another day until they are weighed.
    inherits = before is not None and before.weight_id == weight.pk and before.reweigh_by is not None
    reweigh_by = None if is_measured else at + rules.order.reweigh_within
    said = asdict(elements)
    said["endpoint"] = elements.endpoint.strip()
    return Order(
        protocol=protocol,
        version=1 if before is None else before.version + 1,
        replaces=before,
        weight=weight,
        dosing_weight_kg=weight.kg,
        reweigh_by=before.reweigh_by if before is not None and inherits else reweigh_by,
        limit_dose_mg_per_kg_h=rules.maximum,
        signed_at=at,
        expires_at=at + rules.order.lifetime,
        **said,
    )


def _end(order: Order, cause: OrderEnd, *, reason: str = "", by: Actor, at: datetime) -> None:
    state = order_state(expires_at=order.expires_at, ended_at=order.ended_at, at=at)
    assert order_may_become(state, OrderState.ENDED)
    order.ended_at, order.ended_by_id = at, by.user_id
    order.end_cause, order.end_reason = cause.value, reason
    order.save(update_fields=["ended_at", "ended_by", "end_cause", "end_reason"])
