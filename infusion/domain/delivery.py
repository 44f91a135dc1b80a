"""What was done at the pump, and what therefore flowed: events, delivery segments and sums over them (DOMAIN 3).

Events are history and are never judged here: a pump found at a wrong rate is a fact like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Context, Decimal
from enum import StrEnum

from infusion.domain.words import PauseReason

_MICROSECONDS_PER_HOUR = 3_600_000_000
# Wide enough that rate x concentration x microseconds of a whole course is summed without rounding.
_EXACT = Context(prec=60)
_MICROSECOND = timedelta(microseconds=1)


class DeliveryKind(StrEnum):
    """What was done at the pump."""

    STARTED = "started"
    RATE_CHANGED = "rate_changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    BAG_CHANGED = "bag_changed"
    FOUND = "found"
    WITHDRAWN = "withdrawn"  # what it supersedes never happened


_SETS_FLOWING = frozenset({DeliveryKind.STARTED, DeliveryKind.RESUMED, DeliveryKind.FOUND})
_ENDS_FLOW = frozenset({DeliveryKind.PAUSED, DeliveryKind.STOPPED})


@dataclass(frozen=True, slots=True)
class Event:
    """One act at the pump. `effective_at` is when it was done, `recorded_at` when it was told.

    A rate, concentration, dose or pump of None means: as before. `supersedes` is the id of the event it corrects.
    `order_id` is the order version under which it was done; `allowed_up_to` the dose in mg/kg/h that was allowed for it: the
    ceiling of its approval, for a start the order's initial dose. None: no more than what was ordered before.
    """

    id: int
    kind: DeliveryKind
    effective_at: datetime
    recorded_at: datetime
    rate_ml_per_h: Decimal | None = None
    concentration_mg_per_ml: Decimal | None = None
    dose_mg_per_kg_h: Decimal | None = None
    pump: str | None = None
    supersedes: int | None = None
    pause_reason: PauseReason | None = None
    until_at: datetime | None = None
    order_id: int | None = None
    allowed_up_to: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """A stretch of delivery at one rate from one bag through one pump; `end` is None while it runs."""

    start: datetime
    end: datetime | None
    rate_ml_per_h: Decimal
    concentration_mg_per_ml: Decimal
    dose_mg_per_kg_h: Decimal
    pump: str
    event_id: int | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it flowed so at `at`; the first instant belongs to it, the last to what follows."""
        return self.start <= at and (self.end is None or at < self.end)


class DeliveryError(ValueError):
    """Events out of which no segment can be made: it flowed, but nobody said at what rate or concentration."""


def standing(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events that hold, in the order in which they were done.

    What a later one corrects is left out, and a withdrawn one with its withdrawal: it never happened. A correction done
    at the same instant as another act keeps the place of what it corrects.
    """
    known = tuple(events)
    corrects = {event.id: event.supersedes for event in known}
    superseded = set(corrects.values())
    holds = (e for e in known if e.id not in superseded and e.kind is not DeliveryKind.WITHDRAWN)
    return tuple(sorted(holds, key=lambda e: (e.effective_at, _first_version(e.id, corrects), e.id)))


def _first_version(event_id: int, corrects: Mapping[int, int | None]) -> int:
    while (before := corrects.get(event_id)) is not None:
        event_id = before
    return event_id


def segments(events: Iterable[Event]) -> tuple[SegmentFacts, ...]:
    """The delivery as it was: a change of rate, bag or pump closes a segment and opens the next, a pause is a gap.

    Raises `DeliveryError` for a flow without a rate or concentration.
    """
    closed: list[SegmentFacts] = []
    settings = _Settings()
    current: SegmentFacts | None = None
    for event in standing(events):
        settings = settings.after(event)
        opens = event.kind in _SETS_FLOWING or (current is not None and event.kind not in _ENDS_FLOW)
        if not opens and current is None:
            continue
        if current is not None and event.effective_at > current.start:
            closed.append(replace(current, end=event.effective_at))
        current = settings.segment(event) if opens else None
    return (*closed, current) if current is not None else tuple(closed)


def cumulative_mg(segments: Iterable[SegmentFacts], at: datetime) -> Decimal:
    """Milligrams delivered until `at`; divided once at the end, so that it does not matter how segments are split."""
    total = Decimal(0)
    for segment in segments:
        until = at if segment.end is None else min(segment.end, at)
        if until > segment.start:
            microseconds = Decimal((until - segment.start) // _MICROSECOND)
            mg_per_h = _EXACT.multiply(segment.rate_ml_per_h, segment.concentration_mg_per_ml)
            total = _EXACT.add(total, _EXACT.multiply(mg_per_h, microseconds))
    return _EXACT.divide(total, Decimal(_MICROSECONDS_PER_HOUR))


def segment_at(segments: Iterable[SegmentFacts], at: datetime) -> SegmentFacts | None:
    """The segment that runs at `at`; None when nothing flows."""
    return next((segment for segment in segments if segment.covers(at)), None)


def dose_at(segments: Iterable[SegmentFacts], at: datetime) -> Decimal | None:
    """The dose in mg/kg/h at `at`; None when nothing flows (which is not a dose of 0 that was set at the pump)."""
    segment = segment_at(segments, at)
    return None if segment is None else segment.dose_mg_per_kg_h


class Change(StrEnum):
    """What last changed the dose, as an alert's sentence says it."""

    START = "start"
    INCREASE = "increase"
    DECREASE = "decrease"
    RESTART = "restart"
    HALT = "halt"


@dataclass(frozen=True, slots=True)
class DoseContext:
    """The dose an alert happened at: what changed last, when, and which dose ran before (and when, to look up a value).

    `dose` is None when nothing flows; `previous_dose`, `previous_from` and `previous_until` are None at the start.
    """

    change: Change
    changed_at: datetime
    dose_mg_per_kg_h: Decimal | None
    previous_dose_mg_per_kg_h: Decimal | None = None
    previous_from: datetime | None = None
    previous_until: datetime | None = None

    def words(self, *, at: datetime, previous_value: str | None = None) -> str:
        """The clause behind a value: "22 min after the increase to 0.45; at 0.40 it was 142/84"."""
        since = f"{_duration(at - self.changed_at)} after the {self.change}"
        if self.dose_mg_per_kg_h is None:
            since += f" at {_dose(self.previous_dose_mg_per_kg_h)}"
        else:
            preposition = "to" if self.change in (Change.INCREASE, Change.DECREASE) else "at"
            since += f" {preposition} {_dose(self.dose_mg_per_kg_h)}"
        if previous_value is None or self.previous_dose_mg_per_kg_h is None:
            return since
        return f"{since}; at {_dose(self.previous_dose_mg_per_kg_h)} it was {previous_value}"


def last_change(segments: Sequence[SegmentFacts], at: datetime) -> DoseContext | None:
    """The last change of dose at or before `at`; a new bag or pump at the same dose is none. None before the start."""
    steps = _steps([segment for segment in segments if segment.start <= at], at)
    if not steps:
        return None
    latest = steps[-1]
    if len(steps) == 1:
        return DoseContext(Change.START, latest.start, latest.dose)
    before = next((step for step in reversed(steps[:-1]) if step.dose is not None), steps[-2])
    return DoseContext(
        change=_change(latest.dose, steps[-2].dose, before.dose),
        changed_at=latest.start,
        dose_mg_per_kg_h=latest.dose,
        previous_dose_mg_per_kg_h=before.dose,
        previous_from=before.start,
        previous_until=before.end,
    )


@dataclass(frozen=True, slots=True)
class _Settings:
    """What the pump is set to; an event that names nothing new leaves it as it was."""

    rate: Decimal | None = None
    concentration: Decimal | None = None
    dose: Decimal | None = None
    pump: str = ""

    def after(self, event: Event) -> _Settings:
        rate, concentration = event.rate_ml_per_h, event.concentration_mg_per_ml
        return _Settings(
            rate=self.rate if rate is None else rate,
            concentration=self.concentration if concentration is None else concentration,
            dose=self.dose if event.dose_mg_per_kg_h is None else event.dose_mg_per_kg_h,
            pump=self.pump if event.pump is None else event.pump,
        )

    def segment(self, event: Event) -> SegmentFacts:
        if self.rate is None or self.concentration is None or self.dose is None:
            raise DeliveryError(f"Delivery event {event.id} ({event.kind}) has no rate, concentration or dose.")
        return SegmentFacts(event.effective_at, None, self.rate, self.concentration, self.dose, self.pump, event.id)


@dataclass(frozen=True, slots=True)
class _Step:
    start: datetime
    end: datetime | None
    dose: Decimal | None


def _steps(segments: Sequence[SegmentFacts], at: datetime) -> list[_Step]:
    """Stretches of one dose (None for a gap) up to `at`, neighbours of the same dose joined."""
    steps: list[_Step] = []
    for segment in segments:
        if steps and steps[-1].end is not None and steps[-1].end < segment.start:
            steps.append(_Step(steps[-1].end, segment.start, None))
        if steps and steps[-1].dose == segment.dose_mg_per_kg_h:
            steps[-1] = _Step(steps[-1].start, segment.end, segment.dose_mg_per_kg_h)
        else:
            steps.append(_Step(segment.start, segment.end, segment.dose_mg_per_kg_h))
    if steps and steps[-1].end is not None and steps[-1].end <= at:
        steps.append(_Step(steps[-1].end, None, None))
    return steps


def _change(dose: Decimal | None, just_before: Decimal | None, before: Decimal | None) -> Change:
    if dose is None:
        return Change.HALT
    if just_before is None or before is None:
        return Change.RESTART
    return Change.INCREASE if dose > before else Change.DECREASE


def _dose(dose: Decimal | None) -> str:
    return "no dose" if dose is None else f"{dose:.2f}" if dose == round(dose, 2) else f"{dose.normalize():f}"


def _duration(span: timedelta) -> str:
    minutes = int(span / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
