"""Two people decide, or act, at the same instant: one is first, the other gets a sentence that says who (DOMAIN 2 and 3)."""

from decimal import Decimal as D

import pytest

from accounts.roles import Role
from core.errors import Conflict, Refused
from infusion.actions import reject_request, stop_infusion
from infusion.models import Approval, DeliveryEvent, IncreaseRequest
from tests.factories import MINUTE, actor, person, signed
from tests.integration.infusion.a_course import TEN, a_course
from tests.integration.test_races import at_once, unexpected

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course():
    return a_course()


def another(course, role):
    return actor(person(role, ward=course.stay.ward))


def only(kind, answers):
    (found,) = (each for each in answers if isinstance(each, kind))
    return found


@pytest.mark.parametrize("turn", range(3))
def test_of_two_physicians_who_decide_at_once_the_second_hears_what_the_first_decided(course, turn):
    request, other = course.request(), another(course, Role.PHYSICIAN)
    answers = at_once(
        lambda: course.approve(request_id=request.pk),
        lambda: reject_request(
            request.pk, reason="not tonight", seen_version=1, signed=signed(other, at=TEN), by=other, at=TEN
        ),
    )
    assert not unexpected(answers)
    late = only(Conflict, answers)
    request.refresh_from_db()
    first = course.stay.physician.display_name if request.state == "approved" else other.name
    assert late.code == "request_decided"
    assert late.sentence.startswith(f"{first} {request.state} the request for 0.15 mg/kg/h at")
    assert Approval.objects.count() == (request.state == "approved")


@pytest.mark.parametrize("turn", range(3))
def test_of_two_physicians_own_increases_at_once_one_stands(course, turn):
    other = another(course, Role.PHYSICIAN)
    answers = at_once(lambda: course.approve("0.15"), lambda: course.approve("0.20", by=other))
    assert not unexpected(answers)
    assert only(Conflict, answers).code == "approval_stands"
    assert only(Approval, answers) == Approval.objects.get()


@pytest.mark.parametrize("turn", range(3))
def test_of_two_nurses_who_carry_out_at_once_one_changes_the_dose(course, turn):
    course.approve("0.20")
    third = another(course, Role.NURSE)
    answers = at_once(course.execute, lambda: course.execute(by=third))
    assert not unexpected(answers)
    assert only(Conflict, answers).code == "increased_already"
    assert DeliveryEvent.objects.filter(kind="rate_changed").count() == 1
    assert course.course.dose_mg_per_kg_h == D("0.15")


@pytest.mark.parametrize("turn", range(3))
def test_a_stop_always_wins_over_an_increase(course, turn):
    course.approve()
    late = TEN + MINUTE
    answers = at_once(
        lambda: course.execute(effective_at=TEN),
        lambda: stop_infusion(course.id, effective_at=late, by=course.by_nurse, at=late),
    )
    assert not unexpected(answers)
    assert course.course.state == "stopped"
    refusals = [each for each in answers if isinstance(each, Refused)]
    assert all("not_running" in {reason.code for reason in each.reasons} for each in refusals)
    assert not Approval.objects.filter(state="live").exists()


@pytest.mark.parametrize("turn", range(3))
def test_of_two_requests_at_once_one_waits(course, turn):
    third = another(course, Role.NURSE)
    answers = at_once(course.request, lambda: course.request(by=third))
    assert not unexpected(answers)
    assert {reason.code for reason in only(Refused, answers).reasons} == {"request_waiting"}
    assert IncreaseRequest.objects.filter(state="waiting").count() == 1
