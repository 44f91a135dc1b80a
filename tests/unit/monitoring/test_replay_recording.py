"""What a recording shows at one time: the last valid reading, rounded half up, else a gap; and when it is charted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from infusion.seed import default_content
from monitoring.domain.playback import played_back
from monitoring.domain.recording import (
    COLUMNS,
    Implausible,
    MalformedRecording,
    Recording,
    half_up,
    read_recording,
    times_of_sets,
)
from monitoring.domain.schedule import Schedule
from monitoring.domain.values import AbsentReason, Parameter
from tests.unit.monitoring.domain.a_stay import START, stay

MINUTE = timedelta(minutes=1)
LADDER = [15, 30, 45, 60, 90, 120, 150, 180, 240, 300]
FIRST = datetime(2896, 10, 10, 0, 31, 25, tzinfo=UTC)


def recording(*rows: dict[str, object]) -> Recording:
    """One row a minute; columns that are not named are blank."""
    lines = [
        dict.fromkeys(COLUMNS, "")
        | {"t": (FIRST + minute * MINUTE).isoformat()}
        | {column: str(value) for column, value in row.items()}
        for minute, row in enumerate(rows)
    ]
    return read_recording(lines, COLUMNS)


def at(minute: int, *rows: dict[str, object]):
    return recording(*rows).observed(minute * MINUTE)


def test_each_value_is_the_last_reading_rounded_half_up():
    seen = at(1, {"HR": "60.0"}, {"HR": "62.5", "RESP": "12.5", "SpO2": "97.4", "ABPSys": "129.5", "ABPDias": "59.49"})
    assert (seen.values.heart_rate, seen.values.respiratory_rate, seen.values.spo2) == (63, 13, 97)
    assert (seen.values.systolic, seen.values.diastolic) == (130, 59)
    assert seen.absent == {}


@pytest.mark.parametrize(("number", "whole"), [("8.5", 9), ("8.49", 8), ("91.5", 92), ("0.5", 1), ("130.500", 131)])
def test_a_half_goes_up(number, whole):
    assert half_up(Decimal(number)) == whole


def test_a_zero_a_blank_and_nan_are_gaps_behind_which_the_last_reading_counts_for_five_minutes():
    rows = [{"SpO2": "94"}, {"SpO2": "0.0"}, {"SpO2": ""}, {"SpO2": "NaN"}, {"SpO2": "0"}, {"SpO2": "0"}, {"SpO2": "0"}]
    assert at(5, *rows).values.spo2 == 94
    six = at(6, *rows)
    assert six.values.spo2 is None
    assert six.absent[Parameter.SPO2] is AbsentReason.EQUIPMENT


def test_a_cuff_pressure_counts_for_thirty_minutes_and_as_a_pair_of_one_row():
    rows = [{"NBPSys": "120", "NBPDias": "72"}, {"NBPSys": "150"}, *[{}] * 40]
    seen = at(30, *rows)
    assert (seen.values.systolic, seen.values.diastolic) == (120, 72)
    later = at(31, *rows)
    assert later.values.systolic is later.values.diastolic is None
    assert {Parameter.SYSTOLIC, Parameter.DIASTOLIC} <= later.absent.keys()


def test_an_arterial_pressure_of_the_last_five_minutes_goes_before_a_newer_cuff():
    rows = [{"ABPSys": "131", "ABPDias": "66"}, {"NBPSys": "150", "NBPDias": "90"}, *[{}] * 9]
    assert at(5, *rows).values.systolic == 131
    assert at(6, *rows).values.systolic == 150


def test_the_heart_rate_comes_from_the_electrodes_and_else_from_the_oximeter():
    rows = [{"HR": "70", "PULSE": "64"}, {"HR": "0", "PULSE": "66"}, *[{"HR": "0", "PULSE": "67"}] * 6]
    assert at(1, *rows).values.heart_rate == 70
    assert at(7, *rows).values.heart_rate == 67


def test_an_impossible_number_is_a_gap_that_is_told_and_the_reading_before_it_counts():
    seen = at(1, {"SpO2": "95", "HR": "61"}, {"SpO2": "104", "HR": "-3"})
    assert (seen.values.spo2, seen.values.heart_rate) == (95, 61)
    assert set(seen.implausible) == {
        Implausible(MINUTE, "SpO2", Decimal("104")),
        Implausible(MINUTE, "HR", Decimal("-3")),
    }


def test_a_pressure_whose_systolic_is_not_above_its_diastolic_is_a_gap():
    seen = at(0, {"ABPSys": "60", "ABPDias": "60"})
    assert seen.values.systolic is None
    assert [odd.column for odd in seen.implausible] == ["ABPSys"]


def test_a_true_extreme_is_charted_and_confirmed():
    seen = at(0, {"HR": "220", "SpO2": "64", "RESP": "5"})
    assert (seen.values.heart_rate, seen.values.spo2, seen.values.respiratory_rate) == (220, 64, 5)
    assert seen.confirmed == {"heart_rate", "spo2", "respiratory_rate"}


def test_nothing_is_seen_before_the_row_that_shows_it():
    assert at(0, {"HR": ""}, {"HR": "70"}).values.heart_rate is None


def test_sets_are_due_as_the_schedule_says_until_the_recording_ends():
    start = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
    times = times_of_sets(start, 32 * 60 * MINUTE, Schedule.from_content(default_content()))
    minutes = [int((due - start) / MINUTE) for due in times]
    assert minutes == [15, 30, 45, 60, 90, 120, 150, 180, *range(240, 1621, 60), 1740, 1860]
    assert times_of_sets(start, 14 * MINUTE, Schedule.from_content(default_content())) == []
    assert len(times_of_sets(start, 15 * MINUTE, Schedule.from_content(default_content()))) == 1


def played(hours, changed):
    """The minutes at which such a recording is charted; `changed` is what its rows show from and until a minute."""
    calm = {"HR": 72, "RESP": 16, "SpO2": 97, "NBPSys": 124, "NBPDias": 78}
    rows = [calm | {key: value for (key, since, until), value in changed.items() if since <= minute < until}
            for minute in range(hours * 60 + 1)]  # fmt: skip
    return [int((at - START) / MINUTE) for at, _ in played_back(recording(*rows), stay())]


@pytest.mark.parametrize(
    ("hours", "changed", "minutes"),
    [
        (5, {}, LADDER),
        (5, {("NBPSys", 0, 400): 175}, LADDER),
        (5, {("NBPSys", 170, 200): 180}, [*LADDER[:8], 195, 210, 225, 285]),
        (6, {("NBPSys", 170, 400): 180}, [*LADDER[:7], *range(180, 301, 15), 360]),
        (32, {("SpO2", 1730, 1745): 91}, [*LADDER[:8], *range(240, 1621, 60), 1740, 1755, 1770, 1830, 1890]),
    ],
    ids=["calm", "yellow", "red", "red for more than two hours", "a single 3 where the schedule asks two-hourly"],
)  # fmt: skip
def test_a_red_value_is_followed_more_closely_until_two_sets_lie_outside_it_or_two_hours_are_over(
    hours, changed, minutes
):
    assert played(hours, changed) == minutes


def test_nothing_is_played_back_into_a_course_that_was_never_started():
    hour = recording(*[{"HR": 72}] * 61)
    assert len(list(played_back(hour, stay()))) == 4
    assert list(played_back(hour, replace(stay(), course=None))) == []


@pytest.mark.parametrize(
    ("rows", "columns", "words"),
    [
        ([], COLUMNS, "no row"),
        ([], ("t", "HR"), "lacks PULSE, RESP, SpO2"),
        ([], None, "lacks t, HR"),
        ([{"t": "yesterday"}], COLUMNS, "Line 2: 'yesterday' in column t is not a time"),
        ([{"t": "2026-09-22", "HR": "fast"}], COLUMNS, "Line 2: 'fast' in column HR is not a number"),
        ([{"t": "2026-09-22"}, {"t": "2026-09-22"}], COLUMNS, "Line 3: 2026-09-22 is not after"),
        ([{"t": "2026-09-22"}, {"t": "2026-09-22T01:00+00:00"}], COLUMNS, "Line 3: one time names its zone"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_the_place(rows, columns, words):
    blank = dict.fromkeys(COLUMNS, "")
    with pytest.raises(MalformedRecording, match=words):
        read_recording([blank | row for row in rows], columns)
