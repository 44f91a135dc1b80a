"""What should be open, compared with what is: the set prompt and the alerts of one stay, out of its facts.

Level-triggered: nothing here asks what just happened. Run twice over the same facts, the second changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from infusion.domain.course import CourseFacts
from monitoring.domain import alert_rules, schedule
from monitoring.domain.alert_rules import Direction, Finding, Reading, Rule, Severity, Thresholds
from monitoring.domain.schedule import Course, PromptFacts, Schedule

# Charted later than this after it was seen: a late entry, whose alert is marked retrospective (DOMAIN 4).
LATE_ENTRY = timedelta(minutes=30)


class Ending(StrEnum):
    """How a prompt ends."""

    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class OpenPrompt:
    """The set prompt that is open now."""

    id: int
    due_at: datetime
    interval: timedelta
    acts_at: datetime

    @property
    def facts(self) -> PromptFacts:
        return PromptFacts(self.due_at, self.interval)


@dataclass(frozen=True, slots=True)
class SeenSet:
    """A current version of a set, as far as prompts and alerts care."""

    id: int
    reading: Reading
    recorded_at: datetime

    @property
    def observed_at(self) -> datetime:
        return self.reading.observed_at


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert of the stay: open, or closed lately. `standing` is its evidence without corrected versions."""

    id: int
    rule: Rule
    direction: Direction
    severity: Severity
    number: Decimal | None
    acknowledged: bool
    recovered_at: datetime | None
    is_open: bool
    first_observed_at: datetime
    last_observed_at: datetime
    evidence: tuple[int, ...]
    standing: tuple[int, ...]

    @property
    def key(self) -> tuple[Rule, Direction]:
        return (self.rule, self.direction)


@dataclass(frozen=True, slots=True)
class StayFacts:
    """All that the reconciliation of one stay rests on. `course` is None before the first start."""

    admission_id: int
    is_present: bool
    scale: int
    course: Course | None
    delivery: CourseFacts | None
    schedule: Schedule
    thresholds: Thresholds
    baseline_systolic: int | None
    last_done_at: datetime | None
    last_ending: Ending | None
    open_prompt: OpenPrompt | None
    newest_complete_at: datetime | None
    newest_complete_id: int | None
    sets: tuple[SeenSet, ...]
    alerts: tuple[KnownAlert, ...]


@dataclass(frozen=True, slots=True)
class PastPrompt:
    """A prompt that came and went while nobody wrote it down (the scheduler slept): it is recorded as it ended."""

    facts: PromptFacts
    ending: Ending
    done_by: int | None = None


@dataclass(frozen=True, slots=True)
class PromptChange:
    """What is to be written about the set prompt: how the open one ends, those that came and went, the one now open.

    `overdue_since` is from when a set was late enough to alert (a missed prompt stays overdue until a set comes).
    """

    ends: Ending | None = None
    reason: str = ""
    done_by: int | None = None
    past: tuple[PastPrompt, ...] = ()
    open: PromptFacts | None = None
    acts_at: datetime | None = None
    overdue_since: datetime | None = None

    @property
    def is_nothing(self) -> bool:
        return self.ends is None and self.open is None and self.acts_at is None

    @property
    def was_answered(self) -> bool:
        """Did a set end a prompt in this change?"""
        return self.ends is Ending.DONE or any(each.ending is Ending.DONE for each in self.past)


@dataclass(frozen=True, slots=True)
class Raise:
    """A finding that no alert covers yet, with the set it comes from.

    `recovered_at`: a newer set already showed the value in range, so it is kept and shown, but does not ring.
    """

    finding: Finding
    observed_at: datetime
    set_id: int | None = None
    retrospective: bool = False
    recovered_at: datetime | None = None
    rings: bool = True


@dataclass(frozen=True, slots=True)
class AlertChange:
    """What is to be written about alerts: raised or updated, recovered, closed (each with its reason)."""

    raised: tuple[Raise, ...] = ()
    recovered: dict[int, datetime] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        return not (self.raised or self.recovered or self.closed)

    @property
    def has_red(self) -> bool:
        return any(each.finding.severity is Severity.RED for each in self.raised)


def reconcile_prompt(facts: StayFacts, *, at: datetime) -> PromptChange:
    """What is to change about the one set prompt of the stay, so that the right one is open at `at`.

    In this order: a stay that ended cancels it; what was left open too long is missed and rolls on; a complete set
    seen from a quarter-interval early ends it; an event (start, change, stop) supersedes what is not yet due.
    """
    if not facts.is_present or facts.course is None:
        if facts.open_prompt is None:
            return PromptChange()
        return PromptChange(Ending.CANCELLED, "the patient left" if facts.course else "no infusion was started")
    if facts.open_prompt is None:
        return _following(facts, facts.course, facts.last_done_at, at=at)
    answered = _answered(facts, facts.open_prompt, facts.course, at=at)
    return answered or _unanswered(facts, facts.open_prompt, facts.course, at=at)


def _answered(facts: StayFacts, prompt: OpenPrompt, course: Course, *, at: datetime) -> PromptChange | None:
    """The change when the newest complete set ends the prompt that was open when it was seen, however late charted."""
    seen_at = facts.newest_complete_at
    if seen_at is None:
        return None
    missed, current = schedule.roll(prompt.facts, course, min(at, seen_at), facts.schedule)
    if current is None or not schedule.is_satisfied_by(current, seen_at, facts.schedule.lateness):
        return None
    following = _following(facts, course, seen_at, at=at)
    if not missed:
        return replace(following, ends=Ending.DONE, done_by=facts.newest_complete_id)
    between = tuple(PastPrompt(each, Ending.MISSED) for each in missed[1:])
    done = PastPrompt(current, Ending.DONE, facts.newest_complete_id)
    return replace(following, ends=Ending.MISSED, past=(*between, done, *following.past))


def _unanswered(facts: StayFacts, prompt: OpenPrompt, course: Course, *, at: datetime) -> PromptChange:
    missed, current = schedule.roll(prompt.facts, course, at, facts.schedule)
    if missed:
        past = tuple(PastPrompt(each, Ending.MISSED) for each in missed[1:])
        since = schedule.overdue_at(prompt.facts, facts.schedule.lateness)
        return replace(_opening(facts, current, at=at), ends=Ending.MISSED, past=past, overdue_since=since)
    if prompt.due_at > at:
        wanted = schedule.next_due(course, facts.last_done_at, facts.schedule)
        if wanted is None:
            return PromptChange(Ending.CANCELLED, "nothing more is due")
        if wanted.due_at > at and wanted.due_at != prompt.due_at:
            moved = _opening(facts, PromptFacts(wanted.due_at, wanted.interval), at=at)
            return replace(moved, ends=Ending.SUPERSEDED, reason="counted anew from a change of the infusion")
    acts_at = _acts_at(prompt.facts, facts.schedule, at=at)
    # Only forward: a recording that replays into the past must not make the sweep look again and again.
    return PromptChange(
        acts_at=acts_at if acts_at > prompt.acts_at else None,
        overdue_since=_overdue_since(prompt.facts, facts.schedule, at=at),
    )


def _following(facts: StayFacts, course: Course, last_done_at: datetime | None, *, at: datetime) -> PromptChange:
    """The prompt after the last done set or the latest event, rolled on to `at`."""
    due = schedule.next_due(course, last_done_at, facts.schedule)
    if due is None:
        return PromptChange()
    missed, current = schedule.roll(PromptFacts(due.due_at, due.interval), course, at, facts.schedule)
    opening = _opening(facts, current, at=at)
    if not missed:
        return opening
    since = schedule.overdue_at(missed[0], facts.schedule.lateness)
    return replace(opening, past=tuple(PastPrompt(each, Ending.MISSED) for each in missed), overdue_since=since)


def _opening(facts: StayFacts, prompt: PromptFacts | None, *, at: datetime) -> PromptChange:
    if prompt is None:
        return PromptChange()
    return PromptChange(
        open=prompt,
        acts_at=_acts_at(prompt, facts.schedule, at=at),
        overdue_since=_overdue_since(prompt, facts.schedule, at=at),
    )


def _acts_at(prompt: PromptFacts, rules: Schedule, *, at: datetime) -> datetime:
    """The next instant at which the clock alone changes something about the prompt."""
    rolls_at = schedule.rolls_at(prompt)
    overdue_at = schedule.overdue_at(prompt, rules.lateness)
    return overdue_at if at < overdue_at < rolls_at else rolls_at


def _overdue_since(prompt: PromptFacts, rules: Schedule, *, at: datetime) -> datetime | None:
    overdue_at = schedule.overdue_at(prompt, rules.lateness)
    return overdue_at if overdue_at <= at else None


def reconcile_alerts(facts: StayFacts, prompt: PromptChange, *, at: datetime) -> AlertChange:
    """What is to change about the alerts of the stay: findings nobody raised, values back in range, corrections."""
    if not facts.is_present:
        return AlertChange(closed={alert.id: "the patient left" for alert in facts.alerts if alert.is_open})
    raised = [*_unraised(facts), *_overdue(facts, prompt)]
    changed = {(each.finding.rule, each.finding.direction) for each in raised}
    recovered: dict[int, datetime] = {}
    closed = _answered_overdue(facts, prompt)
    for alert in facts.alerts:
        if not alert.is_open or alert.rule is Rule.SET_OVERDUE or alert.key in changed:
            continue
        back_at = _in_range_since(facts, alert.key, alert.last_observed_at)
        if alert.evidence and not alert.standing:
            closed[alert.id] = "corrected"
        elif alert.acknowledged and (back_at or alert.recovered_at):
            closed[alert.id] = "back in range"
        elif back_at is not None and alert.recovered_at is None:
            recovered[alert.id] = back_at
    return AlertChange(tuple(raised), recovered, closed)


def _unraised(facts: StayFacts) -> list[Raise]:
    """The findings of the loaded sets that no alert has as its evidence, in the order in which they were seen."""
    found = []
    for seen in sorted(facts.sets, key=lambda each: each.observed_at):
        earlier = [each.reading for each in facts.sets if each.observed_at < seen.observed_at]
        for finding in alert_rules.findings(
            seen.reading,
            earlier,
            scale=facts.scale,
            baseline_systolic=facts.baseline_systolic,
            thresholds=facts.thresholds,
        ):
            if not _is_covered(facts.alerts, seen, finding):
                found.append(_raise(facts, seen, finding))
    return found


def _is_covered(alerts: Sequence[KnownAlert], seen: SeenSet, finding: Finding) -> bool:
    return any(
        alert.key == (finding.rule, finding.direction)
        and seen.id in alert.evidence
        and alert.severity.rank >= finding.severity.rank
        for alert in alerts
    )


def _raise(facts: StayFacts, seen: SeenSet, finding: Finding) -> Raise:
    key = (finding.rule, finding.direction)
    known = next((alert for alert in facts.alerts if alert.is_open and alert.key == key), None)
    recovered_at = _in_range_since(
        facts, key, max(seen.observed_at, known.last_observed_at if known else seen.observed_at)
    )
    worse = (
        known is None
        or known.recovered_at is not None
        or alert_rules.is_worse(finding, severity=known.severity, number=known.number)
    )
    return Raise(
        finding,
        seen.observed_at,
        seen.id,
        retrospective=seen.recorded_at - seen.observed_at > LATE_ENTRY,
        recovered_at=recovered_at,
        rings=worse and recovered_at is None,
    )


def _overdue(facts: StayFacts, prompt: PromptChange) -> list[Raise]:
    is_open = any(alert.is_open and alert.rule is Rule.SET_OVERDUE for alert in facts.alerts)
    if prompt.overdue_since is None or is_open:
        return []
    finding = Finding(Rule.SET_OVERDUE, Direction.NEITHER, Severity.YELLOW, False, "", None, "Full set overdue")
    return [Raise(finding, prompt.overdue_since)]


def _in_range_since(facts: StayFacts, key: tuple[Rule, Direction], since: datetime) -> datetime | None:
    """When the first set seen after `since` showed the rule's value in range; None while none did."""
    for seen in sorted(facts.sets, key=lambda each: each.observed_at):
        if seen.observed_at > since and key in alert_rules.calm(
            seen.reading,
            scale=facts.scale,
            baseline_systolic=facts.baseline_systolic,
            thresholds=facts.thresholds,
        ):
            return seen.observed_at
    return None


def _answered_overdue(facts: StayFacts, prompt: PromptChange) -> dict[int, str]:
    """The overdue alert ends when a set came (or none is due any more), not when the next prompt merely took over."""
    if prompt.overdue_since is not None:
        return {}
    if prompt.ends is Ending.CANCELLED:
        reason = "nothing more is due"
    elif prompt.was_answered or (prompt.ends is None and facts.last_ending in (Ending.DONE, Ending.CANCELLED)):
        reason = "a set came"
    else:
        return {}
    return {alert.id: reason for alert in facts.alerts if alert.is_open and alert.rule is Rule.SET_OVERDUE}
