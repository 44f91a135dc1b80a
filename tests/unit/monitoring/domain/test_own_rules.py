"""A physician's own limits and intervals: what is taken, on both sides of each boundary (DOMAIN 4 and 5)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.interval_entry import IntervalEntry, reasons_not_to_set_interval
from monitoring.domain.limit_entry import LIMITABLE, LimitEntry, latest_until, reasons_not_to_limit, side_of
from monitoring.domain.severity import Direction, Rule
from tests.unit.seed_protocol import THRESHOLDS

AT = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NEW_YORK = "America/New_York"
HIGH, LOW, NEITHER = Direction.HIGH, Direction.LOW, Direction.NEITHER
NOON_TOMORROW = datetime(2026, 9, 23, 16, 0, tzinfo=UTC)


def codes(rule=Rule.SYSTOLIC, direction=HIGH, yellow=None, red=None, *, scale=1, reason="usual", until=None):
    numbers = (None if each is None else D(each) for each in (yellow, red))
    entry = LimitEntry(rule, direction, *numbers, reason, until)
    side = side_of(THRESHOLDS, rule, direction, scale=scale)
    return [each.code for each in reasons_not_to_limit(entry, side, zone=NEW_YORK, at=AT)]


@pytest.mark.parametrize(
    ("rule", "direction", "yellow", "red", "found"),
    [
        (Rule.SYSTOLIC, HIGH, "170", "190", []),
        (Rule.SYSTOLIC, HIGH, None, "200", []),
        (Rule.SYSTOLIC, HIGH, None, "201", ["beyond_the_stop_limit"]),
        (Rule.SYSTOLIC, HIGH, "179", None, []),
        (Rule.SYSTOLIC, HIGH, "180", None, ["yellow_not_before_red"]),
        (Rule.SYSTOLIC, HIGH, None, "161", []),
        (Rule.SYSTOLIC, HIGH, None, "160", ["yellow_not_before_red"]),
        (Rule.SYSTOLIC, HIGH, None, None, ["no_limit"]),
        (Rule.SYSTOLIC, HIGH, "170.5", "190", ["too_precise"]),
        (Rule.SYSTOLIC, HIGH, "29", "351", ["impossible", "impossible"]),
        (Rule.SYSTOLIC, LOW, "95", "85", []),
        (Rule.SYSTOLIC, LOW, "85", "85", ["yellow_not_before_red"]),
        (Rule.DIASTOLIC, HIGH, "110", "120", []),
        (Rule.DIASTOLIC, HIGH, "110", "121", ["beyond_the_stop_limit"]),
        (Rule.DIASTOLIC, LOW, "60", "50", ["no_such_limit"]),
        (Rule.RESPIRATION, LOW, "10", "8", []),
        (Rule.RESPIRATION, LOW, "10", "7", ["beyond_the_stop_limit"]),
        (Rule.RESPIRATION, HIGH, "24", "30", []),
        (Rule.SPO2, LOW, "92", "90", []),
        (Rule.SPO2, LOW, "92", "89", ["beyond_the_stop_limit"]),
        (Rule.SPO2, HIGH, "98", "99", ["no_such_limit"]),
        (Rule.HEART_RATE, LOW, "45", "40", []),
        (Rule.HEART_RATE, LOW, "45", "39", ["beyond_the_stop_limit"]),
        (Rule.HEART_RATE, HIGH, "120", "150", []),
        (Rule.HEART_RATE, HIGH, "120", "151", ["beyond_the_stop_limit"]),
        (Rule.TEMPERATURE, HIGH, "38.5", "39.5", []),
        (Rule.TEMPERATURE, HIGH, "38.55", "39.5", ["too_precise"]),
        (Rule.TEMPERATURE, LOW, None, "34.5", []),
        (Rule.SEDATION, HIGH, "3", "4", ["no_such_limit"]),
        (Rule.NEWS2, NEITHER, "6", "8", ["no_such_limit"]),
        (Rule.SET_OVERDUE, NEITHER, "1", "2", ["no_such_limit"]),
    ],
)
def test_a_limit_is_possible_in_order_and_never_beyond_the_stop(rule, direction, yellow, red, found):
    assert codes(rule, direction, yellow, red) == found


def test_oxygen_has_the_limits_of_the_patients_own_scale():
    assert codes(Rule.SPO2, LOW, "86", "84", scale=2) == []
    assert codes(Rule.SPO2, LOW, "86", "84", scale=1) == ["beyond_the_stop_limit"]


@pytest.mark.parametrize(
    ("until", "found"),
    [
        (AT, ["until_over"]),
        (AT + MINUTE, []),
        (NOON_TOMORROW, []),
        (NOON_TOMORROW + timedelta(seconds=1), ["until_too_late"]),
    ],
)
def test_it_holds_until_noon_of_the_next_day_at_the_latest(until, found):
    assert latest_until(AT, NEW_YORK) == NOON_TOMORROW
    assert codes(yellow="170", until=until) == found


@pytest.mark.parametrize(
    ("at", "noon"),
    [
        (datetime(2026, 9, 22, 3, 59, tzinfo=UTC), datetime(2026, 9, 22, 16, 0, tzinfo=UTC)),
        (datetime(2026, 9, 22, 4, 0, tzinfo=UTC), datetime(2026, 9, 23, 16, 0, tzinfo=UTC)),
        (datetime(2026, 10, 31, 20, 0, tzinfo=UTC), datetime(2026, 11, 1, 17, 0, tzinfo=UTC)),
    ],
    ids=["before midnight on the ward", "after midnight", "the clocks go back that night"],
)
def test_the_next_day_is_the_wards(at, noon):
    assert latest_until(at, NEW_YORK) == noon


@given(st.sampled_from(sorted(LIMITABLE)), st.sampled_from([LOW, HIGH]), *[st.none() | st.integers(-10, 400)] * 2)
def test_what_is_taken_never_hides_a_value_at_which_the_protocol_stops(rule, direction, yellow, red):
    if codes(rule, direction, yellow, red):
        return
    side = side_of(THRESHOLDS, rule, direction, scale=1)
    own = side.red if red is None else red
    assert side.stop is None or side.reaches(side.stop, own)


def test_a_reason_is_said_and_fits():
    assert codes(yellow="170", reason=" ") == ["reason_missing"]
    assert codes(yellow="170", reason="x" * 300) == []
    assert codes(yellow="170", reason="x" * 301, until=AT) == ["too_long", "until_over"]


@pytest.mark.parametrize(
    ("every", "reason", "until", "found"),
    [
        (5 * MINUTE, "x", None, []),
        (4 * MINUTE, "x", None, ["interval_impossible"]),
        (240 * MINUTE, "x", None, []),
        (241 * MINUTE, "x", None, ["interval_impossible"]),
        (5 * MINUTE + timedelta(seconds=30), "x", None, ["interval_impossible"]),
        (HOUR, " ", None, ["reason_missing"]),
        (HOUR, "x" * 301, AT, ["too_long", "until_over"]),
        (HOUR, "x" * 300, AT + MINUTE, []),
    ],
)
def test_an_interval_is_from_five_minutes_to_four_hours(every, reason, until, found):
    assert [each.code for each in reasons_not_to_set_interval(IntervalEntry(every, reason, until), at=AT)] == found
