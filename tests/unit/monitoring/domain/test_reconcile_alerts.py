"""The life of an alert (DOMAIN 5): raised once, rung again when worse, recovered, closed, withdrawn by a correction."""

from dataclasses import replace
from decimal import Decimal

import pytest

from monitoring.domain.alert_change import AlertChange
from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.schedule import PromptFacts
from monitoring.domain.stay import EVIDENCE_KEPT
from monitoring.domain.values import Consciousness
from tests.unit.monitoring.domain.a_stay import (
    MINUTE,
    acknowledged,
    after,
    alert,
    as_charted,
    charted,
    minutes_of,
    only,
    prompt,
    seen,
    settled,
    stay,
)

HIGH, LOW, NEITHER = Direction.HIGH, Direction.LOW, Direction.NEITHER
YELLOW, RED = Severity.YELLOW, Severity.RED
FAST = {"evidence": [(1, 15)], "number": Decimal(135)}
OPEN = prompt(600, 60)


def change(*sets, alerts=(), **changed):
    facts = stay(*sets, alerts=alerts, open_prompt=OPEN, **changed)
    return reconcile_alerts(facts, PromptChange(), at=as_charted(facts))


def raised(found):
    return {(each.finding.rule, each.finding.direction): each for each in found.raised}


def test_a_red_value_is_raised_and_rings():
    (each,) = change(only(1, 15, heart_rate=131)).raised
    assert (each.finding.severity, each.row_id, each.observed_at) == (RED, 1, after(15))
    assert (each.rings, each.retrospective, each.recovered_at) == (True, False, None)


def test_a_calm_set_raises_nothing():
    assert change(seen(1, 15)) == AlertChange()


@pytest.mark.parametrize(("late", "retrospective"), [(30, False), (30.1, True)])
def test_a_set_charted_over_half_an_hour_late_is_raised_as_retrospective(late, retrospective):
    (each,) = change(only(1, 15, heart_rate=131, recorded=15 + late)).raised
    assert (each.retrospective, each.rings) == (retrospective, True)


def test_a_late_red_value_does_not_ring_when_a_newer_one_is_in_range():
    (each,) = change(only(1, 15, heart_rate=131, recorded=80), only(2, 75, heart_rate=72)).raised
    assert (minutes_of(each.recovered_at), each.rings) == (75, False)


@pytest.mark.parametrize("newer", [{"spo2": 97}, {"heart_rate": 115}])
def test_a_late_red_value_rings_when_the_newer_set_does_not_show_it_in_range(newer):
    each, *_ = change(only(1, 15, heart_rate=131, recorded=80), only(2, 75, **newer)).raised
    assert (each.recovered_at, each.rings) == (None, True)


def test_what_an_alert_has_as_its_evidence_is_not_raised_again():
    assert change(only(1, 15, heart_rate=135), alerts=[alert(**FAST)]).is_nothing
    closed = alert(**FAST, is_open=False, close_reason="back in range", recovered_at=after(30))
    assert change(only(1, 15, heart_rate=135), alerts=[closed]).is_nothing


def test_evidence_is_of_its_own_rule_and_direction():
    slow = alert(direction=LOW, evidence=[(1, 15)], number=Decimal(35))
    assert raised(change(only(1, 15, heart_rate=135), alerts=[slow])).keys() == {(Rule.HEART_RATE, HIGH)}


def test_evidence_that_a_long_alert_let_go_is_not_counted_again():
    long = alert(evidence=[(number, number) for number in range(100, 100 + EVIDENCE_KEPT)], number=Decimal(140))
    assert change(only(99, 15, heart_rate=135), alerts=[long]).is_nothing
    assert change(only(200, 15, heart_rate=135), alerts=[long]).raised
    short = alert(evidence=[(number, number) for number in range(100, 99 + EVIDENCE_KEPT)], number=Decimal(140))
    assert change(only(99, 15, heart_rate=135), alerts=[short]).raised


@pytest.mark.parametrize(
    ("rule", "direction", "field", "peak", "same", "worse"),
    [
        (Rule.HEART_RATE, HIGH, "heart_rate", 135, 144, 145),
        (Rule.HEART_RATE, LOW, "heart_rate", 38, 29, 28),
        (Rule.SYSTOLIC, HIGH, "systolic", 185, 194, 195),
        (Rule.SYSTOLIC, LOW, "systolic", 88, 79, 78),
        (Rule.SPO2, LOW, "spo2", 91, 90, 89),
        (Rule.RESPIRATION, HIGH, "respiratory_rate", 26, 28, 29),
        (Rule.RESPIRATION, LOW, "respiratory_rate", 8, 6, 5),
    ],
)
@pytest.mark.parametrize("looked", [True, False])
def test_worse_than_the_peak_rings_again_though_acknowledged(rule, direction, field, peak, same, worse, looked):
    known = alert(rule, direction, evidence=[(1, 15)], number=Decimal(peak), stop_advised=True)
    known = acknowledged(known) if looked else known
    first = only(1, 15, **{field: peak})
    assert not raised(change(first, only(2, 30, **{field: same}), alerts=[known]))[rule, direction].rings
    assert raised(change(first, only(2, 30, **{field: worse}), alerts=[known]))[rule, direction].rings


def test_creeping_up_rings_when_it_is_beyond_the_peak_that_was_acknowledged():
    crept = replace(acknowledged(alert(**FAST)), number=Decimal(144), evidence=(1, 2), standing=(1, 2))
    assert raised(change(only(3, 45, heart_rate=145), alerts=[crept]))[Rule.HEART_RATE, HIGH].rings
    assert not raised(change(only(3, 45, heart_rate=144), alerts=[crept]))[Rule.HEART_RATE, HIGH].rings


def test_a_higher_severity_rings_again_and_a_lower_one_does_not():
    yellow = acknowledged(alert(Rule.SPO2, LOW, YELLOW, evidence=[(1, 15)], number=Decimal(92)))
    assert raised(change(only(2, 30, spo2=91), alerts=[yellow]))[Rule.SPO2, LOW].rings
    red = acknowledged(alert(Rule.SPO2, LOW, RED, evidence=[(1, 15)], number=Decimal(90)))
    assert not raised(change(only(2, 30, spo2=92), alerts=[red]))[Rule.SPO2, LOW].rings


def test_a_stop_that_is_advised_now_rings_again():
    known = acknowledged(alert(Rule.SYSTOLIC, HIGH, evidence=[(1, 15)], number=Decimal(203)))
    found = change(only(1, 15, systolic=203), only(2, 25, systolic=204), alerts=[known]).raised[0]
    assert (found.finding.stop_advised, found.rings, found.row_id) == (True, True, 2)


def test_a_late_first_reading_makes_the_later_one_advise_a_stop_without_counting_it_twice():
    known = acknowledged(alert(Rule.SYSTOLIC, HIGH, evidence=[(1, 25)], number=Decimal(204)))
    late, first = change(only(1, 25, systolic=204), only(2, 16, systolic=203, recorded=30), alerts=[known]).raised
    assert (late.row_id, late.finding.stop_advised, late.counts) == (2, False, True)
    assert (first.row_id, first.finding.stop_advised, first.counts, first.rings) == (1, True, False, True)


def test_sets_of_different_stretches_are_not_judged_beside_each_other():
    late, newest = only(1, 15, on_oxygen=False, recorded=200), only(2, 190, spo2=93, on_oxygen=True)
    facts = replace(stay(open_prompt=OPEN), runs=((late,), (newest,)))
    (each,) = reconcile_alerts(facts, PromptChange(), at=as_charted(facts)).raised
    assert not each.finding.stop_advised, "newly on oxygen is not known across a gap"
    facts = replace(facts, runs=((late, newest),))
    assert reconcile_alerts(facts, PromptChange(), at=as_charted(facts)).raised[0].finding.stop_advised


def test_recovered_but_unseen_stays_open():
    found = change(only(1, 15, heart_rate=135), only(2, 30, heart_rate=72), alerts=[alert(**FAST)])
    ((number, mend),) = found.mended
    assert (number, minutes_of(mend.recovered_at), mend.close_reason) == (1, 30, "")


def test_acknowledged_and_in_range_closes():
    known = acknowledged(alert(**FAST))
    assert change(only(1, 15, heart_rate=135), only(2, 30, heart_rate=72), alerts=[known]).closed == {
        1: "back in range"
    }
    recovered = replace(known, recovered_at=after(30))
    assert change(alerts=[recovered]).closed == {1: "back in range"}
    assert not change(only(1, 15, heart_rate=135), alerts=[known]).closed


@pytest.mark.parametrize("newer", [{"spo2": 97}, {"heart_rate": 115}, {"heart_rate": 131}])
def test_a_value_that_is_missing_yellow_or_red_closes_nothing(newer):
    known = acknowledged(alert(**FAST))
    assert not change(only(1, 15, heart_rate=135), only(2, 30, **newer), alerts=[known]).closed


def test_new_evidence_after_recovery_rings_again():
    known = alert(**FAST, recovered_at=after(30))
    (each,) = change(only(2, 30, heart_rate=72), only(3, 45, heart_rate=132), alerts=[known]).raised
    assert (each.rings, each.recovered_at) == (True, None)


def test_late_evidence_from_before_the_recovery_does_not_ring_though_the_calm_set_is_long_ago():
    known = alert(**FAST, recovered_at=after(30))
    found = change(only(9, 20, heart_rate=150, recorded=200), alerts=[known])
    (each,) = found.raised
    assert (minutes_of(each.recovered_at), each.rings, found.mended) == (30, False, ())


def test_worsening_and_calming_down_in_one_go_is_kept_closed_or_open_by_who_looked():
    sets = only(1, 15, heart_rate=135), only(2, 30, heart_rate=150), only(3, 45, heart_rate=72)
    unseen = change(*sets, alerts=[alert(**FAST)])
    assert (minutes_of(unseen.raised[0].recovered_at), unseen.mended) == (45, ())
    assert change(*sets, alerts=[acknowledged(alert(**FAST))]).closed == {1: "back in range"}


def test_a_discharge_closes_everything_and_raises_nothing():
    closed = alert(Rule.SPO2, LOW, evidence=[(1, 15)], is_open=False, close_reason="back in range", id=2)
    found = change(only(2, 30, heart_rate=150), alerts=[alert(**FAST), closed], is_present=False)
    assert (found.closed, found.raised) == ({1: "the patient left"}, ())


def test_codes_are_compared_by_severity_alone():
    known = acknowledged(alert(Rule.CONSCIOUSNESS, NEITHER, evidence=[(1, 15)], stop_advised=True))
    (each,) = change(only(2, 30, consciousness=Consciousness.U), alerts=[known]).raised[:1]
    assert (each.finding.rule, each.rings) == (Rule.CONSCIOUSNESS, False)


def overdue(**changed):
    return alert(Rule.SET_OVERDUE, NEITHER, YELLOW, first_observed_at=after(25), last_observed_at=after(25), **changed)


def test_an_overdue_set_rings_once_over_any_number_of_missed_prompts_and_ends_with_a_set():
    facts = stay(open_prompt=prompt(15, 15))
    _, none, facts = settled(facts, at=after(24.9))
    assert none.is_nothing
    _, found, facts = settled(facts, at=after(25))
    assert [(each.finding.rule, minutes_of(each.observed_at)) for each in found.raised] == [(Rule.SET_OVERDUE, 25)]
    for minutes in (26, 30, 31, 44, 45, 55, 90, 200):
        _, found, facts = settled(facts, at=after(minutes))
        assert found.is_nothing
    _, found, facts = settled(charted(facts, seen(1, 201)), at=after(201))
    assert found.closed == {1: "a set came"}
    assert settled(facts, at=after(202))[1].is_nothing


def test_a_set_charted_late_after_the_miss_ends_the_overdue_alert_though_the_next_prompt_stays_open():
    facts = stay(open_prompt=prompt(30, 15, opened=30), missed=PromptFacts(after(15), 15 * MINUTE), alerts=[overdue()])
    assert not settled(charted(facts, seen(1, 11, recorded=35)), at=after(35))[1].closed
    of_prompt, of_alerts, _ = settled(charted(facts, seen(1, 12, recorded=35)), at=after(35))
    assert of_prompt.ends is None
    assert of_alerts.closed == {1: "a set came"}


def test_an_incomplete_set_leaves_the_overdue_alert_open():
    facts = stay(open_prompt=prompt(15, 15), alerts=[overdue()])
    assert not settled(charted(facts, seen(1, 26, sedation=None)), at=after(26))[1].closed


def test_an_overdue_alert_ends_when_nothing_more_is_due():
    facts = stay(open_prompt=prompt(15, 15), alerts=[overdue()])
    assert settled(replace(facts, course=None), at=after(26))[1].closed == {1: "nothing more is due"}
    assert settled(replace(facts, is_present=False), at=after(26))[1].closed == {1: "the patient left"}


def test_a_clock_behind_the_one_that_rang_does_not_silence_it():
    facts = stay(open_prompt=prompt(15, 15), alerts=[overdue()])
    assert settled(facts, at=after(24))[1].is_nothing


def test_after_the_last_missed_set_the_alert_waits_for_a_set():
    missed = PromptFacts(after(240), 120 * MINUTE)
    course = replace(stay().course, stopped_at=after(0))
    facts = stay(course=course, missed=missed, last_done_at=after(60), alerts=[overdue()])
    assert not settled(facts, at=after(500))[1].closed
    assert settled(charted(facts, seen(1, 500)), at=after(500))[1].closed == {1: "a set came"}


def test_a_set_that_came_when_nothing_was_due_any_more_leaves_no_overdue_alert():
    course = replace(stay().course, stopped_at=after(0))
    facts = stay(seen(1, 390), course=course, open_prompt=prompt(240, 120, opened=120), last_done_at=after(120))
    _, found, facts = settled(facts, at=after(391))
    assert found.is_nothing
    assert settled(facts, at=after(392))[1].is_nothing
