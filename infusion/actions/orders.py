"""What people do about an order and record about the pump. Plateau does not control the pump."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import Forbidden, Refused, refuse_for
from infusion.models import Order, Protocol
from infusion.policies import reasons_not_to_sign
from infusion.selectors import dose_rules
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
