"""What ends requests and approvals that nobody carried out yet (DOMAIN 3, "Voided at once")."""

import uuid
from decimal import Decimal as D

import pytest

from core.errors import Conflict
from infusion.actions import allow_restart, stop_infusion
from infusion.domain.words import OrderEnd, VoidCause
from infusion.models import Approval, IncreaseRequest, Order
from infusion.voiding import void_pending
from monitoring.models import Alert, ObservationSet
from monitoring.sweeps import reevaluate_recent_sets
from patients.actions import discharge_patient, record_weight
from patients.models import Disposition, WeightBasis, WeightSource
from tests.factories import HOUR, MINUTE, signed
from tests.integration.infusion.a_course import TEN, a_course

pytestmark = pytest.mark.django_db
SOON = TEN + 5 * MINUTE


@pytest.fixture
def course():
    return a_course()


def state(course):
    """The states of the approval and of the request that waits beside it."""
    return Approval.objects.get(admission_id=course.id).state, IncreaseRequest.objects.get(admission_id=course.id).state


def both_pending(course):
    course.approve()
    course.request("0.20")
    assert state(course) == ("live", "waiting")


@pytest.mark.parametrize("cause", list(VoidCause))
def test_what_waits_and_what_stands_is_voided_in_one_statement(course, cause, django_assert_num_queries):
    first = course.approve()
    course.request("0.20")
    with django_assert_num_queries(1):
        assert void_pending(course.id, cause=cause, at=TEN + MINUTE, by=course.by_nurse) == 2
    first.refresh_from_db()
    request = IncreaseRequest.objects.get()
    assert (first.state, request.state) == ("voided", "voided")
    assert request.close_reason == first.close_reason != ""
    assert void_pending([course.id], cause=cause, at=TEN, by=course.by_nurse) == 0
    with pytest.raises(Conflict, match="ended the request"):
        course.approve("0.20", request_id=request.pk)


def test_voiding_leaves_what_lapsed_before(course):
    course.approve(valid_for=MINUTE)
    assert void_pending([course.id], cause=VoidCause.STOP, at=TEN + MINUTE, by=course.by_nurse) == 0
    assert (Approval.objects.get().state, Approval.objects.get().closed_at) == ("lapsed", TEN + MINUTE)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "live"),
        ({"systolic": 179}, "live"),
        ({"systolic": 180}, "voided"),
        ({"sedation": "2"}, "live"),
        ({"sedation": "3"}, "voided"),
        ({"heart_rate": 40}, "voided"),
    ],
)
def test_a_red_value_or_poss_3_voids_in_the_sets_own_transaction(course, changed, expected):
    both_pending(course)
    course.chart(SOON, **changed)
    assert state(course) == (expected, "waiting" if expected == "live" else expected)


def test_a_red_set_that_came_in_past_the_actions_voids_at_the_sweep(course):
    both_pending(course)
    last = ObservationSet.objects.filter(admission_id=course.id).order_by("-id").first()
    last.pk, last.client_id, last.observed_at, last.recorded_at = None, uuid.uuid4(), SOON, SOON
    last.heart_rate = 150
    last.save(force_insert=True)
    assert state(course) == ("live", "waiting")
    reevaluate_recent_sets(at=SOON + MINUTE)
    assert state(course) == ("voided", "voided")
    assert Approval.objects.get(admission_id=course.id).close_reason == "a red alert was raised"


@pytest.mark.parametrize(
    ("kg", "expected"), [("66.51", "live"), ("66.50", "voided"), ("73.49", "live"), ("73.50", "voided")]
)
def test_a_weight_changed_by_5_percent_voids_and_one_of_another_basis_does_not(course, kg, expected):
    both_pending(course)
    given = {"source": WeightSource.MEASURED, "measured_at": SOON, "by": course.by_nurse, "at": SOON}
    record_weight(course.id, kg=D(60), basis=WeightBasis.IDEAL, **given)
    assert state(course) == ("live", "waiting")
    record_weight(course.id, kg=D(kg), **given)
    assert state(course) == (expected, "waiting" if expected == "live" else expected)


def test_a_restart_allowed_beside_a_red_alert_holds_until_something_new_is_red(course):
    course.chart(TEN - 2 * MINUTE, systolic=184)
    stop_infusion(course.id, effective_at=TEN, by=course.by_nurse, at=TEN)
    by, at = course.by_physician, TEN + MINUTE
    allow_restart(
        course.id, dose=D("0.10"), reason="well again", seen_version=1, signed=signed(by, at=at), by=by, at=at
    )
    course.chart(SOON, systolic=170)
    assert Approval.objects.get().state == "live"
    course.chart(SOON + 10 * MINUTE, systolic=196)
    assert Alert.objects.filter(severity="red", closed_at=None).exists()
    assert Approval.objects.get().state == "voided"


def test_leaving_ends_the_order_and_what_is_pending(course):
    stop_infusion(course.id, effective_at=TEN, by=course.by_nurse, at=TEN)
    by, at = course.by_physician, TEN + MINUTE
    allow_restart(
        course.id, dose=D("0.10"), reason="well again", seen_version=1, signed=signed(by, at=at), by=by, at=at
    )
    left_at = TEN + 5 * HOUR
    discharge_patient(course.id, disposition=Disposition.HOME, by=by, at=left_at)
    order = Order.objects.get(admission_id=course.id)
    assert (order.ended_at, order.end_cause, order.ended_by_id) == (left_at, OrderEnd.PATIENT_LEFT, by.user_id)
    assert Approval.objects.get().state in ("voided", "lapsed")
