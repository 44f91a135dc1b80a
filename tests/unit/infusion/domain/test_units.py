"""Dose units and their exact conversion (DOMAIN 3: {mg, mcg, units}[/kg]/{min, h})."""

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.domain.units import DoseUnit, UnitError, convert, rounded

MASS = ["mg/kg/h", "mg/kg/min", "mg/h", "mg/min", "mcg/kg/h", "mcg/kg/min", "mcg/h", "mcg/min"]
UNITS = ["units/kg/h", "units/kg/min", "units/h", "units/min"]
AMOUNTS = st.decimals("0", "10000", places=4)
WEIGHTS = st.decimals("30", "200", places=1)


@pytest.mark.parametrize("text", [*MASS, *UNITS])
def test_reads_every_unit_of_the_family_and_writes_it_back(text):
    assert str(DoseUnit.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "mg", "lb", "mg/kg", "kg/mg/h", "g/h", "mg/kg/day", "mL/h", "mg/lb/h", "mg/kg/h/h", "Mg/h", "mg/kg/kg/h"],
)
def test_refuses_what_is_not_of_the_family(text):
    with pytest.raises(UnitError, match="is not a dose unit"):
        DoseUnit.parse(text)


@pytest.mark.parametrize(
    ("value", "of", "to", "weight", "expected"),
    [
        ("1", "mg/kg/h", "mcg/kg/min", None, Fraction(1000, 60)),
        ("0.3", "mg/kg/h", "mcg/kg/min", None, Fraction(5)),
        ("5", "mcg/kg/min", "mg/kg/h", None, Fraction(3, 10)),
        ("0.5", "mg/min", "mg/h", None, Fraction(30)),
        ("0.1", "mg/kg/h", "mg/h", "70", Fraction(7)),
        ("7", "mg/h", "mg/kg/h", "70", Fraction(1, 10)),
        ("12", "units/kg/h", "units/min", "50", Fraction(10)),
        ("0", "mg/h", "mcg/min", None, Fraction(0)),
    ],
)
def test_converts_exactly(value, of, to, weight, expected):
    assert convert(D(value), of, to, weight_kg=None if weight is None else D(weight)) == expected


@pytest.mark.parametrize(("of", "to"), [("mg/h", "units/h"), ("units/h", "mcg/h")])
def test_refuses_to_turn_units_into_mass(of, to):
    with pytest.raises(UnitError, match="cannot be converted"):
        convert(D(1), of, to)


@pytest.mark.parametrize("weight", [None, D(0), D(-70)])
@pytest.mark.parametrize(("of", "to"), [("mg/h", "mg/kg/h"), ("mg/kg/h", "mg/h")])
def test_asks_for_a_weight_where_one_is_needed(of, to, weight):
    with pytest.raises(UnitError, match="A weight above 0 kg is needed"):
        convert(D(1), of, to, weight_kg=weight)


@given(
    AMOUNTS,
    st.sampled_from([MASS, UNITS]).flatmap(lambda units: st.lists(st.sampled_from(units), min_size=3, max_size=3)),
    WEIGHTS,
)
def test_there_and_back_is_exactly_the_same_and_a_detour_changes_nothing(value, units, weight):
    of, over, to = units
    there = convert(value, of, to, weight_kg=weight)
    assert convert(there, to, of, weight_kg=weight) == Fraction(value)
    assert convert(convert(value, of, over, weight_kg=weight), over, to, weight_kg=weight) == there


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(50, 3), 2, "16.67"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(1249, 10000), 2, "0.12"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(7), 1, "7.0"),
        (Fraction(0), 2, "0.00"),
    ],
)
def test_rounds_halves_upwards_for_showing(value, places, expected):
    assert str(rounded(value, places)) == expected
