"""A first day on paper: what the schedule asks of a ward that answers each prompt some minutes late.

It has no schedule of its own: it goes from one instant to the next that `reconcile` names, over the facts of one stay, as
settling does with those of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle

from infusion.domain.protocol import ProtocolContent
from monitoring.domain import schedule
from monitoring.domain.alert_rules import Reading
from monitoring.domain.news2 import news2
from monitoring.domain.reconcile import reconcile
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.rules import WatchRules
from monitoring.domain.schedule import Course, PromptFacts, Schedule
from monitoring.domain.stay import Done, Ending, OpenPrompt, SeenSet, StayFacts
from monitoring.domain.thresholds import Thresholds
from monitoring.domain.values import Consciousness, SedationScale, Values
from monitoring.domain.watching import PromptKind

DAY = timedelta(hours=24)
START = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
_CALM = Values(
    heart_rate=72,
    systolic=124,
    diastolic=78,
    respiratory_rate=16,
    spo2=97,
    on_oxygen=False,
    temperature=Decimal("36.8"),
    consciousness=Consciousness.A,
    sedation_scale=SedationScale.POSS,
    sedation="1",
    psychotomimetic=0,
    pain=6,
)


@dataclass(frozen=True, slots=True)
class Ended:
    """A prompt that ended in the simulation: how, at what instant it was settled, and by which record."""

    kind: PromptKind
    prompt: PromptFacts
    ending: Ending
    at: datetime
    done_by: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """What a day came to: when sets were done, when the dose was raised, every prompt that ended, those still open."""

    sets: tuple[datetime, ...]
    steps: tuple[datetime, ...]
    dose_mg_per_kg_h: Decimal
    ended: tuple[Ended, ...]
    open: tuple[tuple[PromptKind, PromptFacts], ...]

    def prompts(self, ending: Ending | None = None, *, of_sets: bool = True) -> int:
        """How many set prompts (or others) ended so; None: how many there were, those still open among them."""
        of_kind = [each for each in self.ended if (each.kind is PromptKind.FULL_SET) is of_sets]
        if ending is not None:
            return sum(each.ending is ending for each in of_kind)
        return len(of_kind) + sum((kind is PromptKind.FULL_SET) is of_sets for kind, _ in self.open)


def first_day(
    content: object,
    *,
    late: Iterable[timedelta],
    step_late: timedelta = timedelta(0),
    start: datetime = START,
    zone: str = "UTC",
) -> Day:
    """The first 24 hours from `start` under a protocol's `content`, each set done so `late` in turn (over and over).

    The dose is raised `step_late` after the step interval is over, or with the next set where the last is not fresh any
    more or one is overdue; until the maximum, a physician having overridden the largest rise in 24 hours. Patient and pump
    are calm throughout. Raises `ContentError`.
    """
    facts = StayFacts(
        admission_id=1,
        is_present=True,
        scale=1,
        course=Course(first_started_at=start),
        delivery=None,
        schedule=Schedule.from_content(content),
        thresholds=Thresholds.from_content(content),
        rules=WatchRules.from_content(content),
        dosing=ProtocolContent.from_content(content),
        zone=zone,
    )
    return _Ward(facts, cycle(late), step_late, start).day()


@dataclass
class _Ward:
    """The stay as it becomes; `late` is how long the next set will be waited for."""

    facts: StayFacts
    lates: Iterator[timedelta]
    step_late: timedelta
    at: datetime
    sets: list[datetime] = field(default_factory=list)
    steps: list[datetime] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    waited_for: datetime | None = None
    late: timedelta = timedelta(0)
    acts_at: datetime | None = None
    records: int = 0

    def day(self) -> Day:
        """Go from instant to instant until the day is over."""
        until, dosing = self.at + DAY, self.facts.dosing
        self._settle()
        while (at := self._next()) < until:
            self.at = at
            self._visit()
            self._answer_others()
            self._settle()
            if at == self._may_raise_at():
                self._raise_dose()
        is_open = [(kind, each.facts) for kind, each in self.facts.prompts.items()]
        if self.facts.open_prompt is not None:
            is_open.append((PromptKind.FULL_SET, self.facts.open_prompt.facts))
        dose = dosing.initial + len(self.steps) * dosing.increment
        return Day(tuple(self.sets), tuple(self.steps), dose, tuple(self.ended), tuple(is_open))

    def _next(self) -> datetime:
        """The next instant at which anybody or the clock does something."""
        others = (each.due_at + self.late for each in self.facts.prompts.values())
        instants = (self._visit_at(), self.acts_at, self._may_raise_at(), *others)
        return min(max(each, self.at) for each in instants if each is not None)

    def _visit_at(self) -> datetime | None:
        return None if self.waited_for is None else self.waited_for + self.late

    def _visit(self) -> None:
        """The nurse comes, as late as she is, and does a full set."""
        if self._visit_at() != self.at:
            return
        seen = SeenSet(len(self.sets) + 1, Reading(self.at, _CALM, news2(_CALM, scale=1)), self.at)
        self.sets.append(self.at)
        run = (*self.facts.sets, seen)[-3:]
        self.facts = replace(self.facts, runs=(run,), newest_complete_at=self.at, newest_complete_id=seen.id)

    def _answer_others(self) -> None:
        for kind, prompt in self.facts.prompts.items():
            if prompt.due_at + self.late <= self.at:
                self.records += 1
                self.facts = replace(self.facts, done={**self.facts.done, kind: Done(self.at, self.records)})

    def _may_raise_at(self) -> datetime | None:
        """When the dose may be raised: the interval is over, the set before it fresh; None: not before the next set."""
        rules, course = self.facts.dosing, self.facts.course
        raised = rules.initial + (len(self.steps) + 1) * rules.increment
        if not self.sets or course is None or raised > rules.maximum:
            return None
        counted_from = (self.steps or [course.first_started_at or self.at])[-1]
        at = max(counted_from + rules.step_interval + self.step_late, self.sets[-1])
        is_fresh = at - self.sets[-1] <= rules.gate.full_set_at_execution
        prompt = self.facts.open_prompt
        is_overdue = prompt is not None and schedule.overdue_at(prompt.facts, self.facts.schedule.lateness) <= at
        return at if is_fresh and not is_overdue and at >= self.at else None

    def _raise_dose(self) -> None:
        assert self.facts.course is not None
        self.steps.append(self.at)
        self.facts = replace(self.facts, course=replace(self.facts.course, last_increase_at=self.at))
        self._settle()

    def _settle(self) -> None:
        """What settling does: ask the domain, keep what it says."""
        change = reconcile(self.facts, at=self.at)
        self.acts_at = change.acts_at
        for kind, each in change.prompts.items():
            self._keep(kind, each)

    def _keep(self, kind: PromptKind, change: PromptChange) -> None:
        is_set = kind is PromptKind.FULL_SET
        was = self.facts.open_prompt if is_set else self.facts.prompts.get(kind)
        if was is not None and change.ends is not None:
            self.ended.append(Ended(kind, was.facts, change.ends, self.at, change.done_by))
        self.ended += [Ended(kind, each.facts, each.ending, self.at, each.done_by) for each in change.past]
        now = was if change.ends is None else None
        if change.open is not None:
            assert now is None, f"two prompts of the kind {kind} are open"
            now = OpenPrompt(len(self.ended) + 1, change.open.due_at, change.open.interval, self.at, change.about)
        if not is_set:
            others = {other: each for other, each in self.facts.prompts.items() if other is not kind}
            self.facts = replace(self.facts, prompts={**others, kind: now} if now is not None else others)
        else:
            self._keep_set_prompt(change, now)

    def _keep_set_prompt(self, change: PromptChange, now: OpenPrompt | None) -> None:
        missed = [
            each.prompt for each in self.ended if each.kind is PromptKind.FULL_SET and each.ending is Ending.MISSED
        ]
        self.facts = replace(self.facts, open_prompt=now, missed=missed[-1] if missed else None)
        if change.was_answered:
            answered_at = self.facts.newest_complete_at
            self.facts = replace(self.facts, last_done_at=answered_at, newest_complete_at=None, newest_complete_id=None)
        # Who waits for a set waits for the first that was asked for: a missed one does not make the nurse come later.
        if change.open is not None and (change.was_answered or change.ends is not Ending.MISSED):
            self.waited_for, self.late = change.open.due_at, next(self.lates)
