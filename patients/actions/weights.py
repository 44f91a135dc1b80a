"""Weighing."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import refuse_for
from core.posted import fingerprint_of, same_again
from patients.domain.weight import reasons_not_to_weigh
from patients.models import Weight, WeightBasis, WeightSource
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def record_weight(
    admission_id: int,
    *,
    kg: Decimal,
    source: WeightSource,
    basis: WeightBasis = WeightBasis.ACTUAL,
    measured_at: datetime,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Weight:
    """Record a weight in kg with its basis and its source, and when it was taken; the newest by that time counts."""
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    content = {"kg": kg, "source": str(source), "basis": str(basis), "measured_at": measured_at}
    fingerprint = fingerprint_of("record_weight", admission_id, content)
    if again := same_again(Weight, client_id, fingerprint):
        return again
    must_be_present(admission)
    refuse_for(
        reasons_not_to_weigh(kg, measured_at=measured_at, admitted_at=admission.admitted_at, at=at),
        code="weight_refused",
        sentence="The weight is not saved.",
    )
    weight = Weight.objects.create(
        admission=admission,
        kg=kg,
        basis=basis,
        source=source,
        measured_at=measured_at,
        recorded_at=at,
        recorded_by_id=by.user_id,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    settle_and_publish(admission, by=by, at=at)
    return weight
