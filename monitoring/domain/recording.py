"""A bedside monitor's recording, one row a minute, and what somebody who looks at it at a given time would chart.

The columns are those of the MIMIC waveform numerics: HR and PULSE per minute (electrodes, pulse oximeter), RESP per
minute, SpO2 in %, ABP* (arterial line) and NBP* (cuff) in mmHg. A 0 is a drop-out, never a reading.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from monitoring.domain.schedule import Course, PromptFacts, Schedule, next_due, roll
from monitoring.domain.values import LIMITS, AbsentReason, Parameter, Values, needs_confirmation

# How old a reading may be and still stand for what the monitor shows now; a cuff measures only now and then.
GOOD_FOR = timedelta(minutes=5)
CUFF_GOOD_FOR = timedelta(minutes=30)

# The first source that has a valid reading counts. Electrodes before the oximeter: DOMAIN's limits are heart rates.
_SINGLE: dict[str, tuple[str, ...]] = {
    "heart_rate": ("HR", "PULSE"),
    "respiratory_rate": ("RESP",),
    "spo2": ("SpO2",),
}
# A pressure is a pair of one and the same row. The arterial line before the cuff, which may be half an hour old.
_PRESSURE: tuple[tuple[str, str, timedelta], ...] = (
    ("ABPSys", "ABPDias", GOOD_FOR),
    ("NBPSys", "NBPDias", CUFF_GOOD_FOR),
)
NUMBERS = ("HR", "PULSE", "RESP", "SpO2", "ABPSys", "ABPDias", "NBPSys", "NBPDias")
COLUMNS = ("t", *NUMBERS)
RECORDED = (
    Parameter.HEART_RATE,
    Parameter.SYSTOLIC,
    Parameter.DIASTOLIC,
    Parameter.RESPIRATORY_RATE,
    Parameter.SPO2,
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


class MalformedRecording(ValueError):
    """The file is not such a recording; the sentence says where and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of one instant, counted from the first row; a drop-out (blank, 0, not a number) is None."""

    offset: timedelta
    numbers: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Implausible:
    """A number that no living patient has, taken as a gap: said to whoever replays, never charted."""

    offset: timedelta
    column: str
    number: Decimal


@dataclass(frozen=True, slots=True)
class Observed:
    """What the recording shows at one time: values, why others are missing, and which rare ones were looked at again."""

    values: Values
    absent: dict[Parameter, AbsentReason]
    confirmed: frozenset[str]
    implausible: tuple[Implausible, ...] = ()


@dataclass(frozen=True)
class Recording:
    """The rows of a recording in the order of time."""

    rows: Sequence[Row]
    _offsets: list[timedelta] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_offsets", [row.offset for row in self.rows])

    @property
    def length(self) -> timedelta:
        """From the first row to the last."""
        return self._offsets[-1]

    def before(self, offset: timedelta, *, within: timedelta) -> Iterator[Row]:
        """The rows up to `offset`, at most `within` old, the newest first."""
        for index in range(bisect_right(self._offsets, offset) - 1, -1, -1):
            if offset - self._offsets[index] > within:
                return
            yield self.rows[index]

    def observed(self, offset: timedelta) -> Observed:
        """What is charted at `offset`: each the last valid reading, rounded half up; else absent for the equipment.

        Invalid is a drop-out or what `LIMITS` calls impossible. A true extreme counts as confirmed: nobody can look again.
        """
        odd: list[Implausible] = []
        found: dict[str, int] = {}
        for name, columns in _SINGLE.items():
            number = next((n for column in columns if (n := self._single(name, column, offset, odd)) is not None), None)
            if number is not None:
                found[name] = number
        pairs = (self._pressure(*source, offset, odd) for source in _PRESSURE)
        pair = next((pair for pair in pairs if pair is not None), None)
        if pair is not None:
            found["systolic"], found["diastolic"] = pair
        values = Values(**found)  # type: ignore[arg-type]  # only whole numbers are in it
        return Observed(
            values=values,
            absent={each: AbsentReason.EQUIPMENT for each in RECORDED if each.value not in found},
            confirmed=frozenset(reason.field for reason in needs_confirmation(values)),
            implausible=tuple(odd),
        )

    def _single(self, name: str, column: str, offset: timedelta, odd: list[Implausible]) -> int | None:
        for row in self.before(offset, within=GOOD_FOR):
            number = row.numbers[column]
            if number is None:
                continue
            if LIMITS[name].is_possible(half_up(number)):
                return half_up(number)
            odd.append(Implausible(row.offset, column, number))
        return None

    def _pressure(
        self, high: str, low: str, within: timedelta, offset: timedelta, odd: list[Implausible]
    ) -> tuple[int, int] | None:
        for row in self.before(offset, within=within):
            systolic, diastolic = row.numbers[high], row.numbers[low]
            if systolic is None or diastolic is None:
                continue
            pair = half_up(systolic), half_up(diastolic)
            if not LIMITS["systolic"].is_possible(pair[0]) or pair[0] <= pair[1]:
                odd.append(Implausible(row.offset, high, systolic))
            elif not LIMITS["diastolic"].is_possible(pair[1]):
                odd.append(Implausible(row.offset, low, diastolic))
            else:
                return pair
        return None


def half_up(number: Decimal) -> int:
    """A reading as it is charted: the nearest whole number, a half upwards.

    >>> half_up(Decimal("8.5")), half_up(Decimal("91.49"))
    (9, 91)
    """
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def read_recording(rows: Iterable[Mapping[str, str | None]], columns: Sequence[str] | None) -> Recording:
    """Read the rows of a file with this heading; `MalformedRecording` names the column or the line that is wrong."""
    missing = [column for column in COLUMNS if column not in (columns or ())]
    if missing:
        raise MalformedRecording(f"The heading lacks {', '.join(missing)}. It has to name {', '.join(COLUMNS)}.")
    read: list[Row] = []
    first: datetime | None = None
    for line, row in enumerate(rows, start=2):
        at = _instant(row["t"], line)
        first = first or at
        if (at.tzinfo is None) != (first.tzinfo is None):
            raise MalformedRecording(f"Line {line}: one time names its zone and another does not.")
        offset = at - first
        if read and offset <= read[-1].offset:
            raise MalformedRecording(f"Line {line}: {row['t']} is not after the row before it.")
        read.append(Row(offset, {column: _number(row[column], column, line) for column in NUMBERS}))
    if not read:
        raise MalformedRecording("There is no row below the heading.")
    return Recording(read)


def times_of_sets(started_at: datetime, length: timedelta, schedule: Schedule) -> list[datetime]:
    """When the schedule alone asks for sets in a course that starts with the recording, until the recording ends.

    Nothing satisfies a prompt here (a monitor knows no sedation), so each rolls on from the one before.
    """
    course = Course(first_started_at=started_at)
    due = next_due(course, None, schedule)
    if due is None:
        return []
    until = started_at + length
    missed, current = roll(PromptFacts(due.due_at, due.interval), course, until, schedule)
    prompts = missed if current is None else [*missed, current]
    return [prompt.due_at for prompt in prompts if prompt.due_at <= until]


def _instant(text: str | None, line: int) -> datetime:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        raise MalformedRecording(f"Line {line}: {text!r} in column t is not a time.") from None


def _number(text: str | None, column: str, line: int) -> Decimal | None:
    stripped = (text or "").strip()
    if not stripped or stripped.lower() == "nan":
        return None
    if not _NUMBER.fullmatch(stripped):
        raise MalformedRecording(f"Line {line}: {text!r} in column {column} is not a number.")
    return Decimal(stripped) or None
