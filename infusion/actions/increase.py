"""The increase itself: two people at the pump, the second blind, under a ceiling. Plateau does not control the pump."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, of_session, put_names
from core.errors import Kind, Reason, Refused
from core.posted import fingerprint_of, same_again
from infusion.checking import double_check, mismatch, must_witness
from infusion.domain.delivery import DeliveryKind
from infusion.domain.double_check import PumpReading
from infusion.domain.gate import reasons_not_to_increase
from infusion.domain.words import ApprovalState, CheckedAct, Stage
from infusion.models import Approval, DeliveryEvent, DoubleCheck
from infusion.policies import bedside, must_have_seen, question_of, reasons_of_time
from infusion.policies.deciding import must_not_run_already
from infusion.policies.delivery import reasons_of_order_in_time
from infusion.recording import record_event
from infusion.selectors import TitrationFacts, titration_facts
from patients.selectors import lock_admission, must_be_present, stamp
from patients.settling import settle_and_publish


def execute_increase(
    admission_id: int,
    *,
    dose: Decimal,
    effective_at: datetime,
    first: PumpReading,
    second: PumpReading,
    witness: Signed,
    pump: str = "",
    seen_version: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> DeliveryEvent:
    """Record that the dose was raised to `dose` mg/kg/h at the pump, under the physician's ceiling that stands.

    `first` is what the person at the pump reads on it, `second` what the `witness` reads, blind. Both have to equal the
    rate that Plateau computed; what was read stays recorded although the increase is refused. Refused with every reason
    of the gate and of the readings together. `Conflict` where somebody else has set this dose already, and who.
    """
    answer = _execute(
        admission_id, dose=dose, effective_at=effective_at, first=first, second=second, witness=witness, pump=pump,
        seen_version=seen_version, client_id=client_id, by=by, at=at,
    )  # fmt: skip
    if isinstance(answer, Refused):
        # Raised only now: the transaction that holds the readings is committed.
        raise answer
    return answer


@transaction.atomic
def _execute(
    admission_id: int,
    *,
    dose: Decimal,
    effective_at: datetime,
    first: PumpReading,
    second: PumpReading,
    witness: Signed,
    pump: str,
    seen_version: int,
    client_id: uuid.UUID | None,
    by: Actor,
    at: datetime,
) -> DeliveryEvent | Refused:
    admission = lock_admission(admission_id, by=by, may=Permission.EXECUTE_INCREASE)
    must_witness(witness, by=by, at=at)
    content = {"dose": dose, "effective_at": effective_at, "first": asdict(first), "second": asdict(second)}
    content |= {"pump": pump, "witness": witness.user_id, "seen": seen_version}
    fingerprint = fingerprint_of("execute_increase", admission_id, content)
    facts = titration_facts(admission_id, at=at, adding=DeliveryEvent, client_id=client_id)
    if facts.was_sent and (known := same_again(DeliveryEvent, client_id, fingerprint)) is not None:
        return known
    must_be_present(admission)
    order = must_have_seen(facts.order, seen_version)
    must_not_run_already(facts.course, dose)
    question = question_of(facts, bedside(admission, at=at), stage=Stage.EXECUTION, dose=dose, at=at, by=by.user_id)
    reasons = [
        *_of_time(facts, effective_at, at=at),
        *_of_pump(pump),
        *reasons_not_to_increase(replace(question, witness=witness.user_id)),
    ]
    if not dose.is_finite() or not 0 < dose <= question.rules.maximum:
        return _refusal(reasons, None)
    check = double_check(
        admission, order, act=CheckedAct.INCREASE, dose=dose, first=first, second=second, witness=witness, by=by, at=at
    )
    if reasons or not check.agrees:
        return _refusal(reasons, check)
    event, _course = record_event(
        admission,
        order,
        kind=DeliveryKind.RATE_CHANGED,
        effective_at=effective_at,
        dose=dose,
        rate=check.computed_rate_ml_per_h,
        pump=pump,
        second_checker_id=witness.user_id,
        approval=facts.approval,
        double_check=check,
        known=facts.pump,
        client_id=client_id,
        fingerprint=fingerprint,
        by=by,
        at=at,
    )
    _use(facts.approval, dose, at=at)
    names = (of_session(by, at=at), SignatureMeaning.ADMINISTERED), (witness, SignatureMeaning.WITNESSED)
    put_names(event, admission_id, *names)
    settle_and_publish(admission, by=by, at=at)
    return event


def _of_time(facts: TitrationFacts, effective_at: datetime, *, at: datetime) -> list[Reason]:
    """An increase is recorded when it is done: after its approval and after what was last done at the pump."""
    reasons = list(reasons_of_time(effective_at, facts.order, at=at))
    approval = facts.approval
    if approval is not None and effective_at < approval.approved_at:
        sentence = f"It was approved at {stamp(approval.approved_at)}: the increase cannot lie before."
        reasons.append(Reason("before_approval", sentence, "effective_at"))
    if facts.pump is not None:
        reasons += reasons_of_order_in_time(facts.pump, effective_at=effective_at)
    return reasons


def _of_pump(name: str) -> list[Reason]:
    longest = DeliveryEvent._meta.get_field("pump").max_length or 0
    if len(name) > longest:
        return [Reason("too_long", f"The pump's name is longer than {longest} characters.", "pump")]
    return []


def _refusal(reasons: Sequence[Reason], check: DoubleCheck | None) -> Refused:
    """The gate's reasons and the readings' in one answer, hard ones first."""
    differs = mismatch(check) if check is not None and not check.agrees else None
    if differs is not None and not reasons:
        return differs
    every = sorted([*reasons, *(differs.reasons if differs else ())], key=lambda reason: reason.kind is Kind.SOFT)
    sentence = every[0].sentence if len(every) == 1 else "The dose cannot be raised now. Nothing was changed."
    return Refused("increase_refused", sentence, every)


def _use(approval: Approval | None, dose: Decimal, *, at: datetime) -> None:
    """A ceiling that was reached is used up; below it, it stands for the next step."""
    if approval is not None and dose == approval.ceiling_mg_per_kg_h:
        approval.state, approval.closed_at = ApprovalState.USED.value, at
        approval.save(update_fields=["state", "closed_at"])
