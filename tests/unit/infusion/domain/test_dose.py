"""The arithmetic between dose and pump rate (DOMAIN 3)."""

import doctest
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.domain import dose as dose_module
from infusion.domain import units as units_module
from infusion.domain.dose import DoseError, dose_delivered, programmed_rate, rate_ml_per_h, run_out_minutes
from infusion.domain.units import Rounding

DOSES = st.decimals("0", "1", places=4)
WEIGHTS = st.decimals("30", "200", places=1)
CONCENTRATIONS = st.sampled_from([D("1"), D("2"), D("5"), D("1.6"), D("3"), D("0.7")])
RESOLUTIONS = st.sampled_from([D("0.1"), D("0.01"), D("1"), D("0.5"), D("0.3")])


@pytest.mark.parametrize("module", [dose_module, units_module])
def test_the_worked_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


# 0.3 mg/kg/h, 82 kg, 1.6 mg/mL: IHE PCD IPEC supplement; the others by hand.
@pytest.mark.parametrize(
    ("dose", "weight", "concentration", "rate"),
    [
        ("0.1", "70", "1", "7.0"),
        ("0.3", "82", "1.6", "15.375"),
        ("0.45", "68.5", "2", "15.4125"),
        ("1.00", "200", "1", "200"),
        ("0", "70", "1", "0"),
    ],
)
def test_computes_the_pump_rate(dose, weight, concentration, rate):
    assert rate_ml_per_h(D(dose), D(weight), D(concentration)) == D(rate)


def test_cuts_a_rate_without_end_off_below_the_exact_one():
    rate = rate_ml_per_h(D("0.2"), D("50"), D("3"))
    assert Fraction(rate) < Fraction(10, 3)
    assert Fraction(10, 3) - Fraction(rate) < Fraction(1, 10**35)


@pytest.mark.parametrize(
    ("rate", "resolution", "rounding", "programmed"),
    [
        ("15.375", "0.1", Rounding.DOWN, "15.3"),
        ("15.375", "0.1", "nearest", "15.4"),
        ("15.35", "0.1", Rounding.NEAREST, "15.4"),
        ("15.349", "0.1", Rounding.NEAREST, "15.3"),
        ("15.399", "0.1", "down", "15.3"),
        ("7.0", "0.1", Rounding.DOWN, "7.0"),
        ("7", "0.1", Rounding.DOWN, "7.0"),
        ("0.09", "0.1", Rounding.DOWN, "0.0"),
        ("15.9", "1", Rounding.DOWN, "15"),
        ("15.9", "0.5", Rounding.DOWN, "15.5"),
    ],
)
def test_rounds_a_rate_to_what_the_pump_can_be_set_to(rate, resolution, rounding, programmed):
    assert str(programmed_rate(D(rate), D(resolution), rounding)) == programmed


@pytest.mark.parametrize(
    ("volume", "rate", "minutes"),
    [("250", "15.4", 974), ("50", "50", 60), ("50", "50.1", 59), ("0", "7", 0), ("250", "0", None)],
)
def test_run_out_never_promises_a_minute_too_many(volume, rate, minutes):
    assert run_out_minutes(D(volume), D(rate)) == minutes


@pytest.mark.parametrize("bad", [D(0), D("-1"), D("NaN"), D("Infinity")])
def test_refuses_a_weight_concentration_or_resolution_that_is_not_above_zero(bad):
    with pytest.raises(DoseError, match="weight in kg must be above 0"):
        rate_ml_per_h(D("0.1"), bad, D(1))
    with pytest.raises(DoseError, match="concentration in mg/mL must be above 0"):
        rate_ml_per_h(D("0.1"), D(70), bad)
    with pytest.raises(DoseError, match="weight in kg must be above 0"):
        dose_delivered(D(7), bad, D(1))
    with pytest.raises(DoseError, match="concentration in mg/mL must be above 0"):
        dose_delivered(D(7), D(70), bad)
    with pytest.raises(DoseError, match="resolution in mL/h must be above 0"):
        programmed_rate(D(7), bad, Rounding.DOWN)


@pytest.mark.parametrize("bad", [D("-0.1"), D("NaN"), D("Infinity")])
def test_refuses_a_dose_rate_or_volume_below_zero(bad):
    with pytest.raises(DoseError, match="The dose in mg/kg/h cannot be"):
        rate_ml_per_h(bad, D(70), D(1))
    with pytest.raises(DoseError, match="The rate in mL/h cannot be"):
        programmed_rate(bad, D("0.1"), Rounding.DOWN)
    with pytest.raises(DoseError, match="The rate in mL/h cannot be"):
        dose_delivered(bad, D(70), D(1))
    with pytest.raises(DoseError, match="The rate in mL/h cannot be"):
        run_out_minutes(D(250), bad)
    with pytest.raises(DoseError, match="The volume in mL cannot be"):
        run_out_minutes(bad, D(7))


@given(DOSES, WEIGHTS, CONCENTRATIONS, RESOLUTIONS)
def test_rounding_down_never_exceeds_the_order_and_loses_less_than_a_tick(dose, weight, concentration, resolution):
    exact = Fraction(dose) * Fraction(weight) / Fraction(concentration)
    programmed = programmed_rate(rate_ml_per_h(dose, weight, concentration), resolution, Rounding.DOWN)
    assert Fraction(programmed) <= exact < Fraction(programmed) + Fraction(resolution)
    assert dose_delivered(programmed, weight, concentration) <= dose


@given(DOSES, WEIGHTS, CONCENTRATIONS, RESOLUTIONS)
def test_rounding_to_the_nearest_is_at_most_half_a_tick_off(dose, weight, concentration, resolution):
    rate = rate_ml_per_h(dose, weight, concentration)
    assert abs(programmed_rate(rate, resolution, Rounding.NEAREST) - rate) <= resolution / 2


@given(DOSES, WEIGHTS, st.sampled_from([D("1"), D("2"), D("5")]))
def test_the_exact_rate_delivers_the_dose_that_was_asked(dose, weight, concentration):
    delivered = dose_delivered(rate_ml_per_h(dose, weight, concentration), weight, concentration)
    assert delivered == dose
