"""The hold at the target: six hours of infusion at it, from its declaration (DOMAIN 1).

The clock counts what really flowed at the declared dose. It stands still while the pump is paused and knows no daylight
saving, since it adds durations of instants; a bag change keeps it. Any other dose, a stop, or a pause over the limit ends
it: then it takes a new declaration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from infusion.domain.delivery import DeliveryKind, Event, SegmentFacts, segments, standing
from infusion.domain.rules import HoldRules
from infusion.domain.words import TargetKind


@dataclass(frozen=True, slots=True)
class Target:
    """A declared target: the dose in mg/kg/h, why, since when; `ended_at` where a physician ended the hold early."""

    dose_mg_per_kg_h: Decimal
    kind: TargetKind
    declared_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """The hold as far as the events tell: `held` is what flowed at the target until `held_until`.

    While `is_counting` the clock goes on from `held_until`; while it is not and `ended_at` is None, it stands still.
    """

    held: timedelta
    held_until: datetime
    is_counting: bool
    ended_at: datetime | None = None

    def held_at(self, at: datetime) -> timedelta:
        """What was held at `at`, on the assumption that nothing happened since the last event."""
        return self.held + max(at - self.held_until, timedelta(0)) if self.is_counting else self.held

    def done_at(self, target_hold: timedelta) -> datetime | None:
        """When `target_hold` is full if nothing comes between; None while the clock stands or is over before that."""
        return self.held_until + (target_hold - self.held) if self.is_counting else None


def hold(target: Target, events: Iterable[Event], *, reset_pause: timedelta) -> Hold:
    """The hold of `target` out of all that was done at the pump.

    A pause may last `reset_pause` and no longer. Ended early, it counts until then.
    """
    known = tuple(events)
    counted = _count(target, segments(known), _stops(known), reset_pause)
    if target.ended_at is None or (counted.ended_at is not None and counted.ended_at <= target.ended_at):
        return counted
    until = target.ended_at
    before = _count(target, _cut(segments(known), until), _stops(known), reset_pause)
    return replace(before, held_until=until, is_counting=False, ended_at=until)


def broken_at(counted: Hold, *, at: datetime, reset_pause: timedelta) -> datetime | None:
    """When the hold ended, seen from `at`: a pause that lasts too long ends it while nobody does anything."""
    if counted.ended_at is not None or counted.is_counting:
        return counted.ended_at
    limit = counted.held_until + reset_pause
    return limit if at > limit else None


def reassessment_at(done_at: datetime, *, zone: tzinfo, awake_pain: int | None, rule: HoldRules) -> datetime:
    """When the patient is reassessed after a hold that is done at `done_at`: at once, or after the night [default].

    From 22:00 until before 07:00 of the ward it moves to the next 07:30, unless the patient is awake with pain >= 7;
    `awake_pain` is None when asleep or not known. The ward's clock may jump in that night: only its times of day count.
    """
    if awake_pain is not None and awake_pain >= rule.awake_pain:
        return done_at
    here = done_at.astimezone(zone)
    late, early = here.time() >= rule.night_from, here.time() < rule.night_until
    if not (late or early):
        return done_at
    morning = here.date() + timedelta(days=1) if late else here.date()
    return datetime.combine(morning, rule.moved_to, zone).astimezone(done_at.tzinfo)


def _count(
    target: Target, flowed: tuple[SegmentFacts, ...], stops: tuple[datetime, ...], reset_pause: timedelta
) -> Hold:
    """Add up stretch by stretch from the declaration, until something ends it."""
    held, until = timedelta(0), target.declared_at
    stops = _stops_that_hold(stops, flowed, target.declared_at)
    for segment in flowed:
        if segment.end is not None and segment.end <= target.declared_at:
            continue
        start = max(segment.start, target.declared_at)
        if (over_at := _over(until, start, segment, target, stops, reset_pause)) is not None:
            return Hold(held, until, False, over_at)
        if segment.end is None:
            return Hold(held, start, True)
        held, until = held + (segment.end - start), segment.end
    stopped = next((stop for stop in stops if stop >= until), None)
    return Hold(held, until, False, stopped and min(stopped, until + reset_pause))


def _over(
    until: datetime,
    start: datetime,
    segment: SegmentFacts,
    target: Target,
    stops: tuple[datetime, ...],
    reset_pause: timedelta,
) -> datetime | None:
    """When the hold was over in the gap before this stretch, or by it; None where it goes on."""
    over = [stop for stop in stops if until <= stop < start]
    if start - until > reset_pause:
        over.append(until + reset_pause)
    if not over and segment.dose_mg_per_kg_h != target.dose_mg_per_kg_h:
        over.append(start)
    return min(over, default=None)


def _stops(events: tuple[Event, ...]) -> tuple[datetime, ...]:
    return tuple(event.effective_at for event in standing(events) if event.kind is DeliveryKind.STOPPED)


def _stops_that_hold(
    stops: tuple[datetime, ...], flowed: tuple[SegmentFacts, ...], declared_at: datetime
) -> tuple[datetime, ...]:
    """The stops as the hold meets them: one that was told late, and stood when the target was declared, ends it there."""
    if any(segment.covers(declared_at) for segment in flowed):
        return stops
    ends = [segment.end for segment in flowed if segment.end is not None and segment.end <= declared_at]
    since = max(ends, default=None)
    return tuple(max(stop, declared_at) for stop in stops if since is None or stop >= since)


def _cut(flowed: tuple[SegmentFacts, ...], until: datetime) -> tuple[SegmentFacts, ...]:
    """What flowed until an instant."""
    return tuple(
        replace(each, end=until if each.end is None else min(each.end, until)) for each in flowed if each.start < until
    )
