"""When one person alone may sign what two should: nobody came, and it is neither a restart nor another concentration."""

from datetime import datetime, timedelta

from core.errors import Reason
from infusion.domain.words import CheckedAct
from infusion.models import Order, SecondPersonCall
from infusion.selectors import dose_rules
from patients.models import Admission
from patients.selectors import stamp


def reasons_not_to_sign_alone(
    admission: Admission,
    order: Order,
    *,
    act: CheckedAct,
    since: datetime,
    reason: str,
    is_restart: bool,
    is_new_concentration: bool,
    at: datetime,
) -> list[Reason]:
    """Every reason why this act takes a second person (DOMAIN 2, "Rules of signature"); one statement.

    A call for a second person counts from `since` on, and for as long as the look at the pump afterwards has time.
    """
    rules = dose_rules(order.protocol_id).acts
    reasons = []
    if is_restart:
        reasons.append(Reason("second_person_missing", "A physician's restart takes two people, never one.", "witness"))
    if is_new_concentration:
        reasons.append(Reason("second_person_missing", "Another concentration takes two people, never one.", "witness"))
    if not reason.strip():
        reasons.append(
            Reason("second_person_missing", "A second person checks this; alone it takes a reason.", "witness")
        )
    earliest = max(since, at - rules.single_signed_check)
    calls = SecondPersonCall.objects.filter(admission=admission, act=act, asked_at__gte=earliest, asked_at__lte=at)
    asked_at = calls.order_by("asked_at").values_list("asked_at", flat=True).first()
    wait = int(rules.single_signed_wait / timedelta(minutes=1))
    if asked_at is None:
        sentence = f"Nobody called for a second person. After {wait} min without one this may be signed alone."
        reasons.append(Reason("nobody_called", sentence, "witness"))
    elif at < asked_at + rules.single_signed_wait:
        sentence = f"A second person was called at {stamp(asked_at)}. This may be signed alone {wait} min after that."
        reasons.append(Reason("called_just_now", sentence, "witness"))
    return reasons
