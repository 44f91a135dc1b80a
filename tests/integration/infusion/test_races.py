"""What one person allows while another makes safe, moves or changes it: one first, then the other or a sentence (DOMAIN 2, 3).

Deciding, carrying out and stopping against each other are raced in `test_titration_races` and `test_pump_races`.
"""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from accounts.roles import Role
from core.errors import Conflict, DomainError, NotFound, Refused
from infusion.actions import UsedBag, allow_restart, change_bag, declare_target, decrease, sign_order, stop_infusion
from infusion.domain.order import OrderElements
from infusion.domain.words import TargetKind
from infusion.models import (
    Approval,
    Bag,
    DeliveryEvent,
    DoubleCheck,
    IncreaseRequest,
    Order,
    Segment,
    TargetDeclaration,
)
from infusion.selectors import dose_rules
from monitoring.actions import record_set
from patients.actions import accept_transfer, record_weight, request_transfer
from patients.models import Admission, Bed, WeightSource
from tests.factories import actor, entry, person, protocol, signed, ward
from tests.integration.infusion.a_course import TEN, a_course, reading
from tests.integration.infusion.at_the_pump import BAG, after, started
from tests.integration.infusion.naively import flows, joined
from tests.integration.test_races import at_once, unexpected

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course():
    return a_course()


def refusals(answers):
    return [each for each in answers if isinstance(each, DomainError)]


def the_record_is_whole(admission_id):
    """Segments are a replay of what was done, and at most one of everything stands."""
    events = list(DeliveryEvent.objects.filter(admission_id=admission_id))
    kept = Segment.objects.filter(admission_id=admission_id).order_by("started_at")
    assert [(s.started_at, s.ended_at, s.rate_ml_per_h, s.dose_mg_per_kg_h) for s in kept] == [
        (f.start, f.end, f.rate, f.dose) for f in joined(flows(events))
    ]
    assert Approval.objects.filter(state="live").count() <= 1
    assert IncreaseRequest.objects.filter(state="waiting").count() <= 1
    assert Order.objects.filter(ended_at=None).count() <= 1


@pytest.mark.parametrize("turn", range(3))
def test_of_a_decrease_and_an_increase_the_decrease_always_acts(course, turn):
    course.approve("0.15")
    lowered, raised = at_once(
        lambda: decrease(course.id, effective_at=TEN, dose_mg_per_kg_h=D("0.05"), by=course.by_physician, at=TEN),
        lambda: course.execute("0.15"),
    )
    assert not unexpected([lowered, raised])
    assert lowered.course.dose_mg_per_kg_h == course.course.dose_mg_per_kg_h == D("0.05")
    if isinstance(raised, DomainError):
        assert "no_approval" in {reason.code for reason in raised.reasons}
        assert Approval.objects.get().state == "voided"
        assert not DeliveryEvent.objects.filter(approval__isnull=False).exists()
    else:
        assert Approval.objects.get().state == "used"
    the_record_is_whole(course.id)


@pytest.mark.parametrize("turn", range(3))
def test_an_approval_and_a_red_value_at_once_leave_no_ceiling(course, turn):
    request = course.request()
    approved, _seen = at_once(
        lambda: course.approve(request_id=request.pk),
        lambda: record_set(course.id, entry=entry(TEN, spo2=85), by=course.by_nurse, at=TEN),
    )
    assert not unexpected([approved, _seen])
    assert not Approval.objects.filter(state="live").exists()
    request.refresh_from_db()
    if isinstance(approved, DomainError):
        assert request.state == "voided"
        assert approved.sentence
    else:
        assert (request.state, Approval.objects.get().state) == ("approved", "voided")


@pytest.mark.parametrize("turn", range(3))
def test_an_approval_and_another_weight_at_once_leave_no_ceiling(course, turn):
    answers = at_once(
        lambda: course.approve("0.15"),
        lambda: record_weight(
            course.id, kg=D(80), source=WeightSource.MEASURED, measured_at=TEN, by=course.by_nurse, at=TEN
        ),
    )
    assert not unexpected(answers)
    assert not Approval.objects.filter(state="live").exists()
    for refused in refusals(answers):
        assert {reason.code for reason in refused.reasons} == {"weight_changed"}


@pytest.mark.parametrize("turn", range(3))
def test_a_patient_who_moves_is_approved_by_the_ward_that_they_leave_before_and_never_after(course, turn):
    there = ward()
    receiver = actor(person(Role.NURSE, ward=there))
    bed = Bed.objects.create(ward=there, name="7", position=7)
    transfer = request_transfer(course.id, to_ward_id=there.pk, by=course.by_nurse, at=TEN)
    approved, moved = at_once(
        lambda: course.approve("0.15"), lambda: accept_transfer(transfer.pk, bed_id=bed.pk, by=receiver, at=TEN)
    )
    assert not unexpected([approved, moved])
    assert not isinstance(moved, Exception), "a transfer waits for nobody's approval"
    assert Admission.objects.get().ward_id == there.pk
    if isinstance(approved, Exception):
        assert isinstance(approved, NotFound)
        assert not Approval.objects.exists()
    else:
        assert Approval.objects.get().state == "live", "what was allowed for the patient moves with them"


@pytest.mark.parametrize("turn", range(3))
def test_of_two_physicians_who_sign_at_once_one_is_told_of_the_other(course, turn):
    other = actor(person(Role.PHYSICIAN, ward=course.stay.ward))
    elements = OrderElements.proposed(dose_rules(protocol().pk), concentration_mg_per_ml=D(2))

    def sign(by, maximum):
        return lambda: sign_order(
            course.id, protocol=protocol(), elements=replace(elements, maximum_dose_mg_per_kg_h=D(maximum)),
            replaces_version=1, signed=signed(by, at=TEN), by=by, at=TEN,
        )  # fmt: skip

    answers = at_once(sign(course.by_physician, "0.5"), sign(other, "0.3"))
    assert not unexpected(answers)
    (late,) = refusals(answers)
    assert isinstance(late, Conflict)
    assert late.code == "order_changed"
    assert Order.objects.count() == 2
    assert Order.objects.get(ended_at=None).version == 2


@pytest.mark.parametrize("turn", range(3))
def test_of_a_new_version_and_an_increase_nothing_is_raised_under_the_old_one(course, turn):
    course.approve("0.15")
    elements = OrderElements.proposed(dose_rules(protocol().pk), concentration_mg_per_ml=D(2))
    by = course.by_physician
    signed_now, raised = at_once(
        lambda: sign_order(
            course.id,
            protocol=protocol(),
            elements=elements,
            replaces_version=1,
            signed=signed(by, at=TEN),
            by=by,
            at=TEN,
        ),
        lambda: course.execute("0.15"),
    )
    assert not unexpected([signed_now, raised])
    assert signed_now.version == 2
    if isinstance(raised, DomainError):
        assert raised.code == "order_changed"
        assert Approval.objects.get().state == "voided"
    else:
        assert raised.order_id != signed_now.pk
    the_record_is_whole(course.id)


@pytest.mark.parametrize("turn", range(3))
def test_of_two_who_change_the_bag_at_once_one_bag_is_accounted_for_once(turn):
    made, at = started(), after(30)
    seen = Bag.objects.get().pk

    def change(by, witness, lot):
        return lambda: change_bag(
            made.id, new=replace(BAG, lot=lot), used=UsedBag(D("1.7"), left_ml=D("238.3")), changed_at=at,
            witness=signed(witness, at=at), seen_version=1, seen_bag=seen, by=by, at=at,
        )  # fmt: skip

    answers = at_once(change(made.by_nurse, made.by_physician, "L-2"), change(made.second, made.by_physician, "L-3"))
    assert not unexpected(answers)
    (late,) = refusals(answers)
    assert late.code == "bag_changed"
    assert Bag.objects.count() == 2
    assert Bag.objects.filter(closed_at=None).count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_of_two_restarts_at_once_one_stands(course, turn):
    stop_infusion(course.id, effective_at=TEN, by=course.by_nurse, at=TEN)
    other = actor(person(Role.PHYSICIAN, ward=course.stay.ward))

    def allow(by, dose):
        return lambda: allow_restart(
            course.id, dose=D(dose), reason="seen", seen_version=1, signed=signed(by, at=TEN), by=by, at=TEN
        )

    answers = at_once(allow(course.by_physician, "0.10"), allow(other, "0.05"))
    assert not unexpected(answers)
    (late,) = refusals(answers)
    assert late.code == "approval_stands"
    assert Approval.objects.get().state == "live"


@pytest.mark.parametrize("turn", range(3))
def test_two_who_declare_the_target_at_once_declare_it_once(turn):
    made, at = started(), after(30)
    declare = [
        lambda by=by: declare_target(made.id, kind=TargetKind.RELIEF, pain=2, seen_version=1, by=by, at=at)
        for by in (made.by_nurse, made.second)
    ]
    answers = at_once(*declare)
    assert not unexpected(answers)
    (late,) = refusals(answers)
    assert isinstance(late, Refused)
    assert TargetDeclaration.objects.count() == 1


@pytest.mark.parametrize("turn", range(2))
def test_a_double_check_that_differs_stays_recorded_while_another_raises_the_dose(course, turn):
    course.approve("0.15")
    answers = at_once(
        lambda: course.execute("0.15"), lambda: course.execute("0.15", first=reading("5.2"), second=reading("5.3"))
    )
    assert not unexpected(answers)
    assert course.course.dose_mg_per_kg_h == D("0.15")
    assert len(refusals(answers)) == 1
    assert DoubleCheck.objects.filter(agrees=True).count() == 1
    the_record_is_whole(course.id)
