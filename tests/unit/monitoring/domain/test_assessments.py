"""Liver panels, mood screens and falls scores: what is taken, on both sides of each boundary."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from monitoring.domain.assessments import Analyte, Mood
from monitoring.domain.falls import FallsEntry
from monitoring.domain.liver import LiverEntry, Measured
from monitoring.domain.mood import Cssrs, MoodEntry

AT = datetime(2026, 9, 22, 8, tzinfo=UTC)
ADMITTED = AT - timedelta(hours=2)


def codes(entry):
    return [(each.code, each.field) for each in entry.reasons_not_to_take(admitted_at=ADMITTED, at=AT)]


def alt(value, upper):
    read = [None if each is None else Decimal(each) for each in (value, upper)]
    return LiverEntry(AT, {Analyte.ALT: Measured(*read)})


@pytest.mark.parametrize(
    ("value", "upper", "found"),
    [
        ("30", "40", []),
        ("0", "0.01", []),
        ("100000", "100000", []),
        ("100000.01", "40", [("impossible", "alt")]),
        ("-1", "40", [("impossible", "alt")]),
        ("30", "0", [("impossible", "alt_upper")]),
        ("30", "-40", [("impossible", "alt_upper")]),
        ("30", None, [("limit_missing", "alt_upper")]),
        (None, "40", [("value_missing", "alt")]),
        (None, None, [("empty", "")]),
        ("30.001", "40", [("too_precise", "alt")]),
        ("-1", "0", [("impossible", "alt"), ("impossible", "alt_upper")]),
    ],
)
def test_an_enzyme_has_a_possible_value_and_the_limit_of_its_laboratory(value, upper, found):
    assert codes(alt(value, upper)) == found


def test_every_analyte_is_judged_and_all_reasons_come_at_once():
    entry = LiverEntry(AT + timedelta(hours=1), {analyte: Measured(Decimal(1)) for analyte in Analyte})
    assert codes(entry) == [("in_the_future", "collected_at"), *(("limit_missing", f"{a}_upper") for a in Analyte)]


@pytest.mark.parametrize(
    ("collected_at", "found"),
    [
        (AT + timedelta(minutes=2), []),
        (AT + timedelta(minutes=3), [("in_the_future", "collected_at")]),
        (ADMITTED - timedelta(days=30), []),
        (ADMITTED - timedelta(days=30, minutes=1), [("before_admission", "collected_at")]),
    ],
)
def test_blood_collected_up_to_thirty_days_before_the_admission_is_taken(collected_at, found):
    assert codes(LiverEntry(collected_at, {Analyte.ALT: Measured(Decimal(30), Decimal(40))})) == found


@pytest.mark.parametrize(
    ("seen_at", "found"),
    [
        (AT + timedelta(minutes=2), []),
        (AT + timedelta(minutes=3), [("in_the_future", "observed_at")]),
        (ADMITTED, []),
        (ADMITTED - timedelta(minutes=1), [("before_admission", "observed_at")]),
    ],
)
def test_mood_and_falls_are_seen_during_the_stay(seen_at, found):
    assert codes(MoodEntry(seen_at, Mood.USUAL)) == found
    assert codes(FallsEntry(seen_at, 35)) == found


@pytest.mark.parametrize(("score", "taken"), [(-5, False), (0, True), (3, False), (5, True), (125, True), (130, False)])
def test_a_falls_score_is_one_that_the_scale_has(score, taken):
    assert codes(FallsEntry(AT, score)) == ([] if taken else [("not_on_the_scale", "score")])


UNASKED = [("unanswered", "cssrs_3"), ("unanswered", "cssrs_4"), ("unanswered", "cssrs_5")]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"cssrs_1": False, "cssrs_2": False, "cssrs_6": False}, []),
        ({"cssrs_1": False}, [("unanswered", "cssrs_2"), ("unanswered", "cssrs_6")]),
        ({"cssrs_1": True, "cssrs_2": True, "cssrs_6": False}, UNASKED),
        (dict.fromkeys([f"cssrs_{n}" for n in range(1, 6)], True) | {"cssrs_6": False}, []),
        ({"cssrs_1": False, "cssrs_2": False, "cssrs_6": True}, [("unanswered", "cssrs_6_recent")]),
        ({"cssrs_1": False, "cssrs_2": False, "cssrs_6": True, "cssrs_6_recent": False}, []),
        (
            {"cssrs_1": False, "cssrs_2": False, "cssrs_6": False, "cssrs_6_recent": True},
            [("contradiction", "cssrs_6")],
        ),
    ],
)
def test_a_screener_that_was_begun_is_finished(said, found):
    assert codes(MoodEntry(AT, Mood.LOW, Cssrs(**said))) == found


def test_a_complete_screener_is_never_refused_for_what_it_says():
    for said in product([True, False], repeat=6):
        cssrs = Cssrs(*said, cssrs_6_recent=True if said[5] else None)
        assert codes(MoodEntry(AT, Mood.LOW, cssrs, since_last_contact=True)) == []


def test_since_last_contact_speaks_of_a_screener():
    assert codes(MoodEntry(AT, Mood.LOW, since_last_contact=True)) == [("not_asked", "since_last_contact")]
