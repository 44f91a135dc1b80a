"""What the gate for an increase is asked about: the facts of one stay, frozen, at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

from infusion.domain.course import CourseState
from infusion.domain.protocol import ProtocolContent
from infusion.domain.readiness import Readiness
from infusion.domain.words import Stage

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OrderInForce:
    """The open version of the order: doses in mg/kg/h of its frozen weight."""

    version: int
    expires_at: datetime
    dosing_weight_kg: Decimal
    weight_is_measured: bool
    reweigh_by: datetime | None
    concentration_mg_per_ml: Decimal
    increment: Decimal
    step_interval: timedelta
    maximum: Decimal
    pain_goal: int
    liver_max_age: timedelta


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one ordered dose; `end` is None while it runs."""

    start: datetime
    end: datetime | None
    dose: Decimal


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the delivery stands; `recent` are the stretches that reach into the last 24 h, earliest first."""

    state: CourseState
    dose: Decimal
    concentration_mg_per_ml: Decimal
    dose_changed_at: datetime | None = None
    target_declared_at: datetime | None = None
    held: timedelta | None = None
    held_until: datetime | None = None
    hold_is_counting: bool = False
    hold_ended_at: datetime | None = None
    found_differing_at: datetime | None = None
    recent: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The approval that was given last and not closed; it allows nothing once `expires_at` is reached."""

    dose: Decimal
    expires_at: datetime
    approved_by: int
    approver: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The newest weight of the kind that the order rests on."""

    kg: Decimal
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Window:
    """When the ward raises doses, on its own clock: from `opens` until before `closes`.

    Over midnight where it closes earlier than it opens; all day where both are the same.
    """

    opens: time
    closes: time

    def is_open(self, there: datetime) -> bool:
        """Whether doses may be raised at this local time."""
        clock = there.time()
        if self.opens == self.closes:
            return True
        if self.opens < self.closes:
            return self.opens <= clock < self.closes
        return clock >= self.opens or clock < self.closes

    def next_open(self, at: datetime, zone: tzinfo) -> datetime:
        """The first instant from `at` on at which doses may be raised."""
        there = at.astimezone(zone)
        if self.is_open(there):
            return at
        day = there.date() if there.time() < self.opens else there.date() + timedelta(days=1)
        # By the clock on the wall: on the two odd nights the day has 23 or 25 hours.
        return max(at, datetime.combine(day, self.opens, tzinfo=zone).astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Question:
    """May the dose be raised to `dose` mg/kg/h?

    At the request `dose` is what is asked for, at the approval the ceiling (`first_step` then is the dose that was asked
    for, if anybody asked), at the execution what the pump is to be set to. `opened` are the codes of soft reasons that a
    physician opened. `by` is who acts, `witness` the second checker; None where nobody is known yet. `consent_withdrawn`: the
    patient's newest word is a no.
    """

    stage: Stage
    dose: Decimal
    at: datetime
    rules: ProtocolContent
    order: OrderInForce | None
    delivery: Delivery | None
    readiness: Readiness
    newest_weight: Weighed | None = None
    ceiling: Ceiling | None = None
    first_step: Decimal | None = None
    window: Window | None = None
    zone: tzinfo = UTC
    opened: frozenset[str] = frozenset()
    by: int | None = None
    witness: int | None = None
    requested_by: int | None = None
    request_waits_for: Decimal | None = None
    consent_withdrawn: bool = False

    @property
    def live_ceiling(self) -> Ceiling | None:
        """The ceiling, where its time is not over."""
        return self.ceiling if self.ceiling is not None and self.at < self.ceiling.expires_at else None

    @property
    def step_to(self) -> Decimal | None:
        """The dose of the step that is judged; None for a ceiling that nobody asked for, each step of which is judged later."""
        if self.stage is not Stage.APPROVAL or not self.dose.is_finite():
            return self.dose
        return None if self.first_step is None else min(self.first_step, self.dose)


def lowest_in_24_h(delivery: Delivery, *, at: datetime) -> Decimal:
    """The lowest dose in mg/kg/h that ran within the 24 h before `at`; a pause is no dose."""
    ran = (each.dose for each in delivery.recent if each.start <= at and (each.end is None or each.end > at - DAY))
    return min(ran, default=delivery.dose)


def step_counts_from(delivery: Delivery, *, reset_pause: timedelta) -> datetime | None:
    """Since when the present dose has been running, for the step interval: the last change of dose, or the flow after
    a pause longer than `reset_pause`, whichever came later."""
    flows = [
        after.start
        for before, after in pairwise(delivery.recent)
        if before.end is not None and after.start - before.end > reset_pause
    ]
    return max([*flows, *([delivery.dose_changed_at] if delivery.dose_changed_at else [])], default=None)


def hold_done_at(delivery: Delivery, *, target_hold: timedelta) -> datetime | None:
    """When the hold at the target will have lasted long enough if nothing interrupts it.

    None where there is nothing to wait for (no target, ended, done), and while the clock stands still.
    """
    if not is_holding(delivery, target_hold=target_hold) or not delivery.hold_is_counting:
        return None
    counted_until = delivery.held_until or delivery.target_declared_at
    assert counted_until is not None
    return counted_until + target_hold - (delivery.held or timedelta(0))


def is_holding(delivery: Delivery, *, target_hold: timedelta) -> bool:
    """Whether a target is declared whose hold was neither ended nor, as far as it was counted, long enough."""
    if delivery.target_declared_at is None or delivery.hold_ended_at is not None:
        return False
    return (delivery.held or timedelta(0)) < target_hold
