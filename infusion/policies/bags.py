"""Reasons why a bag cannot be hung or accounted for so: all of them at once, as sentences."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from core.errors import Reason
from infusion.domain.bag import reasons_of_new_concentration
from infusion.domain.course import CourseState
from infusion.models import Bag, Course, Order
from infusion.policies.delivery import plain, reasons_of_expiry, reasons_of_time, today_on_ward
from infusion.selectors import dose_rules
from patients.models import Admission

_LEAST_ML, _MOST_ML = Decimal(1), Decimal(5000)


def reasons_not_to_hang(
    admission: Admission,
    order: Order,
    course: Course | None,
    *,
    volume_ml: Decimal,
    primed_ml: Decimal,
    concentration_mg_per_ml: Decimal,
    expires_on: date,
    line_is_new: bool,
    is_double_checked: bool,
    hung_at: datetime,
    at: datetime,
) -> list[Reason]:
    """Volume and priming are possible, the bag is the ordered one and in date, another concentration has its new line.

    While the pump does not run, the blind check of another concentration comes with the start or the resume.
    """
    rules = dose_rules(order.protocol_id)
    reasons = [*reasons_of_time(hung_at, order, at=at)]
    if hung_at < admission.admitted_at:
        reasons.append(Reason("before_admission", "That is before the admission.", "hung_at"))
    if not volume_ml.is_finite() or not _LEAST_ML <= volume_ml <= _MOST_ML:
        reasons.append(Reason("volume_impossible", f"{volume_ml} mL is not a bag's volume.", "volume_ml"))
    most = rules.bag.prime_ml_max
    fits = primed_ml.is_finite() and 0 <= primed_ml <= most and (not volume_ml.is_finite() or primed_ml <= volume_ml)
    if not fits:
        sentence = f"Priming a line takes 0 to {plain(most)} mL."
        reasons.append(Reason("primed_impossible", sentence, "primed_ml"))
    if concentration_mg_per_ml != order.concentration_mg_per_ml:
        sentence = f"{plain(order.concentration_mg_per_ml)} mg/mL is ordered."
        reasons.append(Reason("concentration_not_ordered", sentence, "concentration_mg_per_ml"))
    reasons += reasons_of_expiry(expires_on.isoformat(), today_on_ward(admission, hung_at))
    before = course.concentration_mg_per_ml if course is not None else None
    flows = course is not None and course.state == CourseState.RUNNING
    if flows and course is not None and course.found_differing_at is not None and before != concentration_mg_per_ml:
        # The rate that gives the same dose would be worked out from a dose that nobody ordered.
        sentence = "The pump was found at a rate that nobody ordered. Pause it before another concentration is hung."
        reasons.append(Reason("pump_differs", sentence))
    reasons += reasons_of_new_concentration(
        before, concentration_mg_per_ml, line_is_new=line_is_new, is_double_checked=is_double_checked or not flows
    )
    return reasons


def reasons_not_to_close(
    bag: Bag, *, volumes_ml: Mapping[str, Decimal], is_witnessed: bool, closed_at: datetime, at: datetime
) -> list[Reason]:
    """Every volume is one of this bag, and what is wasted is wasted before a witness."""
    reasons = [*reasons_of_time(closed_at, bag.order, at=at)]
    if closed_at < bag.hung_at:
        reasons.append(Reason("before_hanging", "That is before the bag was hung.", "closed_at"))
    for name, volume in volumes_ml.items():
        if not volume.is_finite() or not 0 <= volume <= _MOST_ML:
            reasons.append(Reason("volume_impossible", f"{volume} mL is not a volume of this bag.", name))
    if volumes_ml["wasted_ml"] > 0 and not is_witnessed:
        reasons.append(Reason("waste_not_witnessed", "What is wasted is wasted before a witness.", "witness"))
    return reasons
