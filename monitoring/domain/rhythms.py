"""When something other than a set is due again: so long after the last, and at times of the ward's day (DOMAIN 4).

The times are the ward's own (handovers): a night with a change of clocks has them once each, like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from monitoring.domain import schedule
from monitoring.domain.rules import Rhythm
from monitoring.domain.schedule import PromptFacts

_DAY = timedelta(days=1)

Following = Callable[[datetime], datetime]


def early(rhythm: Rhythm) -> timedelta:
    """How long before it is due something may be done for it; at most half the interval, or it would answer twice."""
    return rhythm.early if rhythm.every is None else min(rhythm.early, rhythm.every / 2)


def due_after(rhythm: Rhythm, done_at: datetime, *, zone: tzinfo) -> datetime:
    """When it is due next after it was done at `done_at`: what comes first, the interval or a time it did not count for."""
    found = [] if rhythm.every is None else [done_at + rhythm.every]
    if rhythm.at:
        found.append(_next_time(rhythm, done_at + early(rhythm), zone))
    return min(found)


def _next_time(rhythm: Rhythm, after: datetime, zone: tzinfo) -> datetime:
    today = after.astimezone(zone).date()
    times = (
        datetime.combine(today + ahead * _DAY, each, zone).astimezone(after.tzinfo)
        for ahead in range(3)
        for each in rhythm.at
    )
    return min(each for each in times if each > after)


def prompt(due_at: datetime, following: Following) -> PromptFacts:
    """What is due at `due_at`, until the next one would fall due."""
    return PromptFacts(due_at, following(due_at) - due_at)


def roll(first: PromptFacts, at: datetime, following: Following) -> tuple[list[PromptFacts], PromptFacts]:
    """What was missed until `at` from `first` on, and what is open then."""
    missed, current = [], first
    while schedule.rolls_at(current) <= at:
        missed.append(current)
        current = prompt(schedule.rolls_at(current), following)
    return missed, current
