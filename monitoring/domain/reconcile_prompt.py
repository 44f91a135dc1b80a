"""Which set prompt should be open, compared with the one that is: done, missed, superseded, cancelled, opened.

Level-triggered: nothing here asks what just happened. Run twice over the same facts, the second changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitoring.domain import schedule
from monitoring.domain.closer_watch import watches
from monitoring.domain.schedule import Course, Due, PromptFacts, Schedule
from monitoring.domain.stay import Ending, OpenPrompt, StayFacts


@dataclass(frozen=True, slots=True)
class PastPrompt:
    """A prompt that has ended, or came and went while nobody wrote it down: it is recorded as it ended."""

    facts: PromptFacts
    ending: Ending
    done_by: int | None = None


@dataclass(frozen=True, slots=True)
class PromptChange:
    """What is to be written about a prompt: how the open one ends, those that came and went, the one that opens.

    `acts_at` is the next instant at which the clock alone changes something about what is open then. `overdue_since` is from
    when a set was late enough to alert (a missed prompt stays overdue until a set comes). `about` says what the one that
    opens asks about, where its kind does not say it all.
    """

    ends: Ending | None = None
    reason: str = ""
    done_by: int | None = None
    past: tuple[PastPrompt, ...] = ()
    open: PromptFacts | None = None
    acts_at: datetime | None = None
    overdue_since: datetime | None = None
    about: str = ""

    @property
    def is_nothing(self) -> bool:
        """Nothing is to be written."""
        return self.ends is None and not self.past and self.open is None

    @property
    def was_answered(self) -> bool:
        """Did a set end a prompt in this change?"""
        return self.ends is Ending.DONE or any(each.ending is Ending.DONE for each in self.past)


def reconcile_prompt(facts: StayFacts, *, at: datetime) -> PromptChange:
    """What is to change about the one set prompt of the stay, so that the right one is open at `at`.

    In this order: a stay that ended cancels it; a complete set seen from a quarter-interval early ends it; what was left
    open too long is missed and rolls on; an event (start, change, stop), or what calls for closer watching, supersedes what
    is not yet due.
    """
    if not facts.is_present or facts.course is None:
        if facts.open_prompt is None:
            return PromptChange()
        return PromptChange(Ending.CANCELLED, "no infusion was started" if facts.is_present else facts.why_gone)
    at = facts.not_before(at)
    course = replace(facts.course, watches=watches(facts, at=at))
    if facts.open_prompt is None:
        line = _line(facts, course, _not_yet_asked(facts, course), at=at)
        return _change(facts, _taken_up(facts, course, line, at=at), at=at)
    line = _taken_up(facts, course, _line(facts, course, facts.open_prompt.facts, at=at), at=at)
    if line.past:
        return _ending(_change(facts, line, at=at))
    return _standing(facts, facts.open_prompt, course, at=at)


@dataclass(frozen=True, slots=True)
class _Line:
    """A prompt and those that took over from it: how each ended, and the one open now."""

    past: tuple[PastPrompt, ...] = ()
    open: PromptFacts | None = None


def _line(facts: StayFacts, course: Course, first: PromptFacts | None, *, at: datetime) -> _Line:
    """What becomes of `first` until `at`: missed and rolled on, or ended by the set seen while it was open.

    However late that set is charted, it ends the prompt that was open when it was seen.
    """
    if first is None:
        return _Line()
    seen_at = facts.newest_complete_at
    if seen_at is not None:
        missed, current = schedule.roll(first, course, min(at, seen_at), facts.schedule)
        if current is not None and seen_at >= _counts_from(facts, current):
            done = PastPrompt(current, Ending.DONE, facts.newest_complete_id)
            after = _rolled(facts, course, _prompt(schedule.next_due(course, seen_at, facts.schedule)), at=at)
            return _Line((*_as_missed(missed), done, *after.past), after.open)
    return _rolled(facts, course, first, at=at)


def _taken_up(facts: StayFacts, course: Course, line: _Line, *, at: datetime) -> _Line:
    """The line, gone on with where it had come to its end (behind a stop) and closer watching asks for sets again."""
    if line.open is not None or not line.past:
        return line
    last = line.past[-1]
    was_done = any(each.ending is Ending.DONE for each in line.past)
    done_at = facts.newest_complete_at if was_done else facts.last_done_at
    wanted = _prompt(schedule.next_due(course, done_at, facts.schedule))
    if wanted is None or wanted.due_at <= last.facts.due_at:
        return line
    more = _rolled(facts, course, wanted, at=at) if was_done else _line(facts, course, wanted, at=at)
    return _Line((*line.past, *more.past), more.open)


def _rolled(facts: StayFacts, course: Course, first: PromptFacts | None, *, at: datetime) -> _Line:
    if first is None:
        return _Line()
    missed, current = schedule.roll(first, course, at, facts.schedule)
    return _Line(_as_missed(missed), current)


def _as_missed(prompts: list[PromptFacts]) -> tuple[PastPrompt, ...]:
    return tuple(PastPrompt(each, Ending.MISSED) for each in prompts)


def _counts_from(facts: StayFacts, prompt: PromptFacts) -> datetime:
    """From when on a set counts for `prompt`. What came too early for the missed one before it does not count now:
    the quarter of a long interval may reach back behind a short one."""
    from_at = schedule.earliest_satisfying(prompt, facts.schedule.lateness)
    if facts.missed is not None and schedule.rolls_at(facts.missed) == prompt.due_at:
        return max(from_at, schedule.earliest_satisfying(facts.missed, facts.schedule.lateness))
    return from_at


def _not_yet_asked(facts: StayFacts, course: Course) -> PromptFacts | None:
    """The prompt to begin with where none is open. One that was asked for in vain is not asked for again: it goes on
    from there, or (after the last set behind a stop) not at all."""
    wanted = _prompt(schedule.next_due(course, facts.last_done_at, facts.schedule))
    if wanted is None or facts.missed is None or wanted.due_at > facts.missed.due_at:
        return wanted
    return schedule.following(facts.missed, course, facts.schedule)


def _standing(facts: StayFacts, prompt: OpenPrompt, course: Course, *, at: datetime) -> PromptChange:
    """The open prompt is neither done nor missed: superseded, cancelled, or only older than before."""
    if prompt.due_at > at:
        wanted = _prompt(schedule.next_due(course, facts.last_done_at, facts.schedule))
        if wanted is None:
            return PromptChange(Ending.CANCELLED, "nothing more is due")
        if wanted.due_at != prompt.due_at or wanted.interval < prompt.interval:
            moved = _change(facts, _taken_up(facts, course, _line(facts, course, wanted, at=at), at=at), at=at)
            return replace(moved, ends=Ending.SUPERSEDED, reason=_why_moved(facts, prompt, course, wanted))
    return PromptChange(
        acts_at=_acts_at(prompt.facts, facts.schedule, at=at),
        overdue_since=_overdue_since(facts, (), prompt.facts, at=at),
    )


def _why_moved(facts: StayFacts, prompt: OpenPrompt, course: Course, wanted: PromptFacts) -> str:
    """Why something else is due than before, for whoever reads why the prompt was taken back."""
    ordinary = _prompt(schedule.next_due(replace(course, watches=()), facts.last_done_at, facts.schedule))
    if ordinary != wanted:
        return "watched more closely" if wanted.due_at <= prompt.due_at else "watched less closely"
    if wanted.due_at - wanted.interval in course.events():
        return "counted anew from a change of the infusion"
    return "no longer watched more closely"


def _ending(change: PromptChange) -> PromptChange:
    """The same change, where the first of the line is the prompt that was open."""
    first, *rest = change.past
    return replace(change, ends=first.ending, done_by=first.done_by, past=tuple(rest))


def _change(facts: StayFacts, line: _Line, *, at: datetime) -> PromptChange:
    return PromptChange(
        past=line.past,
        open=line.open,
        acts_at=None if line.open is None else _acts_at(line.open, facts.schedule, at=at),
        overdue_since=_overdue_since(facts, line.past, line.open, at=at),
    )


def _prompt(due: Due | None) -> PromptFacts | None:
    return None if due is None else PromptFacts(due.due_at, due.interval)


def _acts_at(prompt: PromptFacts, rules: Schedule, *, at: datetime) -> datetime:
    """The next instant at which the clock alone changes something about the prompt."""
    overdue_at, rolls_at = schedule.overdue_at(prompt, rules.lateness), schedule.rolls_at(prompt)
    return overdue_at if at < overdue_at < rolls_at else rolls_at


def _overdue_since(
    facts: StayFacts, past: tuple[PastPrompt, ...], prompt: PromptFacts | None, *, at: datetime
) -> datetime | None:
    """When the first prompt that no set has answered since became overdue; a missed one is so at the latest as it ends.

    A set that came when nothing was due any more ends it, too.
    """
    lateness = facts.schedule.lateness
    unanswered: list[PromptFacts] = []
    for each in past:
        unanswered = [] if each.ending is Ending.DONE else [*unanswered, each.facts]
    if unanswered:
        seen_at = facts.newest_complete_at
        if prompt is None and seen_at is not None and seen_at >= schedule.earliest_satisfying(unanswered[-1], lateness):
            return None
        return min(schedule.overdue_at(unanswered[0], lateness), schedule.rolls_at(unanswered[0]))
    overdue_at = None if prompt is None else schedule.overdue_at(prompt, lateness)
    return overdue_at if overdue_at is not None and overdue_at <= at else None
