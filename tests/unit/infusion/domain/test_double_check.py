"""The blind double check: every way in which two readings can differ from the computed one (DOMAIN 3)."""

from decimal import Decimal as D
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.domain.double_check import PumpReading, disagreements

COMPUTED = PumpReading(D("15.3"), D("1.6"))
RATES, CONCENTRATIONS = (D("15.3"), D("15.4")), (D("1.6"), D("1"))
READINGS = [PumpReading(rate, strength) for rate, strength in product(RATES, CONCENTRATIONS)]


@pytest.mark.parametrize(("first", "second"), list(product(READINGS, READINGS)))
def test_every_pair_of_readings_names_each_value_that_is_off(first, second):
    expected = {
        f"{who}_{what}_differs"
        for who, read in (("first", first), ("second", second))
        for what, off in (
            ("rate", read.rate_ml_per_h != COMPUTED.rate_ml_per_h),
            ("concentration", read.concentration_mg_per_ml != COMPUTED.concentration_mg_per_ml),
        )
        if off
    }
    assert {reason.code for reason in disagreements(COMPUTED, first, second)} == expected


def test_trailing_zeros_are_no_difference():
    assert disagreements(COMPUTED, PumpReading(D("15.30"), D("1.600")), PumpReading(D("15.3"), D("1.6"))) == ()


@given(st.decimals("0", "999", places=1), st.decimals("0", "999", places=1))
def test_no_sentence_tells_what_anybody_read(first, second):
    reasons = disagreements(COMPUTED, PumpReading(first, D("1.6")), PumpReading(second, D("1.6")))
    computed = {"15.3", "1.6"}
    for reason in reasons:
        words = {word.strip(".,") for word in reason.sentence.split()}
        numbers = {word for word in words if word[:1].isdigit()}
        assert numbers <= computed


@given(st.decimals("0", "999", places=1), st.decimals("0", "999", places=1))
def test_agreement_is_equality_of_all_three(first, second):
    reasons = disagreements(COMPUTED, PumpReading(first, D("1.6")), PumpReading(second, D("1.6")))
    assert (reasons == ()) is (first == second == D("15.3"))
