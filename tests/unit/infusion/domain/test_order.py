"""Orders: the seven elements, the limits, states, the weight, expiry (DOMAIN 3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.domain.order import (
    DosingWeight,
    OrderElements,
    expiry_tasks,
    is_too_fine,
    order_may_become,
    order_state,
    reasons_not_to_sign,
    weight_has_changed,
)
from infusion.domain.words import OrderState
from tests.unit.infusion.domain.a_question import RULES

AT = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ELEMENTS = OrderElements.proposed(RULES, concentration_mg_per_ml=D(2))
WEIGHED = DosingWeight(D(70), is_measured=True)
STATED = DosingWeight(D(70), is_measured=False)


def codes(weight=WEIGHED, why="", **changed):
    elements = replace(ELEMENTS, **changed)
    return [
        reason.code
        for reason in reasons_not_to_sign(elements, rules=RULES, weight=weight, unmeasured_weight_reason=why)
    ]


def test_what_the_protocol_proposes_can_be_signed():
    assert codes() == []
    assert (ELEMENTS.initial_dose_mg_per_kg_h, ELEMENTS.step_interval) == (D("0.10"), 2 * HOUR)


@pytest.mark.parametrize(
    "element",
    [
        "drug",
        "route",
        "initial_dose_mg_per_kg_h",
        "increment_mg_per_kg_h",
        "step_interval",
        "maximum_dose_mg_per_kg_h",
        "pain_goal",
        "concentration_mg_per_ml",
        "planned_days",
        "liver_max_age",
    ],
)
def test_an_order_without_one_of_its_elements_is_not_signed(element):
    assert codes(**{element: None}) == [f"{element}_missing"]


def test_all_that_is_missing_is_said_at_once():
    reasons = reasons_not_to_sign(OrderElements(), rules=RULES, weight=None)
    assert [reason.code for reason in reasons] == [
        "drug_missing", "route_missing", "initial_dose_mg_per_kg_h_missing", "increment_mg_per_kg_h_missing",
        "step_interval_missing", "maximum_dose_mg_per_kg_h_missing", "pain_goal_missing",
        "concentration_mg_per_ml_missing", "planned_days_missing", "liver_max_age_missing", "weight_missing",
    ]  # fmt: skip
    assert all(reason.sentence.endswith(".") and reason.field for reason in reasons)


@pytest.mark.parametrize(
    ("field", "passes", "fails", "code"),
    [
        ("drug", RULES.drug, "water", "drug_not_of_protocol"),
        ("route", "intravenous", "oral", "route_not_of_protocol"),
        ("concentration_mg_per_ml", D("5.000"), D("4"), "concentration_unknown"),
        ("initial_dose_mg_per_kg_h", D("0.05"), D("0.0499"), "initial_outside_limits"),
        ("initial_dose_mg_per_kg_h", D("1"), D("1.0001"), "initial_outside_limits"),
        ("initial_dose_mg_per_kg_h", D("0.1000"), D("0.10001"), "initial_too_fine"),
        ("initial_dose_mg_per_kg_h", D("0.1"), D("NaN"), "initial_too_fine"),
        ("maximum_dose_mg_per_kg_h", D("1.00"), D("1.0001"), "maximum_outside_limits"),
        ("maximum_dose_mg_per_kg_h", D("0.10"), D("0.0999"), "maximum_outside_limits"),
        ("increment_mg_per_kg_h", D("0.05"), D("0.0501"), "increment_outside_limits"),
        ("increment_mg_per_kg_h", D("0.0001"), D("0"), "increment_outside_limits"),
        ("increment_mg_per_kg_h", D("0.01"), D("Infinity"), "increment_too_fine"),
        ("step_interval", 2 * HOUR, 2 * HOUR - timedelta(seconds=1), "step_interval_outside_limits"),
        ("step_interval", 168 * HOUR, 168 * HOUR + timedelta(seconds=1), "step_interval_outside_limits"),
        ("planned_days", 2, 1, "planned_days_outside_limits"),
        ("planned_days", 9, 10, "planned_days_outside_limits"),
        ("pain_goal", 0, -1, "pain_goal_outside_limits"),
        ("pain_goal", 10, 11, "pain_goal_outside_limits"),
        ("liver_max_age", 72 * HOUR, 72 * HOUR + timedelta(seconds=1), "liver_max_age_outside_limits"),
        ("liver_max_age", timedelta(seconds=1), 0 * HOUR, "liver_max_age_outside_limits"),
        ("endpoint", "x" * 200, "x" * 201, "too_long"),
    ],
)
def test_every_element_keeps_within_the_protocol(field, passes, fails, code):
    assert code not in codes(**{field: passes})
    assert code in codes(**{field: fails})


@pytest.mark.parametrize(("kg", "good"), [("30", True), ("29.99", False), ("200", True), ("200.01", False)])
def test_the_dosing_weight_keeps_within_the_protocol(kg, good):
    assert codes(DosingWeight(D(kg), is_measured=True)) == ([] if good else ["weight_outside_limits"])


def test_an_unmeasured_weight_takes_a_reason_and_a_small_dose():
    assert codes(STATED) == ["unmeasured_weight_reason_missing"]
    assert codes(STATED, "  ") == ["unmeasured_weight_reason_missing"]
    assert codes(STATED, "cannot stand") == []
    assert codes(STATED, "x" * 201) == ["too_long"]
    assert codes(STATED, "cannot stand", initial_dose_mg_per_kg_h=D("0.30")) == []
    assert codes(STATED, "cannot stand", initial_dose_mg_per_kg_h=D("0.3001")) == ["weight_unmeasured"]
    assert codes(WEIGHED, initial_dose_mg_per_kg_h=D("0.3001")) == []


@pytest.mark.parametrize(
    ("dose", "too_fine"),
    [("0.1234", False), ("0.12345", True), ("1E+30", False), ("0.1" + "0" * 40, False), ("0.1" + "0" * 40 + "1", True)],
)
def test_a_dose_has_four_places_whatever_its_size(dose, too_fine):
    assert is_too_fine(D(dose)) is too_fine


@pytest.mark.parametrize(
    ("ended", "since_expiry", "state"),
    [
        (False, timedelta(microseconds=-1), OrderState.ACTIVE),
        (False, timedelta(0), OrderState.EXPIRED),
        (True, timedelta(microseconds=-1), OrderState.ENDED),
        (True, timedelta(0), OrderState.ENDED),
    ],
)
def test_an_order_expires_at_the_very_instant_and_an_ended_one_is_ended(ended, since_expiry, state):
    ended_at = AT - HOUR if ended else None
    assert order_state(expires_at=AT, ended_at=ended_at, at=AT + since_expiry) is state


ORDER_MOVES = {("active", "expired"), ("active", "ended"), ("expired", "ended")}


@pytest.mark.parametrize(("state", "following"), list(product(OrderState, repeat=2)))
def test_an_order_version_never_comes_back(state, following):
    assert order_may_become(state, following) is ((state.value, following.value) in ORDER_MOVES)


@pytest.mark.parametrize(
    ("newest", "changed"),
    [("70", False), ("73.49", False), ("73.50", True), ("66.51", False), ("66.50", True), ("140", True)],
)
def test_a_weight_that_differs_by_five_percent_has_changed(newest, changed):
    assert weight_has_changed(D(70), D(newest), RULES.order) is changed


def test_a_physician_is_reminded_twelve_and_four_hours_before_the_end():
    assert expiry_tasks(AT, RULES.order) == (AT - 12 * HOUR, AT - 4 * HOUR)


@given(st.decimals(allow_nan=True, allow_infinity=True).filter(lambda number: not number.is_snan()))
def test_whatever_number_is_sent_is_answered_in_words(number):
    doses = dict.fromkeys(
        ["initial_dose_mg_per_kg_h", "increment_mg_per_kg_h", "maximum_dose_mg_per_kg_h", "concentration_mg_per_ml"],
        number,
    )
    reasons = reasons_not_to_sign(replace(ELEMENTS, **doses), rules=RULES, weight=STATED)
    assert {"unmeasured_weight_reason_missing"} < {reason.code for reason in reasons}
