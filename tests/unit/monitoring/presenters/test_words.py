"""How the ward says times, ages, people and doses."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from monitoring.presenters import words

AT = datetime(2026, 9, 22, 18, 32, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 min"),
        (59, "0 min"),
        (19 * 60, "19 min"),
        (59 * 60 + 59, "59 min"),
        (3600, "1 h"),
        (72 * 60, "1 h 12"),
        (65 * 60, "1 h 05"),
        (11 * 3600 + 1800, "11 h"),
        (47 * 3600, "47 h"),
        (51 * 3600, "2 days"),
    ],
)
def test_a_span_is_cut_off_and_never_rounded_up(seconds, said):
    assert words.span(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("minutes_from_due", "said", "state"),
    [
        (-72, "in 1 h 12", ""),
        (-11, "in 11 min", ""),
        (-10, "in 10 min", "soon"),
        (-0.5, "in 1 min", "soon"),
        (0, "due now", "soon"),
        (5, "due now", "soon"),
        (5.1, "5 min late", "late"),
        (19, "19 min late", "late"),
    ],
)
def test_lateness_begins_where_being_on_time_ends_and_counts_from_when_it_was_due(minutes_from_due, said, state):
    due_at = AT - minutes_from_due * MINUTE
    found = words.due(due_at, due_at + 5 * MINUTE, at=AT)
    assert (found.words, found.state) == (said, state)


def test_the_clock_is_the_wards_and_names_the_day_only_when_it_is_another():
    assert words.clock(AT, NEW_YORK, now=AT) == "14:32"
    assert words.clock(AT - timedelta(days=1), NEW_YORK, now=AT) == "Mon 14:32"
    assert words.clock(datetime(2026, 9, 23, 3, 59, tzinfo=UTC), NEW_YORK, now=AT) == "23:59"


def test_the_foot_names_the_zone_with_its_present_offset():
    assert words.zone_label(NEW_YORK, AT) == "America/New_York, UTC-4"
    assert words.zone_label(NEW_YORK, datetime(2026, 12, 1, tzinfo=UTC)) == "America/New_York, UTC-5"
    assert words.zone_label(ZoneInfo("Asia/Kolkata"), AT) == "Asia/Kolkata, UTC+5:30"
    assert words.zone_label(ZoneInfo("UTC"), AT) == "UTC"


def test_a_dose_shows_two_digits_and_more_only_where_it_has_more():
    assert [words.dose(Decimal(each)) for each in ("0.4500", "1", "0.125", "0")] == ["0.45", "1.00", "0.125", "0.00"]


def test_a_number_shows_no_digit_that_nobody_measured():
    assert words.number(Decimal("70.00")) == "70"
    assert words.number(Decimal("78.60")) == "78.6"
    assert words.number(Decimal("100")) == "100"
    assert words.number(None) == "–"


@pytest.mark.parametrize(("hours", "day"), [(0, 1), (23.99, 1), (24, 2), (215.9, 9), (216, 10)])
def test_the_day_of_the_course_counts_whole_days_from_the_first_start(hours, day):
    assert words.day_of_course(AT, AT + timedelta(hours=hours)) == day


def test_age_and_sex_are_short_and_an_unknown_sex_is_left_out():
    assert words.sex_and_age("female", date(1985, 9, 22), date(2026, 9, 22)) == "F 41"
    assert words.sex_and_age("female", date(1985, 9, 23), date(2026, 9, 22)) == "F 40"
    assert words.sex_and_age("unknown", date(1985, 9, 22), date(2026, 9, 22)) == "41"
