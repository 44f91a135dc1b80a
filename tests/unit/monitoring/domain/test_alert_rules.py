"""Every cell of the alert table (DOMAIN 5) on both sides of its boundary, with the seed protocol's limits.

Anchors of the limits: NEWS2 (Royal College of Physicians 2017), POSS, NSW Health ketamine chart 2017.
"""

from decimal import Decimal as D

import pytest

from monitoring.domain.severity import OF_A_SET, Rule
from monitoring.domain.values import Consciousness, SedationScale
from tests.unit.monitoring.domain.readings import HIGH, LOW, NEITHER, RED, YELLOW, calm_keys, look, outcome, reading

# rule, direction, field, value -> severity, stop advised; each alone, with nothing before it.
AT_ONCE = [
    (Rule.RESPIRATION, LOW, "respiratory_rate", 8, (RED, True)),
    (Rule.RESPIRATION, LOW, "respiratory_rate", 9, None),
    (Rule.RESPIRATION, HIGH, "respiratory_rate", 24, None),
    (Rule.RESPIRATION, HIGH, "respiratory_rate", 25, (RED, False)),
    (Rule.SPO2, LOW, "spo2", 94, None),
    (Rule.SPO2, LOW, "spo2", 93, (YELLOW, False)),
    (Rule.SPO2, LOW, "spo2", 92, (YELLOW, False)),
    (Rule.SPO2, LOW, "spo2", 91, (RED, False)),
    (Rule.SPO2, LOW, "spo2", 60, (RED, False)),
    (Rule.SYSTOLIC, LOW, "systolic", 91, None),
    (Rule.SYSTOLIC, LOW, "systolic", 90, (RED, False)),
    (Rule.SYSTOLIC, HIGH, "systolic", 179, None),
    (Rule.SYSTOLIC, HIGH, "systolic", 180, (RED, False)),
    (Rule.SYSTOLIC, HIGH, "systolic", 200, (RED, False)),
    (Rule.DIASTOLIC, HIGH, "diastolic", 109, None),
    (Rule.DIASTOLIC, HIGH, "diastolic", 110, (RED, False)),
    (Rule.DIASTOLIC, HIGH, "diastolic", 120, (RED, False)),
    (Rule.HEART_RATE, LOW, "heart_rate", 41, None),
    (Rule.HEART_RATE, LOW, "heart_rate", 40, (RED, True)),
    (Rule.HEART_RATE, HIGH, "heart_rate", 130, None),
    (Rule.HEART_RATE, HIGH, "heart_rate", 131, (RED, False)),
    (Rule.HEART_RATE, HIGH, "heart_rate", 149, (RED, False)),
    (Rule.HEART_RATE, HIGH, "heart_rate", 150, (RED, True)),
    (Rule.PSYCHOTOMIMETIC, NEITHER, "psychotomimetic", 1, None),
    (Rule.PSYCHOTOMIMETIC, NEITHER, "psychotomimetic", 2, (YELLOW, False)),
    (Rule.PSYCHOTOMIMETIC, NEITHER, "psychotomimetic", 3, (RED, True)),
    (Rule.TEMPERATURE, LOW, "temperature", D("35.1"), None),
    (Rule.TEMPERATURE, LOW, "temperature", D("35.0"), (RED, False)),
    (Rule.TEMPERATURE, HIGH, "temperature", D("38.0"), None),
    (Rule.TEMPERATURE, HIGH, "temperature", D("38.1"), (YELLOW, False)),
    (Rule.TEMPERATURE, HIGH, "temperature", D("39.0"), (YELLOW, False)),
    (Rule.TEMPERATURE, HIGH, "temperature", D("39.1"), (RED, False)),
    (Rule.CONSCIOUSNESS, NEITHER, "consciousness", Consciousness.A, None),
    (Rule.CONSCIOUSNESS, NEITHER, "consciousness", Consciousness.C, (RED, False)),
    (Rule.CONSCIOUSNESS, NEITHER, "consciousness", Consciousness.V, (RED, False)),
    (Rule.CONSCIOUSNESS, NEITHER, "consciousness", Consciousness.P, (RED, True)),
    (Rule.CONSCIOUSNESS, NEITHER, "consciousness", Consciousness.U, (RED, True)),
]


@pytest.mark.parametrize(("rule", "direction", "field", "value", "expected"), AT_ONCE)
def test_a_single_value_rings_at_once_or_not_at_all(rule, direction, field, value, expected):
    assert outcome((rule, direction), reading(**{field: value})) == expected


@pytest.mark.parametrize(
    ("spo2", "expected"),
    [(88, None), (87, (YELLOW, False)), (86, (YELLOW, False)), (85, (RED, False)), (60, (RED, False)), (99, None)],
)
def test_saturation_on_scale_2_has_its_own_limits(spo2, expected):
    assert outcome((Rule.SPO2, LOW), reading(spo2=spo2, scale=2), scale=2) == expected


@pytest.mark.parametrize(
    ("scale", "code", "key", "expected"),
    [
        *[(SedationScale.POSS, code, (Rule.SEDATION, LOW), None) for code in ("S", "1", "2")],
        (SedationScale.POSS, "3", (Rule.SEDATION, LOW), (YELLOW, False)),
        (SedationScale.POSS, "4", (Rule.SEDATION, LOW), (RED, True)),
        (SedationScale.RASS, "-1", (Rule.SEDATION, LOW), None),
        (SedationScale.RASS, "-2", (Rule.SEDATION, LOW), (YELLOW, False)),
        (SedationScale.RASS, "-3", (Rule.SEDATION, LOW), (RED, False)),
        (SedationScale.RASS, "-4", (Rule.SEDATION, LOW), (RED, True)),
        (SedationScale.RASS, "-5", (Rule.SEDATION, LOW), (RED, True)),
        (SedationScale.RASS, "+1", (Rule.SEDATION, HIGH), None),
        (SedationScale.RASS, "+2", (Rule.SEDATION, HIGH), (YELLOW, False)),
        (SedationScale.RASS, "+3", (Rule.SEDATION, HIGH), (RED, True)),
        (SedationScale.RASS, "+4", (Rule.SEDATION, HIGH), (RED, True)),
    ],
)
def test_sedation_rings_too_deep_and_too_restless(scale, code, key, expected):
    current = reading(sedation_scale=scale, sedation=code)
    assert outcome(key, current) == expected
    assert len(look(current)) == (0 if expected is None else 1)


# The same value 10 min before and now: rule, direction, field, last calm value, yellow from, yellow until.
SECOND_READING = [
    (Rule.RESPIRATION, HIGH, "respiratory_rate", 20, 21, 24),
    (Rule.SYSTOLIC, LOW, "systolic", 101, 100, 91),
    (Rule.SYSTOLIC, HIGH, "systolic", 159, 160, 179),
    (Rule.DIASTOLIC, HIGH, "diastolic", 99, 100, 109),
    (Rule.HEART_RATE, LOW, "heart_rate", 51, 50, 41),
    (Rule.HEART_RATE, HIGH, "heart_rate", 110, 111, 130),
]


@pytest.mark.parametrize(("rule", "direction", "field", "inside", "first", "last"), SECOND_READING)
def test_a_yellow_that_needs_a_second_reading_waits_for_it(rule, direction, field, inside, first, last):
    key = (rule, direction)
    for value in (first, last):
        current = reading(**{field: value})
        assert outcome(key, current) is None
        assert outcome(key, current, [reading(10, **{field: first})]) == (YELLOW, False)
        assert outcome(key, current, [reading(10, **{field: inside})]) is None
        assert key not in calm_keys(current)
    assert outcome(key, reading(**{field: inside}), [reading(10, **{field: last})]) is None
    assert key in calm_keys(reading(**{field: inside}))


@pytest.mark.parametrize(
    ("minutes", "counts"), [(4.99, False), (5, True), (10, True), (15, True), (15.01, False), (-10, False), (0, False)]
)
def test_a_second_reading_lies_5_to_15_minutes_back(minutes, counts):
    found = look(reading(heart_rate=115), [reading(minutes, heart_rate=112)])
    assert ((Rule.HEART_RATE, HIGH) in found) is counts


def test_a_red_reading_before_counts_as_the_first_of_two():
    assert (Rule.HEART_RATE, HIGH) in look(reading(heart_rate=115), [reading(10, heart_rate=140)])


def test_the_other_side_does_not_count_as_the_first_of_two():
    assert look(reading(heart_rate=115), [reading(10, heart_rate=45)]) == {}


def test_a_calm_reading_between_two_yellow_ones_changes_nothing():
    earlier = [reading(6, heart_rate=80), reading(12, heart_rate=112)]
    assert (Rule.HEART_RATE, HIGH) in look(reading(heart_rate=115), earlier)


@pytest.mark.parametrize(
    ("respiration", "company", "rings"),
    [
        (9, {"spo2": 93}, True),
        (11, {"spo2": 93}, True),
        (12, {"spo2": 93}, False),
        (11, {"spo2": 94}, False),
        (9, {}, False),
        (11, {"sedation_scale": SedationScale.POSS, "sedation": "3"}, True),
        (11, {"sedation_scale": SedationScale.POSS, "sedation": "4"}, True),
        (9, {"sedation_scale": SedationScale.POSS, "sedation": "2"}, False),
        (9, {"sedation_scale": SedationScale.POSS, "sedation": "S"}, False),
        (11, {"sedation_scale": SedationScale.RASS, "sedation": "-2"}, True),
        (9, {"sedation_scale": SedationScale.RASS, "sedation": "-1"}, False),
        (9, {"sedation_scale": SedationScale.RASS, "sedation": "+2"}, False),
    ],
)
def test_slow_breathing_rings_only_in_bad_company(respiration, company, rings):
    current = reading(respiratory_rate=respiration, **company)
    assert outcome((Rule.RESPIRATION, LOW), current) == ((YELLOW, False) if rings else None)
    assert ((Rule.RESPIRATION, LOW) in calm_keys(current)) is (respiration >= 12)


def test_slow_breathing_says_its_company():
    current = reading(respiratory_rate=10, spo2=93, sedation_scale=SedationScale.POSS, sedation="3")
    sentence = look(current)[Rule.RESPIRATION, LOW].sentence
    assert sentence == "Respiration 10 /min with SpO2 93 % and POSS 3: yellow at 11 or less."


@pytest.mark.parametrize(
    ("systolic", "baseline", "rings"),
    [(150, 120, True), (159, 129, True), (150, 121, False), (149, 100, False), (155, None, False), (160, None, True)],
)
def test_a_systolic_of_150_rings_when_it_rose_by_30(systolic, baseline, rings):
    current, before = reading(systolic=systolic), reading(8, systolic=systolic)
    assert outcome((Rule.SYSTOLIC, HIGH), current, [before], baseline=baseline) == ((YELLOW, False) if rings else None)
    assert outcome((Rule.SYSTOLIC, HIGH), current, baseline=baseline) is None
    assert ((Rule.SYSTOLIC, HIGH) in calm_keys(current, baseline=baseline)) is not rings


def test_a_rise_says_how_far_it_rose():
    current = reading(systolic=152, diastolic=84)
    finding = look(current, [reading(10, systolic=151)], baseline=120)[Rule.SYSTOLIC, HIGH]
    assert finding.sentence == "Blood pressure 152/84 mmHg: systolic 32 above the baseline of 120."


def test_a_rise_does_not_soften_a_red_pressure():
    assert outcome((Rule.SYSTOLIC, HIGH), reading(systolic=185), baseline=120) == (RED, False)


@pytest.mark.parametrize(
    ("field", "key", "stop"),
    [("systolic", (Rule.SYSTOLIC, HIGH), 200), ("diastolic", (Rule.DIASTOLIC, HIGH), 120)],
)
def test_a_very_high_pressure_advises_to_stop_when_seen_twice(field, key, stop):
    now = reading(**{field: stop})
    assert outcome(key, now, [reading(5, **{field: stop})]) == (RED, True)
    assert outcome(key, now, [reading(5, **{field: stop - 1})]) == (RED, False)
    assert outcome(key, now, [reading(16, **{field: stop})]) == (RED, False)
    assert outcome(key, reading(**{field: stop - 1}), [reading(5, **{field: stop})]) == (RED, False)


@pytest.mark.parametrize(("scale", "stop"), [(1, 90), (2, 83)])
def test_a_low_saturation_advises_to_stop_when_it_is_still_so_after_2_minutes(scale, stop):
    def advised(now, *before):
        earlier = [reading(minutes, spo2=spo2, scale=scale) for minutes, spo2 in before]
        return look(reading(spo2=now, scale=scale), earlier, scale=scale)[Rule.SPO2, LOW].stop_advised

    assert advised(stop, (2, stop))
    assert advised(stop, (15, stop - 3))
    assert not advised(stop)
    assert not advised(stop, (1.9, stop))
    assert not advised(stop, (15.1, stop))
    assert not advised(stop, (2, stop + 1))
    assert not advised(stop + 1, (2, stop))
    assert not advised(stop, (10, stop), (3, stop + 5))
    assert advised(stop, (10, stop + 5), (3, stop))


def test_new_oxygen_with_a_low_saturation_advises_to_stop():
    now = reading(spo2=92, on_oxygen=True)
    on_air, on_oxygen = reading(60, on_oxygen=False), reading(30, on_oxygen=True)
    unknown = reading(5, spo2=95)
    assert outcome((Rule.SPO2, LOW), now, [on_air, unknown]) == (YELLOW, True)
    assert outcome((Rule.SPO2, LOW), now, [on_air, on_oxygen]) == (YELLOW, False)
    assert outcome((Rule.SPO2, LOW), now, [on_oxygen, on_air]) == (YELLOW, False)
    assert outcome((Rule.SPO2, LOW), now) == (YELLOW, False)
    assert outcome((Rule.SPO2, LOW), reading(spo2=92, on_oxygen=False), [on_air]) == (YELLOW, False)
    assert outcome((Rule.SPO2, LOW), reading(spo2=97, on_oxygen=True), [on_air]) is None


def test_new_oxygen_says_nothing_on_scale_2():
    now = reading(spo2=87, on_oxygen=True, scale=2)
    assert outcome((Rule.SPO2, LOW), now, [reading(60, on_oxygen=False)], scale=2) == (YELLOW, False)


WELL = {
    "respiratory_rate": 16,
    "spo2": 98,
    "on_oxygen": False,
    "systolic": 125,
    "heart_rate": 72,
    "consciousness": Consciousness.A,
    "temperature": D("36.8"),
}


@pytest.mark.parametrize(
    ("changes", "total", "expected"),
    [
        ({"heart_rate": 95, "spo2": 95, "on_oxygen": True}, 4, None),
        ({"heart_rate": 111, "spo2": 95, "on_oxygen": True}, 5, (YELLOW, False)),
        ({"heart_rate": 111, "spo2": 93, "on_oxygen": True}, 6, (YELLOW, False)),
        ({"heart_rate": 111, "spo2": 93, "on_oxygen": True, "systolic": 110}, 7, (RED, False)),
        ({"respiratory_rate": 25}, 3, (YELLOW, False)),
    ],
)
def test_news2_rings_at_5_at_7_and_at_a_single_three(changes, total, expected):
    current = reading(**{**WELL, **changes})
    assert current.news2.total == total
    assert outcome((Rule.NEWS2, NEITHER), current) == expected
    assert ((Rule.NEWS2, NEITHER) in calm_keys(current)) is (expected is None)


def test_news2_says_its_total_or_its_single_three():
    five = look(reading(**{**WELL, "heart_rate": 111, "spo2": 95, "on_oxygen": True}))[Rule.NEWS2, NEITHER]
    three = look(reading(**{**WELL, "respiratory_rate": 25}))[Rule.NEWS2, NEITHER]
    incomplete = look(reading(respiratory_rate=7, heart_rate=140))[Rule.NEWS2, NEITHER]
    assert (five.value, five.number, five.sentence) == ("NEWS2 5", 5, "NEWS2 5: yellow at 5 or more.")
    assert three.sentence == "NEWS2 3: a single 3, for respiration."
    assert (incomplete.severity, incomplete.number) == (YELLOW, None)
    assert incomplete.sentence == "NEWS2 incomplete: a single 3, for respiration and pulse."
    hypoxic = look(reading(**{**WELL, "spo2": 90}))[Rule.NEWS2, NEITHER]
    assert hypoxic.sentence == "NEWS2 3: a single 3, for SpO2."


def test_an_incomplete_news2_without_a_three_says_nothing():
    current = reading(respiratory_rate=21)
    assert (Rule.NEWS2, NEITHER) not in look(current)
    assert (Rule.NEWS2, NEITHER) not in calm_keys(current)


def test_a_critical_value_rings_in_a_set_that_has_nothing_else():
    assert {key[0] for key in look(reading(heart_rate=150))} == {Rule.HEART_RATE, Rule.NEWS2}


def test_an_empty_set_neither_rings_nor_calms():
    assert look(reading()) == {}
    assert calm_keys(reading()) == frozenset()


def test_a_missing_value_never_calms():
    assert calm_keys(reading(heart_rate=72)) == {(Rule.HEART_RATE, HIGH), (Rule.HEART_RATE, LOW)}


def test_a_slow_heart_calms_the_alert_about_a_fast_one():
    current = reading(heart_rate=35)
    assert (Rule.HEART_RATE, HIGH) in calm_keys(current)
    assert (Rule.HEART_RATE, LOW) not in calm_keys(current)


@pytest.mark.parametrize(
    ("scale", "code", "expected"),
    [
        (SedationScale.POSS, "1", {(Rule.SEDATION, LOW)}),
        (SedationScale.POSS, "3", set()),
        (SedationScale.RASS, "0", {(Rule.SEDATION, LOW), (Rule.SEDATION, HIGH)}),
        (SedationScale.RASS, "-3", {(Rule.SEDATION, HIGH)}),
    ],
)
def test_poss_says_nothing_about_agitation(scale, code, expected):
    assert calm_keys(reading(sedation_scale=scale, sedation=code)) == expected


def test_a_well_patient_calms_every_rule():
    current = reading(**WELL, diastolic=78, sedation_scale=SedationScale.RASS, sedation="0", psychotomimetic=1, pain=6)
    assert look(current) == {}
    assert {rule for rule, _ in calm_keys(current)} == OF_A_SET
