"""How a delivery stands now, out of its events: what runs, since when, and what the schedule counts from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from infusion.domain.delivery import Change, DeliveryError, DeliveryKind, DoseContext, Event, standing


class CourseState(StrEnum):
    """What the pump was last recorded to do."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """The present of one delivery. The dose is the one running, or the one that ran before the pause or stop."""

    state: CourseState
    first_started_at: datetime
    changed_at: datetime
    dose_mg_per_kg_h: Decimal
    rate_ml_per_h: Decimal
    concentration_mg_per_ml: Decimal
    previous_dose_mg_per_kg_h: Decimal | None = None
    dose_changed_at: datetime | None = None
    last_increase_at: datetime | None = None
    last_decrease_or_restart_at: datetime | None = None
    paused_at: datetime | None = None
    stopped_at: datetime | None = None


def course(events: Iterable[Event]) -> CourseFacts | None:
    """The present out of all standing events; None before the first start.

    A restart is any flow after a pause or stop. Raises `DeliveryError` when something flows at no known rate.
    """
    facts: CourseFacts | None = None
    for event in standing(events):
        if event.kind is DeliveryKind.PAUSED:
            facts = facts and _halted(facts, event, CourseState.PAUSED)
        elif event.kind is DeliveryKind.STOPPED:
            facts = facts and _halted(facts, event, CourseState.STOPPED)
        elif facts is None:
            facts = _first(event)
        else:
            facts = _flowing(facts, event)
    return facts


def dose_context(facts: CourseFacts) -> DoseContext:
    """What last changed the dose, for the sentence of an alert."""
    dose, previous = facts.dose_mg_per_kg_h, facts.previous_dose_mg_per_kg_h
    if facts.state is not CourseState.RUNNING:
        return DoseContext(Change.HALT, facts.changed_at, None, dose)
    restarted = facts.last_decrease_or_restart_at == facts.changed_at and facts.dose_changed_at != facts.changed_at
    if restarted or facts.dose_changed_at is None:
        return DoseContext(Change.RESTART, facts.changed_at, dose)
    if previous is None:
        return DoseContext(Change.START, facts.first_started_at, dose)
    change = Change.INCREASE if dose > previous else Change.DECREASE
    return DoseContext(change, facts.dose_changed_at, dose, previous)


def _first(event: Event) -> CourseFacts | None:
    if event.kind not in (DeliveryKind.STARTED, DeliveryKind.FOUND):
        return None
    rate, concentration, dose = event.rate_ml_per_h, event.concentration_mg_per_ml, event.dose_mg_per_kg_h
    if rate is None or concentration is None or dose is None:
        raise DeliveryError(f"Delivery event {event.id} ({event.kind}) has no rate, concentration or dose.")
    return CourseFacts(
        CourseState.RUNNING, event.effective_at, event.effective_at, dose, rate, concentration,
        dose_changed_at=event.effective_at,
    )  # fmt: skip


def _halted(facts: CourseFacts, event: Event, state: CourseState) -> CourseFacts:
    if facts.state is state:
        return facts
    at = event.effective_at
    return replace(
        facts,
        state=state,
        changed_at=at,
        paused_at=at if state is CourseState.PAUSED else None,
        stopped_at=at if state is CourseState.STOPPED else None,
    )


def _flowing(facts: CourseFacts, event: Event) -> CourseFacts:
    restarts = facts.state is not CourseState.RUNNING
    if restarts and event.kind in (DeliveryKind.RATE_CHANGED, DeliveryKind.BAG_CHANGED):
        return facts  # a rate set while nothing flows begins with the resumption
    before = facts.dose_mg_per_kg_h
    dose = before if event.dose_mg_per_kg_h is None else event.dose_mg_per_kg_h
    at = event.effective_at
    changed = dose != before
    return replace(
        facts,
        state=CourseState.RUNNING,
        changed_at=at if changed or restarts else facts.changed_at,
        dose_mg_per_kg_h=dose,
        rate_ml_per_h=facts.rate_ml_per_h if event.rate_ml_per_h is None else event.rate_ml_per_h,
        concentration_mg_per_ml=event.concentration_mg_per_ml or facts.concentration_mg_per_ml,
        previous_dose_mg_per_kg_h=before if changed else facts.previous_dose_mg_per_kg_h,
        dose_changed_at=at if changed else facts.dose_changed_at,
        last_increase_at=at if changed and dose > before and not restarts else facts.last_increase_at,
        last_decrease_or_restart_at=at if restarts or dose < before else facts.last_decrease_or_restart_at,
        paused_at=None,
        stopped_at=None,
    )
