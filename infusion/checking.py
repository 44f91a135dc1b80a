"""Two people check the pump, the second blind: recorded whether they agree or not (DOMAIN 3, "Execution")."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from accounts.actor import Actor
from accounts.models import SignatureMethod
from accounts.roles import GRANTS, Permission
from accounts.signing import GOOD_FOR, Signed, of_session
from core.errors import Forbidden, Malformed, Reason, Refused
from infusion.domain.dose import programmed_rate, rate_ml_per_h
from infusion.domain.double_check import PumpReading, disagreements
from infusion.domain.words import CheckedAct
from infusion.models import DoubleCheck, Order
from infusion.selectors import dose_rules
from patients.models import Admission

A = TypeVar("A")

# What the columns hold: a reading beyond it is a slip of the fingers, not a reading.
_MOST = {"rate_ml_per_h": Decimal("99999.99"), "concentration_mg_per_ml": Decimal("9999.999")}


def double_check(
    admission: Admission,
    order: Order,
    *,
    act: CheckedAct,
    dose: Decimal,
    first: PumpReading,
    second: PumpReading,
    witness: Signed,
    by: Actor,
    at: datetime,
    concentration: Decimal | None = None,
) -> DoubleCheck:
    """Record what two people read at the pump beside what Plateau computed for `dose` (mg/kg/h); one statement.

    `agrees` where both read exactly the computed rate and the concentration (the order's, or the given one of a new
    bag). A mismatch stays recorded: the caller lets this row be committed and then raises `mismatch(check)`. `Forbidden`
    where the witness is the same person, may not witness, or signed without a secret just now.
    """
    must_witness(witness, by=by, at=at)
    refuse_unreadable(first, "first")
    refuse_unreadable(second, "second")
    computed = computed_reading(order, dose=dose, concentration=concentration)
    return DoubleCheck.objects.create(
        admission=admission,
        order=order,
        act=act.value,
        at=at,
        computed_rate_ml_per_h=computed.rate_ml_per_h,
        ordered_concentration_mg_per_ml=computed.concentration_mg_per_ml,
        first_by_id=of_session(by, at=at).user_id,
        first_rate_ml_per_h=first.rate_ml_per_h,
        first_concentration_mg_per_ml=first.concentration_mg_per_ml,
        second_by_id=witness.user_id,
        second_rate_ml_per_h=second.rate_ml_per_h,
        second_concentration_mg_per_ml=second.concentration_mg_per_ml,
        agrees=not disagreements(computed, first, second),
    )


def computed_reading(order: Order, *, dose: Decimal, concentration: Decimal | None = None) -> PumpReading:
    """What the pump is to be set to for `dose` in mg/kg/h: the order's weight, rounded as the protocol's pump rounds."""
    rules = dose_rules(order.protocol_id)
    strength = order.concentration_mg_per_ml if concentration is None else concentration
    rate = rate_ml_per_h(dose, order.dosing_weight_kg, strength)
    return PumpReading(programmed_rate(rate, rules.pump_resolution_ml_per_h, rules.pump_rounding), strength)


def mismatch(check: DoubleCheck) -> Refused:
    """The refusal that a check which does not agree stands for; raised only after the check itself was committed."""
    reasons = disagreements(
        PumpReading(check.computed_rate_ml_per_h, check.ordered_concentration_mg_per_ml),
        PumpReading(check.first_rate_ml_per_h, check.first_concentration_mg_per_ml),
        PumpReading(check.second_rate_ml_per_h, check.second_concentration_mg_per_ml),
    )
    return Refused(
        "double_check_differs", "The two readings and the computed rate are not the same. Nothing was changed.", reasons
    )


def agreed(done: A | DoubleCheck) -> A:
    """What an act made; its refusal where it only left a check that differs, which is committed by now."""
    if isinstance(done, DoubleCheck):
        raise mismatch(done)
    return done


def single_reading(computed: PumpReading, read: PumpReading) -> PumpReading:
    """What one person alone read, if it is what Plateau computed; else `Refused`."""
    refuse_unreadable(read, "first")
    if reasons := disagreements(computed, read, computed):
        raise Refused("reading_differs", "What you read is not what was computed. Nothing was changed.", reasons)
    return read


def must_witness(witness: Signed, *, by: Actor, at: datetime) -> None:
    """`Forbidden` unless `witness` is another person who may witness and has just typed a secret of their own."""
    if by.user_id is None:
        raise Forbidden("a_person_signs", "This is signed by a person.")
    if witness.user_id == by.user_id:
        raise Forbidden("same_person", "The second person must be another one than the first.")
    if Permission.WITNESS not in GRANTS[witness.role]:
        raise Forbidden("may_not_witness", f"{witness.name} may not check or witness.")
    if witness.method == SignatureMethod.SESSION or not timedelta(0) <= at - witness.at <= GOOD_FOR:
        raise Forbidden("not_signed", "The second person signs with their own password or PIN, typed for this act.")


def refuse_unreadable(reading: PumpReading, who: str) -> None:
    """`Malformed` where nobody can have read that: below 0, more than the columns hold, or more decimals than a pump shows."""
    for name, most in _MOST.items():
        value: Decimal = getattr(reading, name)
        is_rate = name == "rate_ml_per_h"
        possible = value.is_finite() and 0 <= value <= most and (is_rate or value > 0)
        if not possible or value != round(value, 2 if is_rate else 3):
            reason = Reason("reading_unreadable", f"{value} cannot be read on a pump or a bag.", f"{who}.{name}")
            raise Malformed(reason.code, reason.sentence, [reason])
