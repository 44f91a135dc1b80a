"""All that the reconciliation of one stay rests on: what happened, what is open, what was seen lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from infusion.domain.course import CourseFacts
from monitoring.domain.alert_rules import Direction, Reading, Rule, Severity, Thresholds
from monitoring.domain.schedule import Course, PromptFacts, Schedule

# Of an alert that goes on for long, the sets that it keeps as its evidence: those recorded last.
EVIDENCE_KEPT = 40


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
    opened_at: datetime

    @property
    def facts(self) -> PromptFacts:
        """Due time and interval, as the schedule knows them."""
        return PromptFacts(self.due_at, self.interval)


@dataclass(frozen=True, slots=True)
class SeenSet:
    """A current version of a set, as far as prompts and alerts care."""

    id: int
    reading: Reading
    recorded_at: datetime

    @property
    def observed_at(self) -> datetime:
        """When it was seen at the bedside."""
        return self.reading.observed_at


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert of the stay: open, or closed lately.

    `standing` is its evidence without corrected versions. `number` is the worst so far, `seen_*` the peak that was
    acknowledged last (None where nobody did). `rang_at`: when it was raised or became worse. `recovery_stands`: a current
    version of a set was seen at `recovered_at`.
    """

    id: int
    rule: Rule
    direction: Direction
    severity: Severity
    number: Decimal | None
    stop_advised: bool
    count: int
    acknowledged: bool
    seen_severity: Severity | None
    seen_number: Decimal | None
    recovered_at: datetime | None
    recovery_stands: bool
    is_open: bool
    close_reason: str
    first_observed_at: datetime
    last_observed_at: datetime
    evidence: tuple[int, ...]
    standing: tuple[int, ...]
    rang_at: datetime | None = None

    @property
    def key(self) -> tuple[Rule, Direction]:
        """What it is unique by while it is open."""
        return (self.rule, self.direction)

    @property
    def is_partly_corrected(self) -> bool:
        """Some of its sets were corrected since it was raised."""
        return len(self.standing) < len(self.evidence)

    def rests_on(self, set_id: int) -> bool:
        """Was this set counted? What was recorded before the oldest set that it keeps was counted and let go."""
        forgotten = len(self.evidence) >= EVIDENCE_KEPT and set_id < min(self.evidence)
        return forgotten or set_id in self.evidence


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits or an approval that nobody executed yet, from `since` on."""

    since: datetime
    weight_has_changed: bool = False


@dataclass(frozen=True, slots=True)
class StayFacts:
    """The facts of one stay. `course` and `delivery` are None before the first start.

    `runs` are stretches of neighbouring sets, oldest first: the newest ones, and the one recorded last with those before
    it. `evidence` are single sets that an alert with corrected evidence still rests on. `missed` is the latest missed
    prompt, due before the one that is open. `newest_complete` is later than the last that ended a prompt. `left_as` is the
    disposition in words.
    """

    admission_id: int
    is_present: bool
    scale: int
    course: Course | None
    delivery: CourseFacts | None
    schedule: Schedule
    thresholds: Thresholds
    left_as: str = ""
    baseline_systolic: int | None = None
    last_done_at: datetime | None = None
    missed: PromptFacts | None = None
    open_prompt: OpenPrompt | None = None
    newest_complete_at: datetime | None = None
    newest_complete_id: int | None = None
    runs: tuple[tuple[SeenSet, ...], ...] = ()
    evidence: tuple[SeenSet, ...] = ()
    alerts: tuple[KnownAlert, ...] = ()
    pending: Pending | None = None

    @property
    def sets(self) -> tuple[SeenSet, ...]:
        """The sets of all runs in the order in which they were seen."""
        return tuple(sorted((each for run in self.runs for each in run), key=lambda each: (each.observed_at, each.id)))

    @property
    def why_gone(self) -> str:
        """Why nothing is asked any more of a patient who left: with where they went."""
        return f"the patient left: {self.left_as}" if self.left_as else "the patient left"

    @property
    def overdue_alert(self) -> KnownAlert | None:
        """The open alert about an overdue set, if there is one."""
        return next((alert for alert in self.alerts if alert.is_open and alert.rule is Rule.SET_OVERDUE), None)

    def not_before(self, at: datetime) -> datetime:
        """`at`, but never earlier than what an earlier settling has seen: the clocks of two machines differ."""
        seen = [at]
        if self.open_prompt is not None:
            seen.append(self.open_prompt.opened_at)
        if self.overdue_alert is not None:
            seen.append(self.overdue_alert.first_observed_at)
        return max(seen)
