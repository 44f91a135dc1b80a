"""What a version of the order that was signed while the pump stood does to the rate at which it runs again (DOMAIN 3)."""

from decimal import Decimal as D

import pytest

from core.errors import Refused
from infusion.actions import sign_order
from infusion.checking import computed_reading
from infusion.domain.order import OrderElements
from infusion.models import Order
from infusion.selectors import dose_rules
from patients.actions import record_weight
from patients.models import WeightSource
from tests.factories import protocol, signed
from tests.integration.infusion.at_the_pump import after, codes, pause, restart_allowed, resume, started, stop

pytestmark = pytest.mark.django_db


def renewed(made, minutes, *, kg="70", **changed):
    """A next version, in another weight or with other limits."""
    at = after(minutes)
    record_weight(made.id, kg=D(kg), source=WeightSource.MEASURED, measured_at=at, by=made.by_nurse, at=at)
    rules = protocol(at=at)
    proposed = OrderElements.proposed(dose_rules(rules.pk), concentration_mg_per_ml=D(2))
    elements = OrderElements(**{**{name: getattr(proposed, name) for name in proposed.__slots__}, **changed})
    return sign_order(
        made.id, protocol=rules, elements=elements, replaces_version=made.order.version,
        signed=signed(made.by_physician, at=at), by=made.by_physician, at=at,
    )  # fmt: skip


def read(version, dose="0.10"):
    """What both read where the pump is set in the weight of that version."""
    right = computed_reading(Order.objects.get(version=version), dose=D(dose))
    return {"first": right, "second": right}


# 0.10 mg/kg/h at 2 mg/mL: 3.5 mL/h in 70 kg, 4.0 in 80, 3.0 in 60.
@pytest.mark.parametrize(
    ("kg", "weighed_in", "rate"), [("80", 1, "3.5"), ("70.01", 1, "3.5"), ("70", 2, "3.5"), ("60", 2, "3.0")]
)
def test_resumed_by_nurses_the_pump_runs_at_the_rate_before_or_less(kg, weighed_in, rate):
    made = started()
    pause(made, 10)
    renewed(made, 15, kg=kg)
    course = resume(made, 20, **read(weighed_in)).course
    assert (course.rate_ml_per_h, course.order.version) == (D(rate), weighed_in)


def test_a_rate_in_the_heavier_weight_is_not_the_computed_one():
    made = started()
    pause(made, 10)
    renewed(made, 15, kg="80")
    with pytest.raises(Refused) as refused:
        resume(made, 20, **read(2))
    assert codes(refused) == ["first_rate_differs", "second_rate_differs"]


def test_a_physician_who_allows_the_restart_allows_it_in_the_new_weight():
    made = started()
    stop(made, 10)
    renewed(made, 15, kg="80")
    restart_allowed(made, 16)
    course = resume(made, 20, **read(2)).course
    assert (course.rate_ml_per_h, course.order.version) == (D("4.0"), 2)


@pytest.mark.parametrize(("maximum", "code"), [("0.10", None), ("0.09", "dose_above_previous")])
def test_the_pump_does_not_run_again_above_a_maximum_that_was_lowered_meanwhile(maximum, code):
    made = started()
    pause(made, 10)
    renewed(made, 15, maximum_dose_mg_per_kg_h=D(maximum), initial_dose_mg_per_kg_h=D("0.05"))
    if code is None:
        assert resume(made, 20).course.dose_mg_per_kg_h == D("0.10")
        return
    with pytest.raises(Refused) as refused:
        resume(made, 20)
    assert codes(refused) == [code]
    assert refused.value.reasons[0].sentence.endswith("0.09 mg/kg/h at most: that is what the order allows.")
    assert resume(made, 20, "0.09").course.dose_mg_per_kg_h == D("0.09")
