"""Reasons why something at the pump may not be recorded: all of them at once, as sentences."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.signing import Signed
from core.errors import Reason, Refused
from infusion.domain.course import CourseState, ordered_dose
from infusion.domain.pause import Halt, highest_dose_again, needs_physicians_restart
from infusion.domain.protocol import ProtocolContent
from infusion.domain.readiness import Readiness
from infusion.domain.words import PauseReason
from infusion.models import Approval, Bag, Course, Order
from infusion.selectors import dose_rules, shipped_rules
from infusion.selectors.pump import Pump
from patients.models import Admission
from patients.selectors import stamp

_MOST = Decimal("9999.9999")


def reasons_not_to_discharge(admission: Admission, *, at: datetime) -> list[Reason]:
    """A running pump and a hanging bag keep the patient: the stop and the bag's account are recorded first."""
    reasons = []
    course = Course.objects.filter(admission=admission).first()
    if course is not None and course.state != Course.State.STOPPED:
        reasons.append(Reason("infusion_not_stopped", f"The infusion is {course.state}. Record its stop first."))
    if Bag.objects.filter(admission=admission, closed_at=None).exists():
        reasons.append(Reason("bag_hanging", "A bag hangs that is not accounted for. Close it first."))
    return reasons


def order_at_hand(pump: Pump) -> Order:
    """The order under which something at the pump is recorded: the running dose's, else the open one; `Refused` if none."""
    if pump.course is not None:
        return pump.course.order
    if pump.order is not None:
        return pump.order
    raise Refused("no_order", "There is no signed order for this stay.")


def must_be_started(pump: Pump) -> Course:
    """How the delivery stands; `Refused` where no pump was ever started."""
    if pump.course is None:
        raise Refused("not_started", "No infusion was started in this stay.")
    return pump.course


def reasons_of_time(effective_at: datetime, order: Order | None, *, at: datetime) -> Sequence[Reason]:
    """An act at the pump is not recorded before it happens; clocks may differ a little [protocol default: 2 min]."""
    skew = (dose_rules(order.protocol_id) if order is not None else shipped_rules()).acts.future_skew
    if effective_at > at + skew:
        ahead = int((effective_at - at) / timedelta(minutes=1))
        allowed = int(skew / timedelta(minutes=1))
        sentence = f"That is {ahead} min ahead of the clock. {allowed} min is allowed."
        return [Reason("in_the_future", sentence, "effective_at")]
    return []


def reasons_of_order_in_time(pump: Pump, *, effective_at: datetime) -> list[Reason]:
    """What sets the pump flowing follows the last thing known of it: only what makes safe is moved there by itself."""
    if pump.last_at is None or effective_at >= pump.last_at:
        return []
    last = f"The last act at the pump was at {stamp(pump.last_at)}; this lies before it."
    return [Reason("before_last_act", last, "effective_at")]


def reasons_of_unordered_rate(course: Course | None) -> list[Reason]:
    """No rate of another concentration is computed for a dose that nobody ordered: the pump is set first."""
    if course is None or course.found_differing_at is None:
        return []
    found = stamp(course.found_differing_at)
    sentence = f"At {found} the pump was found at a rate that nobody ordered. Set it first."
    return [Reason("pump_differs", sentence, "concentration_mg_per_ml")]


def reasons_not_to_take_dose(dose: Decimal) -> list[Reason]:
    """A dose in mg/kg/h that can be written down at all: four decimals, not below 0."""
    if not dose.is_finite() or not 0 <= dose <= _MOST or dose != round(dose, 4):
        return [Reason("dose_unreadable", f"{dose} is not a dose in mg/kg/h.", "dose_mg_per_kg_h")]
    return []


def reasons_not_to_start(
    pump: Pump,
    *,
    treatment: Sequence[Reason],
    seen: Readiness,
    bag: Bag | None,
    line_checked: bool,
    effective_at: datetime,
    at: datetime,
) -> list[Reason]:
    """The start gate of DOMAIN 3 with every reason together; `treatment` is what screening, consent and weight say."""
    reasons = [
        *reasons_of_time(effective_at, pump.order, at=at),
        *reasons_of_order_in_time(pump, effective_at=effective_at),
    ]
    order = pump.order
    if pump.course is not None:
        reasons.append(Reason("already_started", f"The infusion was started already; it is {pump.course.state}."))
    if order is None:
        return [*reasons, Reason("no_order", "There is no signed order for this stay."), *treatment]
    if effective_at < order.signed_at:
        reasons.append(Reason("before_signature", "The start lies before the order was signed.", "effective_at"))
    if at >= order.expires_at:
        reasons.append(Reason("order_expired", "The order has expired."))
    rules = dose_rules(order.protocol_id)
    reasons += treatment
    reasons += _reasons_of_bedside(rules, seen, effective_at=effective_at)
    reasons += reasons_of_bag(bag, order, at=effective_at)
    if not line_checked:
        sentence = "Dedicated labelled line, anti-siphon valve and locked pump have to be checked and ticked."
        reasons.append(Reason("line_not_checked", sentence, "line_checked"))
    return reasons


def _reasons_of_bedside(rules: ProtocolContent, seen: Readiness, *, effective_at: datetime) -> list[Reason]:
    limits = rules.start
    liver_at = seen.liver.collected_at if seen.liver else None
    asked = (
        ("liver", "liver enzymes", "were collected", liver_at, limits.liver),
        ("full_set", "a full set", "was seen", seen.full_set_at, limits.full_set),
        ("mood", "a mood screen", "was made", seen.mood_screened_at, limits.mood),
        ("falls", "a falls score", "was made", seen.falls_scored_at, limits.falls),
    )
    return [
        reason
        for code, what, verb, seen_at, limit in asked
        if (reason := reason_of_age(code, what, verb, seen_at, limit, at=effective_at)) is not None
    ]


def reason_of_age(
    code: str, what: str, verb: str, seen_at: datetime | None, limit: timedelta, *, at: datetime
) -> Reason | None:
    """Missing, or older than `limit` at `at`; None where it is young enough."""
    allowed = f"{_span(limit)} before the start at most"
    if seen_at is None:
        return Reason(f"{code}_missing", f"The start needs {what}: none is recorded. It {verb} {allowed}.")
    if at - seen_at > limit:
        return Reason(f"{code}_too_old", f"The start needs {what} of {allowed}; the last {verb} at {stamp(seen_at)}.")
    return None


def reasons_of_bag(bag: Bag | None, order: Order, *, at: datetime) -> list[Reason]:
    """The hanging bag is the ordered one and not out of date on the ward's calendar."""
    if bag is None:
        return [Reason("no_bag", "No bag hangs. Record it first.", "bag")]
    reasons = []
    if bag.concentration_mg_per_ml != order.concentration_mg_per_ml:
        hangs, ordered = plain(bag.concentration_mg_per_ml), plain(order.concentration_mg_per_ml)
        reasons.append(
            Reason("bag_concentration", f"The bag that hangs has {hangs} mg/mL; {ordered} mg/mL is ordered.", "bag")
        )
    reasons += reasons_of_expiry(bag.expires_on.isoformat(), today_on_ward(bag.admission, at))
    return reasons


def reasons_of_expiry(expires_on: str, today: str) -> list[Reason]:
    """A bag is good through its date of expiry (both as ISO dates)."""
    if expires_on < today:
        return [Reason("bag_out_of_date", f"The bag expired on {expires_on}.", "expires_on")]
    return []


def today_on_ward(admission: Admission, at: datetime) -> str:
    """The date on the ward's calendar, as ISO writes it."""
    return at.astimezone(ZoneInfo(admission.ward.time_zone)).date().isoformat()


def halt_of(course: Course) -> Halt:
    """Since when, by what and why a pump that does not run stands still."""
    is_stop = course.state == CourseState.STOPPED
    since = course.stopped_at if is_stop else course.paused_at
    return Halt(since or course.changed_at, is_stop, PauseReason(course.pause_reason) if course.pause_reason else None)


def reasons_for_a_restart(course: Course, seen: Readiness, *, effective_at: datetime) -> tuple[Reason, ...]:
    """Why this halted pump runs again only with a physician's restart; none where a nurse may resume alone."""
    rules = dose_rules(course.order.protocol_id).pause
    return needs_physicians_restart(
        halt_of(course),
        red_is_open=bool(seen.red_alerts),
        last_red_at=seen.last_red_at,
        at=effective_at,
        restart_after=rules.restart_after,
        red_within=rules.red_within,
    )


def reasons_not_to_resume(
    pump: Pump,
    order: Order,
    *,
    dose: Decimal,
    restart: Sequence[Reason],
    approval: Approval | None,
    people: Sequence[Signed],
    effective_at: datetime,
    at: datetime,
) -> list[Reason]:
    """Every reason why the pump may not run again: time, dose, a physician's restart that is missing, who executes it."""
    reasons = [
        *reasons_of_time(effective_at, pump.order, at=at),
        *reasons_of_order_in_time(pump, effective_at=effective_at),
    ]
    reasons += reasons_not_to_take_dose(dose)
    before = ordered_dose(pump.events) or Decimal(0)
    ceiling = approval.ceiling_mg_per_kg_h if approval is not None else None
    maximum = order.maximum_dose_mg_per_kg_h
    most = highest_dose_again(before, ceiling, maximum)
    if not dose.is_finite() or not 0 < dose <= most:
        limit = (
            "ran before"
            if most == before
            else "the order allows"
            if most == maximum
            else "a physician's restart allows"
        )
        sentence = f"The pump runs again above 0 and at {plain(most)} mg/kg/h at most: that is what {limit}."
        reasons.append(Reason("dose_above_previous", sentence, "dose_mg_per_kg_h"))
    if restart and approval is None:
        reasons += restart
    if approval is not None and approval.approved_by_id in {person.user_id for person in people}:
        reasons.append(Reason("approver_executes", "Who allowed the restart neither carries it out nor checks it."))
    return reasons


def reasons_of_absence(seen: Readiness) -> list[Reason]:
    """While the pump runs no set can be switched off: who left while it stood needs an escort who charts (DOMAIN 4)."""
    if not seen.is_away_alone:
        return []
    sentence = "The patient is off the ward without an escort who charts: record the return, or leaving with an escort."
    return [Reason("escort_missing", sentence)]


def order_of_resumed_dose(course: Course, order: Order, approval: Approval | None) -> Order:
    """In which version's weight a resumed dose is: a version in a heavier weight raises no mg/h by itself.

    Signed while the pump stood, it counts for whoever resumes alone only where it means less; with the next approved
    increase, or a physician's restart, who saw it, it counts as it is.
    """
    is_heavier = order.dosing_weight_kg > course.order.dosing_weight_kg
    return course.order if approval is None and is_heavier else order


def reasons_of_order_now(order: Order, bag: Bag | None, course: Course) -> list[Reason]:
    """A version of the order signed since the halt binds what flows again: its concentration hangs, or hung where no bag is
    recorded."""
    strength = course.concentration_mg_per_ml if bag is None else bag.concentration_mg_per_ml
    if strength == order.concentration_mg_per_ml:
        return []
    hangs, ordered = plain(strength), plain(order.concentration_mg_per_ml)
    sentence = f"The bag holds {hangs} mg/mL; {ordered} mg/mL is ordered. Change the bag first."
    return [Reason("bag_concentration", sentence, "bag")]


def plain(number: Decimal) -> str:
    """A number in a sentence, without zeros at its end."""
    return f"{number.normalize():f}"


def _span(span: timedelta) -> str:
    hours, minutes = divmod(int(span / timedelta(minutes=1)), 60)
    return f"{hours} h" if not minutes and hours > 1 else f"{int(span / timedelta(minutes=1))} min"
