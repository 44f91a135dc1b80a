"""Alerts that rest on other records or on time (DOMAIN 5): every cell on both sides of its boundary, and how they end."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from infusion.domain.course import CourseFacts, CourseState
from infusion.domain.words import PumpCheckKind
from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.assessments import Analyte
from monitoring.domain.conditions import next_condition_at
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.severity import STOP_LIST
from monitoring.domain.stay import HangingBag, OpenCheck, SeenEvent, SeenLiver, SeenMood
from tests.unit.monitoring.domain.a_stay import (
    HOUR,
    START,
    acknowledged,
    after,
    alert,
    minutes_of,
    only,
    seen,
    stay,
)

NEITHER = Direction.NEITHER
YELLOW, RED = Severity.YELLOW, Severity.RED
RUNNING = CourseFacts(CourseState.RUNNING, START, START, D("0.10"), D("7.0"), D(1))


def change(facts, minutes):
    return reconcile_alerts(facts, PromptChange(), at=after(minutes))


def found(facts, minutes=0):
    """What is raised: rule -> (severity, stop advised)."""
    return {
        each.finding.rule: (each.finding.severity, each.finding.stop_advised) for each in change(facts, minutes).raised
    }


def closed(facts, minutes=0):
    """Why what is closed is closed, and since when what recovers is back."""
    return [(mend.close_reason, minutes_of(mend.recovered_at)) for _, mend in change(facts, minutes).mended]


def by_hand(known):
    """The alert after somebody closed it."""
    return replace(known, is_open=False, closed_by_hand=True, close_reason="looked after")


def told(rule, severity=RED, *, evidence=(), direction=NEITHER, **changed):
    return alert(rule, direction, severity, evidence=evidence, **changed)


# Adverse events


def event(number, kind, minutes=0, **changed):
    return replace(SeenEvent(number, kind, after(minutes), after(minutes)), **changed)


@pytest.mark.parametrize("kind", sorted(STOP_LIST))
def test_an_event_of_the_stop_list_is_red_at_once_and_advises_to_stop(kind):
    assert found(stay(events=(event(7, kind),))) == {kind: (RED, True)}


def test_a_second_fall_rings_again_and_one_that_is_told_does_not():
    known = acknowledged(told(Rule.FALL, evidence=[(7, 0)], stop_advised=True))
    (raised,) = change(stay(events=(event(8, Rule.FALL, 30),), alerts=[known]), 30).raised
    assert (raised.row_id, raised.rings, minutes_of(raised.observed_at)) == (8, True, 30)
    assert change(stay(events=(event(7, Rule.FALL),), alerts=[known]), 30).is_nothing
    assert change(stay(events=(event(7, Rule.FALL),), alerts=[by_hand(known)]), 30).is_nothing


@pytest.mark.parametrize(("late", "retrospective"), [(30, False), (31, True)])
def test_an_event_recorded_late_says_so_and_rings(late, retrospective):
    (raised,) = change(stay(events=(event(7, Rule.FALL, recorded_at=after(late)),)), late).raised
    assert (raised.retrospective, raised.rings) == (retrospective, True)


def test_an_event_ends_only_by_hand_or_when_it_was_recorded_by_mistake():
    known = acknowledged(told(Rule.FALL, evidence=[(7, 0), (8, 5)], stop_advised=True))
    assert closed(stay(seen(1, 600), alerts=[known]), 900) == []
    assert closed(stay(alerts=[known], withdrawn_events=frozenset({7, 8})), 10) == [("recorded by mistake", None)]
    left = change(stay(alerts=[known], withdrawn_events=frozenset({7})), 10)
    assert (left.mended, [(says.evidence, says.count) for _, says in left.restated]) == ((), [((8,), 1)])


# Liver enzymes


def panel(number, minutes, /, upper=50, *, rash=None, fever=None, **values):
    measured = {Analyte(name): D(value) for name, value in values.items()}
    multiples = {analyte: value / D(upper) for analyte, value in measured.items()}
    return SeenLiver(number, after(minutes), measured, multiples, rash, fever)


@pytest.mark.parametrize("enzyme", ["alt", "ast", "alp", "ggt"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (99, None),
        (100, (YELLOW, False)),
        (149, (YELLOW, False)),
        (150, (RED, False)),
        (249, (RED, False)),
        (250, (RED, True)),
    ],
)
def test_enzymes_by_their_multiple_of_the_upper_limit(enzyme, value, expected):
    facts = found(stay(liver=panel(5, 0, **{enzyme: value})))
    assert facts == ({} if expected is None else {Rule.LIVER: expected})


@pytest.mark.parametrize(
    ("first", "value", "rings"), [(30, 60, True), (31, 60, False), (25, 50, False), (25, 51, True), (None, 60, False)]
)
def test_an_enzyme_that_doubled_and_is_above_its_limit_is_yellow(first, value, rings):
    before = None if first is None else panel(1, -600, alt=first)
    facts = stay(liver=panel(5, 0, alt=value), liver_baseline=before)
    assert found(facts) == ({Rule.LIVER: (YELLOW, False)} if rings else {})


@pytest.mark.parametrize(
    ("company", "stops"),
    [({}, False), ({"rash": True}, True), ({"fever": True}, True), ({"rash": False, "fever": False}, False)],
)
@pytest.mark.parametrize("value", [149, 150])
def test_threefold_enzymes_with_rash_or_fever_advise_to_stop(company, stops, value):
    assert found(stay(liver=panel(5, 0, alt=value, **company)))[Rule.LIVER][1] is (stops and value == 150)


@pytest.mark.parametrize(("bilirubin", "stops"), [(99, False), (100, True)])
def test_threefold_enzymes_with_twofold_bilirubin_advise_to_stop(bilirubin, stops):
    assert found(stay(liver=panel(5, 0, alt=150, bilirubin=bilirubin))) == {Rule.LIVER: (RED, stops)}


@pytest.mark.parametrize(("temperature", "stops"), [("38.0", False), ("38.1", True), ("39.5", True), ("34.0", False)])
def test_a_measured_fever_counts_with_threefold_enzymes(temperature, stops):
    facts = stay(only(1, 0, temperature=D(temperature)), liver=panel(5, 0, alt=150))
    assert found(facts)[Rule.LIVER] == (RED, stops)


def test_bilirubin_alone_is_no_alert():
    assert found(stay(liver=panel(5, 0, bilirubin=500))) == {}


def test_a_newer_panel_in_range_lets_it_recover_and_only_a_look_closes_it():
    known = told(Rule.LIVER, evidence=[(5, 0)], direction=Direction.HIGH)
    newer = {"liver": panel(6, 1440, alt=40), "liver_baseline": panel(1, -600, alt=30)}
    assert closed(stay(alerts=[known], **newer), 1500) == [("", 1440)]
    assert closed(stay(alerts=[acknowledged(known)], **newer), 1500) == [("back in range", 1440)]
    assert closed(stay(alerts=[acknowledged(known)], liver=panel(5, 0, alt=160)), 99_999) == []


def test_a_panel_without_what_the_first_one_measured_does_not_let_it_recover():
    known = acknowledged(told(Rule.LIVER, evidence=[(5, 0)], direction=Direction.HIGH))
    first = panel(1, -600, alt=30, ast=30)
    assert closed(stay(alerts=[known], liver=panel(6, 1440, ast=30), liver_baseline=first), 1500) == []


def test_a_panel_that_was_corrected_withdraws_the_alert_and_a_red_one_once_more_is_new_evidence():
    known = told(Rule.LIVER, evidence=[(5, 0)], direction=Direction.HIGH, number=D(3))
    assert closed(stay(alerts=[known], liver=panel(6, 0, alt=40)), 60) == [("corrected", None)]
    (raised,) = change(stay(alerts=[acknowledged(known)], liver=panel(6, 1440, alt=155)), 1500).raised
    assert (raised.row_id, raised.rings, raised.counts) == (6, False, True)


def test_what_was_closed_by_hand_is_raised_again_only_when_graver():
    known = by_hand(told(Rule.LIVER, evidence=[(5, 0)], direction=Direction.HIGH))
    assert change(stay(alerts=[known], liver=panel(5, 0, alt=160)), 60).is_nothing
    assert found(stay(alerts=[known], liver=panel(5, 0, alt=160, rash=True)), 60) == {Rule.LIVER: (RED, True)}


# C-SSRS


def screen(number, *yes, recent=False, minutes=0):
    return SeenMood(number, after(minutes), after(minutes), frozenset(yes), six_is_recent=recent)


@pytest.mark.parametrize(
    ("yes", "recent", "expected"),
    [
        ((), False, None),
        ((1,), False, None),
        ((1, 2), False, YELLOW),
        ((3,), False, YELLOW),
        ((2, 4), False, RED),
        ((5,), False, RED),
        ((6,), False, None),
        ((6,), True, RED),
        ((2, 6), False, YELLOW),
    ],
)
def test_the_screener_is_yellow_or_red_by_its_questions(yes, recent, expected):
    facts = stay(mood=screen(9, *yes, recent=recent))
    assert found(facts) == ({} if expected is None else {Rule.SUICIDE_RISK: (expected, False)})


def test_a_red_screener_says_to_stay_with_the_patient():
    (raised,) = change(stay(mood=screen(9, 2, 4)), 0).raised
    assert raised.finding.sentence == "C-SSRS: yes to question 4. Stay with the patient 1:1. A physician decides."


def test_a_newer_screen_without_them_recovers_it():
    known = told(Rule.SUICIDE_RISK, evidence=[(9, 0)])
    assert closed(stay(alerts=[known], mood=screen(10, 1, minutes=1440)), 1440) == [("", 1440)]
    looked = acknowledged(known)
    assert closed(stay(alerts=[looked], mood=screen(10, minutes=1440)), 1440) == [("back in range", 1440)]
    assert closed(stay(alerts=[looked], mood=screen(9, 4)), 99_999) == []


# Vomiting and refusals


@pytest.mark.parametrize(("apart", "rings"), [(360, True), (361, False), (10, True)])
def test_vomiting_twice_in_six_hours_is_yellow(apart, rings):
    facts = stay(vomited=((1, START), (2, after(apart))))
    assert found(facts, apart) == ({Rule.VOMITING: (YELLOW, False)} if rings else {})
    assert found(stay(vomited=((2, START),)), 0) == {}


def test_vomiting_is_over_after_six_hours_without():
    known = told(Rule.VOMITING, YELLOW, evidence=[(1, 0), (2, 60)])
    facts = stay(vomited=((1, START), (2, after(60))), alerts=[known])
    assert closed(facts, 419) == []
    assert minutes_of(next_condition_at(facts, at=after(419))) == 420
    assert closed(facts, 420) == [("", 420)]
    assert closed(replace(facts, vomited=()), 420) == [("", 420)]
    assert closed(replace(facts, alerts=(acknowledged(known),)), 420) == [("back in range", 420)]


def test_a_third_time_is_new_evidence_and_after_a_closing_it_takes_two_again():
    three = ((1, START), (2, after(60)), (3, after(90)))
    known = told(Rule.VOMITING, YELLOW, evidence=[(1, 0), (2, 60)])
    assert [(each.row_id, each.rings) for each in change(stay(vomited=three, alerts=[known]), 90).raised] == [
        (3, False)
    ]
    assert change(stay(vomited=three, alerts=[by_hand(known)]), 90).is_nothing
    four = (*three, (4, after(120)))
    assert {each.row_id for each in change(stay(vomited=four, alerts=[by_hand(known)]), 120).raised} == {3, 4}


def test_a_corrected_tick_withdraws_the_alert():
    known = replace(told(Rule.VOMITING, YELLOW, evidence=[(1, 0), (2, 60)]), standing=(2,))
    assert closed(stay(vomited=((2, after(60)),), alerts=[known]), 70) == [("corrected", None)]


def refused(number, minutes, **values):
    each = only(number, minutes, **values)
    absent = frozenset({("spo2", "refused"), ("respiratory_rate", "refused"), ("sedation", "asleep")})
    return replace(each, reading=replace(each.reading, absent=absent))


def asleep(number, minutes):
    each = only(number, minutes)
    return replace(each, reading=replace(each.reading, absent=frozenset({("spo2", "asleep")})))


@pytest.mark.parametrize(
    ("sets", "rings"),
    [
        ([refused(1, 0)], False),
        ([refused(1, 0), refused(2, 15)], True),
        ([refused(1, 0), seen(2, 10), refused(3, 15)], False),
        ([refused(1, 0), asleep(2, 15)], False),
        ([refused(1, 0), refused(2, 15, respiratory_rate=14)], False),
        ([refused(1, 0), refused(2, 15, heart_rate=80)], True),
    ],
)
def test_two_refusals_running_are_yellow(sets, rings):
    assert (Rule.REFUSALS in found(stay(*sets, delivery=RUNNING), 15)) is rings


@pytest.mark.parametrize("state", [CourseState.PAUSED, CourseState.STOPPED])
def test_refusals_count_only_while_the_pump_runs(state):
    facts = stay(refused(1, 0), refused(2, 15), delivery=replace(RUNNING, state=state))
    assert found(facts, 15) == {}
    assert found(replace(facts, delivery=None), 15) == {}


def test_a_set_with_values_ends_the_refusals_and_a_correction_withdraws_them():
    known = told(Rule.REFUSALS, YELLOW, evidence=[(1, 0), (2, 15)])
    assert closed(stay(seen(3, 30), alerts=[known], delivery=RUNNING), 30) == [("", 30)]
    assert closed(stay(seen(3, 30), alerts=[acknowledged(known)], delivery=RUNNING), 30) == [("back in range", 30)]
    withdrawn = replace(known, standing=(1,))
    assert closed(stay(refused(1, 0), seen(3, 15), alerts=[withdrawn], delivery=RUNNING), 30) == [("corrected", None)]


# Time


@pytest.mark.parametrize(("minutes", "expected"), [(539, None), (540, YELLOW), (584, YELLOW), (585, RED), (700, RED)])
def test_a_bag_rings_an_hour_and_a_quarter_of_an_hour_before_it_is_empty(minutes, expected):
    facts = stay(bag=HangingBag(4, D(70), START, D("7.0")), delivery=RUNNING)
    assert found(facts, minutes) == ({} if expected is None else {Rule.BAG_EMPTY: (expected, False)})


def test_the_clock_knows_the_bag():
    facts = stay(bag=HangingBag(4, D(70), START, D("7.0")))
    assert [minutes_of(next_condition_at(facts, at=after(each))) for each in (0, 540)] == [540, 585]
    assert next_condition_at(facts, at=after(585)) is None


@pytest.mark.parametrize("rate", [None, D(0)])
def test_a_bag_of_which_nothing_flows_is_never_empty(rate):
    assert found(stay(bag=HangingBag(4, D(1), START, rate)), 9999) == {}


@pytest.mark.parametrize(
    ("bag", "reason"),
    [
        (HangingBag(5, D(250), START, D(7)), "the bag was changed"),
        (None, "the bag was changed"),
        (HangingBag(4, D(7), START, None), "nothing flows"),
        (HangingBag(4, D(250), START, D(7)), "the bag lasts longer now"),
    ],
)
def test_the_alert_of_a_bag_ends_with_it(bag, reason):
    known = told(Rule.BAG_EMPTY, YELLOW, evidence=[(4, 0)])
    assert closed(stay(bag=bag, alerts=[known]), 60) == [(reason, None)]


def test_a_bag_becomes_red_over_an_acknowledged_yellow_even_one_that_was_closed_by_hand():
    facts = stay(bag=HangingBag(4, D(7), START, D(7)), delivery=RUNNING)
    known = acknowledged(told(Rule.BAG_EMPTY, YELLOW, evidence=[(4, 0)]))
    (raised,) = change(replace(facts, alerts=(known,)), 45).raised
    assert (raised.finding.severity, raised.rings, raised.counts) == (RED, True, False)
    assert change(replace(facts, alerts=(by_hand(known),)), 44).is_nothing
    assert found(replace(facts, alerts=(by_hand(known),)), 45) == {Rule.BAG_EMPTY: (RED, False)}


@pytest.mark.parametrize(("hours", "expected"), [(191.99, None), (192, YELLOW), (215.99, YELLOW), (216, RED)])
def test_a_long_course_is_yellow_and_red_by_its_hours_pauses_included(hours, expected):
    for state in (CourseState.RUNNING, CourseState.PAUSED):
        facts = stay(delivery=replace(RUNNING, state=state))
        assert found(facts, hours * 60) == ({} if expected is None else {Rule.COURSE_LENGTH: (expected, False)})


def test_a_long_course_is_over_when_it_is_stopped_and_not_told_twice():
    known = replace(told(Rule.COURSE_LENGTH, YELLOW), last_observed_at=START + 192 * HOUR)
    stopped = replace(RUNNING, state=CourseState.STOPPED)
    assert found(stay(delivery=stopped), 300 * 60) == {}
    assert closed(stay(delivery=stopped, alerts=[known]), 193 * 60) == [("the infusion was stopped", None)]
    assert change(stay(delivery=RUNNING, alerts=[by_hand(known)]), 200 * 60).is_nothing
    assert found(stay(delivery=RUNNING, alerts=[by_hand(known)]), 216 * 60) == {Rule.COURSE_LENGTH: (RED, False)}
    assert minutes_of(next_condition_at(stay(delivery=RUNNING), at=START + 192 * HOUR)) == 216 * 60


def test_a_pump_that_differs_is_red_until_it_is_set_right():
    facts = stay(delivery=RUNNING, differs_since=after(30))
    assert found(facts, 31) == {Rule.PUMP_DIFFERS: (RED, False)}
    known = replace(told(Rule.PUMP_DIFFERS), first_observed_at=after(30), last_observed_at=after(30))
    assert change(replace(facts, alerts=(known,)), 31).is_nothing
    assert change(replace(facts, alerts=(by_hand(known),)), 31).is_nothing
    assert found(replace(facts, alerts=(by_hand(known),), differs_since=after(40)), 41) == {
        Rule.PUMP_DIFFERS: (RED, False)
    }
    assert closed(stay(delivery=RUNNING, alerts=[known]), 50) == [("the pump is set as recorded", None)]


@pytest.mark.parametrize(("minutes", "rings"), [(59, False), (60, True), (61, True)])
def test_a_pause_rings_when_it_is_over(minutes, rings):
    paused = replace(RUNNING, state=CourseState.PAUSED, paused_at=START, paused_until=after(60))
    assert found(stay(delivery=paused), minutes) == ({Rule.PAUSE_OVER: (YELLOW, False)} if rings else {})
    assert found(stay(delivery=replace(paused, paused_until=None)), minutes) == {}


def test_the_alert_of_a_pause_ends_with_it():
    known = replace(told(Rule.PAUSE_OVER, YELLOW), last_observed_at=after(60))
    paused = replace(RUNNING, state=CourseState.PAUSED, paused_at=START, paused_until=after(120))
    assert closed(stay(delivery=RUNNING, alerts=[known]), 70) == [("the pause is over", None)]
    assert closed(stay(delivery=paused, alerts=[known]), 70) == [("the pause goes on", None)]
    assert minutes_of(next_condition_at(stay(delivery=paused), at=after(70))) == 120


def check(number, kind, minutes=0):
    return OpenCheck(number, kind, after(minutes))


def test_an_act_signed_by_one_alone_is_told_at_once_and_ends_when_another_looked():
    alone = check(3, PumpCheckKind.SINGLE_SIGNED)
    assert found(stay(checks=(alone,))) == {Rule.SINGLE_SIGNED: (YELLOW, False)}
    assert found(stay(checks=(check(3, PumpCheckKind.DECREASE), check(4, PumpCheckKind.FOUND)))) == {}
    known = acknowledged(told(Rule.SINGLE_SIGNED, YELLOW, evidence=[(3, 0)]))
    assert change(stay(checks=(alone,), alerts=[known]), 90).is_nothing
    assert closed(stay(alerts=[known]), 30) == [("another person looked", None)]
    again = stay(checks=(alone, check(5, PumpCheckKind.SINGLE_SIGNED, 20)), alerts=[known])
    assert [(each.row_id, each.rings) for each in change(again, 20).raised] == [(5, True)]


def test_an_overdue_set_that_was_closed_by_hand_is_told_again_only_for_the_next_one():
    known = by_hand(replace(told(Rule.SET_OVERDUE, YELLOW), last_observed_at=after(30)))
    facts = stay(alerts=[known])
    assert reconcile_alerts(facts, PromptChange(overdue_since=after(30)), at=after(40)).is_nothing
    assert len(reconcile_alerts(facts, PromptChange(overdue_since=after(90)), at=after(100)).raised) == 1


def test_who_left_has_no_conditions():
    facts = stay(is_present=False, events=(event(7, Rule.FALL),), bag=HangingBag(4, D(1), START, D(7)))
    assert found(facts, 600) == {}
    assert next_condition_at(facts, at=START) is None
