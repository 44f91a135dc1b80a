"""The figures of a course at an instant (DOMAIN 3, "Arithmetic"): doses in every unit, sums, clocks. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from infusion.domain.bag import BagFacts, remaining_ml, run_out_at
from infusion.domain.course import CourseFacts, CourseState
from infusion.domain.days import day_of_course
from infusion.domain.delivery import SegmentFacts, cumulative_mg
from infusion.domain.dose import dose_delivered
from infusion.domain.hold import Hold, broken_at

_MCG_PER_MIN = Decimal(1000) / Decimal(60)
_FINE = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class CourseFigures:
    """A course at `at`. The doses are those of the running pump, all None while nothing flows.

    `dose_delivered_mg_per_kg_h` is what the rounded rate really delivers; mg/h and mcg/kg/min follow from it.
    `time_at_target` and `hold_remaining` are None without a target, the second also once the hold is over.
    """

    at: datetime
    day: int
    dose_ordered_mg_per_kg_h: Decimal | None
    dose_delivered_mg_per_kg_h: Decimal | None
    mg_per_h: Decimal | None
    mcg_per_kg_min: Decimal | None
    rate_ml_per_h: Decimal | None
    concentration_mg_per_ml: Decimal | None
    cumulative_mg: Decimal
    cumulative_mg_per_kg: Decimal
    time_at_target: timedelta | None
    hold_remaining: timedelta | None
    hold_done_at: datetime | None
    hold_ended_at: datetime | None
    bag_remaining_ml: Decimal | None
    run_out_at: datetime | None


def course_figures(
    facts: CourseFacts,
    flowed: Sequence[SegmentFacts],
    *,
    weight_kg: Decimal,
    counted: Hold | None,
    bag: BagFacts | None,
    target_hold: timedelta,
    reset_pause: timedelta,
    at: datetime,
) -> CourseFigures:
    """Every figure of the course at `at`; `weight_kg` is the dosing weight of the order that runs.

    `target_hold` is how long a target is held, `reset_pause` how long a pause may last in it.
    """
    runs = facts.state is CourseState.RUNNING
    rate, strength = facts.rate_ml_per_h, facts.concentration_mg_per_ml
    delivered = dose_delivered(rate, weight_kg, strength) if runs else None
    total = cumulative_mg(flowed, at)
    ended_at = None if counted is None else broken_at(counted, at=at, reset_pause=reset_pause)
    left = remaining_ml(bag, flowed, at=at) if bag else None
    return CourseFigures(
        at=at,
        day=day_of_course(facts.first_started_at, at),
        dose_ordered_mg_per_kg_h=facts.dose_mg_per_kg_h if runs else None,
        dose_delivered_mg_per_kg_h=None if delivered is None else delivered.quantize(_FINE),
        mg_per_h=rate * strength if runs else None,
        mcg_per_kg_min=None if delivered is None else mcg_per_kg_min(delivered),
        rate_ml_per_h=rate if runs else None,
        concentration_mg_per_ml=strength if runs else None,
        cumulative_mg=total,
        cumulative_mg_per_kg=total / weight_kg,
        time_at_target=None if counted is None else counted.held_at(at),
        hold_remaining=None if counted is None or ended_at else remaining_hold(counted, target_hold, at=at),
        hold_done_at=None if counted is None else counted.done_at(target_hold),
        hold_ended_at=ended_at,
        bag_remaining_ml=left,
        run_out_at=None if left is None or not runs else run_out_at(left, rate, at=at),
    )


def remaining_hold(counted: Hold, target_hold: timedelta, *, at: datetime) -> timedelta:
    """What is left of the hold at `at`, never below 0."""
    return max(target_hold - counted.held_at(at), timedelta(0))


def mcg_per_kg_min(dose_mg_per_kg_h: Decimal) -> Decimal:
    """A dose in mcg/kg/min, to two decimals.

    >>> mcg_per_kg_min(Decimal("1"))
    Decimal('16.67')
    """
    return (dose_mg_per_kg_h * _MCG_PER_MIN).quantize(Decimal("0.01"))
