"""What a course asks of a physician and by when (DOMAIN 1 and 3): computed when somebody looks, nothing is stored.

None of it stops a pump or blocks charting, bags or a decrease; an alert may rise from some of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from infusion.domain.course import CourseState
from infusion.domain.days import TaskStage, day_marks, day_of_course, day_stage
from infusion.domain.hold import Hold, reassessment_at
from infusion.domain.order import expiry_tasks
from infusion.domain.question import Question
from infusion.domain.shown import dose_words, number_words, span_words, time_words


class TaskKind(StrEnum):
    """What a physician is asked to look at."""

    REQUEST = "request"
    ORDER_EXPIRY = "order_expiry"
    COURSE_LENGTH = "course_length"
    REASSESSMENT = "reassessment"
    REWEIGHING = "reweighing"
    LIVER_ENZYMES = "liver_enzymes"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: from `due_at` on it waits. A later mark of the same thing (4 h after 12 h) moves `due_at` on."""

    kind: TaskKind
    due_at: datetime
    stage: TaskStage
    sentence: str


def physicians_tasks(
    question: Question, *, first_started_at: datetime | None, counted: Hold | None, requested_at: datetime | None
) -> tuple[Task, ...]:
    """Every task of this stay at `question.at`, those that wait longest first, those to come at the end.

    `first_started_at` is None before the first start, `counted` without a target, `requested_at` where no request waits.
    """
    found = (
        *_request(question, requested_at),
        *_order_expiry(question),
        *_course_length(question, first_started_at),
        *_reassessment(question, counted),
        *_reweighing(question),
        *_liver(question, first_started_at),
    )
    return tuple(sorted(found, key=lambda task: (task.due_at, task.kind)))


def _request(question: Question, requested_at: datetime | None) -> Iterator[Task]:
    if requested_at is not None and question.request_waits_for is not None:
        dose = dose_words(question.request_waits_for)
        yield _task(question, TaskKind.REQUEST, requested_at, f"A request for {dose} mg/kg/h waits for an answer.")


def _order_expiry(question: Question) -> Iterator[Task]:
    order = question.order
    if order is None:
        return
    marks = (*expiry_tasks(order.expires_at, question.rules.order), order.expires_at)
    due_at = max((mark for mark in marks if mark <= question.at), default=marks[0])
    verb = "expired" if question.at >= order.expires_at else "expires"
    sentence = f"The order {verb} at {_time(question, order.expires_at)}: renew it, or end the course."
    yield _task(question, TaskKind.ORDER_EXPIRY, due_at, sentence)


def _course_length(question: Question, first_started_at: datetime | None) -> Iterator[Task]:
    # A stopped course grows no longer; a paused one does.
    if first_started_at is None or question.delivery is None or question.delivery.state is CourseState.STOPPED:
        return
    days = question.rules.days
    marks = day_marks(first_started_at, task=days.task, yellow=days.yellow, red=days.red)
    passed = [mark for mark in (marks.task_at, marks.yellow_at, marks.red_at) if mark <= question.at]
    sentence = (
        f"Day {day_of_course(first_started_at, question.at)} of the course, which is to last {span_words(days.red)} "
        "at most: say how it goes on."
    )
    due_at = max(passed, default=marks.task_at)
    yield Task(TaskKind.COURSE_LENGTH, due_at, day_stage(marks, question.at), sentence)


def _reassessment(question: Question, counted: Hold | None) -> Iterator[Task]:
    """After the hold, by day, or at once where the patient lies awake in pain; a clock that stands has no time yet."""
    if counted is None or counted.ended_at is not None:
        return
    done_at = counted.done_at(question.rules.target_hold)
    if done_at is None and counted.held >= question.rules.target_hold:
        done_at = counted.held_until
    if done_at is None:
        return
    seen = question.readiness
    due_at = reassessment_at(
        done_at,
        zone=question.zone,
        awake_pain=None if seen.asleep else seen.pain,
        rule=question.rules.hold,
    )
    sentence = f"The target is held for {span_words(question.rules.target_hold)}: is the dose to be raised?"
    yield _task(question, TaskKind.REASSESSMENT, due_at, sentence)


def _reweighing(question: Question) -> Iterator[Task]:
    order, newest = question.order, question.newest_weight
    if order is None or order.reweigh_by is None or order.weight_is_measured:
        return
    if newest is not None and newest.is_measured:
        return
    sentence = (
        f"The order rests on {number_words(order.dosing_weight_kg)} kg that nobody measured: "
        f"the patient is to be weighed by {_time(question, order.reweigh_by)}."
    )
    yield _task(question, TaskKind.REWEIGHING, order.reweigh_by, sentence)


def _liver(question: Question, first_started_at: datetime | None) -> Iterator[Task]:
    order, liver = question.order, question.readiness.liver
    if order is None or first_started_at is None:
        return
    if liver is None:
        yield _task(question, TaskKind.LIVER_ENZYMES, first_started_at, "No liver enzymes are recorded.")
        return
    collected = _time(question, liver.collected_at)
    sentence = f"The liver enzymes were collected at {collected}; {span_words(order.liver_max_age)} is allowed."
    yield _task(question, TaskKind.LIVER_ENZYMES, liver.collected_at + order.liver_max_age, sentence)


def _task(question: Question, kind: TaskKind, due_at: datetime, sentence: str) -> Task:
    return Task(kind, due_at, TaskStage.TASK if due_at <= question.at else TaskStage.EARLY, sentence)


def _time(question: Question, instant: datetime) -> str:
    return time_words(instant, zone=question.zone, at=question.at)
