"""Setting a pump back to what was ordered, after it was found below it. Plateau does not control the pump."""

import uuid
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, of_session, put_names
from core.errors import refuse_for
from core.posted import fingerprint_of, same_again
from infusion.checking import agreed, double_check, must_witness
from infusion.domain.course import deliberate_setting, is_halted_on_purpose
from infusion.domain.delivery import DeliveryKind
from infusion.domain.double_check import PumpReading
from infusion.domain.set_back import reasons_not_to_set_back
from infusion.domain.words import CheckedAct, Stage
from infusion.models import DeliveryEvent, DoubleCheck, Order
from infusion.policies import bedside, must_have_seen, question_of
from infusion.policies.delivery import must_be_started, reasons_of_order_in_time, reasons_of_time
from infusion.recording import PumpAct, close_checks, record_event
from infusion.selectors import titration_facts
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


def set_back(
    admission_id: int,
    *,
    effective_at: datetime,
    first: PumpReading,
    second: PumpReading,
    witness: Signed,
    pump: str = "",
    seen_version: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Record that a pump found below the ordered dose was set back to it, after the blind double check.

    It takes no approval, since the dose was allowed before; what is hard of the bedside binds as for an increase. Refused
    with every reason, above all after over 2 h, when the level is gone and a physician names the dose of a restart.
    """
    must_witness(witness, by=by, at=at)
    read = (first, second)
    return agreed(_set_back(admission_id, effective_at, read, witness, pump, seen_version, client_id, by=by, at=at))


@transaction.atomic
def _set_back(
    admission_id: int, effective_at: datetime, read: tuple[PumpReading, PumpReading], witness: Signed, pump: str,
    seen_version: int, client_id: uuid.UUID | None, *, by: Actor, at: datetime,
) -> PumpAct | DoubleCheck:  # fmt: skip
    admission = lock_admission(admission_id, by=by, may=Permission.RESUME_INFUSION)
    first, second = read
    content = {"effective_at": effective_at, "pump": pump, "first": asdict(first), "second": asdict(second)}
    fingerprint = fingerprint_of("set_back", admission_id, content)
    facts = titration_facts(admission_id, at=at, adding=DeliveryEvent, client_id=client_id)
    known = facts.pump
    assert known is not None
    course = must_be_started(known)
    if facts.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)) is not None:
        return PumpAct(made, course)
    must_be_present(admission)
    order = must_have_seen(facts.order, seen_version)
    setting = deliberate_setting(known.events)
    dose = (setting.dose_mg_per_kg_h if setting else None) or Decimal(0)
    question = question_of(facts, bedside(admission, at=at), stage=Stage.EXECUTION, dose=dose, at=at, by=by.user_id)
    reasons = [
        *reasons_of_time(effective_at, order, at=at),
        *reasons_of_order_in_time(known, effective_at=effective_at),
    ]
    reasons += reasons_not_to_set_back(question, setting, is_halted=is_halted_on_purpose(known.events))
    refuse_for(reasons, code="set_back_refused", sentence="The pump cannot be set back now.")
    # In the weight in which it was ordered: a heavier one of a newer version would raise the rate above what it was.
    of_dose = order
    if setting is not None and setting.order_id is not None and setting.order_id != order.pk:
        of_dose = Order.objects.get(pk=setting.order_id)
    check = double_check(
        admission, of_dose, act=CheckedAct.INCREASE, dose=dose, first=first, second=second, witness=witness,
        concentration=course.concentration_mg_per_ml, by=by, at=at,
    )  # fmt: skip
    if not check.agrees:
        return check
    event, now = record_event(
        admission, of_dose, kind=DeliveryKind.RATE_CHANGED, effective_at=effective_at, dose=dose,
        rate=check.computed_rate_ml_per_h, concentration=check.ordered_concentration_mg_per_ml, pump=pump,
        reason="set back to the ordered dose", second_checker_id=witness.user_id, double_check=check,
        client_id=client_id, fingerprint=fingerprint, known=known, by=by, at=at,
    )  # fmt: skip
    assert now is not None
    close_checks(admission, reason="the pump was set back by two", at=at)
    names = (of_session(by, at=at), SignatureMeaning.ADMINISTERED), (witness, SignatureMeaning.WITNESSED)
    put_names(event, admission_id, *names)
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, now)
