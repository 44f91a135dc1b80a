"""Days of the course, restarts after a halt, bags and figures (DOMAIN 1 and 3), each limit from both sides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.domain.bag import BagFacts, reasons_of_new_concentration, reconcile, remaining_ml, run_out_at
from infusion.domain.course import course
from infusion.domain.days import TaskStage, day_marks, day_of_course, day_stage
from infusion.domain.delivery import DeliveryKind, Event, SegmentFacts, cumulative_mg, segments
from infusion.domain.dose import dose_delivered, programmed_rate, rate_ml_per_h
from infusion.domain.figures import course_figures
from infusion.domain.hold import Target, hold
from infusion.domain.pause import Halt, highest_dose_again, needs_physicians_restart
from infusion.domain.units import Rounding
from infusion.domain.words import PauseReason, TargetKind

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("elapsed", "day"),
    [
        (0 * HOUR, 1),
        (24 * HOUR - SECOND, 1),
        (24 * HOUR, 2),
        (192 * HOUR - SECOND, 8),
        (192 * HOUR, 9),
        (216 * HOUR, 10),
    ],
)
def test_a_day_is_24_hours_from_the_first_start(elapsed, day):
    assert day_of_course(START, START + elapsed) == day


@pytest.mark.parametrize(
    ("hours", "before", "then"),
    [
        (168, TaskStage.EARLY, TaskStage.TASK),
        (192, TaskStage.TASK, TaskStage.YELLOW),
        (216, TaskStage.YELLOW, TaskStage.RED),
    ],
)
def test_the_length_of_a_course_is_looked_at_three_times(hours, before, then):
    marks = day_marks(START, task=168 * HOUR, yellow=192 * HOUR, red=216 * HOUR)
    at = START + hours * HOUR
    assert (day_stage(marks, at - SECOND), day_stage(marks, at)) == (before, then)


def reasons(*, since=START, is_stop=False, why=PauseReason.LINE, red=False, last_red=None, minutes=10):
    found = needs_physicians_restart(
        Halt(since, is_stop, why),
        red_is_open=red,
        last_red_at=last_red,
        at=since + minutes * MINUTE,
        restart_after=2 * HOUR,
        red_within=15 * MINUTE,
    )
    return [reason.code for reason in found]


@pytest.mark.parametrize("why", list(PauseReason))
def test_a_clinical_pause_takes_a_physician_and_a_technical_one_does_not(why):
    assert reasons(why=why) == ([] if why.is_technical else ["clinical_pause"])


def test_technical_is_what_the_ward_calls_so():
    technical = {"line", "occlusion", "pump_fault", "extravasation", "imaging", "transport"}
    assert {str(why) for why in PauseReason if why.is_technical} == technical


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({}, []),
        ({"why": None}, ["clinical_pause"]),
        ({"is_stop": True}, ["after_stop"]),
        ({"is_stop": True, "why": None, "red": True, "minutes": 500}, ["after_stop"]),
        ({"minutes": 120}, []),
        ({"minutes": 121}, ["long_pause"]),
        ({"red": True}, ["red_alert_open"]),
        ({"last_red": START - 15 * MINUTE}, ["red_alert_before_pause"]),
        ({"last_red": START - 15 * MINUTE - SECOND}, []),
        ({"last_red": START + MINUTE}, ["red_alert_before_pause"]),
        ({"why": None, "red": True, "minutes": 121}, ["red_alert_open", "clinical_pause", "long_pause"]),
    ],
)
def test_every_reason_for_a_physicians_restart_on_both_sides_of_its_limit(case, expected):
    assert reasons(**case) == expected


@pytest.mark.parametrize(
    ("ceiling", "maximum", "expected"),
    [
        (None, "1.00", "0.30"),
        ("0.20", "1.00", "0.20"),
        ("0.30", "1.00", "0.30"),
        ("0.40", "1.00", "0.30"),
        (None, "0.30", "0.30"),
        (None, "0.29", "0.29"),
        ("0.20", "0.29", "0.20"),
        ("0.30", "0.29", "0.29"),
    ],
)
def test_the_pump_runs_again_at_the_previous_dose_or_less(ceiling, maximum, expected):
    assert highest_dose_again(D("0.30"), None if ceiling is None else D(ceiling), D(maximum)) == D(expected)


def bag(volume="250", strength="1", primed="20"):
    return BagFacts(D(volume), D(primed), D(strength), START)


@pytest.mark.parametrize(
    ("volume", "strength", "missing", "incident"),
    [
        # 250 mg hung: 12.5 mg is the larger limit.
        ("250", "1", "12.5", False),
        ("250", "1", "12.6", True),
        ("250", "1", "-12.5", False),
        ("250", "1", "-12.6", True),
        # 100 mg hung: 10 mg is larger than 5 mg.
        ("100", "1", "10", False),
        ("100", "1", "10.1", True),
        # 500 mg hung in 100 mL: 25 mg are 5 mL.
        ("100", "5", "5", False),
        ("100", "5", "5.1", True),
    ],
)
def test_a_bag_is_accounted_for_within_the_larger_of_5_percent_or_10_mg(volume, strength, missing, incident):
    left = D(volume) - 20 - D(30) - D(missing)
    account = reconcile(
        bag(volume, strength),
        infused_ml=D(30),
        wasted_ml=D(0),
        left_ml=left,
        tolerance_share=D("0.05"),
        tolerance_mg=D(10),
    )
    assert (account.missing_ml, account.is_incident) == (D(missing), incident)
    assert account.missing_mg == D(missing) * D(strength)


def flow(minutes, until, rate, strength="1", dose="0.10"):
    end = None if until is None else START + until * MINUTE
    return SegmentFacts(START + minutes * MINUTE, end, D(rate), D(strength), D(dose), "P1")


def test_what_a_bag_holds_follows_from_what_flowed_since_it_was_hung():
    flowed = [flow(-60, 30, "60"), flow(45, None, "6", "5")]
    left = remaining_ml(bag(), flowed, at=START + 105 * MINUTE)
    assert left == D(230) - 30 - 6
    assert remaining_ml(bag(), flowed, at=START + 500 * HOUR) == 0


def test_it_runs_out_at_the_programmed_rate():
    assert run_out_at(D(250), D("15.4"), at=START) == START + 974 * MINUTE
    assert run_out_at(D(250), D(0), at=START) is None


@pytest.mark.parametrize(
    ("before", "now", "line", "checked", "expected"),
    [
        (None, "1", False, False, []),
        ("1", "1", False, False, []),
        ("5", "1", True, True, []),
        ("5", "1", False, True, ["line_not_new"]),
        ("5", "1", True, False, ["double_check_missing"]),
        ("1", "5", False, False, ["line_not_new", "double_check_missing"]),
    ],
)
def test_another_concentration_takes_a_new_line_and_two_people(before, now, line, checked, expected):
    found = reasons_of_new_concentration(before and D(before), D(now), line_is_new=line, is_double_checked=checked)
    assert [reason.code for reason in found] == expected


def test_the_figures_of_a_course_by_hand():
    """70 kg, 2 mg/mL: 0.10 for 60 min, 0.17 (5.95 -> 5.9 mL/h) for 60 min, 30 min paused, on at 0.17."""
    kinds = DeliveryKind
    events = [
        Event(1, kinds.STARTED, START, START, D("3.5"), D(2), D("0.10"), "P1"),
        Event(2, kinds.RATE_CHANGED, START + HOUR, START, D("5.9"), D(2), D("0.17")),
        Event(3, kinds.PAUSED, START + 2 * HOUR, START),
        Event(4, kinds.RESUMED, START + 2.5 * HOUR, START, D("5.9"), D(2), D("0.17")),
    ]
    rule = {"target_hold": 6 * HOUR, "reset_pause": HOUR}
    counted = hold(Target(D("0.17"), TargetKind.RELIEF, START + 1.5 * HOUR), events, reset_pause=HOUR)
    at = START + 3.5 * HOUR
    facts = course(events)
    found = course_figures(
        facts, segments(events), weight_kg=D(70), counted=counted, bag=bag("100", "2", "0"), **rule, at=at
    )
    assert (found.day, found.dose_ordered_mg_per_kg_h, found.rate_ml_per_h) == (1, D("0.17"), D("5.9"))
    assert (found.mg_per_h, found.dose_delivered_mg_per_kg_h) == (D("11.8"), D("0.16857"))
    assert found.mcg_per_kg_min == D("2.81")
    assert found.cumulative_mg == D("7") + D("11.8") * 2
    assert found.cumulative_mg_per_kg == found.cumulative_mg / 70
    assert (found.time_at_target, found.hold_remaining) == (1.5 * HOUR, 4.5 * HOUR)
    assert found.hold_done_at == at + 4.5 * HOUR
    assert found.bag_remaining_ml == D(100) - D("3.5") - D("11.8")
    assert found.run_out_at == at + 861 * MINUTE


def test_while_nothing_flows_there_is_no_dose_and_no_run_out_but_the_sums_stay():
    events = [
        Event(1, DeliveryKind.STARTED, START, START, D("3.5"), D(2), D("0.10")),
        Event(2, DeliveryKind.PAUSED, START + HOUR, START),
    ]
    rule = {"target_hold": 6 * HOUR, "reset_pause": HOUR}
    counted = hold(Target(D("0.10"), TargetKind.RELIEF, START), events, reset_pause=HOUR)
    for minutes, remains in ((120, 5 * HOUR), (121, None)):
        found = course_figures(
            course(events), segments(events), weight_kg=D(70), counted=counted, bag=bag(), **rule,
            at=START + minutes * MINUTE,
        )  # fmt: skip
        assert found.dose_ordered_mg_per_kg_h is found.mg_per_h is found.mcg_per_kg_min is found.run_out_at is None
        assert (found.cumulative_mg, found.time_at_target, found.hold_remaining) == (D(7), HOUR, remains)


WEIGHTS = st.decimals("30", "200", places=2)
DOSES = st.decimals("0.01", "1", places=4)


@given(DOSES, WEIGHTS, st.sampled_from([D(1), D(2), D(5), D("1.6")]))
def test_rounding_down_never_exceeds_the_order(dose, weight, strength):
    rate = programmed_rate(rate_ml_per_h(dose, weight, strength), D("0.1"), Rounding.DOWN)
    assert dose_delivered(rate, weight, strength) <= dose


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8), st.integers(0, 3000), st.data())
def test_totals_do_not_depend_on_how_segments_are_split(cuts, at, data):
    whole = flow(0, 2400, "7.3", "2")
    points = sorted({0, 2400, *[cut * 8 for cut in cuts]})
    parts = [flow(a, b, "7.3", "2") for a, b in pairwise(points)]
    when = START + at * MINUTE
    assert cumulative_mg(data.draw(st.permutations(parts)), when) == cumulative_mg([whole], when)
    assert remaining_ml(bag(), parts, at=when) == remaining_ml(bag(), [whole], at=when)
