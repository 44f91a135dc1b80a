"""When a monitor's recording is charted: at the schedule's own times, and more often where what it shows calls for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from monitoring.domain.alert_rules import Reading
from monitoring.domain.closer_watch import watches
from monitoring.domain.news2 import news2
from monitoring.domain.recording import Observed, Recording
from monitoring.domain.schedule import interval_at
from monitoring.domain.stay import SeenSet, StayFacts


def played_back(recording: Recording, facts: StayFacts) -> Iterator[tuple[datetime, Observed]]:
    """When a set is due in a course that starts with the recording, and what is charted then, until the recording ends.

    Nothing satisfies a prompt here (a monitor knows no sedation), so each rolls on from the one before, by the schedule
    and by what was seen since: every 15 min after a red value, hourly after a single 3 of NEWS2 (DOMAIN 4, "Schedule").
    Second readings are not taken: whoever replays has no hand at the bedside. `facts` are those of the stay as it started.
    """
    if facts.course is None or facts.course.first_started_at is None:
        return
    started_at = facts.course.first_started_at
    at = started_at
    while (due_at := _next_at(facts, at)) is not None and due_at - started_at <= recording.length:
        at = due_at
        observed = recording.observed(at - started_at)
        yield at, observed
        facts = replace(facts, runs=((*facts.sets, _seen(facts, observed, at)),))


def _next_at(facts: StayFacts, at: datetime) -> datetime | None:
    """When the prompt that opens at `at` falls to the next: one interval on, the shortest of all that apply then."""
    if facts.course is None:
        return None
    interval = interval_at(replace(facts.course, watches=watches(facts, at=at)), at, facts.schedule)
    return None if interval is None else at + interval


def _seen(facts: StayFacts, observed: Observed, at: datetime) -> SeenSet:
    score = news2(observed.values, scale=facts.scale)
    return SeenSet(len(facts.sets) + 1, Reading(at, observed.values, score), at)
