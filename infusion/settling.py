"""What a patient's leaving does to the order."""

from datetime import datetime

from accounts.actor import Actor
from infusion.domain.words import OrderEnd
from infusion.models import Order
from patients.models import Admission


def settle(admission: Admission, *, by: Actor, at: datetime) -> bool:
    """The order of a patient who left is over (fills `patients.ports.settle`); nothing to do for those who stay."""
    if admission.discharged_at is not None:
        Order.objects.filter(admission=admission, ended_at=None).update(
            ended_at=admission.discharged_at, ended_by_id=by.user_id, end_cause=OrderEnd.PATIENT_LEFT
        )
    return False
