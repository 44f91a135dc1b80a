"""What may be charted (DOMAIN 4): impossible values refused, true extremes confirmed, everything said at once."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from monitoring.domain import psychotomimetic, sedation
from monitoring.domain.values import (
    LIMITS,
    Consciousness,
    SedationScale,
    Values,
    completes_set_prompt,
    is_full,
    needs_confirmation,
    reasons_not_to_accept,
)

FULL = Values(
    heart_rate=72,
    systolic=125,
    diastolic=78,
    respiratory_rate=16,
    spo2=98,
    on_oxygen=False,
    consciousness=Consciousness.A,
    sedation_scale=SedationScale.POSS,
    sedation="1",
    psychotomimetic=0,
    pain=6,
)

# field, (last impossible below, first possible, last that needs confirming, first sure),
# and the same upwards: (last sure, first that needs confirming, last possible, first impossible above).
EDGES = {
    "heart_rate": ((9, 10, 29, 30), (199, 200, 300, 301)),
    "systolic": ((29, 30, 69, 70), (239, 240, 350, 351)),
    "diastolic": ((9, 10, 29, 30), (139, 140, 250, 251)),
    "respiratory_rate": ((-1, 0, 5, 6), (39, 40, 90, 91)),
    "temperature": ((D("24.9"), D("25.0"), D("33.9"), D("34.0")), (D("40.9"), D("41.0"), D("45.0"), D("45.1"))),
}


def only(field, value):
    return Values(**{field: value})


def codes(values, confirmed=frozenset()):
    return [(reason.field, reason.code) for reason in reasons_not_to_accept(values, confirmed=frozenset(confirmed))]


@pytest.mark.parametrize("field", sorted(EDGES))
def test_refuses_the_impossible_and_asks_about_the_extreme(field):
    low, high = EDGES[field]
    for impossible in (low[0], high[3]):
        assert codes(only(field, impossible)) == [(field, "impossible")]
        assert codes(only(field, impossible), {field}) == [(field, "impossible")]
    for extreme in (low[1], low[2], high[1], high[2]):
        assert codes(only(field, extreme)) == [(field, "unconfirmed")]
        assert codes(only(field, extreme), {field}) == []
    for sure in (low[3], high[0]):
        assert codes(only(field, sure)) == []


@pytest.mark.parametrize(
    ("field", "impossible", "possible"),
    [("spo2", (-1, 101, 104), (70, 100)), ("pain", (-1, 11), (0, 10)), ("psychotomimetic", (-1, 4), (0, 3))],
)
def test_refuses_what_lies_off_a_closed_scale(field, impossible, possible):
    for value in impossible:
        assert codes(only(field, value)) == [(field, "impossible")]
    for value in possible:
        assert codes(only(field, value)) == []


def test_asks_about_a_very_low_saturation():
    assert codes(Values(spo2=69)) == [("spo2", "unconfirmed")]
    assert codes(Values(spo2=0), {"spo2"}) == []


def test_accepts_a_heart_rate_of_220_after_it_is_confirmed():
    (reason,) = reasons_not_to_accept(Values(heart_rate=220))
    assert reason.sentence == "Heart rate 220 /min is rare: check it and confirm."
    assert reasons_not_to_accept(Values(heart_rate=220), confirmed=frozenset({"heart_rate"})) == ()


def test_says_what_can_be_charted_when_it_refuses():
    (reason,) = reasons_not_to_accept(Values(spo2=104))
    assert reason.sentence == "SpO2 104 % is not possible: 0 to 100 can be charted."


def test_refuses_more_digits_than_the_instrument_has():
    assert codes(Values(temperature=D("37.25"))) == [("temperature", "too_precise")]
    assert codes(Values(temperature=D("37.20"))) == []
    assert codes(Values(on_oxygen=True, oxygen_l_per_min=D("1.25"))) == [("oxygen_l_per_min", "too_precise")]


@pytest.mark.parametrize(("systolic", "diastolic", "refused"), [(80, 80, True), (80, 81, True), (81, 80, False)])
def test_systolic_lies_above_diastolic(systolic, diastolic, refused):
    found = codes(Values(systolic=systolic, diastolic=diastolic))
    assert found == ([("systolic", "systolic_not_above_diastolic")] if refused else [])


def test_one_pressure_alone_may_be_charted():
    assert codes(Values(systolic=120)) == codes(Values(diastolic=80)) == []


@pytest.mark.parametrize(
    ("scale", "code", "expected"),
    [
        *[(SedationScale.POSS, code, []) for code in ("S", "1", "2", "3", "4")],
        *[(SedationScale.RASS, code, []) for code in ("-5", "-4", "-1", "0", "+1", "+4")],
        *[(SedationScale.POSS, code, [("sedation", "not_on_the_scale")]) for code in ("0", "5", "s", "-1")],
        *[(SedationScale.RASS, code, [("sedation", "not_on_the_scale")]) for code in ("S", "1", "4", "-6", "+5")],
        (None, "1", [("sedation_scale", "sedation_without_scale")]),
        (SedationScale.POSS, None, []),
    ],
)
def test_a_sedation_code_belongs_to_its_scale(scale, code, expected):
    assert codes(Values(sedation_scale=scale, sedation=code)) == expected


@pytest.mark.parametrize("on_oxygen", [False, None])
def test_refuses_litres_without_oxygen(on_oxygen):
    assert codes(Values(on_oxygen=on_oxygen, oxygen_l_per_min=D(2))) == [("oxygen_l_per_min", "litres_without_oxygen")]


def test_asks_about_a_high_flow_of_oxygen():
    assert codes(Values(on_oxygen=True, oxygen_l_per_min=D(15))) == []
    assert codes(Values(on_oxygen=True, oxygen_l_per_min=D("15.1"))) == [("oxygen_l_per_min", "unconfirmed")]
    assert codes(Values(on_oxygen=True, oxygen_l_per_min=D("70.1"))) == [("oxygen_l_per_min", "impossible")]


def test_says_every_reason_at_once():
    values = Values(spo2=104, heart_rate=220, systolic=70, diastolic=90, sedation="9", sedation_scale="poss")
    assert codes(values) == [
        ("spo2", "impossible"),
        ("systolic", "systolic_not_above_diastolic"),
        ("sedation", "not_on_the_scale"),
        ("heart_rate", "unconfirmed"),
    ]


def test_an_empty_set_has_nothing_to_refuse():
    assert reasons_not_to_accept(Values()) == ()
    assert needs_confirmation(Values()) == ()


def test_every_limit_belongs_to_a_value_and_its_sure_range_lies_within():
    for name, limit in LIMITS.items():
        assert hasattr(Values(), name)
        assert limit.least < limit.most
        assert limit.sure_from is None or limit.least < limit.sure_from
        assert limit.sure_until is None or limit.sure_until < limit.most


@pytest.mark.parametrize("field", ["respiratory_rate", "spo2", "sedation"])
def test_a_set_prompt_wants_respiration_saturation_and_sedation(field):
    three = Values(respiratory_rate=14, spo2=97, sedation_scale=SedationScale.POSS, sedation="S")
    assert completes_set_prompt(three)
    assert not completes_set_prompt(replace(three, **{field: None}))


def test_a_full_set_leaves_the_temperature_out():
    assert is_full(FULL)
    assert FULL.temperature is None


@pytest.mark.parametrize(
    "field",
    [
        "heart_rate",
        "systolic",
        "diastolic",
        "respiratory_rate",
        "spo2",
        "on_oxygen",
        "consciousness",
        "sedation",
        "psychotomimetic",
        "pain",
    ],
)
def test_a_full_set_wants_everything_else(field):
    assert not is_full(replace(FULL, **{field: None}))


@pytest.mark.parametrize(
    ("scale", "acceptable"),
    [(SedationScale.POSS, {"1", "2"}), (SedationScale.RASS, {"-1", "0", "+1"})],
)
def test_an_increase_wants_an_awake_and_calm_patient(scale, acceptable):
    assert {code for code in sedation.LEVELS[scale] if sedation.is_acceptable(scale, code)} == acceptable
    assert not sedation.is_acceptable(scale, "nonsense")


def test_says_sedation_and_psychotomimetic_levels_in_words():
    assert sedation.words(SedationScale.POSS, "3") == "POSS 3: frequently drowsy, drifts off in conversation"
    assert sedation.words("rass", "-5") == "RASS -5: unrousable"
    assert sedation.words(SedationScale.RASS, "9") == "RASS 9"
    assert psychotomimetic.words(2) == "2: distressing but redirectable"
    assert [psychotomimetic.is_acceptable(score) for score in range(4)] == [True, True, False, False]


def test_titles_a_sedation_code_with_its_scale():
    assert Values(sedation_scale="rass", sedation="-2").sedation_title == "RASS -2"
    assert Values().sedation_title == ""


def test_every_letter_of_acvpu_has_its_words():
    assert [letter.words for letter in Consciousness] == [
        "alert",
        "new confusion",
        "responds to voice",
        "responds to pain",
        "unresponsive",
    ]
