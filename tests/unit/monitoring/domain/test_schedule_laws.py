"""Laws of the schedule (DOMAIN 4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.schedule import (
    Course,
    PromptFacts,
    Watch,
    earliest_satisfying,
    interval_at,
    next_due,
    on_time_until,
    overdue_at,
    roll,
    rolls_at,
)
from tests.unit.seed_protocol import SCHEDULE

# The night in which European clocks go forward: UTC does not notice.
START = datetime(2025, 3, 29, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INSTANTS = st.integers(0, 6000).map(lambda minutes: START + minutes * MINUTE)


@st.composite
def watches(draw):
    """Something that calls for closer watching, for a while or until somebody ends it."""
    since, until = draw(INSTANTS), draw(st.none() | st.integers(1, 600))
    interval = draw(st.sampled_from([5, 15, 30, 60, 120])) * MINUTE
    return Watch(since, None if until is None else since + until * MINUTE, interval)


@st.composite
def courses(draw, *, watched=True):
    """A course as it stands: what happened after the start, running, paused or stopped, watched more closely or not."""
    state = draw(st.sampled_from(["running", "paused", "stopped"]))
    ceased = draw(INSTANTS)
    return Course(
        first_started_at=START,
        stopped_at=ceased if state == "stopped" else None,
        paused_at=ceased if state == "paused" else None,
        last_increase_at=draw(st.none() | INSTANTS),
        last_decrease_or_restart_at=draw(st.none() | INSTANTS),
        watches=tuple(draw(st.lists(watches(), max_size=3))) if watched else (),
    )


@given(courses(), watches(), st.none() | INSTANTS)
def test_closer_watching_never_makes_a_set_due_later(course, watch, last_done):
    before = next_due(course, last_done, SCHEDULE)
    after = next_due(replace(course, watches=(*course.watches, watch)), last_done, SCHEDULE)
    if before is not None:
        assert after is not None
        assert after.due_at <= before.due_at
    else:
        assert after is None or after.interval == watch.interval


@given(courses(), watches(), INSTANTS)
def test_closer_watching_never_makes_the_interval_longer(course, watch, at):
    before = interval_at(course, at, SCHEDULE)
    after = interval_at(replace(course, watches=(*course.watches, watch)), at, SCHEDULE)
    assert before is None or (after is not None and after <= before)


@given(courses(), INSTANTS)
def test_a_watch_asks_for_a_set_within_its_interval_while_it_lasts(course, last_done):
    for watch in course.watches:
        since = max(watch.since, last_done)
        if watch.until is None or since + watch.interval < watch.until:
            due = next_due(course, last_done, SCHEDULE)
            assert due is not None
            assert due.due_at <= since + watch.interval


@given(courses(watched=False), st.none() | INSTANTS)
def test_the_next_set_is_never_due_before_the_latest_event(course, last_done):
    due = next_due(course, last_done, SCHEDULE)
    if due is not None:
        latest = max((*course.events(), *([last_done] if last_done else [])))
        assert due.due_at > latest
        assert due.due_at - due.interval == latest


@given(courses(), INSTANTS, INSTANTS)
def test_a_longer_gap_never_makes_a_set_less_due(course, one, other):
    """The longer ago the last set was done, the sooner the next is due; "nothing more is due" is the latest of all."""
    earlier, later = (next_due(course, at, SCHEDULE) for at in sorted((one, other)))
    if later is not None:
        assert earlier is not None
        assert earlier.due_at <= later.due_at


@given(courses(), INSTANTS)
def test_a_running_or_paused_pump_is_never_without_a_next_set(course, last_done):
    if course.stopped_at is None:
        assert next_due(course, last_done, SCHEDULE) is not None


@given(INSTANTS, st.none() | INSTANTS, st.none() | INSTANTS)
def test_a_change_never_lengthens_the_interval(at, increase, decrease):
    plain = interval_at(Course(first_started_at=START), at, SCHEDULE)
    changed = interval_at(
        Course(first_started_at=START, last_increase_at=increase, last_decrease_or_restart_at=decrease), at, SCHEDULE
    )
    assert plain is not None
    assert changed is not None
    assert changed <= plain


@given(courses(), INSTANTS, st.sampled_from([15, 30, 45, 60, 120]), st.integers(0, 20000))
def test_rolling_is_finite_and_leaves_no_gap(course, due_at, interval, later):
    at = due_at + later * MINUTE
    prompt = PromptFacts(due_at, interval * MINUTE)
    missed, open_one = roll(prompt, course, at, SCHEDULE)
    line = [*missed, *([open_one] if open_one else [])]
    assert line[0] == prompt
    assert all(following.due_at == rolls_at(before) for before, following in pairwise(line))
    assert all(rolls_at(one) <= at for one in missed)
    assert len(missed) <= later / 5 + 1
    if open_one is not None:
        assert rolls_at(open_one) > at


@given(courses(), INSTANTS, st.integers(0, 3000), st.integers(0, 3000))
def test_rolling_in_two_goes_is_rolling_in_one(course, due_at, first, second):
    prompt = PromptFacts(due_at, 15 * MINUTE)
    between, at = due_at + first * MINUTE, due_at + (first + second) * MINUTE
    missed, open_one = roll(prompt, course, between, SCHEDULE)
    if open_one is not None:
        more, open_one = roll(open_one, course, at, SCHEDULE)
        missed = [*missed, *more]
    assert (missed, open_one) == roll(prompt, course, at, SCHEDULE)


@given(INSTANTS, st.integers(1, 720))
def test_early_due_on_time_and_rolling_follow_each_other(due_at, interval):
    prompt = PromptFacts(due_at, interval * MINUTE)
    early, on_time, overdue = (
        each(prompt, SCHEDULE.lateness) for each in (earliest_satisfying, on_time_until, overdue_at)
    )
    assert early < prompt.due_at < on_time < overdue + interval * MINUTE
    assert prompt.due_at + 10 * MINUTE <= overdue <= prompt.due_at + 30 * MINUTE
