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


# Rate in mL/h and concentration in mg/mL.
_Setting = tuple[Decimal, Decimal]
# Nothing begins to flow by these.
_ONLY_WHILE_FLOWING = frozenset({DeliveryKind.RATE_CHANGED, DeliveryKind.BAG_CHANGED})


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """The present of one delivery. The dose is the one running, or the one that ran before the pause or stop.

    `pause_reason` is empty while none was said. `found_differing_at`: the pump was found at a setting that nobody
    ordered and has run on so since.
    """

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
    paused_until: datetime | None = None
    pause_reason: str = ""
    found_differing_at: datetime | None = None


def course(events: Iterable[Event]) -> CourseFacts | None:
    """The present out of all standing events; None before the first flow.

    A restart is any flow after a pause or stop. What is set while nothing flows begins with the next flow. Raises
    `DeliveryError` when something flows at no known rate.
    """
    facts: CourseFacts | None = None
    preset: Event | None = None
    setting: Event | None = None
    for event in standing(events):
        if event.kind in (DeliveryKind.PAUSED, DeliveryKind.STOPPED):
            facts = facts and _halted(facts, event)
        elif event.kind in _ONLY_WHILE_FLOWING and (facts is None or facts.state is not CourseState.RUNNING):
            preset = _over(preset, event)
        else:
            flow, before = _over(preset, event), facts
            facts, preset = _first(flow) if before is None else _flowing(before, flow), None
            setting, differing_at = _compare(event, before, facts, setting)
            facts = replace(facts, found_differing_at=differing_at)
    return facts


def _compare(
    event: Event, before: CourseFacts | None, now: CourseFacts, setting: Event | None
) -> tuple[Event | None, datetime | None]:
    """What is set on purpose now, and since when the pump runs at something else; None where it does not."""
    since = before.found_differing_at if before is not None else None
    if event.kind is DeliveryKind.BAG_CHANGED and event.rate_ml_per_h is None:
        return setting, since
    runs = replace(
        event,
        rate_ml_per_h=now.rate_ml_per_h,
        concentration_mg_per_ml=now.concentration_mg_per_ml,
        dose_mg_per_kg_h=now.dose_mg_per_kg_h,
    )
    setting, differs = _deliberate(setting, runs)
    should_flow = event.kind is not DeliveryKind.FOUND or (before is not None and before.state is CourseState.RUNNING)
    return setting, since or event.effective_at if differs or not should_flow else None


def deliberate_setting(events: Iterable[Event]) -> Event | None:
    """The act that last set a dose on purpose, whatever the pump was found at since; None before any.

    A higher dose is one that was ordered only where somebody allowed it: neither a bag hung while the pump ran at a rate that
    nobody ordered, nor lowering such a rate a little, nor telling of it afterwards makes it an ordered one.
    """
    setting: Event | None = None
    for event in standing(events):
        if event.dose_mg_per_kg_h is not None:
            setting, _differs = _deliberate(setting, event)
    return setting


def _deliberate(setting: Event | None, event: Event) -> tuple[Event | None, bool]:
    """What is set on purpose once this flows, and whether the pump then runs at something else."""
    assert event.dose_mg_per_kg_h is not None
    dose, ordered = event.dose_mg_per_kg_h, setting.dose_mg_per_kg_h if setting is not None else None
    if event.kind is DeliveryKind.FOUND:
        return setting, setting is None or _rate_and_strength(event) != _rate_and_strength(setting)
    if event.kind is DeliveryKind.BAG_CHANGED:
        return (event, False) if dose == ordered else (setting, True)
    is_allowed = event.allowed_up_to is not None and dose <= event.allowed_up_to
    if is_allowed or (ordered is not None and dose <= ordered):
        return event, False
    return setting, True


def _rate_and_strength(event: Event) -> tuple[Decimal | None, Decimal | None]:
    return event.rate_ml_per_h, event.concentration_mg_per_ml


def is_halted_on_purpose(events: Iterable[Event]) -> bool:
    """Whether the last act that was meant (not a pump found, not a bag) was a pause or a stop, or there was none."""
    meant = [e for e in standing(events) if e.kind not in (DeliveryKind.FOUND, DeliveryKind.BAG_CHANGED)]
    return not meant or meant[-1].kind in (DeliveryKind.PAUSED, DeliveryKind.STOPPED)


def ordered_dose(events: Iterable[Event]) -> Decimal | None:
    """The dose in mg/kg/h that was last set on purpose; None before any."""
    setting = deliberate_setting(events)
    return setting.dose_mg_per_kg_h if setting is not None else None


def dose_context(facts: CourseFacts) -> DoseContext:
    """What last changed the dose, for the sentence of an alert."""
    dose, previous = facts.dose_mg_per_kg_h, facts.previous_dose_mg_per_kg_h
    if facts.state is not CourseState.RUNNING:
        return DoseContext(Change.HALT, facts.changed_at, None, dose)
    # What made the course watched more closely just now was no decrease: so it was a restart.
    unlike_a_decrease = facts.dose_changed_at != facts.changed_at or previous is None or dose > previous
    if facts.last_decrease_or_restart_at == facts.changed_at and unlike_a_decrease:
        return DoseContext(Change.RESTART, facts.changed_at, dose)
    if previous is None or facts.dose_changed_at is None:
        return DoseContext(Change.START, facts.first_started_at, dose)
    change = Change.INCREASE if dose > previous else Change.DECREASE
    return DoseContext(change, facts.dose_changed_at, dose, previous)


def _over(preset: Event | None, event: Event) -> Event:
    """The event with what was set before it, where it names nothing of its own."""
    if preset is None:
        return event
    names = ("rate_ml_per_h", "concentration_mg_per_ml", "dose_mg_per_kg_h")
    return replace(event, **{name: getattr(preset, name) for name in names if getattr(event, name) is None})


def _first(event: Event) -> CourseFacts:
    rate, concentration, dose = event.rate_ml_per_h, event.concentration_mg_per_ml, event.dose_mg_per_kg_h
    if rate is None or concentration is None or dose is None:
        raise DeliveryError(f"Delivery event {event.id} ({event.kind}) has no rate, concentration or dose.")
    return CourseFacts(
        CourseState.RUNNING, event.effective_at, event.effective_at, dose, rate, concentration,
        dose_changed_at=event.effective_at,
    )  # fmt: skip


def _halted(facts: CourseFacts, event: Event) -> CourseFacts:
    is_pause = event.kind is DeliveryKind.PAUSED
    state = CourseState.PAUSED if is_pause else CourseState.STOPPED
    if is_pause and facts.state is CourseState.STOPPED:
        # A stop is not softened: what follows it takes a physician.
        return facts
    if facts.state is state:
        # Said again, it is the first that counts; what was not said before, and what takes a physician, from the second.
        said = is_pause and (not facts.pause_reason or (event.pause_reason and not event.pause_reason.is_technical))
        return replace(facts, pause_reason=event.pause_reason or "", paused_until=event.until_at) if said else facts
    at = event.effective_at
    return replace(
        facts,
        state=state,
        changed_at=at,
        paused_at=at if is_pause else None,
        paused_until=event.until_at if is_pause else None,
        pause_reason=event.pause_reason or "" if is_pause else "",
        stopped_at=None if is_pause else at,
        found_differing_at=None,
    )


def _flowing(facts: CourseFacts, event: Event) -> CourseFacts:
    restarts = facts.state is not CourseState.RUNNING
    before = facts.dose_mg_per_kg_h
    dose = before if event.dose_mg_per_kg_h is None else event.dose_mg_per_kg_h
    concentration = event.concentration_mg_per_ml
    at = event.effective_at
    changed = dose != before
    return replace(
        facts,
        state=CourseState.RUNNING,
        changed_at=at if changed or restarts else facts.changed_at,
        dose_mg_per_kg_h=dose,
        rate_ml_per_h=facts.rate_ml_per_h if event.rate_ml_per_h is None else event.rate_ml_per_h,
        concentration_mg_per_ml=facts.concentration_mg_per_ml if concentration is None else concentration,
        previous_dose_mg_per_kg_h=before if changed else facts.previous_dose_mg_per_kg_h,
        dose_changed_at=at if changed else facts.dose_changed_at,
        last_increase_at=at if dose > before else facts.last_increase_at,
        last_decrease_or_restart_at=at if restarts or dose < before else facts.last_decrease_or_restart_at,
        paused_at=None,
        paused_until=None,
        pause_reason="",
        stopped_at=None,
    )
