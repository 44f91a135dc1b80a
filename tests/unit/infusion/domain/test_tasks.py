"""What a course asks of a physician, on both sides of each mark (DOMAIN 1 and 3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest

from infusion.domain.course import CourseState
from infusion.domain.days import TaskStage
from infusion.domain.hold import Hold
from infusion.domain.question import Weighed
from infusion.domain.readiness import LiverEnzymes
from infusion.domain.tasks import TaskKind, physicians_tasks
from infusion.domain.words import Stage
from tests.unit.infusion.domain.a_question import AT, HOUR, RULES, question

SECOND = timedelta(seconds=1)
EARLY, TASK, YELLOW, RED = TaskStage


def tasks(*, at=AT, started=AT - 10 * HOUR, counted=None, requested=None, **changed):
    asked = question(Stage.REQUEST, **{"at": at, **changed})
    return physicians_tasks(asked, first_started_at=started, counted=counted, requested_at=requested)


def one(kind, **changed):
    """The task of that kind as (due_at, stage); None where there is none."""
    found = [(task.due_at, task.stage) for task in tasks(**changed) if task.kind is kind]
    assert len(found) <= 1
    return found[0] if found else None


END = AT + 48 * HOUR


@pytest.mark.parametrize(
    ("at", "due_at", "stage"),
    [
        (END - 12 * HOUR - SECOND, END - 12 * HOUR, EARLY),
        (END - 12 * HOUR, END - 12 * HOUR, TASK),
        (END - 4 * HOUR - SECOND, END - 12 * HOUR, TASK),
        (END - 4 * HOUR, END - 4 * HOUR, TASK),
        (END - SECOND, END - 4 * HOUR, TASK),
        (END, END, TASK),
    ],
)
def test_an_order_asks_twelve_and_four_hours_before_its_end_and_at_it(at, due_at, stage):
    assert one(TaskKind.ORDER_EXPIRY, at=at, order_expires_at=END) == (due_at, stage)


@pytest.mark.parametrize(
    ("hours", "due", "stage"),
    [(0, 168, EARLY), (168, 168, TASK), (191, 168, TASK), (192, 192, YELLOW), (216, 216, RED), (300, 216, RED)],
)
def test_a_course_asks_at_its_three_marks(hours, due, stage):
    start = AT - hours * HOUR
    assert one(TaskKind.COURSE_LENGTH, started=start) == (start + due * HOUR, stage)


def test_a_course_that_was_not_started_or_is_stopped_has_no_length():
    assert one(TaskKind.COURSE_LENGTH, started=None) is None
    assert one(TaskKind.COURSE_LENGTH, delivery_state=CourseState.STOPPED) is None
    assert one(TaskKind.COURSE_LENGTH, delivery_state=CourseState.PAUSED) is not None


NOON = datetime(2026, 9, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counted", "due_at", "stage"),
    [
        (None, None, None),
        (Hold(timedelta(0), AT - 5 * HOUR, True), AT + HOUR, EARLY),
        (Hold(timedelta(0), AT - 6 * HOUR, True), AT, TASK),
        (Hold(5 * HOUR, AT - HOUR, False), None, None),
        (Hold(6 * HOUR, AT - HOUR, False), AT - HOUR, TASK),
        (Hold(6 * HOUR, AT - HOUR, False, AT - HOUR), None, None),
    ],
)
def test_after_the_hold_the_patient_is_reassessed(counted, due_at, stage):
    assert one(TaskKind.REASSESSMENT, counted=counted) == (due_at and (due_at, stage))


@pytest.mark.parametrize(
    ("pain", "asleep", "hour"), [(6, False, 7.5), (7, False, 2), (7, True, 7.5), (None, False, 7.5)]
)
def test_a_reassessment_at_night_waits_unless_the_patient_is_awake_in_pain(pain, asleep, hour):
    midnight = datetime(2026, 9, 23, tzinfo=UTC)
    counted = Hold(timedelta(0), midnight - 4 * HOUR, True)
    due_at, _stage = one(TaskKind.REASSESSMENT, counted=counted, readiness_pain=pain, readiness_asleep=asleep)
    assert due_at == midnight + timedelta(hours=hour)


def test_the_night_is_that_of_the_ward():
    counted = Hold(timedelta(0), NOON - 6 * HOUR, True)
    in_sydney = one(TaskKind.REASSESSMENT, counted=counted, readiness_pain=4, zone=ZoneInfo("Australia/Sydney"))
    assert in_sydney == (datetime(2026, 9, 22, 21, 30, tzinfo=UTC), EARLY), "22:00 there: 07:30 of the next morning"


UNWEIGHED = {"order_weight_is_measured": False, "order_reweigh_by": AT, "newest_weight": Weighed(D(70), False)}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({**UNWEIGHED, "order_reweigh_by": AT + SECOND}, (AT + SECOND, EARLY)),
        (UNWEIGHED, (AT, TASK)),
        ({**UNWEIGHED, "newest_weight": None}, (AT, TASK)),
        ({**UNWEIGHED, "newest_weight": Weighed(D(70), True)}, None),
        ({}, None),
    ],
)
def test_who_was_not_weighed_is_weighed_within_a_day(changed, expected):
    assert one(TaskKind.REWEIGHING, **changed) == expected


@pytest.mark.parametrize(
    ("liver", "allowed", "expected"),
    [
        (AT - 48 * HOUR + SECOND, 48, (AT + SECOND, EARLY)),
        (AT - 48 * HOUR, 48, (AT, TASK)),
        (AT - 48 * HOUR, 72, (AT + 24 * HOUR, EARLY)),
        (None, 48, (AT - 10 * HOUR, TASK)),
    ],
)
def test_liver_enzymes_are_asked_for_when_they_are_as_old_as_the_order_allows(liver, allowed, expected):
    known = LiverEnzymes(liver, D("0.9"), "ALT") if liver else None
    assert one(TaskKind.LIVER_ENZYMES, readiness_liver=known, order_liver_max_age=allowed * HOUR) == expected


def test_a_request_waits_from_when_it_was_asked():
    assert one(TaskKind.REQUEST, request_waits_for=D("0.25"), requested=AT - HOUR) == (AT - HOUR, TASK)
    assert one(TaskKind.REQUEST) is None


def test_what_waits_longest_is_said_first_in_whole_sentences():
    found = tasks(
        request_waits_for=D("0.25"), requested=AT - HOUR, counted=Hold(6 * HOUR, AT - 2 * HOUR, True), **UNWEIGHED
    )
    assert [task.due_at for task in found] == sorted(task.due_at for task in found)
    assert {task.kind for task in found} == set(TaskKind)
    assert all(task.sentence[0].isupper() and task.sentence[-1] in ".?" for task in found)


def test_the_marks_are_those_of_the_protocol():
    rules = replace(
        RULES,
        order=replace(RULES.order, tasks_before_expiry=(20 * HOUR,)),
        days=replace(RULES.days, task=30 * HOUR),
        target_hold=3 * HOUR,
    )
    due = {task.kind: task.due_at for task in tasks(rules=rules, counted=Hold(timedelta(0), AT, True))}
    assert due[TaskKind.ORDER_EXPIRY] == END - 20 * HOUR
    assert due[TaskKind.COURSE_LENGTH] == AT + 20 * HOUR
    assert due[TaskKind.REASSESSMENT] == AT + 3 * HOUR


def test_without_an_order_nothing_is_asked_but_the_length_of_the_course():
    assert [task.kind for task in tasks(order=None)] == [TaskKind.COURSE_LENGTH]
