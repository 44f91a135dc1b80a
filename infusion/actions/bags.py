"""Hanging, changing and accounting for bags of the controlled drug (DOMAIN 3, "Bags and the controlled drug")."""

import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, of_session, put_names
from core.errors import Conflict, Reason, Refused, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.checking import agreed, double_check, must_witness
from infusion.domain.bag import BagFacts, reconcile
from infusion.domain.course import CourseState
from infusion.domain.delivery import DeliveryKind, segment_at
from infusion.domain.double_check import PumpReading
from infusion.domain.words import CheckedAct, PumpCheckKind
from infusion.models import Bag, Course, DoubleCheck, Order
from infusion.policies.bags import reasons_not_to_close, reasons_not_to_hang
from infusion.policies.delivery import reasons_of_order_in_time, reasons_of_unordered_rate
from infusion.policies.orders import must_have_seen
from infusion.policies.single_signed import reasons_not_to_sign_alone
from infusion.recording import open_check, record_event
from infusion.selectors import dose_rules
from infusion.selectors.pump import Pump, hanging_bag, pump_of
from patients.models import Admission
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@dataclass(frozen=True, slots=True)
class NewBag:
    """A bag about to hang: what its label says (mL, mg/mL), what priming took of it, and whether the line is a new one."""

    lot: str
    expires_on: date
    volume_ml: Decimal
    concentration_mg_per_ml: Decimal
    primed_ml: Decimal = Decimal(0)
    line_is_new: bool = False


@dataclass(frozen=True, slots=True)
class UsedBag:
    """Where a bag went, in mL: infused by the pump's own count, wasted before a witness, left."""

    infused_ml: Decimal
    wasted_ml: Decimal = Decimal(0)
    left_ml: Decimal = Decimal(0)


@transaction.atomic
def hang_bag(
    admission_id: int,
    *,
    new: NewBag,
    hung_at: datetime,
    witness: Signed | None = None,
    single_signed_reason: str = "",
    seen_version: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Bag:
    """Record the bag that hangs now where none hung: lot, expiry, volume, concentration, two signatures.

    Refused with every reason; while another bag hangs it is changed instead.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.HANG_BAG, reason=single_signed_reason)
    fingerprint = fingerprint_of("hang_bag", admission_id, {**asdict(new), "hung_at": hung_at})
    if made := same_again(Bag, client_id, fingerprint):
        return made
    must_be_present(admission)
    pump = pump_of(admission_id)
    order = must_have_seen(pump.order, seen_version)
    if hanging_bag(admission_id) is not None:
        raise Refused("bag_hangs", "A bag hangs already. Change it, and account for it.")
    reasons = reasons_not_to_hang(
        admission, order, pump.course, **_label(new), is_double_checked=False, hung_at=hung_at, at=at
    )
    since = admission.admitted_at
    _may_sign_alone(admission, order, pump, reasons, witness, single_signed_reason, since=since, by=by, at=at)
    refuse_for(reasons, code="bag_refused", sentence="The bag cannot be recorded.")
    bag = _hang(admission, order, new, hung_at, witness, single_signed_reason, client_id, fingerprint, by=by, at=at)
    if pump.course is not None and pump.course.state == CourseState.RUNNING:
        _record_change(admission, pump, pump.course, bag, None, witness, hung_at, single_signed_reason, by=by, at=at)
    settle_and_publish(admission, by=by, at=at)
    return bag


def change_bag(
    admission_id: int,
    *,
    new: NewBag,
    used: UsedBag,
    changed_at: datetime,
    witness: Signed | None = None,
    first: PumpReading | None = None,
    second: PumpReading | None = None,
    single_signed_reason: str = "",
    seen_version: int,
    seen_bag: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Bag:
    """Record that one bag was taken down and accounted for, and another hung: the dose stays, the hold goes on.

    Another concentration needs a newly primed line and, while the pump runs, the blind double check of the rate that gives
    the same dose; it is never signed by one alone. A pump that was found at a rate nobody ordered runs on so: nothing is
    checked against that. `seen_bag` is the id of the bag that the page showed: `Conflict` where another hangs by now. The
    new bag.
    """
    return agreed(
        _change(
            admission_id, new, used, changed_at, witness, first, second, single_signed_reason, seen_version, seen_bag,
            client_id, by, at,
        )
    )  # fmt: skip


@transaction.atomic
def _change(
    admission_id: int, new: NewBag, used: UsedBag, changed_at: datetime, witness: Signed | None,
    first: PumpReading | None, second: PumpReading | None, alone: str, seen_version: int, seen_bag: int,
    client_id: uuid.UUID | None, by: Actor, at: datetime,
) -> Bag | DoubleCheck:  # fmt: skip
    admission = lock_admission(admission_id, by=by, may=Permission.HANG_BAG, reason=alone)
    content = {**asdict(new), **asdict(used), "at": changed_at, "first": first and asdict(first)}
    content["second"] = second and asdict(second)
    fingerprint = fingerprint_of("change_bag", admission_id, content)
    if made := same_again(Bag, client_id, fingerprint):
        return made
    must_be_present(admission)
    pump = pump_of(admission_id)
    order, old = must_have_seen(pump.order, seen_version), hanging_bag(admission_id)
    if old is None:
        raise Refused("no_bag", "No bag hangs that could be changed. Hang one.")
    _must_be_seen(old, seen_bag)
    is_checked = witness is not None and first is not None and second is not None
    reasons = reasons_not_to_hang(
        old.admission, order, pump.course, **_label(new), is_double_checked=is_checked, hung_at=changed_at, at=at
    )
    reasons += reasons_not_to_close(
        old, volumes_ml=asdict(used), is_witnessed=witness is not None, closed_at=changed_at, at=at
    )
    if new.concentration_mg_per_ml != old.concentration_mg_per_ml:
        reasons += reasons_of_order_in_time(pump, effective_at=changed_at)
        reasons += reasons_of_unordered_rate(pump.course)
    _may_sign_alone(admission, order, pump, reasons, witness, alone, since=old.hung_at, new=new, by=by, at=at)
    refuse_for(reasons, code="bag_refused", sentence="The change of the bag cannot be recorded.")
    course = pump.course
    flows = course is not None and course.state == CourseState.RUNNING
    check = None
    is_as_ordered = course is not None and course.found_differing_at is None
    if flows and is_as_ordered and course and first is not None and second is not None and witness is not None:
        check = double_check(
            admission, course.order, act=CheckedAct.BAG_CHANGE, dose=course.dose_mg_per_kg_h, first=first, second=second,
            witness=witness, concentration=new.concentration_mg_per_ml, by=by, at=at,
        )  # fmt: skip
        if not check.agrees:
            return check
    _close(old, used, witness, changed_at, by=by)
    bag = _hang(admission, order, new, changed_at, witness, alone, client_id, fingerprint, by=by, at=at)
    if flows and course is not None:
        _record_change(admission, pump, course, bag, check, witness, changed_at, alone, by=by, at=at)
    settle_and_publish(admission, by=by, at=at)
    return bag


@transaction.atomic
def close_bag(
    admission_id: int,
    *,
    used: UsedBag,
    closed_at: datetime,
    witness: Signed | None = None,
    seen_bag: int,
    by: Actor,
    at: datetime,
) -> Bag:
    """Take the hanging bag down and account for it while the pump does not run. What does not add up opens an incident.

    `seen_bag` is the id of the bag that the page showed: `Conflict` where another hangs by now. The same account sent
    again by the same person changes nothing and answers the same.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.HANG_BAG)
    so = {"closed_at": closed_at, "closed_by": by.user_id, **asdict(used)}
    if (closed := Bag.objects.filter(admission=admission, **so).first()) is not None:
        return closed
    bag = hanging_bag(admission_id)
    if bag is None:
        raise Refused("no_bag", "No bag hangs.")
    _must_be_seen(bag, seen_bag)
    pump = pump_of(admission_id)
    if pump.course is not None and pump.course.state == CourseState.RUNNING:
        raise Refused("pump_runs", "The pump runs from this bag. Change it, or record the pause or stop first.")
    if witness is not None:
        must_witness(witness, by=by, at=at)
    reasons = reasons_not_to_close(
        bag, volumes_ml=asdict(used), is_witnessed=witness is not None, closed_at=closed_at, at=at
    )
    refuse_for(reasons, code="bag_refused", sentence="The bag cannot be accounted for so.")
    _close(bag, used, witness, closed_at, by=by)
    signed = of_session(by, at=at)
    witnessed = [(witness, SignatureMeaning.WITNESSED)] if witness else []
    put_names(bag, admission.pk, (signed, SignatureMeaning.ADMINISTERED), *witnessed)
    settle_and_publish(admission, by=by, at=at)
    return bag


def _must_be_seen(hanging: Bag, seen_bag: int) -> None:
    """Nobody accounts for a bag with the volumes of another."""
    if hanging.pk != seen_bag:
        sentence = f"Another bag hangs since {hanging.hung_at:%H:%M} UTC (lot {hanging.lot}). Look at the bag again."
        raise Conflict("bag_changed", sentence, [Reason("bag_changed", sentence, "seen_bag")])


def _label(new: NewBag) -> dict[str, Any]:
    label = asdict(new)
    label.pop("lot")
    return label


def _may_sign_alone(
    admission: Admission, order: Order, pump: Pump, reasons: list[Reason], witness: Signed | None, alone: str, *,
    since: datetime, new: NewBag | None = None, by: Actor, at: datetime,
) -> None:  # fmt: skip
    """With a witness nothing is asked; alone, every reason against it is added."""
    if witness is not None:
        must_witness(witness, by=by, at=at)
        return
    before = pump.course.concentration_mg_per_ml if pump.course else None
    reasons += reasons_not_to_sign_alone(
        admission, order, act=CheckedAct.BAG_CHANGE, since=since, reason=alone, is_restart=False,
        is_new_concentration=new is not None and before is not None and before != new.concentration_mg_per_ml, at=at,
    )  # fmt: skip


def _hang(
    admission: Admission, order: Order, new: NewBag, hung_at: datetime, witness: Signed | None, alone: str,
    client_id: uuid.UUID | None, fingerprint: bytes, *, by: Actor, at: datetime,
) -> Bag:  # fmt: skip
    signed = of_session(by, at=at)
    bag = Bag.objects.create(
        admission=admission, order=order, hung_at=hung_at, hung_by_id=signed.user_id, **asdict(new),
        witnessed_by_id=witness.user_id if witness else None, single_signed_reason="" if witness else alone,
        client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
    witnessed = [(witness, SignatureMeaning.WITNESSED)] if witness else []
    put_names(bag, admission.pk, (signed, SignatureMeaning.ADMINISTERED), *witnessed)
    return bag


def _close(bag: Bag, used: UsedBag, witness: Signed | None, closed_at: datetime, *, by: Actor) -> None:
    """Reconcile and close; where the cabinet keeps the ledger, nothing is missed here."""
    rules = dose_rules(bag.order.protocol_id).bag
    facts = BagFacts(bag.volume_ml, bag.primed_ml, bag.concentration_mg_per_ml, bag.hung_at)
    account = reconcile(facts, **asdict(used), tolerance_share=rules.tolerance_share, tolerance_mg=rules.tolerance_mg)
    bag.closed_at, bag.closed_by_id = closed_at, by.user_id
    bag.close_witnessed_by_id = witness.user_id if witness else None
    bag.infused_ml, bag.wasted_ml, bag.left_ml = used.infused_ml, used.wasted_ml, used.left_ml
    bag.missing_ml = account.missing_ml
    bag.incident_open = account.is_incident and bag.admission.ward.keeps_bag_ledger
    bag.save(update_fields=[
        "closed_at", "closed_by", "close_witnessed_by", "infused_ml", "wasted_ml", "left_ml", "missing_ml",
        "incident_open",
    ])  # fmt: skip


def _record_change(
    admission: Admission, pump: Pump, course: Course, bag: Bag, check: DoubleCheck | None, witness: Signed | None,
    changed_at: datetime, alone: str, *, by: Actor, at: datetime,
) -> None:  # fmt: skip
    """The event, if the pump ran then: the dose stays; the rate too, unless another concentration was checked."""
    ran = segment_at([kept.facts for kept in pump.segments], changed_at)
    if ran is None:
        return
    event, _course = record_event(
        admission, course.order, kind=DeliveryKind.BAG_CHANGED, effective_at=changed_at, dose=ran.dose_mg_per_kg_h,
        rate=check.computed_rate_ml_per_h if check else ran.rate_ml_per_h, concentration=bag.concentration_mg_per_ml,
        bag=bag, double_check=check, second_checker_id=witness.user_id if witness else None,
        single_signed_reason="" if witness else alone, known=pump, by=by, at=at,
    )  # fmt: skip
    if witness is None:
        due_at = at + dose_rules(course.order.protocol_id).acts.single_signed_check
        open_check(event, kind=PumpCheckKind.SINGLE_SIGNED, due_at=due_at, at=at)
