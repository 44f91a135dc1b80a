"""NEWS2 against the chart of the Royal College of Physicians, 2017 (chart 1 and the thresholds of chart 2)."""

import doctest
from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain import news2 as news2_module
from monitoring.domain.news2 import PARAMETERS, Risk, Scale, news2
from monitoring.domain.values import Consciousness, Values

WELL = Values(
    respiratory_rate=16,
    spo2=98,
    on_oxygen=False,
    systolic=125,
    heart_rate=72,
    consciousness=Consciousness.A,
    temperature=D("36.8"),
)

# Both sides of every line of the chart: (first value of the band, last value of the band, score).
CHART = {
    ("respiratory_rate", "respiration"): [(0, 8, 3), (9, 11, 1), (12, 20, 0), (21, 24, 2), (25, 90, 3)],
    ("spo2", "spo2"): [(0, 91, 3), (92, 93, 2), (94, 95, 1), (96, 100, 0)],
    ("systolic", "systolic"): [(30, 90, 3), (91, 100, 2), (101, 110, 1), (111, 219, 0), (220, 350, 3)],
    ("heart_rate", "pulse"): [(10, 40, 3), (41, 50, 1), (51, 90, 0), (91, 110, 1), (111, 130, 2), (131, 300, 3)],
    ("temperature", "temperature"): [
        (D("25.0"), D("35.0"), 3),
        (D("35.1"), D("36.0"), 1),
        (D("36.1"), D("38.0"), 0),
        (D("38.1"), D("39.0"), 1),
        (D("39.1"), D("45.0"), 2),
    ],
}
CELLS = [
    (field, name, value, score)
    for (field, name), bands in CHART.items()
    for first, last, score in bands
    for value in (first, last)
]
SCALE_2 = [
    *[(spo2, on_oxygen, 3) for spo2 in (0, 83) for on_oxygen in (False, True)],
    *[(spo2, on_oxygen, 2) for spo2 in (84, 85) for on_oxygen in (False, True)],
    *[(spo2, on_oxygen, 1) for spo2 in (86, 87) for on_oxygen in (False, True)],
    *[(spo2, on_oxygen, 0) for spo2 in (88, 92) for on_oxygen in (False, True)],
    *[(spo2, False, 0) for spo2 in (93, 94, 95, 96, 97, 100)],
    *[(93, True, 1), (94, True, 1), (95, True, 2), (96, True, 2), (97, True, 3), (100, True, 3)],
]


@pytest.mark.parametrize(("field", "name", "value", "score"), CELLS)
def test_scores_both_ends_of_every_band_of_the_chart(field, name, value, score):
    result = news2(replace(WELL, **{field: value}), scale=1)
    assert result.sub_scores[name] == score
    assert result.total == score


@pytest.mark.parametrize(("spo2", "on_oxygen", "score"), SCALE_2)
def test_scores_scale_2_by_what_the_patient_breathes(spo2, on_oxygen, score):
    result = news2(replace(WELL, spo2=spo2, on_oxygen=on_oxygen), scale=Scale.TWO)
    assert result.sub_scores["spo2"] == score
    assert result.total == score + (2 if on_oxygen else 0)


@pytest.mark.parametrize(("letter", "score"), [("A", 0), ("C", 3), ("V", 3), ("P", 3), ("U", 3)])
def test_scores_everything_but_alert_with_three(letter, score):
    assert news2(replace(WELL, consciousness=Consciousness(letter)), scale=1).sub_scores["consciousness"] == score


def test_takes_a_letter_as_it_comes_from_the_database():
    assert news2(replace(WELL, consciousness="A"), scale=1).total == 0


@pytest.mark.parametrize(("on_oxygen", "score"), [(False, 0), (True, 2)])
def test_scores_oxygen_with_two(on_oxygen, score):
    result = news2(replace(WELL, on_oxygen=on_oxygen), scale=1)
    assert result.sub_scores["oxygen"] == score
    assert result.total == score


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("respiratory_rate", "respiration"),
        ("spo2", "spo2"),
        ("on_oxygen", "oxygen"),
        ("systolic", "systolic"),
        ("heart_rate", "pulse"),
        ("consciousness", "consciousness"),
        ("temperature", "temperature"),
    ],
)
def test_gives_no_total_when_a_parameter_is_missing_and_keeps_the_others(field, name):
    result = news2(replace(WELL, **{field: None}), scale=1)
    assert result.total is None
    assert result.risk is None
    assert result.missing == (name,)
    assert set(result.sub_scores) == set(PARAMETERS) - {name}


def test_says_every_missing_parameter_of_an_empty_set():
    result = news2(Values(), scale=1)
    assert result.missing == PARAMETERS
    assert result.sub_scores == {}
    assert not result.any_three


def test_knows_a_single_three_in_an_incomplete_set():
    result = news2(Values(respiratory_rate=7), scale=1)
    assert result.any_three
    assert result.threes == ("respiration",)
    assert result.total is None


def test_cannot_score_scale_2_above_its_target_without_knowing_the_oxygen():
    assert "spo2" not in news2(Values(spo2=93), scale=2).sub_scores
    assert news2(Values(spo2=92), scale=2).sub_scores == {"spo2": 0}
    assert news2(Values(spo2=83), scale=2).sub_scores == {"spo2": 3}


def test_takes_an_earlier_temperature_only_where_the_set_has_none():
    assert news2(replace(WELL, temperature=None), scale=1, temperature=D("38.5")).total == 1
    assert news2(WELL, scale=1, temperature=D("38.5")).total == 0


@pytest.mark.parametrize(
    ("changes", "total", "risk"),
    [
        ({}, 0, Risk.LOW),
        ({"respiratory_rate": 21, "heart_rate": 111}, 4, Risk.LOW),
        ({"respiratory_rate": 25}, 3, Risk.LOW_MEDIUM),
        ({"respiratory_rate": 25, "heart_rate": 91}, 4, Risk.LOW_MEDIUM),
        ({"respiratory_rate": 21, "heart_rate": 111, "spo2": 95}, 5, Risk.MEDIUM),
        ({"respiratory_rate": 25, "heart_rate": 131}, 6, Risk.MEDIUM),
        ({"respiratory_rate": 25, "heart_rate": 131, "spo2": 95}, 7, Risk.HIGH),
    ],
)
def test_tells_the_clinical_risk_as_the_college_does(changes, total, risk):
    result = news2(replace(WELL, **changes), scale=1)
    assert (result.total, result.risk) == (total, risk)


def test_the_worked_example_in_the_docstring_holds():
    result = doctest.testmod(news2_module)
    assert result.attempted > 0
    assert result.failed == 0


# The middle of the chart's zero band: away from it on one side, a score never falls.
MIDDLES = {
    "respiratory_rate": (16, 0, 90),
    "systolic": (150, 30, 350),
    "heart_rate": (70, 10, 300),
    "temperature": (D("37.0"), D("25.0"), D("45.0")),
}
TENTHS = st.integers(250, 450).map(lambda tenths: D(tenths) / 10)


@given(st.data(), st.sampled_from(sorted(MIDDLES)))
def test_a_sicker_value_never_scores_lower_on_its_side(data, field):
    middle, least, most = MIDDLES[field]
    values = TENTHS if field == "temperature" else st.integers(least, most)
    one, other = data.draw(values), data.draw(values)
    nearer, further = sorted((one, other), key=lambda value: abs(value - middle))
    if (nearer - middle) * (further - middle) >= 0:
        assert (
            news2(replace(WELL, **{field: nearer}), scale=1).total
            <= news2(replace(WELL, **{field: further}), scale=1).total
        )


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from([1, 2]))
def test_less_oxygen_in_the_blood_on_air_never_scores_lower(one, other, scale):
    lower, higher = sorted((one, other))
    assert news2(replace(WELL, spo2=lower), scale=scale).total >= news2(replace(WELL, spo2=higher), scale=scale).total
