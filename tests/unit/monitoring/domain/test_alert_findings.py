"""What a finding says, which colour a value has on a page, and when a finding is worse than what was acknowledged."""

from decimal import Decimal as D

import pytest

from monitoring.domain.alert_rules import Finding, Rule, is_worse, severity_of
from monitoring.domain.values import Consciousness, Parameter, SedationScale, Values
from tests.unit.monitoring.domain.readings import HIGH, LOW, NEITHER, RED, YELLOW, look, reading
from tests.unit.seed_protocol import THRESHOLDS


@pytest.mark.parametrize(
    ("values", "key", "value", "number", "sentence"),
    [
        (
            {"systolic": 184, "diastolic": 104},
            (Rule.SYSTOLIC, HIGH),
            "184/104",
            184,
            "Blood pressure 184/104 mmHg: systolic red at 180 or more.",
        ),
        ({"systolic": 184}, (Rule.SYSTOLIC, HIGH), "184", 184, "Blood pressure 184 mmHg: systolic red at 180 or more."),
        (
            {"systolic": 150, "diastolic": 112},
            (Rule.DIASTOLIC, HIGH),
            "150/112",
            112,
            "Blood pressure 150/112 mmHg: diastolic red at 110 or more.",
        ),
        ({"spo2": 88}, (Rule.SPO2, LOW), "88 %", 88, "SpO2 88 %: red at 91 or less."),
        ({"temperature": D("39.4")}, (Rule.TEMPERATURE, HIGH), "39.4", D("39.4"), None),
        ({"respiratory_rate": 7}, (Rule.RESPIRATION, LOW), "7", 7, "Respiration 7 /min: red at 8 or less."),
        (
            {"sedation_scale": SedationScale.POSS, "sedation": "4"},
            (Rule.SEDATION, LOW),
            "POSS 4",
            None,
            "Sedation POSS 4: somnolent, minimal or no response.",
        ),
        (
            {"consciousness": Consciousness.V},
            (Rule.CONSCIOUSNESS, NEITHER),
            "V",
            None,
            "Consciousness V: responds to voice.",
        ),
        (
            {"psychotomimetic": 3},
            (Rule.PSYCHOTOMIMETIC, NEITHER),
            "3",
            3,
            "Psychotomimetic score 3: frightening, paranoid, unsafe.",
        ),
    ],
)
def test_a_finding_carries_its_value_for_the_sentence(values, key, value, number, sentence):
    finding = look(reading(**values))[key]
    assert (finding.value, finding.number) == (value, number)
    assert sentence is None or finding.sentence == sentence


def test_a_second_reading_says_so():
    finding = look(reading(heart_rate=115), [reading(10, heart_rate=112)])[Rule.HEART_RATE, HIGH]
    assert finding.sentence == "Heart rate 115 /min, second reading: yellow at 111 or more."


@pytest.mark.parametrize(
    ("parameter", "values", "scale", "colour"),
    [
        (Parameter.RESPIRATORY_RATE, {"respiratory_rate": 10}, 1, YELLOW),
        (Parameter.RESPIRATORY_RATE, {"respiratory_rate": 12}, 1, None),
        (Parameter.RESPIRATORY_RATE, {"respiratory_rate": 22}, 1, YELLOW),
        (Parameter.SPO2, {"spo2": 90}, 1, RED),
        (Parameter.SPO2, {"spo2": 90}, 2, None),
        (Parameter.SYSTOLIC, {"systolic": 165}, 1, YELLOW),
        (Parameter.DIASTOLIC, {"diastolic": 110}, 1, RED),
        (Parameter.HEART_RATE, {"heart_rate": 45}, 1, YELLOW),
        (Parameter.HEART_RATE, {"heart_rate": 131}, 1, RED),
        (Parameter.TEMPERATURE, {"temperature": D("35.0")}, 1, RED),
        (Parameter.CONSCIOUSNESS, {"consciousness": Consciousness.C}, 1, RED),
        (Parameter.SEDATION, {"sedation_scale": SedationScale.POSS, "sedation": "3"}, 1, YELLOW),
        (Parameter.PSYCHOTOMIMETIC, {"psychotomimetic": 2}, 1, YELLOW),
        (Parameter.OXYGEN, {"on_oxygen": True}, 1, None),
        (Parameter.PAIN, {"pain": 10}, 1, None),
        (Parameter.MOBILITY, {}, 1, None),
        (Parameter.HEART_RATE, {"spo2": 60}, 1, None),
    ],
)
def test_colours_one_value_for_a_page(parameter, values, scale, colour):
    assert severity_of(parameter, Values(**values), scale, THRESHOLDS) == colour


def test_colours_a_risen_pressure_when_the_baseline_is_known():
    values = Values(systolic=152)
    assert severity_of(Parameter.SYSTOLIC, values, 1, THRESHOLDS) is None
    assert severity_of(Parameter.SYSTOLIC, values, 1, THRESHOLDS, baseline_systolic=120) is YELLOW


@pytest.mark.parametrize(
    ("values", "key", "peak", "worse"),
    [
        ({"heart_rate": 144}, (Rule.HEART_RATE, HIGH), 135, False),
        ({"heart_rate": 145}, (Rule.HEART_RATE, HIGH), 135, True),
        ({"heart_rate": 29}, (Rule.HEART_RATE, LOW), 38, False),
        ({"heart_rate": 28}, (Rule.HEART_RATE, LOW), 38, True),
        ({"systolic": 194}, (Rule.SYSTOLIC, HIGH), 185, False),
        ({"systolic": 195}, (Rule.SYSTOLIC, HIGH), 185, True),
        ({"systolic": 75}, (Rule.SYSTOLIC, LOW), 85, True),
        ({"systolic": 76}, (Rule.SYSTOLIC, LOW), 85, False),
        ({"spo2": 88}, (Rule.SPO2, LOW), 90, True),
        ({"spo2": 89}, (Rule.SPO2, LOW), 90, False),
        ({"respiratory_rate": 29}, (Rule.RESPIRATION, HIGH), 26, True),
        ({"respiratory_rate": 28}, (Rule.RESPIRATION, HIGH), 26, False),
        ({"respiratory_rate": 4}, (Rule.RESPIRATION, LOW), 7, True),
        ({"respiratory_rate": 5}, (Rule.RESPIRATION, LOW), 7, False),
        ({"diastolic": 149}, (Rule.DIASTOLIC, HIGH), 110, False),
        ({"heart_rate": 145}, (Rule.HEART_RATE, HIGH), None, False),
        ({"consciousness": Consciousness.U}, (Rule.CONSCIOUSNESS, NEITHER), None, False),
    ],
)
def test_rings_again_beyond_the_acknowledged_peak(values, key, peak, worse):
    assert is_worse(look(reading(**values))[key], severity=RED, number=peak) is worse


def test_a_higher_severity_is_always_worse_and_a_lower_one_never():
    finding = Finding(Rule.SPO2, LOW, RED, False, "91 %", 91, "", worse_by=2)
    assert is_worse(finding, severity=YELLOW, number=91)
    assert is_worse(finding, severity="yellow", number=None)
    yellow = Finding(Rule.SPO2, LOW, YELLOW, False, "92 %", 92, "", worse_by=2)
    assert not is_worse(yellow, severity=RED, number=99)
