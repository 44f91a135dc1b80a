"""What is due beside the sets, compared with what is open (DOMAIN 4, "Other prompts"; DOMAIN 5, "second reading").

Level-triggered like the set prompt: done by the newest record of its kind, missed where the next would fall due, superseded
while not yet due, cancelled with a reason. What nobody was asked for is not missed: where nothing is open, the present one
is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.domain import closer_watch, reassessment, rhythms, schedule
from monitoring.domain.reconcile_prompt import PastPrompt, PromptChange
from monitoring.domain.rhythms import Following
from monitoring.domain.rules import Rhythm
from monitoring.domain.schedule import Course, PromptFacts
from monitoring.domain.second_readings import Awaited, awaited
from monitoring.domain.stay import Done, Ending, OpenPrompt, StayFacts
from monitoring.domain.watching import PromptKind

_READINGS = (PromptKind.SECOND_READING, PromptKind.RECHECK)
STOPPED = "the infusion was stopped"
NOT_STARTED = "no infusion was started"
DONE_BEFORE = "it was done before it was due"
NO_LONGER_OUTSIDE = "no longer outside"
NOT_AWAITED = "no second reading is needed any more"
READ_SOONER = "read again before it was due"


def reconcile_others(facts: StayFacts, *, at: datetime) -> dict[PromptKind, PromptChange]:
    """What is to change at `at` about every prompt but the set's, by kind; kinds of which nothing is to be said are left out."""
    found = {kind: _of_kind(facts, kind, at=_not_before(facts, kind, at)) for kind in PromptKind if kind in _KINDS}
    return {kind: change for kind, change in found.items() if change != PromptChange()}


def _not_before(facts: StayFacts, kind: PromptKind, at: datetime) -> datetime:
    """`at`, but not earlier than what an earlier settling has seen: the clocks of two machines differ."""
    is_open = facts.prompts.get(kind)
    return at if is_open is None else max(at, is_open.opened_at)


def _of_kind(facts: StayFacts, kind: PromptKind, *, at: datetime) -> PromptChange:
    was = facts.prompts.get(kind)
    if not facts.is_present:
        return _cancelled(was, facts.why_gone)
    if kind in _READINGS:
        return _reading(facts, kind, was, at=at)
    if facts.course is None:
        return _cancelled(was, NOT_STARTED)
    if kind is PromptKind.SET_INTERVAL:
        return _set_interval(facts, was, at=at)
    if facts.course.stopped_at is not None:
        return _cancelled(was, STOPPED)
    if kind is PromptKind.REASSESSMENT:
        return _reassessment(facts, was, at=at)
    return _in_rhythm(facts, _Kind.of(facts, facts.course, kind), was, at=at)


def _cancelled(was: OpenPrompt | None, reason: str) -> PromptChange:
    return PromptChange() if was is None else PromptChange(Ending.CANCELLED, reason)


def _opened(prompt: PromptFacts, *, about: str = "") -> PromptChange:
    return PromptChange(open=prompt, acts_at=schedule.rolls_at(prompt), about=about)


def _after(was: PromptFacts, at: datetime, following: Following) -> PromptChange:
    """What becomes of an open prompt that nothing answered: still open, or missed and rolled on."""
    missed, current = rhythms.roll(was, at, following)
    if not missed:
        return PromptChange(acts_at=schedule.rolls_at(was))
    between = tuple(PastPrompt(each, Ending.MISSED) for each in missed[1:])
    return replace(_opened(current), ends=Ending.MISSED, past=between)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind that is due in a rhythm, of a course that runs or is paused."""

    kind: PromptKind
    rhythm: Rhythm
    course: Course
    zone: ZoneInfo

    @classmethod
    def of(cls, facts: StayFacts, course: Course, kind: PromptKind) -> _Kind:
        """With the protocol's rhythm; of liver enzymes with the physician's own, where it was extended."""
        rhythm: Rhythm = getattr(facts.rules.prompts, kind)
        extended = facts.liver_every
        if kind is PromptKind.LIVER_ENZYMES and extended is not None and extended > facts.dosing.order.liver_max_age:
            rhythm = replace(rhythm, every=extended)
        return cls(kind, rhythm, course, ZoneInfo(facts.zone))

    def following(self, at: datetime) -> datetime:
        """When it is due next after it was done, or due, at `at`."""
        return rhythms.due_after(self.rhythm, at, zone=self.zone)

    def counts_from(self, prompt: PromptFacts) -> datetime:
        """From when on a record counts for a prompt."""
        return prompt.due_at - rhythms.early(self.rhythm)

    def wanted(self, done: Done | None, at: datetime) -> PromptFacts:
        """What is to be open at `at`, as if nothing were: counted from the last record.

        What fell due before the start counts from it (DOMAIN 3: each was done for the start); before a restart, from that.
        """
        start = self.course.first_started_at or at
        due_at = self.following(start if done is None else done.at)
        if due_at < start:
            due_at = self.following(start)
        due_at = max(due_at, self.course.last_decrease_or_restart_at or due_at)
        return rhythms.roll(rhythms.prompt(due_at, self.following), at, self.following)[1]


def _in_rhythm(facts: StayFacts, kind: _Kind, was: OpenPrompt | None, *, at: datetime) -> PromptChange:
    done = facts.done.get(kind.kind)
    if was is None:
        return _opened(kind.wanted(done, at))
    if done is not None and done.at >= kind.counts_from(was.facts):
        return _answered(kind, was.facts, done, at=at)
    if was.due_at > at and (wanted := kind.wanted(done, at)).due_at != was.due_at:
        return replace(_opened(wanted), ends=Ending.SUPERSEDED, reason=DONE_BEFORE)
    return _after(was.facts, at, kind.following)


def _answered(kind: _Kind, was: PromptFacts, done: Done, *, at: datetime) -> PromptChange:
    """However late it is told, a record answers the prompt that was open when it was done."""
    missed, answered = rhythms.roll(was, min(at, done.at), kind.following)
    first = rhythms.prompt(kind.following(done.at), kind.following)
    missed_since, current = rhythms.roll(first, at, kind.following)
    line = (
        *(PastPrompt(each, Ending.MISSED) for each in missed),
        PastPrompt(answered, Ending.DONE, done.record_id),
        *(PastPrompt(each, Ending.MISSED) for each in missed_since),
    )
    return replace(_opened(current), ends=line[0].ending, done_by=line[0].done_by, past=line[1:])


def _set_interval(facts: StayFacts, was: OpenPrompt | None, *, at: datetime) -> PromptChange:
    """A physician is to say how often, since what is outside stayed so as long as closer watching lasts."""
    every = facts.rules.closer.at_most
    asked_at = closer_watch.asks_for_interval(facts, at)
    next_at = closer_watch.asks_for_interval_next(facts, at)
    if asked_at is not None:
        change = _after(was.facts, at, lambda due_at: due_at + every) if was is not None else PromptChange()
        if was is None:
            prompt = PromptFacts(asked_at, every)
            change = _opened(rhythms.roll(prompt, at, lambda due_at: due_at + every)[1])
        return replace(change, acts_at=_soonest(change.acts_at, next_at))
    if was is None:
        return PromptChange(acts_at=next_at)
    said = facts.done.get(PromptKind.SET_INTERVAL)
    if said is not None and said.at >= was.due_at - every:
        return PromptChange(Ending.DONE, done_by=said.record_id, acts_at=next_at)
    return PromptChange(Ending.CANCELLED, NO_LONGER_OUTSIDE, acts_at=next_at)


def _soonest(*instants: datetime | None) -> datetime | None:
    return min((each for each in instants if each is not None), default=None)


def _reassessment(facts: StayFacts, was: OpenPrompt | None, *, at: datetime) -> PromptChange:
    """After the hold somebody says whether the dose is to be raised; asked again while nobody does."""
    asked, following = reassessment.asked(facts, at=at), reassessment.following(facts)
    change = PromptChange()
    if asked.due_at is not None and asked.answered_by is None:
        change = _opened(rhythms.roll(rhythms.prompt(asked.due_at, following), at, following)[1])
    if was is None:
        return change
    if asked.is_over or not reassessment.belongs(facts, was):
        return replace(change, ends=Ending.CANCELLED, reason=asked.reason or reassessment.NO_LONGER_HELD)
    if asked.answered_by is not None:
        return PromptChange(Ending.DONE, done_by=asked.answered_by.record_id)
    if was.due_at > at and asked.due_at != was.due_at:
        ends = Ending.CANCELLED if asked.due_at is None else Ending.SUPERSEDED
        return replace(change, ends=ends, reason=asked.reason or reassessment.MOVED)
    change = _after(was.facts, at, following)
    return replace(change, acts_at=_soonest(change.acts_at, asked.over_at))


def _reading(facts: StayFacts, kind: PromptKind, was: OpenPrompt | None, *, at: datetime) -> PromptChange:
    """The oldest values that wait for a second reading; those of a later set wait until these are read."""
    wanted = next(((prompt, about) for prompt, about in _wanted_readings(facts, kind, at)), None)
    if was is not None and wanted is not None and (was.due_at, was.about) == (wanted[0].due_at, wanted[1]):
        return PromptChange(acts_at=schedule.rolls_at(was.facts))
    change = PromptChange() if wanted is None else _opened(wanted[0], about=wanted[1])
    if was is None:
        return change
    ends, reason, done_by = _how_it_ended(facts, kind, was, at)
    return replace(change, ends=ends, reason=reason, done_by=done_by)


def _wanted_readings(facts: StayFacts, kind: PromptKind, at: datetime) -> Iterator[tuple[PromptFacts, str]]:
    """Each set's values that are to be read again, as a prompt with what it is about, oldest first."""
    of_sets: dict[tuple[datetime, int], list[Awaited]] = {}
    for each in awaited(facts, at=at):
        if each.kind is kind:
            of_sets.setdefault((each.seen_at, each.set_id), []).append(each)
    from_after, until_after = _window(facts, kind)
    for (seen_at, _), group in sorted(of_sets.items()):
        if seen_at + until_after > at:
            prompt = PromptFacts(seen_at + from_after, until_after - from_after)
            yield prompt, " ".join(sorted(each.parameter for each in group))


def _window(facts: StayFacts, kind: PromptKind) -> tuple[timedelta, timedelta]:
    """From when to when after the first reading the second one counts."""
    limits = facts.thresholds
    if kind is PromptKind.RECHECK:
        return limits.still_after, limits.second_until
    return limits.second_from, limits.second_until


def _how_it_ended(facts: StayFacts, kind: PromptKind, was: OpenPrompt, at: datetime) -> tuple[Ending, str, int | None]:
    """What ended a prompt for a second reading: the set that carries one of its values, its end, or it is not needed."""
    from_after, _ = _window(facts, kind)
    asked_of = was.about.split()
    read = [
        each
        for each in facts.sets
        if each.observed_at > was.due_at - from_after
        and any(getattr(each.reading.values, parameter) is not None for parameter in asked_of)
    ]
    in_time = [each for each in read if each.observed_at >= was.due_at]
    if in_time and in_time[0].observed_at < schedule.rolls_at(was.facts):
        return Ending.DONE, "", in_time[0].id
    if at >= schedule.rolls_at(was.facts):
        return Ending.MISSED, "", None
    return (Ending.SUPERSEDED, READ_SOONER, None) if read else (Ending.CANCELLED, NOT_AWAITED, None)


_KINDS = frozenset(PromptKind) - {PromptKind.FULL_SET}
