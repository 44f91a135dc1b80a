"""A pump found below what was ordered, and its way back without a new approval (DOMAIN 3)."""

import uuid
from decimal import Decimal as D

import pytest

from core.errors import Forbidden, Refused
from infusion.actions import record_found, set_back
from infusion.domain.double_check import PumpReading
from infusion.models import Approval, DoubleCheck, PumpCheck
from monitoring.models import Alert
from tests.factories import MINUTE, signed
from tests.integration.infusion.a_course import TEN, a_course, reading
from tests.integration.infusion.at_the_pump import (
    after,
    approval_live,
    charted,
    codes,
    lower,
    pause,
    pending,
    request_waiting,
    segments,
    started,
    stop,
)
from tests.integration.infusion.test_history_of_the_pump import found

pytestmark = pytest.mark.django_db
LOW, SET = PumpReading(D("1.7"), D(2)), PumpReading(D("3.5"), D(2))


def back(made, minutes, read=SET, **changed):
    at = after(minutes)
    how = {
        "effective_at": at, "first": read, "second": read, "witness": made.witness(at), "seen_version": 1,
        "by": made.by_nurse, "at": at,
    }  # fmt: skip
    return set_back(made.id, **{**how, **changed})


def found_low(*, minutes=30, read=LOW):
    """0.10 mg/kg/h is ordered (3.5 mL/h), the pump is found at half of it; a set is seen just before minute 31."""
    made = started()
    found(made, minutes, read)
    charted(made, at=after(minutes))
    return made


def test_two_set_it_back_to_the_ordered_dose_without_an_approval():
    made = found_low()
    act = back(made, 31)
    assert (act.course.dose_mg_per_kg_h, act.course.rate_ml_per_h, act.course.found_differing_at) == (
        D("0.10"), D("3.5"), None,
    )  # fmt: skip
    assert (act.event.kind, act.event.second_checker_id, act.event.approval_id) == (
        "rate_changed", made.second.user_id, None,
    )  # fmt: skip
    assert segments(made) == [(0, 30, "0.1"), (30, 31, "0.0486"), (31, None, "0.1")]
    assert act.course.last_increase_at == after(31), "the patient is watched as after an increase"
    assert not Approval.objects.exists()


def test_readings_that_differ_stop_it_and_stay_recorded():
    made = found_low()
    with pytest.raises(Refused) as refused:
        back(made, 31, second=PumpReading(D("3.6"), D(2)))
    assert codes(refused) == ["second_rate_differs"]
    assert [check.agrees for check in DoubleCheck.objects.order_by("-id")[:1]] == [False]
    assert made.course.rate_ml_per_h == D("1.7")


def test_the_second_person_is_another_one():
    made = found_low()
    with pytest.raises(Forbidden):
        back(made, 31, witness=signed(made.by_nurse, at=after(31)))


@pytest.mark.parametrize(("minutes", "codes_of_time"), [(150, []), (151, ["found_long_ago"])])
def test_within_two_hours_of_the_finding_and_no_later(minutes, codes_of_time):
    made = found_low()
    charted(made, at=after(minutes - 5))
    if not codes_of_time:
        assert back(made, minutes).course.dose_mg_per_kg_h == D("0.10")
        return
    with pytest.raises(Refused) as refused:
        back(made, minutes)
    assert codes(refused) == codes_of_time


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        ({"systolic": 184}, "red_alert"),
        ({"sedation": "3"}, "sedation_not_acceptable"),
        ({"psychotomimetic": 2}, "psychotomimetic_high"),
    ],
)
def test_what_is_hard_of_the_bedside_binds(seen, code):
    made = found_low()
    charted(made, at=after(32), **seen)
    with pytest.raises(Refused) as refused:
        back(made, 33)
    assert codes(refused) == [code]


@pytest.mark.parametrize(("rule", "binds"), [("pump_differs", False), ("fall", True)])
def test_the_alert_that_the_pump_differs_does_not_forbid_what_answers_it(rule, binds):
    made = found_low()
    Alert.objects.get_or_create(
        admission_id=made.id, rule=rule, direction="neither", closed_at=None,
        defaults={"severity": "red", "sentence": "Red", "first_observed_at": after(30), "last_observed_at": after(30),
                  "raised_at": after(30)},
    )  # fmt: skip
    assert Alert.objects.filter(rule=rule, severity="red", closed_at=None).exists()
    if not binds:
        assert back(made, 31).course.dose_mg_per_kg_h == D("0.10")
        return
    with pytest.raises(Refused) as refused:
        back(made, 31)
    assert codes(refused) == ["red_alert"]


@pytest.mark.parametrize(("minutes", "old"), [(60, False), (61, True)])
def test_the_last_full_set_is_half_an_hour_old_at_most(minutes, old):
    made = found_low()
    with pytest.raises(Refused) as refused:
        back(made, minutes)
    assert "set_overdue" in codes(refused)
    assert ("full_set_old" in codes(refused)) is old


def test_where_nothing_was_found_low_there_is_nothing_to_set_back():
    made = started()
    for act, code in (
        (lambda: None, "nothing_differs"),
        (lambda: found(made, 31, PumpReading(D("7.0"), D(2))), "not_below"),
        (lambda: found(made, 32, PumpReading(D("1.7"), D(1))), "concentration_differs"),
        (lambda: pause(made, 33), "not_running"),
        (lambda: found(made, 34, LOW), "meant_to_stand"),
    ):
        act()
        charted(made, at=after(35))
        with pytest.raises(Refused) as refused:
            back(made, 36)
        assert code in codes(refused), code


def test_a_stopped_pump_found_running_is_not_set_back_past_a_physician():
    made = started()
    stop(made, 20)
    found(made, 30, LOW)
    charted(made, at=after(30))
    with pytest.raises(Refused) as refused:
        back(made, 31)
    assert codes(refused) == ["meant_to_stand"]


def test_the_same_again_is_one_event():
    made, name = found_low(), uuid.uuid4()
    one, two = back(made, 31, client_id=name), back(made, 31, client_id=name)
    assert one.event.pk == two.event.pk


def test_a_pump_found_otherwise_voids_what_waits_and_found_as_set_does_not():
    made = started()
    request_waiting(made)
    approval_live(made)
    found(made, 20, SET)
    assert pending(made) == ["waiting", "live"]
    found(made, 30, LOW)
    assert pending(made) == ["voided", "voided"]


def test_what_was_found_is_countersigned_whatever_is_done_next():
    made = found_low()
    back(made, 31)
    lower(made, 40, "0.05")
    stop(made, 50)
    assert list(PumpCheck.objects.filter(closed_at=None).values_list("kind", flat=True)) == ["found"]


def test_a_step_is_between_ordered_doses_and_goes_on_after_it():
    course = a_course()
    course.approve()
    found_at = TEN + MINUTE
    record_found(course.id, reading=reading("1.7"), effective_at=found_at, by=course.by_nurse, at=found_at)
    with pytest.raises(Refused) as refused:
        course.execute(at=TEN + 2 * MINUTE)
    assert {"pump_differs", "no_approval"} <= set(codes(refused))
