"""Values that say more with what else is known: warning symptoms, the last tolerated dose, a patient's own limits (DOMAIN 5)."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from infusion.domain.course import CourseFacts, CourseState
from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.limits import limit_ends, with_limits
from monitoring.domain.offers import decrease_offer
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.stay import OwnLimit
from monitoring.domain.thresholds import StopWhen
from monitoring.domain.values import SedationScale, WarningSymptom
from tests.unit.monitoring.domain.a_stay import START, after, alert, only, settled, stay
from tests.unit.monitoring.domain.readings import HIGH, LOW, look, reading
from tests.unit.seed_protocol import DOSING, THRESHOLDS

QUESTION = "Ask: chest pain, breathlessness, syncope, new neurological sign, thunderclap headache?"


def asked(current, *symptoms):
    return replace(current, warning_symptoms=frozenset(symptoms))


@pytest.mark.parametrize(
    ("systolic", "direction", "is_red"),
    [(179, HIGH, False), (180, HIGH, True), (91, LOW, False), (90, LOW, True)],
)
@pytest.mark.parametrize("symptom", WarningSymptom)
def test_a_red_pressure_with_a_warning_symptom_advises_to_stop(systolic, direction, is_red, symptom):
    before = [reading(10, systolic=systolic)]
    finding = look(asked(reading(systolic=systolic), symptom), before)[Rule.SYSTOLIC, direction]
    assert finding.stop_advised is is_red
    assert (symptom.replace("_", " ") in finding.sentence) is is_red
    assert finding.asks == ""


@pytest.mark.parametrize(("systolic", "direction"), [(180, HIGH), (90, LOW)])
def test_a_red_pressure_asks_until_somebody_answered(systolic, direction):
    finding = look(reading(systolic=systolic))[Rule.SYSTOLIC, direction]
    assert (finding.asks, finding.stop_advised) == (QUESTION, False)
    answered = look(asked(reading(systolic=systolic)))[Rule.SYSTOLIC, direction]
    assert (answered.asks, answered.stop_advised) == ("", False)


def test_a_yellow_pressure_asks_nothing():
    finding = look(reading(systolic=165), [reading(10, systolic=165)])[Rule.SYSTOLIC, HIGH]
    assert finding.asks == ""


@pytest.mark.parametrize(
    ("symptoms", "minutes", "stops"),
    [({"syncope"}, 15, True), (set(), 15, False), ({"syncope"}, 16, None), ({"syncope"}, 0, None)],
)
def test_an_answer_without_a_pressure_speaks_of_the_red_one_just_before(symptoms, minutes, stops):
    found = look(asked(reading(), *symptoms), [reading(minutes, systolic=188)])
    finding = found.get((Rule.SYSTOLIC, HIGH))
    assert (None if finding is None else finding.stop_advised) is stops
    if finding is not None:
        assert (finding.value, finding.asks) == ("188", "")


def test_an_answer_reaches_the_alert_and_rings_where_it_advises_to_stop():
    standing = alert(Rule.SYSTOLIC, evidence=[(1, 0)], number=D(188))
    answer = only(2, 5)
    answer = replace(answer, reading=asked(answer.reading, "syncope"))
    change = reconcile_alerts(stay(only(1, 0, systolic=188), answer, alerts=[standing]), PromptChange(), at=after(5))
    (each,) = (each for each in change.raised if each.finding.rule is Rule.SYSTOLIC)
    assert (each.row_id, each.rings, each.finding.stop_advised) == (2, True, True)


RUNNING = CourseFacts(
    CourseState.RUNNING, START, START, D("0.45"), D("31.5"), D(1), previous_dose_mg_per_kg_h=D("0.40")
)


@pytest.mark.parametrize(
    ("changed", "offered"),
    [
        ({}, "0.4"),
        ({"previous_dose_mg_per_kg_h": D("0.50")}, "0.4"),
        ({"previous_dose_mg_per_kg_h": D("0.20")}, "0.2"),
        ({"previous_dose_mg_per_kg_h": None}, "0.4"),
        ({"dose_mg_per_kg_h": D("0.10"), "previous_dose_mg_per_kg_h": None}, "0.05"),
        ({"dose_mg_per_kg_h": D("0.09"), "previous_dose_mg_per_kg_h": None}, None),
        ({"state": CourseState.PAUSED}, None),
        ({"state": CourseState.STOPPED}, None),
    ],
)
def test_the_last_tolerated_dose_is_offered(changed, offered):
    offer = dict(decrease_offer(replace(RUNNING, **changed), DOSING))
    assert offer == ({} if offered is None else {"act": "decrease", "dose_mg_per_kg_h": offered})
    assert decrease_offer(None, DOSING) == ()


@pytest.mark.parametrize(
    ("scale", "code", "has_offer"),
    [
        (SedationScale.POSS, "2", None),
        (SedationScale.POSS, "3", True),
        (SedationScale.POSS, "4", False),
        (SedationScale.RASS, "-1", None),
        (SedationScale.RASS, "-2", True),
        (SedationScale.RASS, "-3", False),
        (SedationScale.RASS, "+1", None),
        (SedationScale.RASS, "+2", True),
        (SedationScale.RASS, "+3", False),
    ],
)
def test_a_drowsy_or_restless_patient_brings_the_offer_with_the_alert(scale, code, has_offer):
    facts = stay(only(1, 0, sedation_scale=scale, sedation=code), delivery=RUNNING)
    found = [each.finding for each in settled(facts, at=START)[1].raised if each.finding.rule is Rule.SEDATION]
    assert [bool(each.offer) for each in found] == ([] if has_offer is None else [has_offer])


def own(rule, direction, yellow=None, red=None, until=60):
    yellow, red = (None if each is None else D(str(each)) for each in (yellow, red))
    return OwnLimit(rule, direction, yellow, red, after(until))


SIDES = [
    (Rule.RESPIRATION, LOW, "respiration_low"),
    (Rule.RESPIRATION, HIGH, "respiration_high"),
    (Rule.SYSTOLIC, LOW, "systolic_low"),
    (Rule.SYSTOLIC, HIGH, "systolic_high"),
    (Rule.DIASTOLIC, HIGH, "diastolic_high"),
    (Rule.HEART_RATE, LOW, "heart_rate_low"),
    (Rule.HEART_RATE, HIGH, "heart_rate_high"),
    (Rule.TEMPERATURE, LOW, "temperature_low"),
    (Rule.TEMPERATURE, HIGH, "temperature_high"),
]


@pytest.mark.parametrize(("rule", "direction", "field"), SIDES)
def test_an_own_limit_takes_the_place_of_the_protocols_and_moves_nothing_else(rule, direction, field):
    side = getattr(THRESHOLDS, field)
    nearer = 1 if direction is LOW else -1
    changed = with_limits(THRESHOLDS, [own(rule, direction, red=side.red + nearer)], scale=1, at=START)
    assert getattr(changed, field) == replace(side, red=side.red + nearer)
    assert replace(changed, **{field: side}) == THRESHOLDS


@pytest.mark.parametrize(("scale", "red"), [(1, 91), (2, 84)])
def test_an_own_limit_of_the_saturation_is_on_the_patients_scale(scale, red):
    changed = with_limits(THRESHOLDS, [own(Rule.SPO2, LOW, yellow=89, red=red)], scale=scale, at=START)
    assert (changed.spo2[scale].yellow, changed.spo2[scale].red) == (89, red)
    assert changed.spo2[3 - scale] == THRESHOLDS.spo2[3 - scale]


@pytest.mark.parametrize(("minutes", "holds"), [(59.99, True), (60, False), (61, False)])
def test_an_own_limit_ends_at_its_time(minutes, holds):
    limits = [own(Rule.SYSTOLIC, HIGH, yellow=170, until=60)]
    changed = with_limits(THRESHOLDS, limits, scale=1, at=after(minutes))
    assert (changed.systolic_high.yellow == 170) is holds
    assert list(limit_ends(limits, at=after(minutes))) == ([after(60)] if holds else [])


@pytest.mark.parametrize(("red", "in_force"), [(199, 199), (200, 200), (210, 200)])
def test_no_own_limit_lies_beyond_the_stop_limit(red, in_force):
    changed = with_limits(THRESHOLDS, [own(Rule.SYSTOLIC, HIGH, red=red)], scale=1, at=START).systolic_high
    assert (changed.red, changed.stop, changed.stop_when) == (in_force, 200, StopWhen.TWICE)


def test_an_own_yellow_pressure_is_also_the_least_that_counts_as_a_rise():
    changed = with_limits(THRESHOLDS, [own(Rule.SYSTOLIC, HIGH, yellow=170)], scale=1, at=START)
    assert changed.systolic_rise.from_mmhg == 170
    lower = with_limits(THRESHOLDS, [own(Rule.SYSTOLIC, HIGH, yellow=140)], scale=1, at=START)
    assert lower.systolic_rise == THRESHOLDS.systolic_rise


def test_a_rule_of_codes_has_no_own_limits():
    limits = [own(Rule.SEDATION, LOW, red=3), own(Rule.NEWS2, Direction.NEITHER, red=9)]
    assert with_limits(THRESHOLDS, limits, scale=1, at=START) == THRESHOLDS


def test_a_value_is_judged_by_the_limits_in_force():
    limits = [own(Rule.HEART_RATE, HIGH, yellow=120, red=140)]
    facts = stay(only(1, 0, heart_rate=135), thresholds=with_limits(THRESHOLDS, limits, scale=1, at=START))
    found = {each.finding.key: each.finding for each in settled(facts, at=after(15))[1].raised}
    assert found[Rule.HEART_RATE, HIGH].severity is Severity.YELLOW
    assert "yellow at 120 or more" in found[Rule.HEART_RATE, HIGH].sentence
