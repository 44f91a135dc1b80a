"""Starting the pump, letting it run again, and lowering the dose. Plateau records what people do; the pump is not its own."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, of_session, put_names
from core.errors import Reason, Refused, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.checking import agreed, computed_reading, double_check, must_witness, single_reading
from infusion.domain.course import CourseState
from infusion.domain.delivery import DeliveryKind
from infusion.domain.double_check import PumpReading
from infusion.domain.words import ApprovalKind, ApprovalState, CheckedAct, PumpCheckKind, VoidCause
from infusion.models import Approval, Bag, DeliveryEvent, DoubleCheck, Order
from infusion.policies.delivery import (
    must_be_started,
    order_of_resumed_dose,
    plain,
    reason_of_age,
    reasons_for_a_restart,
    reasons_not_to_resume,
    reasons_not_to_start,
    reasons_not_to_take_dose,
    reasons_of_absence,
    reasons_of_order_now,
    reasons_of_time,
)
from infusion.policies.orders import must_have_seen
from infusion.policies.single_signed import reasons_not_to_sign_alone
from infusion.ports import readiness
from infusion.recording import PumpAct, close_checks, open_check, record_event
from infusion.selectors import dose_rules
from infusion.selectors.pump import Pump, hanging_bag, pump_of
from infusion.selectors.titration import live_approval
from infusion.voiding import void_pending
from patients.models import Admission
from patients.selectors import TreatmentFacts, lock_admission, must_be_present, treatment_facts
from patients.settling import settle_and_publish


@dataclass(frozen=True, slots=True)
class _Read:
    """What the first person read at the pump and, unless one signs alone, the second, blind."""

    first: PumpReading
    second: PumpReading | None
    witness: Signed | None

    def content(self) -> dict[str, object]:
        """For the fingerprint of what was sent."""
        return {"first": asdict(self.first), "second": asdict(self.second) if self.second else None}


def start_infusion(
    admission_id: int,
    *,
    effective_at: datetime,
    pump: str,
    first: PumpReading,
    second: PumpReading,
    witness: Signed,
    line_checked: bool,
    seen_version: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Record that the pump was started at the order's initial dose, after the start gate and the blind double check.

    `line_checked`: dedicated labelled line, anti-siphon valve, locked pump. Refused with every reason of DOMAIN 3's start
    gate; a double check that differs stays recorded and stops the start. The schedule of observations counts from it.
    """
    must_witness(witness, by=by, at=at)
    read = _Read(first, second, witness)
    return agreed(_start(admission_id, effective_at, pump, read, line_checked, seen_version, client_id, by=by, at=at))


@transaction.atomic
def _start(
    admission_id: int, effective_at: datetime, pump_name: str, read: _Read, line_checked: bool, seen_version: int,
    client_id: uuid.UUID | None, *, by: Actor, at: datetime,
) -> PumpAct | DoubleCheck:  # fmt: skip
    admission = lock_admission(admission_id, by=by, may=Permission.START_INFUSION)
    content = {"effective_at": effective_at, "pump": pump_name, **read.content()}
    fingerprint = fingerprint_of("start_infusion", admission_id, content)
    pump = pump_of(admission_id, client_id=client_id)
    if pump.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, must_be_started(pump))
    must_be_present(admission)
    if pump.order is not None:
        must_have_seen(pump.order, seen_version)
    bag = _pass_start_gate(admission, pump, line_checked=line_checked, effective_at=effective_at, at=at)
    order = must_have_seen(pump.order, seen_version)
    check, setting = _check(admission, order, CheckedAct.START, order.initial_dose_mg_per_kg_h, read, by=by, at=at)
    if check is not None and not check.agrees:
        return check
    event, course = record_event(
        admission, order, kind=DeliveryKind.STARTED, effective_at=effective_at, dose=order.initial_dose_mg_per_kg_h,
        rate=setting.rate_ml_per_h, concentration=setting.concentration_mg_per_ml, pump=pump_name, bag=bag,
        second_checker_id=read.witness.user_id if read.witness else None, double_check=check, client_id=client_id,
        fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    assert course is not None
    _sign(event, admission, read.witness, by=by, at=at)
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, course)


def _pass_start_gate(
    admission: Admission, pump: Pump, *, line_checked: bool, effective_at: datetime, at: datetime
) -> Bag | None:
    """The bag that hangs; `Refused` with every reason of the start gate together."""
    treatment = _reasons_of_treatment(pump, treatment_facts(admission.pk), effective_at=effective_at)
    (seen,) = readiness.ask_all(admission, at=at)
    bag = hanging_bag(admission.pk)
    reasons = reasons_not_to_start(
        pump, treatment=treatment, seen=seen, bag=bag, line_checked=line_checked, effective_at=effective_at, at=at
    ) + reasons_of_absence(seen)
    refuse_for(reasons, code="start_refused", sentence="The start cannot be recorded.")
    return bag


def _reasons_of_treatment(pump: Pump, facts: TreatmentFacts, *, effective_at: datetime) -> list[Reason]:
    reasons = []
    if not facts.screening_decided:
        reasons.append(Reason("screening_undecided", facts.screening_sentence, "screening"))
    if not facts.consent_given:
        reasons.append(Reason("consent_missing", facts.consent_sentence, "consent"))
    if pump.order is not None:
        limit = dose_rules(pump.order.protocol_id).start.weight
        weighed_at = facts.weight.measured_at if facts.weight else None
        old = reason_of_age("weight", "a weight", "was taken", weighed_at, limit, at=effective_at)
        reasons += [old] if old else []
    return reasons


def _check(
    admission: Admission, order: Order, act: CheckedAct, dose: Decimal, read: _Read, *,
    concentration: Decimal | None = None, by: Actor, at: datetime,
) -> tuple[DoubleCheck | None, PumpReading]:  # fmt: skip
    """The double check and what the pump is set to; without a second person the first one's reading has to be right."""
    if read.second is None or read.witness is None:
        return None, single_reading(computed_reading(order, dose=dose, concentration=concentration), read.first)
    check = double_check(
        admission, order, act=act, dose=dose, first=read.first, second=read.second, witness=read.witness,
        concentration=concentration, by=by, at=at,
    )  # fmt: skip
    return check, PumpReading(check.computed_rate_ml_per_h, check.ordered_concentration_mg_per_ml)


def resume_infusion(
    admission_id: int,
    *,
    effective_at: datetime,
    dose_mg_per_kg_h: Decimal,
    first: PumpReading,
    second: PumpReading | None = None,
    witness: Signed | None = None,
    single_signed_reason: str = "",
    seen_version: int,
    pump: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Record that the pump runs again after a pause or stop, at the previous dose (mg/kg/h) or less.

    It takes the blind double check and, where DOMAIN 3 says so, a physician's restart, at its ceiling or below. A version
    signed meanwhile in a heavier weight raises no rate by itself. With no second person after ten minutes' calling, a
    resume after a technical pause may be signed by one alone with a reason; another person looks at the pump within 1 h.
    """
    if witness is not None:
        must_witness(witness, by=by, at=at)
    both = second is not None and witness is not None
    read = _Read(first, second, witness) if both else _Read(first, None, None)
    return agreed(
        _resume(
            admission_id, effective_at, dose_mg_per_kg_h, read, "" if both else single_signed_reason, seen_version, pump,
            client_id, by=by, at=at,
        )
    )  # fmt: skip


@transaction.atomic
def _resume(
    admission_id: int, effective_at: datetime, dose: Decimal, read: _Read, alone: str, seen_version: int, pump_name: str,
    client_id: uuid.UUID | None, *, by: Actor, at: datetime,
) -> PumpAct | DoubleCheck:  # fmt: skip
    admission = lock_admission(admission_id, by=by, may=Permission.RESUME_INFUSION, reason=alone)
    content = {"effective_at": effective_at, "dose": dose, "alone": alone, "pump": pump_name, **read.content()}
    fingerprint = fingerprint_of("resume_infusion", admission_id, content)
    pump = pump_of(admission_id, client_id=client_id)
    course = must_be_started(pump)
    if pump.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, course)
    must_be_present(admission)
    order = must_have_seen(pump.order, seen_version)
    if course.state == CourseState.RUNNING:
        raise Refused("not_paused", f"The pump runs at {plain(course.dose_mg_per_kg_h)} mg/kg/h; it is not paused.")
    approval = _pass_resume_gate(
        admission, pump, order, dose=dose, read=read, alone=alone, effective_at=effective_at, by=by, at=at
    )
    of_dose, strength = order_of_resumed_dose(course, order, approval), order.concentration_mg_per_ml
    check, setting = _check(admission, of_dose, CheckedAct.RESUME, dose, read, concentration=strength, by=by, at=at)
    if check is not None and not check.agrees:
        return check
    event, now = record_event(
        admission, of_dose, kind=DeliveryKind.RESUMED, effective_at=effective_at, dose=dose, rate=setting.rate_ml_per_h,
        concentration=setting.concentration_mg_per_ml, pump=pump_name, double_check=check, approval=approval,
        second_checker_id=read.witness.user_id if read.witness else None, single_signed_reason=alone,
        client_id=client_id, fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    assert now is not None
    if approval is not None:
        Approval.objects.filter(pk=approval.pk).update(state=ApprovalState.USED.value, closed_at=at)
    _sign(event, admission, read.witness, by=by, at=at)
    if read.witness is None:
        due_at = at + dose_rules(order.protocol_id).acts.single_signed_check
        open_check(event, kind=PumpCheckKind.SINGLE_SIGNED, due_at=due_at, at=at)
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, now)


def _pass_resume_gate(
    admission: Admission, pump: Pump, order: Order, *, dose: Decimal, read: _Read, alone: str, effective_at: datetime,
    by: Actor, at: datetime,
) -> Approval | None:  # fmt: skip
    """The physician's restart that it takes, None where it takes none; `Refused` with every reason together."""
    course = must_be_started(pump)
    (seen,) = readiness.ask_all(admission, at=at)
    restart = reasons_for_a_restart(course, seen, effective_at=effective_at)
    approval = live_approval(admission.pk, kind=ApprovalKind.RESTART, at=at) if restart else None
    signed = of_session(by, at=at)
    people = [signed] if read.witness is None else [signed, read.witness]
    reasons = reasons_not_to_resume(
        pump, order, dose=dose, restart=restart, approval=approval, people=people, effective_at=effective_at, at=at
    )
    reasons += [*reasons_of_order_now(order, hanging_bag(admission.pk), course), *reasons_of_absence(seen)]
    if read.witness is None:
        is_new = order.concentration_mg_per_ml != course.concentration_mg_per_ml
        reasons += reasons_not_to_sign_alone(
            admission, order, act=CheckedAct.RESUME, since=course.changed_at, reason=alone, is_restart=bool(restart),
            is_new_concentration=is_new, at=at,
        )  # fmt: skip
    if pump.consent_is_withdrawn:
        reasons.append(Reason("consent_withdrawn", "The patient withdrew the consent."))
    refuse_for(reasons, code="resume_refused", sentence="The pump may not run again yet.")
    return approval


@transaction.atomic
def decrease(
    admission_id: int,
    *,
    effective_at: datetime | None = None,
    dose_mg_per_kg_h: Decimal,
    reason: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PumpAct:
    """Record that the dose was lowered: at once, by one person, to any value from 0 on, off the grid too (mg/kg/h).

    Every request and approval that is not executed is void. Another person is asked to look at the pump 30 min later,
    which blocks nothing. A time before the last act counts as that act's; refused only where it would be no decrease.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.MAKE_SAFE, reason=reason)
    content = {"effective_at": effective_at, "dose": dose_mg_per_kg_h, "reason": reason}
    fingerprint = fingerprint_of("decrease", admission_id, content)
    pump = pump_of(admission_id, client_id=client_id)
    course = must_be_started(pump)
    if pump.was_sent and (made := same_again(DeliveryEvent, client_id, fingerprint)):
        return PumpAct(made, course)
    order, running = course.order, course.dose_mg_per_kg_h
    rules = dose_rules(order.protocol_id)
    told_at = effective_at or at
    reasons = [*reasons_of_time(told_at, order, at=at)]
    reasons += reasons_not_to_take_dose(dose_mg_per_kg_h)
    if course.state != CourseState.RUNNING:
        reasons.append(Reason("not_running", f"The pump is {course.state}: nothing flows that could be lowered."))
    elif not reasons and dose_mg_per_kg_h >= running:
        sentence = f"{plain(dose_mg_per_kg_h)} mg/kg/h is not below the {plain(running)} mg/kg/h that run."
        reasons.append(Reason("not_a_decrease", sentence, "dose_mg_per_kg_h"))
    refuse_for(reasons, code="decrease_refused", sentence="The decrease cannot be recorded.")
    done_at = max(told_at, pump.last_at or told_at)
    # The strength that hangs, not the order's: a new version may have been signed before its bag was hung.
    reading = computed_reading(order, dose=dose_mg_per_kg_h, concentration=course.concentration_mg_per_ml)
    event, now = record_event(
        admission, order, kind=DeliveryKind.RATE_CHANGED, effective_at=done_at, dose=dose_mg_per_kg_h,
        rate=reading.rate_ml_per_h, concentration=reading.concentration_mg_per_ml, reason=reason, client_id=client_id,
        fingerprint=fingerprint, known=pump, by=by, at=at,
    )  # fmt: skip
    assert now is not None
    void_pending(admission_id, cause=VoidCause.DECREASE, at=at, by=by)
    close_checks(admission, reason="the dose was lowered", at=at)
    open_check(event, kind=PumpCheckKind.DECREASE, due_at=done_at + rules.acts.decrease_check, at=at)
    settle_and_publish(admission, by=by, at=at)
    return PumpAct(event, now, f"Set the pump to {plain(reading.rate_ml_per_h)} mL/h.")


def _sign(event: DeliveryEvent, admission: Admission, witness: Signed | None, *, by: Actor, at: datetime) -> None:
    """The first person's name, and the second's where there is one."""
    witnessed = [(witness, SignatureMeaning.WITNESSED)] if witness else []
    put_names(event, admission.pk, (of_session(by, at=at), SignatureMeaning.ADMINISTERED), *witnessed)
