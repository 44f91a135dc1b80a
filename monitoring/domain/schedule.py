"""When the next observation set is due, and what late means (DOMAIN 4, "Schedule"). One set prompt is open at a time.

Every instant is aware UTC, every duration a timedelta; nothing here knows what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from infusion.domain.content import ContentError, Section

__all__ = [
    "ContentError",
    "Course",
    "Due",
    "Lateness",
    "PromptFacts",
    "Rung",
    "Schedule",
    "Watch",
    "earliest_satisfying",
    "following",
    "interval_at",
    "next_due",
    "on_time_until",
    "overdue_at",
    "roll",
    "rolls_at",
]

_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)
_WEEK_IN_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of a ladder: until so long after its event, a set at this interval; `until` None is for ever."""

    until: timedelta | None
    interval: timedelta


Ladder = tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Lateness:
    """What early, on time and overdue mean, as shares of a prompt's interval with their bounds."""

    early_share: Decimal
    on_time_share: Decimal
    on_time_least: timedelta
    overdue_share: Decimal
    overdue_least: timedelta
    overdue_most: timedelta

    @classmethod
    def from_section(cls, part: Section) -> Lateness:
        """Read `schedule.lateness`."""
        return cls(
            early_share=_share(part, "early_share"),
            on_time_share=_share(part, "on_time_share"),
            on_time_least=_minutes(part, "on_time_least_min"),
            overdue_share=_share(part, "overdue_share"),
            overdue_least=_minutes(part, "overdue_least_min"),
            overdue_most=_minutes(part, "overdue_most_min"),
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """The ladders of a protocol: by the age of the course, and after each event that calls for closer watching."""

    phase: Ladder
    after_increase: Ladder
    after_decrease_or_restart: Ladder
    paused: Ladder
    after_stop: Ladder
    lateness: Lateness

    @classmethod
    def from_content(cls, content: object) -> Schedule:
        """Read `schedule` of a protocol's content; raise `ContentError` with everything that is wrong."""
        root = Section.root(content)
        part = root.section("schedule")
        schedule = cls(
            phase=_ladder(part, "phase", for_ever=True),
            after_increase=_ladder(part, "after_increase"),
            after_decrease_or_restart=_ladder(part, "after_decrease_or_restart"),
            paused=_ladder(part, "paused", for_ever=True),
            after_stop=_ladder(part, "after_stop"),
            lateness=Lateness.from_section(part.section("lateness")),
        )
        if schedule.lateness.overdue_least > schedule.lateness.overdue_most:
            root.complain("schedule.lateness.overdue_least_min is above overdue_most_min.")
        root.finish()
        return schedule


@dataclass(frozen=True, slots=True)
class Watch:
    """Closer watching, beside the ladders: from `since` until before `until` (None: for ever) a set at this interval."""

    since: datetime
    until: datetime | None
    interval: timedelta

    def asks_after(self, at: datetime, *, early: timedelta = timedelta(0)) -> bool:
        """Whether a set is asked for one interval after `at`, which may be `early` for the end."""
        return self.since <= at and (self.until is None or at + early < self.until)


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a course so far; `paused_at` and `stopped_at` are None while the pump runs.

    `watches` never make a set due later, only sooner; they apply to a pump that is paused or stopped, too.
    """

    first_started_at: datetime | None
    stopped_at: datetime | None = None
    paused_at: datetime | None = None
    last_increase_at: datetime | None = None
    last_decrease_or_restart_at: datetime | None = None
    watches: tuple[Watch, ...] = ()

    def events(self) -> tuple[datetime, ...]:
        """Every instant from which a set is counted."""
        all_of_them = (
            self.first_started_at,
            self.last_increase_at,
            self.last_decrease_or_restart_at,
            self.paused_at,
            self.stopped_at,
        )
        return tuple(at for at in all_of_them if at is not None)


@dataclass(frozen=True, slots=True)
class Due:
    """When a set is due, and the interval it was due at (which decides early, on time and overdue)."""

    due_at: datetime
    interval: timedelta


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """A set prompt: `due_at` never moves once set."""

    due_at: datetime
    interval: timedelta


def interval_at(course: Course, at: datetime, schedule: Schedule) -> timedelta | None:
    """The shortest interval of all that apply at `at`; None when nothing more is due.

    Stopped or paused, only that ladder applies (the others are about a running pump), and whatever calls for closer watching.
    """
    return _least(
        _interval(course, at, schedule, early_share=Decimal(0)),
        *(watch.interval for watch in course.watches if watch.asks_after(at)),
    )


def next_due(course: Course, last_done_at: datetime | None, schedule: Schedule) -> Due | None:
    """The next set, counted from the latest event: the last satisfying set, the start, a change, the pause, the stop.

    A set a little early for "+30 min after the stop" is that set: it does not ask for the same one again. Closer watching is
    counted from the last set or from what called for it, whatever else happened: so it is never due later for it.
    """
    if course.first_started_at is None:
        return None
    watched = (_watched(watch, course, last_done_at, schedule) for watch in course.watches)
    ordinary = _ordinary(course, last_done_at, schedule)
    return min((due for due in (ordinary, *watched) if due is not None), key=_soonest, default=None)


def _soonest(due: Due) -> tuple[datetime, timedelta]:
    return due.due_at, due.interval


def _watched(watch: Watch, course: Course, last_done_at: datetime | None, schedule: Schedule) -> Due | None:
    counted_from = watch.since if course.first_started_at is None else max(watch.since, course.first_started_at)
    early = timedelta(0)
    if last_done_at is not None and last_done_at > counted_from:
        counted_from, early = last_done_at, _part(watch.interval, schedule.lateness.early_share)
    if not watch.asks_after(counted_from, early=early):
        return None
    return Due(counted_from + watch.interval, watch.interval)


def _ordinary(course: Course, last_done_at: datetime | None, schedule: Schedule) -> Due | None:
    latest_event = max(course.events())
    if last_done_at is None or last_done_at <= latest_event:
        interval = _interval(course, latest_event, schedule, early_share=Decimal(0))
        return None if interval is None else Due(latest_event + interval, interval)
    interval = _interval(course, last_done_at, schedule, early_share=schedule.lateness.early_share)
    return None if interval is None else Due(last_done_at + interval, interval)


def earliest_satisfying(prompt: PromptFacts | Due, lateness: Lateness) -> datetime:
    """From when on a set counts for this prompt: a quarter of its interval early (what it must carry is asked elsewhere)."""
    return prompt.due_at - _part(prompt.interval, lateness.early_share)


def on_time_until(prompt: PromptFacts | Due, lateness: Lateness) -> datetime:
    """Until when a set is on time: a quarter of the interval after due, at least 5 min."""
    return prompt.due_at + max(_part(prompt.interval, lateness.on_time_share), lateness.on_time_least)


def overdue_at(prompt: PromptFacts | Due, lateness: Lateness) -> datetime:
    """When the alert rings: half the interval after due, at least 10 and at most 30 min."""
    half = _part(prompt.interval, lateness.overdue_share)
    return prompt.due_at + min(max(half, lateness.overdue_least), lateness.overdue_most)


def rolls_at(prompt: PromptFacts | Due) -> datetime:
    """When the next set would fall due: a prompt still open then is missed and the next opens."""
    return prompt.due_at + prompt.interval


def roll(
    prompt: PromptFacts, course: Course, at: datetime, schedule: Schedule
) -> tuple[list[PromptFacts], PromptFacts | None]:
    """The prompts missed until `at` by one that was left open, and the one that is open then (None: nothing more due).

    One step for each missed prompt, so a sweep that slept for a night costs a few dozen.
    """
    missed: list[PromptFacts] = []
    current: PromptFacts | None = prompt
    while current is not None and rolls_at(current) <= at:
        missed.append(current)
        current = following(current, course, schedule)
    return missed, current


def following(prompt: PromptFacts, course: Course, schedule: Schedule) -> PromptFacts | None:
    """The prompt that takes over from a missed one; None when nothing more is due.

    The set at the very end of a ladder is still asked for (+4 h after the stop), though no interval applies from then on.
    """
    due_at = rolls_at(prompt)
    interval = interval_at(course, due_at, schedule) or interval_at(course, due_at - _INSTANT, schedule)
    return None if interval is None else PromptFacts(due_at, interval)


def _interval(course: Course, at: datetime, schedule: Schedule, *, early_share: Decimal) -> timedelta | None:
    if course.first_started_at is None or at < course.first_started_at:
        return None
    if course.stopped_at is not None and course.stopped_at <= at:
        return _after(schedule.after_stop, course.stopped_at, at, early_share)
    if course.paused_at is not None and course.paused_at <= at:
        return _after(schedule.paused, course.paused_at, at, early_share)
    # The phase is read without the allowance: near its end it would stretch the last short interval.
    applying = (
        _after(schedule.phase, course.first_started_at, at, Decimal(0)),
        _after(schedule.after_increase, course.last_increase_at, at, early_share),
        _after(schedule.after_decrease_or_restart, course.last_decrease_or_restart_at, at, early_share),
    )
    return _least(*applying)


def _least(*intervals: timedelta | None) -> timedelta | None:
    return min((interval for interval in intervals if interval is not None), default=None)


def _after(ladder: Ladder, event_at: datetime | None, at: datetime, early_share: Decimal) -> timedelta | None:
    if event_at is None or at < event_at:
        return None
    elapsed = at - event_at
    for rung in ladder:
        if rung.until is None or elapsed + _part(rung.interval, early_share) < rung.until:
            return rung.interval
    return None


def _part(interval: timedelta, share: Decimal) -> timedelta:
    numerator, denominator = share.as_integer_ratio()
    return interval * numerator / denominator


def _ladder(part: Section, key: str, *, for_ever: bool = False) -> Ladder:
    """Read a ladder. Its intervals must not shrink: else a set done later would be followed sooner."""
    rungs = []
    for entry in part.sections(key):
        until = entry.whole_or_none("until_min", least=1, most=_WEEK_IN_MINUTES)
        every = entry.whole("every_min", least=1, most=_WEEK_IN_MINUTES)
        rungs.append(Rung(None if until is None else until * _MINUTE, every * _MINUTE))
    if any(rung.until is None for rung in rungs[:-1]):
        part.complain(f"schedule.{key}: only the last entry may be without until_min.")
        return tuple(rungs)
    if rungs and (rungs[-1].until is None) != for_ever:
        wording = "must be without until_min: it goes on" if for_ever else "needs until_min: it ends"
        part.complain(f"schedule.{key}: the last entry {wording}.")
        return tuple(rungs)
    untils = [rung.until for rung in rungs if rung.until is not None]
    if any(later <= earlier for earlier, later in pairwise(untils)):
        part.complain(f"schedule.{key}: each until_min must be above the one before.")
    if any(later.interval < earlier.interval for earlier, later in pairwise(rungs)):
        part.complain(f"schedule.{key}: every_min must not become shorter.")
    return tuple(rungs)


def _share(part: Section, key: str) -> Decimal:
    return part.number(key, least=Decimal("0"), most=Decimal("1"))


def _minutes(part: Section, key: str) -> timedelta:
    return part.whole(key, least=1, most=_WEEK_IN_MINUTES) * _MINUTE
