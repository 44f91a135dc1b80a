"""What is read a second time (DOMAIN 5: second reading, twice, still after 2 min), and what follows where nobody does."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.domain.hold import Hold
from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.conditions import next_condition_at
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.second_readings import awaited
from monitoring.domain.stay import Target
from monitoring.domain.values import Parameter
from monitoring.domain.watching import PromptKind
from tests.unit.monitoring.domain.a_stay import HOUR, START, after, alert, minutes_of, only, settled, stay

HIGH, LOW = Direction.HIGH, Direction.LOW
SECOND, RECHECK = PromptKind.SECOND_READING, PromptKind.RECHECK
HOLDING = {"hold": Hold(HOUR, START, is_counting=True), "target": Target(START, 4)}


def wanted(facts, minutes):
    return [(each.kind, each.parameter, minutes_of(each.seen_at)) for each in awaited(facts, at=after(minutes))]


def raised(facts, minutes):
    change = reconcile_alerts(facts, PromptChange(), at=after(minutes))
    return {each.finding.key: each for each in change.raised if each.finding.rule is not Rule.NEWS2}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"systolic": 159}, []),
        ({"systolic": 160}, [Parameter.SYSTOLIC]),
        ({"systolic": 179}, [Parameter.SYSTOLIC]),
        ({"systolic": 180}, []),
        ({"systolic": 199}, []),
        ({"systolic": 200}, [Parameter.SYSTOLIC]),
        ({"systolic": 101}, []),
        ({"systolic": 100}, [Parameter.SYSTOLIC]),
        ({"systolic": 90}, []),
        ({"diastolic": 99}, []),
        ({"diastolic": 100}, [Parameter.DIASTOLIC]),
        ({"diastolic": 110}, []),
        ({"diastolic": 119}, []),
        ({"diastolic": 120}, [Parameter.DIASTOLIC]),
        ({"heart_rate": 110}, []),
        ({"heart_rate": 111}, [Parameter.HEART_RATE]),
        ({"heart_rate": 131}, []),
        ({"heart_rate": 51}, []),
        ({"heart_rate": 50}, [Parameter.HEART_RATE]),
        ({"heart_rate": 40}, []),
        ({"respiratory_rate": 20}, []),
        ({"respiratory_rate": 21}, [Parameter.RESPIRATORY_RATE]),
        ({"respiratory_rate": 25}, []),
        ({"respiratory_rate": 10}, []),
        ({"spo2": 92}, []),
        ({"systolic": 165, "heart_rate": 115}, [Parameter.SYSTOLIC, Parameter.HEART_RATE]),
    ],
)
def test_a_value_that_needs_a_second_reading_waits_for_it(values, expected):
    assert wanted(stay(only(1, 0, **values)), 1) == [(SECOND, each, 0) for each in expected]


@pytest.mark.parametrize(("baseline", "expected"), [(120, [(SECOND, Parameter.SYSTOLIC, 0)]), (121, [])])
def test_a_pressure_that_rose_from_its_baseline_waits_too(baseline, expected):
    assert wanted(stay(only(1, 0, systolic=150), baseline_systolic=baseline), 1) == expected


@pytest.mark.parametrize(
    ("scale", "spo2", "expected"), [(1, 91, False), (1, 90, True), (2, 85, False), (2, 84, False), (2, 83, True)]
)
def test_a_saturation_at_the_stop_limit_is_read_again_after_two_minutes(scale, spo2, expected):
    facts = stay(only(1, 0, spo2=spo2), scale=scale)
    assert (wanted(facts, 1) == [(RECHECK, Parameter.SPO2, 0)]) is expected
    assert (wanted(facts, 14.9) == [(RECHECK, Parameter.SPO2, 0)]) is expected, "asked for as long as it would count"
    assert wanted(facts, 15) == []


@pytest.mark.parametrize(("minutes", "left"), [(1, [0]), (1.9, [0]), (2, [])])
def test_only_a_saturation_of_two_minutes_later_answers(minutes, left):
    facts = stay(only(1, 0, spo2=89), only(2, minutes, spo2=97))
    assert [seen for _, _, seen in wanted(facts, 3)] == left


@pytest.mark.parametrize(("minutes", "waits"), [(0, True), (14.9, True), (15, False)])
def test_it_waits_until_the_end_of_the_window(minutes, waits):
    assert bool(awaited(stay(only(1, 0, systolic=165)), at=after(minutes))) is waits


@pytest.mark.parametrize("again", [165, 124, 185])
def test_a_set_with_the_value_answers_and_one_without_does_not(again):
    assert wanted(stay(only(1, 0, systolic=165), only(2, 8, systolic=again)), 9) == []
    assert len(wanted(stay(only(1, 0, systolic=165), only(2, 8, heart_rate=70)), 9)) == 1


def test_a_reading_that_came_too_early_takes_the_place_of_the_first():
    facts = stay(only(1, 0, systolic=165), only(2, 3, systolic=166))
    assert wanted(facts, 4) == [(SECOND, Parameter.SYSTOLIC, 3)]
    assert raised(facts, 15) == {}
    assert raised(facts, 18).keys() == {(Rule.SYSTOLIC, HIGH)}


def test_nothing_more_is_to_be_read_while_the_alert_stands():
    standing = alert(Rule.SYSTOLIC, severity=Severity.YELLOW, evidence=[(1, 10)])
    facts = stay(only(2, 70, systolic=165), alerts=[standing])
    assert wanted(facts, 71) == []
    (found,) = raised(facts, 71).values()
    assert (found.row_id, found.rings) == (2, False)
    assert found.finding.sentence == "Blood pressure 165 mmHg, still so: systolic yellow at 160 or more."
    recovered = replace(standing, recovered_at=after(30))
    assert len(wanted(stay(only(2, 70, systolic=165), alerts=[recovered]), 71)) == 1


def test_a_first_reading_never_becomes_still_so_when_the_alert_comes_back_after_it():
    """Back in range between 75 and 120, forgotten since: the second reading at 135 brought the alert back, not the first."""
    came_back = alert(
        Rule.SYSTOLIC, severity=Severity.YELLOW, evidence=[(1, 75), (3, 135)], number=D(165),
        acknowledged=True, seen_severity=Severity.YELLOW, seen_number=D(161),
    )  # fmt: skip
    later = [only(2, 120, systolic=175), only(3, 135, systolic=165), only(4, 165, systolic=165)]
    change = reconcile_alerts(stay(*later, alerts=[came_back]), PromptChange(), at=after(165))
    assert [(each.row_id, each.rings) for each in change.raised] == [(4, False)]


@pytest.mark.parametrize(("before", "counts"), [(165, True), (124, False), (None, True)])
def test_one_charted_late_is_still_so_where_the_sets_before_it_say_that_the_alert_stood(before, counts):
    standing = alert(Rule.SYSTOLIC, severity=Severity.YELLOW, evidence=[(1, 0), (3, 135)])
    late = [
        only(1, 0, systolic=165),
        only(4, 30, heart_rate=70, systolic=before),
        only(2, 60, systolic=165, recorded=140),
    ]
    then = [only(5, 70, systolic=124), only(3, 135, systolic=165)]
    change = reconcile_alerts(stay(*late, *then, alerts=[standing]), PromptChange(), at=after(140))
    assert (2 in {each.row_id for each in change.raised}) is counts


@pytest.mark.parametrize(("minutes", "rings"), [(14.99, False), (15, True)])
def test_what_nobody_read_again_stands_as_it_was_seen(minutes, rings):
    found = raised(stay(only(1, 0, systolic=165)), minutes)
    assert bool(found) is rings
    for each in found.values():
        assert (each.finding.severity, each.rings, minutes_of(each.observed_at)) == (Severity.YELLOW, True, 0)
        assert (
            each.finding.sentence == "Blood pressure 165 mmHg, no second reading came: systolic yellow at 160 or more."
        )


def test_a_stop_limit_seen_once_is_never_seen_twice_by_waiting():
    (found,) = raised(stay(only(1, 0, systolic=205)), 60).values()
    assert (found.finding.severity, found.finding.stop_advised) == (Severity.RED, False)
    assert "Read the pressure again" in found.finding.asks


def test_the_clock_knows_when_the_window_ends():
    facts = stay(only(1, 0, systolic=165), only(2, 3, heart_rate=115))
    assert minutes_of(next_condition_at(facts, at=after(4))) == 15
    assert minutes_of(next_condition_at(facts, at=after(15))) == 18
    assert next_condition_at(facts, at=after(18)) is None


def test_one_charted_late_stands_and_does_not_ring_where_a_newer_one_is_in_range():
    facts = stay(only(1, 0, systolic=165, recorded=90), only(2, 60, systolic=124))
    (found,) = raised(facts, 90).values()
    assert (found.retrospective, found.rings, minutes_of(found.recovered_at)) == (True, False, 60)


@pytest.mark.parametrize(("pain", "waits"), [(6, False), (7, True), (10, True)])
def test_pain_while_holding_is_asked_again_from_three_above_the_declared(pain, waits):
    facts = stay(only(1, 30, pain=pain), **HOLDING)
    assert bool(wanted(facts, 31)) is waits
    assert ((Rule.PAIN, HIGH) in raised(facts, 45)) is waits


@pytest.mark.parametrize(("first", "minutes", "rings"), [(7, 10, True), (6, 10, False), (7, 4, False)])
def test_pain_rings_when_it_is_so_high_twice(first, minutes, rings):
    found = raised(stay(only(1, 30, pain=first), only(2, 30 + minutes, pain=8), **HOLDING), 30 + minutes)
    assert ((Rule.PAIN, HIGH) in {key for key, each in found.items() if each.row_id == 2}) is rings
    if rings:
        sentence = found[Rule.PAIN, HIGH].finding.sentence
        assert sentence == "Pain 8, second reading: 4 above the 4 at which the target was declared."


@pytest.mark.parametrize(
    "changed",
    [
        {"hold": None},
        {"hold": replace(HOLDING["hold"], ended_at=after(20), is_counting=False)},
        {"target": None},
        {"target": replace(HOLDING["target"], pain=None)},
        {"target": replace(HOLDING["target"], declared_at=after(30))},
    ],
)
def test_pain_is_compared_only_while_holding_and_after_a_rated_declaration(changed):
    facts = stay(only(1, 30, pain=10), **{**HOLDING, **changed})
    assert wanted(facts, 31) == []
    assert raised(facts, 60) == {}


@pytest.mark.parametrize(("pain", "back"), [(6, True), (7, False), (None, False)])
def test_pain_recovers_below_it_and_a_sleeping_patient_says_nothing(pain, back):
    standing = alert(Rule.PAIN, severity=Severity.YELLOW, evidence=[(1, 30)], number=D(8))
    facts = settled(stay(only(2, 60, pain=pain, spo2=97), alerts=[standing], **HOLDING), at=after(60))[2]
    (known,) = (each for each in facts.alerts if each.rule is Rule.PAIN)
    assert (known.recovered_at is not None) is back


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "systolic": st.sampled_from([88, 95, 124, 165, 185, 204]),
        "heart_rate": st.sampled_from([38, 45, 72, 115, 135]),
        "spo2": st.sampled_from([84, 90, 97]),
    },
)
SETS = st.lists(st.tuples(st.sampled_from([1, 3, 6, 10, 20, 60]), VALUES), max_size=5)


@settings(max_examples=200)
@given(SETS, st.integers(0, 40))
def test_each_value_waits_once_and_the_clock_goes_on(sets, later):
    minutes, seen = 0, []
    for number, (passed, values) in enumerate(sets, start=1):
        minutes += passed
        seen.append(only(number, minutes, **values))
    facts, at = stay(*seen), after(minutes + later)
    found = awaited(facts, at=at)
    assert len({(each.kind, each.parameter) for each in found}) == len(found)
    assert all(each.seen_at <= at for each in found)
    acts_at = next_condition_at(facts, at=at)
    assert acts_at is None or acts_at > at
    rung = {each.finding.key for each in reconcile_alerts(facts, PromptChange(), at=at).raised}
    assert rung <= {each.finding.key for each in reconcile_alerts(facts, PromptChange(), at=at + HOUR).raised}
