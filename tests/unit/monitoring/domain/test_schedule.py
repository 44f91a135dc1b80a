"""When the next set is due (DOMAIN 4, "Schedule"; anchor: Royal Cornwall Hospitals ketamine guideline V6.0, 2022)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from monitoring.domain.schedule import (
    ContentError,
    Course,
    Due,
    Lateness,
    PromptFacts,
    Schedule,
    earliest_satisfying,
    interval_at,
    next_due,
    on_time_until,
    overdue_at,
    roll,
    rolls_at,
)
from tests.unit.seed_protocol import SCHEDULE, content

START = datetime(2025, 3, 29, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUNNING = Course(first_started_at=START)


def after(minutes):
    return START + minutes * MINUTE


def minutes(span):
    return None if span is None else span / MINUTE


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [(0, 15), (59.9, 15), (60, 30), (179.9, 30), (180, 60), (1619.9, 60), (1620, 120), (20000, 120)],
)
def test_the_interval_grows_with_the_age_of_the_course(elapsed, expected):
    assert minutes(interval_at(RUNNING, after(elapsed), SCHEDULE)) == expected


def test_nothing_is_due_before_the_start():
    assert interval_at(RUNNING, after(-1), SCHEDULE) is None
    assert interval_at(Course(first_started_at=None), after(0), SCHEDULE) is None
    assert next_due(Course(first_started_at=None), after(-30), SCHEDULE) is None


@pytest.mark.parametrize(
    ("since", "expected"),
    [(0, 15), (14, 15), (15, 15), (29, 15), (30, 30), (59, 30), (60, 60), (359, 60), (360, 120)],
)
def test_an_increase_brings_closer_sets_for_six_hours(since, expected):
    course = Course(first_started_at=START, last_increase_at=after(2000))
    assert minutes(interval_at(course, after(2000 + since), SCHEDULE)) == expected


@pytest.mark.parametrize(("since", "expected"), [(0, 15), (14, 15), (15, 45), (59, 45), (60, 120)])
def test_a_decrease_or_restart_brings_a_set_at_15_and_60_minutes(since, expected):
    course = Course(first_started_at=START, last_decrease_or_restart_at=after(2000))
    assert minutes(interval_at(course, after(2000 + since), SCHEDULE)) == expected


def test_the_shortest_of_all_that_apply_wins():
    early = Course(first_started_at=START, last_increase_at=after(20), last_decrease_or_restart_at=after(40))
    assert minutes(interval_at(early, after(56), SCHEDULE)) == 15
    both = Course(first_started_at=START, last_increase_at=after(2000), last_decrease_or_restart_at=after(2050))
    assert minutes(interval_at(both, after(2070), SCHEDULE)) == 45
    assert minutes(interval_at(both, after(2110), SCHEDULE)) == 60


@pytest.mark.parametrize(("since", "expected"), [(0, 30), (29, 30), (30, 30), (59, 30), (60, 120), (5000, 120)])
def test_a_paused_pump_is_looked_at_after_30_and_60_minutes_then_every_two_hours(since, expected):
    course = Course(first_started_at=START, paused_at=after(20), last_increase_at=after(10))
    assert minutes(interval_at(course, after(20 + since), SCHEDULE)) == expected


@pytest.mark.parametrize(
    ("since", "expected"), [(0, 30), (30, 30), (59, 30), (60, 60), (119, 60), (120, 120), (239, 120), (240, None)]
)
def test_a_stopped_course_is_looked_at_for_four_hours(since, expected):
    course = Course(first_started_at=START, stopped_at=after(3000), last_increase_at=after(2990))
    assert minutes(interval_at(course, after(3000 + since), SCHEDULE)) == expected


def test_what_has_not_happened_yet_does_not_apply():
    course = Course(first_started_at=START, stopped_at=after(3000), paused_at=after(2900), last_increase_at=after(2800))
    assert minutes(interval_at(course, after(2799), SCHEDULE)) == 120
    assert minutes(interval_at(course, after(2801), SCHEDULE)) == 15
    assert minutes(interval_at(course, after(2901), SCHEDULE)) == 30


def due(course, last_done=None):
    found = next_due(course, None if last_done is None else after(last_done), SCHEDULE)
    return None if found is None else ((found.due_at - START) / MINUTE, found.interval / MINUTE)


@pytest.mark.parametrize(
    ("last_done", "expected"),
    [
        (None, (15, 15)),
        (-20, (15, 15)),
        (0, (15, 15)),
        (14, (29, 15)),
        (59, (74, 15)),
        (60, (90, 30)),
        (185, (245, 60)),
    ],
)
def test_the_next_set_is_counted_from_the_last_one(last_done, expected):
    assert due(RUNNING, last_done) == expected


def test_the_next_set_is_counted_from_a_later_change():
    assert due(Course(first_started_at=START, last_increase_at=after(2000)), 1990) == (2015, 15)
    assert due(Course(first_started_at=START, last_decrease_or_restart_at=after(2000)), 1990) == (2015, 15)
    assert due(Course(first_started_at=START, paused_at=after(2000)), 1990) == (2030, 30)
    assert due(Course(first_started_at=START, stopped_at=after(2000)), 1990) == (2030, 30)


def follow(course, event_at, *, early=0, sets=10):
    """Minutes after the event at which sets are done, each `early` minutes before it is due."""
    done, last = [], event_at
    for _ in range(sets):
        found = next_due(course, after(last), SCHEDULE)
        if found is None:
            break
        last = (found.due_at - START) / MINUTE - early
        done.append(last - event_at)
    return done


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (Course(first_started_at=START, last_increase_at=after(3000)), [15, 30, 60, 120, 180, 240, 300, 360, 480, 600]),
        (Course(first_started_at=START, last_decrease_or_restart_at=after(3000)), [15, 60, 180, 300]),
        (Course(first_started_at=START, paused_at=after(3000)), [30, 60, 180, 300]),
        (Course(first_started_at=START, stopped_at=after(3000)), [30, 60, 120, 240]),
    ],
)
def test_sets_done_on_time_fall_where_the_schedule_names_them(course, expected):
    assert follow(course, 3000)[: len(expected)] == expected


def test_the_sets_after_a_stop_end_with_the_one_at_four_hours():
    assert len(follow(Course(first_started_at=START, stopped_at=after(3000)), 3000)) == 4


def test_sets_done_a_little_early_are_not_asked_for_twice():
    stopped = Course(first_started_at=START, stopped_at=after(3000))
    assert follow(stopped, 3000, early=2) == [28, 56, 114, 232]
    increased = Course(first_started_at=START, last_increase_at=after(3000))
    assert follow(increased, 3000, early=1)[:4] == [14, 28, 57, 116]


def test_a_first_day_without_changes_has_its_sets_where_the_phases_put_them():
    done = follow(RUNNING, 0, sets=32)
    assert done[:10] == [15, 30, 45, 60, 90, 120, 150, 180, 240, 300]
    assert done[30:] == [1560, 1620]


def test_a_stable_day_has_twelve_sets():
    assert [at for at in follow(RUNNING, 2880, sets=20) if at <= 1440] == [120 * n for n in range(1, 13)]


# interval -> early from, on time until, overdue from (minutes around due).
@pytest.mark.parametrize(
    ("interval", "early", "on_time", "overdue"),
    [(15, -3.75, 5, 10), (20, -5, 5, 10), (24, -6, 6, 12), (30, -7.5, 7.5, 15), (60, -15, 15, 30), (120, -30, 30, 30)],
)
def test_early_on_time_and_overdue_follow_the_interval(interval, early, on_time, overdue):
    prompt = PromptFacts(due_at=START, interval=interval * MINUTE)
    assert earliest_satisfying(prompt, SCHEDULE.lateness) == after(early)
    assert on_time_until(prompt, SCHEDULE.lateness) == after(on_time)
    assert overdue_at(prompt, SCHEDULE.lateness) == after(overdue)
    assert rolls_at(prompt) == after(interval)


def test_a_protocol_may_set_its_own_lateness():
    strict = Lateness(
        early_share=D(0),
        on_time_share=D(0),
        on_time_least=MINUTE,
        overdue_share=D("0.1"),
        overdue_least=2 * MINUTE,
        overdue_most=30 * MINUTE,
    )
    prompt = Due(due_at=START, interval=60 * MINUTE)
    assert earliest_satisfying(prompt, strict) == START
    assert on_time_until(prompt, strict) == after(1)
    assert overdue_at(prompt, strict) == after(6)


def test_a_prompt_that_is_not_yet_to_roll_stays_as_it_is():
    prompt = PromptFacts(after(15), 15 * MINUTE)
    assert roll(prompt, RUNNING, after(29.9), SCHEDULE) == ([], prompt)


def test_a_prompt_rolls_when_the_next_would_fall_due():
    prompt = PromptFacts(after(15), 15 * MINUTE)
    assert roll(prompt, RUNNING, after(30), SCHEDULE) == ([prompt], PromptFacts(after(30), 15 * MINUTE))


def test_a_prompt_left_open_for_hours_rolls_through_the_phases():
    missed, open_one = roll(PromptFacts(after(45), 15 * MINUTE), RUNNING, after(200), SCHEDULE)
    assert [(p.due_at - START) / MINUTE for p in missed] == [45, 60, 90, 120, 150]
    assert open_one == PromptFacts(after(180), 60 * MINUTE)


def test_rolling_ends_where_nothing_more_is_due():
    course = Course(first_started_at=START, stopped_at=after(1000))
    missed, open_one = roll(PromptFacts(after(1120), 60 * MINUTE), course, after(9000), SCHEDULE)
    assert [(p.due_at - START) / MINUTE for p in missed] == [1120, 1180]
    assert open_one is None


def spoiled(change):
    spoilt = content()
    change(spoilt["schedule"])
    return spoilt


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: s.pop("phase"), "schedule.phase must be a list with at least one entry."),
        (lambda s: s["phase"].pop(), "schedule.phase: the last entry must be without until_min: it goes on."),
        (
            lambda s: s["after_stop"][-1].update(until_min=None),
            "schedule.after_stop: the last entry needs until_min: it ends.",
        ),
        (
            lambda s: s["phase"][0].update(until_min=None),
            "schedule.phase: only the last entry may be without until_min.",
        ),
        (lambda s: s["phase"][1].update(until_min=60), "schedule.phase: each until_min must be above the one before."),
        (lambda s: s["phase"][1].update(every_min=10), "schedule.phase: every_min must not become shorter."),
        (
            lambda s: s["paused"][0].update(every_min=0),
            "schedule.paused[0].every_min must be a whole number from 1 to 10080.",
        ),
        (
            lambda s: s["paused"][0].update(every_min=True),
            "schedule.paused[0].every_min must be a whole number from 1 to 10080.",
        ),
        (lambda s: s["paused"][0].update(evry_min=5), "schedule.paused[0].evry_min is not known here."),
        (lambda s: s.pop("lateness"), "schedule.lateness is missing."),
        (
            lambda s: s["lateness"].update(overdue_least_min=31),
            "schedule.lateness.overdue_least_min is above overdue_most_min.",
        ),
        (
            lambda s: s["lateness"].update(early_share="1.1"),
            'schedule.lateness.early_share must be a number from 0 to 1, written as text like "0.05".',
        ),
    ],
)
def test_a_wrong_schedule_says_what_is_wrong(change, sentence):
    with pytest.raises(ContentError) as refused:
        Schedule.from_content(spoiled(change))
    assert refused.value.problems == (sentence,)


def test_equal_intervals_may_follow_each_other():
    same = spoiled(lambda s: s["phase"][1].update(every_min=15))
    assert minutes(interval_at(RUNNING, after(60), Schedule.from_content(same))) == 15


def test_after_a_stop_the_last_set_is_asked_for_though_those_before_were_missed():
    stopped = Course(first_started_at=START, stopped_at=after(1000))
    missed, current = roll(PromptFacts(after(1030), 30 * MINUTE), stopped, after(1300), SCHEDULE)
    assert [prompt.due_at for prompt in missed] == [after(1030), after(1060), after(1120)]
    assert current == PromptFacts(after(1240), 120 * MINUTE)
    assert roll(current, stopped, after(1360), SCHEDULE) == ([current], None)
