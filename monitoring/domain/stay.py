"""All that the reconciliation of one stay rests on: what happened, what is open, what was seen lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from infusion.domain.course import CourseFacts
from infusion.domain.hold import Hold
from infusion.domain.protocol import ProtocolContent
from infusion.domain.words import PumpCheckKind
from monitoring.domain.alert_rules import Direction, Reading, Rule, Severity, Thresholds
from monitoring.domain.assessments import Analyte
from monitoring.domain.rules import WatchRules
from monitoring.domain.schedule import Course, PromptFacts, Schedule
from monitoring.domain.watching import PromptKind

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
    """A prompt that is open now; `about` says of a second reading what is to be read again."""

    id: int
    due_at: datetime
    interval: timedelta
    opened_at: datetime
    about: str = ""

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
    acknowledged last (None where nobody did). `worse_at`: when it was raised or became worse. `recovery_stands`: a current
    version of a set was seen at `recovered_at`. `red_since`: when its value was first seen red, since it was last
    in range or closer watching for it was over. `acts_at`: when its ladder, its acknowledgement or its snooze has something
    to do. `closed_by_hand`: a person ended it.
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
    worse_at: datetime | None = None
    red_since: datetime | None = None
    acts_at: datetime | None = None
    closed_by_hand: bool = False

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
class Done:
    """The newest record that answers a kind of prompt: when it was done (not recorded), and its row."""

    at: datetime
    record_id: int


@dataclass(frozen=True, slots=True)
class Target:
    """When the target was declared, and the last awake pain until then (None: not rated)."""

    declared_at: datetime
    pain: int | None


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An adverse event of the stop list that was recorded and not withdrawn, and that no alert speaks of yet."""

    id: int
    kind: Rule
    occurred_at: datetime
    recorded_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class SeenLiver:
    """A liver panel that stands. `multiples` of the upper limit of normal by analyte; rash and fever None: not asked."""

    id: int
    collected_at: datetime
    values: Mapping[Analyte, Decimal]
    multiples: Mapping[Analyte, Decimal]
    rash: bool | None = None
    fever: bool | None = None


@dataclass(frozen=True, slots=True)
class SeenMood:
    """The newest mood screen with the C-SSRS screener asked; `yes` are the questions answered with yes (1 to 6)."""

    id: int
    observed_at: datetime
    recorded_at: datetime
    yes: frozenset[int]
    six_is_recent: bool = False


@dataclass(frozen=True, slots=True)
class HangingBag:
    """The bag: `remaining_ml` at `since`; it flows from then on at `rate_ml_per_h` (None: nothing flows)."""

    id: int
    remaining_ml: Decimal
    since: datetime
    rate_ml_per_h: Decimal | None


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """Another person is still to look at the pump: after a decrease, an act signed by one alone, a rate found wrong."""

    id: int
    kind: PumpCheckKind
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class OwnInterval:
    """A physician's own interval between sets."""

    every: timedelta
    set_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """A physician's own limits for one value on one side."""

    rule: Rule
    direction: Direction
    yellow: Decimal | None
    red: Decimal | None
    until: datetime


@dataclass(frozen=True, slots=True)
class StayFacts:
    """The facts of one stay. `course` and `delivery` are None before the first start.

    `runs` are stretches of neighbouring sets, oldest first: the newest ones, and the one recorded last with those before
    it. `evidence` are single sets that an alert with corrected evidence still rests on. `missed` is the latest missed
    prompt, due before the one that is open. `newest_complete` is later than the last that ended a prompt. `left_as` is the
    disposition in words.

    `prompts` and `done` are of the kinds other than the set. `thresholds` already carry the physician's own limits.
    `before_change` is the last set seen before the dose changed last. `vomited` are the sets with a tick of vomiting within
    the protocol's span before the newest, oldest first. `differs_since`: a look at the pump found another setting than
    the recorded one, and nothing was done at it since. `clock_at` is when the sweep would look next; `is_set_aside` says
    that it could not settle the stay the last time.
    """

    admission_id: int
    is_present: bool
    scale: int
    course: Course | None
    delivery: CourseFacts | None
    schedule: Schedule
    thresholds: Thresholds
    rules: WatchRules
    dosing: ProtocolContent
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
    zone: str = "UTC"
    rapid_response: str = ""
    prompts: Mapping[PromptKind, OpenPrompt] = field(default_factory=dict)
    done: Mapping[PromptKind, Done] = field(default_factory=dict)
    hold: Hold | None = None
    target: Target | None = None
    before_change: Reading | None = None
    vomited: tuple[tuple[int, datetime], ...] = ()
    events: tuple[SeenEvent, ...] = ()
    withdrawn_events: frozenset[int] = frozenset()
    liver: SeenLiver | None = None
    liver_baseline: SeenLiver | None = None
    liver_every: timedelta | None = None
    mood: SeenMood | None = None
    bag: HangingBag | None = None
    checks: tuple[OpenCheck, ...] = ()
    differs_since: datetime | None = None
    own_interval: OwnInterval | None = None
    own_limits: tuple[OwnLimit, ...] = ()
    clock_at: datetime | None = None
    is_set_aside: bool = False

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
