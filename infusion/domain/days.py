"""Which day of the course it is (DOMAIN 1): counted in full 24 hours from the first start, pauses included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_DAY = timedelta(hours=24)


class TaskStage(StrEnum):
    """How pressing a physician's task is: not yet, a task, yellow, red. None of it stops anything."""

    EARLY = "early"
    TASK = "task"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class DayMarks:
    """When the length of the course is to be looked at."""

    task_at: datetime
    yellow_at: datetime
    red_at: datetime


def day_of_course(first_started_at: datetime, at: datetime) -> int:
    """The day of the course at `at`, from 1; a day is 24 hours, whatever the clocks on the wall do.

    >>> from datetime import UTC
    >>> start = datetime(2026, 9, 22, 8, tzinfo=UTC)
    >>> [day_of_course(start, start + timedelta(hours=hours)) for hours in (0, 23, 24, 216)]
    [1, 1, 2, 10]
    """
    return (at - first_started_at) // _DAY + 1


def day_marks(first_started_at: datetime, *, task: timedelta, yellow: timedelta, red: timedelta) -> DayMarks:
    """The instants of the task to the physician [default 168 h], yellow [192 h] and red [216 h]."""
    return DayMarks(first_started_at + task, first_started_at + yellow, first_started_at + red)


def day_stage(marks: DayMarks, at: datetime) -> TaskStage:
    """The stage at `at`; a mark belongs to what it begins."""
    if at >= marks.red_at:
        return TaskStage.RED
    if at >= marks.yellow_at:
        return TaskStage.YELLOW
    return TaskStage.TASK if at >= marks.task_at else TaskStage.EARLY
