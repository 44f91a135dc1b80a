"""Events, reviews, the line, time off the ward: what is taken, on both sides of each boundary (DOMAIN 3, 4, 5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from infusion.domain.double_check import PumpReading
from infusion.domain.readiness import PUMP_DIFFERS
from monitoring.domain.event_entry import (
    EVENT_WORDS,
    reasons_not_to_record_event,
    reasons_not_to_withdraw_event,
)
from monitoring.domain.line_check import LineCheckEntry, agrees, reasons_not_to_take_check
from monitoring.domain.off_ward import (
    Absence,
    LeavingEntry,
    reason_not_to_chart_as_escort,
    reasons_not_to_come_back,
    reasons_not_to_leave,
)
from monitoring.domain.review_entry import ReviewEntry, reasons_not_to_review
from monitoring.domain.severity import STOP_LIST, Rule
from monitoring.domain.watching import ReviewKind, ReviewOutcome

AT = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
ADMITTED = AT - 5 * HOUR
TIMES = pytest.mark.parametrize(
    ("when", "found"),
    [
        (AT + 2 * MINUTE, []),
        (AT + 2 * MINUTE + SECOND, ["in_the_future"]),
        (ADMITTED, []),
        (ADMITTED - SECOND, ["before_admission"]),
    ],
)
CHECK = LineCheckEntry(AT, PumpReading(D("3.5"), D(2)), True, True, True, True, True)
REVIEW = ReviewEntry(ReviewKind.DAILY, ReviewOutcome.CONTINUE, AT)
LEAVING = LeavingEntry("MRI", AT, "Nurse Two")


def codes(reasons):
    return [reason.code for reason in reasons]


def event(kind=Rule.FALL, *, when=AT, note=""):
    return codes(reasons_not_to_record_event(kind, occurred_at=when, note=note, admitted_at=ADMITTED, at=AT))


def leaving(entry, *, runs=True, last=None):
    return codes(reasons_not_to_leave(entry, pump_runs=runs, last=last, admitted_at=ADMITTED, at=AT))


@TIMES
def test_nothing_happens_ahead_of_the_clock_or_before_the_admission(when, found):
    context = {"admitted_at": ADMITTED, "at": AT}
    assert event(when=when) == found
    assert codes(reasons_not_to_review(replace(REVIEW, reviewed_at=when), **context)) == found
    assert codes(reasons_not_to_take_check(replace(CHECK, checked_at=when), **context)) == found
    assert leaving(replace(LEAVING, left_at=when)) == found


@pytest.mark.parametrize("kind", list(Rule))
def test_an_event_is_one_of_the_stop_list(kind):
    assert event(kind) == ([] if kind in STOP_LIST else ["not_an_event"])
    assert (kind in EVENT_WORDS) is (kind in STOP_LIST)


def test_an_events_note_may_be_left_out_and_its_withdrawal_says_why():
    assert (event(note="x" * 500), event(note="x" * 501)) == ([], ["too_long"])
    assert codes(reasons_not_to_withdraw_event("")) == ["reason_missing"]
    assert codes(reasons_not_to_withdraw_event("x" * 501)) == ["too_long"]
    assert codes(reasons_not_to_withdraw_event("the next bed")) == []


def test_texts_that_do_not_fit_are_refused():
    context = {"admitted_at": ADMITTED, "at": AT}
    for most, taken in ((1000, []), (1001, ["too_long"])):
        assert codes(reasons_not_to_review(replace(REVIEW, note="x" * most), **context)) == taken
    for most, taken in ((500, []), (501, ["too_long"])):
        assert codes(reasons_not_to_take_check(replace(CHECK, note="x" * most), **context)) == taken
    assert leaving(LeavingEntry("x" * 101, AT, "y" * 101)) == ["too_long", "too_long"]
    assert leaving(LeavingEntry("x" * 100, AT, "y" * 100)) == []


@pytest.mark.parametrize(
    ("read", "should", "found"),
    [
        (("3.5", "2"), ("3.5", "2"), True),
        (("3.50", "2.000"), ("3.5", "2"), True),
        (("3.6", "2"), ("3.5", "2"), False),
        (("3.5", "1"), ("3.5", "2"), False),
        (("0", "2"), ("3.5", "2"), False),
        (("0", "2"), None, None),
        (("0.1", "2"), None, False),
        (("0", "2"), ("0", "2"), True),
    ],
)
def test_the_pump_agrees_where_rate_and_concentration_are_what_should_run(read, should, found):
    readings = [None if each is None else PumpReading(*map(D, each)) for each in (read, should)]
    assert agrees(*readings) is found


@pytest.mark.parametrize(
    ("entry", "runs", "last", "found"),
    [
        (LEAVING, True, None, []),
        (replace(LEAVING, escort=""), True, None, ["escort_missing"]),
        (replace(LEAVING, escort=""), False, None, []),
        (replace(LEAVING, destination=""), False, None, ["destination_missing"]),
        (replace(LEAVING, destination="", escort=""), True, None, ["destination_missing", "escort_missing"]),
        (LEAVING, True, Absence(AT - HOUR, None), ["already_off_ward"]),
        (LEAVING, True, Absence(AT - HOUR, AT), []),
        (LEAVING, True, Absence(AT - HOUR, AT + MINUTE), ["before_last_return"]),
    ],
)
def test_while_the_pump_runs_a_named_escort_goes_along(entry, runs, last, found):
    assert leaving(entry, runs=runs, last=last) == found


@pytest.mark.parametrize(
    ("back_at", "found"),
    [
        (AT - HOUR, []),
        (AT - HOUR - SECOND, ["before_leaving"]),
        (AT + 2 * MINUTE, []),
        (AT + 2 * MINUTE + SECOND, ["in_the_future"]),
    ],
)
def test_nobody_comes_back_before_they_left_or_ahead_of_the_clock(back_at, found):
    assert codes(reasons_not_to_come_back(back_at, left_at=AT - HOUR, at=AT)) == found


@pytest.mark.parametrize(
    ("seen_at", "absences", "found"),
    [
        (AT, [], ["not_off_ward"]),
        (AT, [Absence(AT, None)], []),
        (AT - SECOND, [Absence(AT, None)], ["not_off_ward"]),
        (AT, [Absence(AT - HOUR, AT)], []),
        (AT, [Absence(AT - HOUR, AT - SECOND)], ["not_off_ward"]),
        (AT, [Absence(AT + MINUTE, None), Absence(AT - HOUR, AT)], []),
    ],
)
def test_an_escort_charts_what_was_seen_off_the_ward(seen_at, absences, found):
    assert codes(reason_not_to_chart_as_escort(seen_at, absences)) == found


def test_the_gate_knows_the_alert_about_the_pump_by_the_name_of_its_rule():
    assert Rule.PUMP_DIFFERS == PUMP_DIFFERS
