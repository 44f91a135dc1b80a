"""A monitor's recording charted into a running stay through the real actions, at the schedule's own times."""

from __future__ import annotations

import csv
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from accounts.actor import Actor, Channel
from accounts.roles import Permission
from core.errors import NotFound, Refused
from infusion.models import Course
from infusion.selectors import dose_rules
from monitoring.actions import Recorded, record_set
from monitoring.domain import schedule
from monitoring.domain.entry import SetEntry
from monitoring.domain.playback import played_back
from monitoring.domain.recording import MalformedRecording, Observed, Recording, read_recording
from monitoring.domain.severity import OF_A_SET, Rule
from monitoring.domain.stay import StayFacts
from monitoring.domain.values import Source
from monitoring.models import Alert, ObservationSet
from monitoring.selectors.rules import schedule_of, thresholds_of, watch_rules
from patients.models import Admission
from patients.selectors import must_be_present

REPLAY = Actor.process("replay", Permission.CHART, channel=Channel.COMMAND)
# A set of a recording has its name by the stay, the file's content and the minute: sent twice it is one set.
_NAMES = uuid.UUID("0f0e3b7e-93c6-5f0f-8f5e-5d5b8a3f7d21")


@dataclass(frozen=True, slots=True)
class File:
    """A recording as it lies on disk, and a hash of its content."""

    recording: Recording
    sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    """One set to be charted: what the recording shows so long after its start."""

    entry: SetEntry
    after_start: timedelta
    observed: Observed


@dataclass(frozen=True, slots=True)
class Replay:
    """The sets of a recording for one stay, in the order of time; some may be charted already by an earlier run."""

    admission_id: int
    started_at: datetime
    steps: tuple[Step, ...]
    charted: frozenset[uuid.UUID]

    @property
    def resumes_after(self) -> timedelta:
        """How far an earlier run came; nothing is waited for again."""
        return max((each.after_start for each in self.steps if self.is_charted(each)), default=timedelta(0))

    def is_charted(self, step: Step) -> bool:
        """Whether an earlier run charted this set."""
        return step.entry.client_id in self.charted

    def ahead_of(self, at: datetime) -> int:
        """How many sets lie after `at`: the infusion began later than the recording is long."""
        return sum(step.entry.observed_at > at for step in self.steps)


def read_file(path: Path) -> File:
    """Read a recording; `MalformedRecording` says what is wrong with it, `OSError` why it cannot be read."""
    content = path.read_bytes()
    try:
        lines = csv.DictReader(content.decode("utf-8-sig").splitlines(), strict=True)
        recording = read_recording(lines, lines.fieldnames)
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedRecording(f"It is not CSV text in UTF-8: {error}.") from error
    return File(recording, hashlib.sha256(content).hexdigest())


def replay_of(file: File, *, admission_id: int) -> Replay:
    """Plan the sets of a recording for a stay whose infusion runs; its first row stands at the infusion's start.

    `NotFound` without such a stay; `Refused` where the patient left or no infusion runs.
    """
    course = _running_course(admission_id)
    start = course.first_started_at
    played = played_back(file.recording, _as_it_started(course))
    steps = tuple(_step(file, admission_id, observed, due_at=at, started_at=start) for at, observed in played)
    names = [step.entry.client_id for step in steps]
    charted = ObservationSet.objects.filter(client_id__in=names).values_list("client_id", flat=True)
    return Replay(admission_id, start, steps, frozenset(charted))


def chart(replay: Replay, step: Step) -> Recorded:
    """Chart one set as if it were then: `at` is the shifted time of the recording."""
    return record_set(replay.admission_id, entry=step.entry, by=REPLAY, at=step.entry.observed_at)


def alerts_of(replay: Replay) -> tuple[Counter[tuple[str, str, str]], int]:
    """The stay's alerts that rest on these sets, counted by (rule, direction, severity); and those for a set overdue."""
    names = [step.entry.client_id for step in replay.steps]
    ids = list(ObservationSet.objects.filter(client_id__in=names).values_list("pk", flat=True))
    alerts = Alert.objects.filter(admission_id=replay.admission_id)
    # Of other rules the evidence is the rows of other tables, whose numbers may be those of these sets.
    of_sets = alerts.filter(rule__in=OF_A_SET, evidence__overlap=ids)
    found = of_sets.values_list("rule", "direction", "severity")
    return Counter(found), alerts.filter(rule=Rule.SET_OVERDUE, last_observed_at__gte=replay.started_at).count()


def gaps_of(steps: Iterable[Step]) -> Counter[str]:
    """In how many sets each parameter that a monitor records is missing."""
    return Counter(parameter.value for step in steps for parameter in step.observed.absent)


def _running_course(admission_id: int) -> Course:
    admission = Admission.objects.filter(pk=admission_id).first()
    if admission is None:
        raise NotFound("admission_not_found", f"There is no admission {admission_id}.")
    must_be_present(admission)
    course = Course.objects.select_related("order", "admission").filter(admission=admission).first()
    if course is None:
        raise Refused("not_started", f"No infusion was started in admission {admission_id}.")
    if course.state != Course.State.RUNNING:
        raise Refused("not_running", f"The infusion of admission {admission_id} is {course.state}.")
    return course


def _as_it_started(course: Course) -> StayFacts:
    """The stay with nothing seen yet: run again, a replay plans the same sets, whatever was charted meanwhile."""
    protocol_id = course.order.protocol_id
    return StayFacts(
        admission_id=course.admission_id,
        is_present=True,
        scale=course.admission.spo2_scale,
        course=schedule.Course(first_started_at=course.first_started_at),
        delivery=None,
        schedule=schedule_of(protocol_id),
        thresholds=thresholds_of(protocol_id),
        rules=watch_rules(protocol_id),
        dosing=dose_rules(protocol_id),
    )


def _step(file: File, admission_id: int, observed: Observed, *, due_at: datetime, started_at: datetime) -> Step:
    after_start = due_at - started_at
    minute = after_start // timedelta(minutes=1)
    entry = SetEntry(
        client_id=uuid.uuid5(_NAMES, f"{admission_id}/{file.sha256}/{minute}"),
        observed_at=due_at,
        values=observed.values,
        absent=observed.absent,
        confirmed=observed.confirmed,
        source=Source.REPLAY,
    )
    return Step(entry, after_start, observed)
