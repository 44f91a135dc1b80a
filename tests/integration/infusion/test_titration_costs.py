"""What the acts between order and dose cost: at most 20 statements, BEGIN, COMMIT, NOTIFY and the sign-in's among them."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from infusion.actions import (
    allow_restart,
    end_course,
    override_gate,
    reject_request,
    sign_order,
    stop_infusion,
    withdraw_request,
)
from infusion.domain.order import OrderElements
from infusion.models import DoubleCheck
from infusion.selectors import dose_rules
from tests.factories import HOUR, MINUTE, protocol, signed
from tests.integration.infusion.a_course import TEN, a_course, reading

pytestmark = pytest.mark.django_db(transaction=True)

# What the edge asks before: the session or token, the person, whether the password or PIN is theirs.
SIGN_IN = 3
MOST = 20 - SIGN_IN
NOON = TEN + 2 * HOUR


@pytest.fixture
def cost(record_property):
    """The statements of an act, counted and kept with the test's result."""

    def count(name, act, *args, **kwargs):
        with CaptureQueriesContext(connection) as captured:
            made = act(*args, **kwargs)
        found = [query["sql"] for query in captured.captured_queries]
        record_property(name, len(found))
        print(f"{name}: {len(found)} statements")  # noqa: T201
        assert (found[0], found[-2]) == ("BEGIN", "COMMIT")
        assert "pg_notify" in found[-1]
        assert len(found) <= MOST, "\n".join(found)
        return made

    return count


@pytest.fixture
def course():
    """Everything was done once in this process: protocols are read, the ways of the planner are known."""
    made = a_course()
    made.approve()
    made.execute()
    made.chart(NOON - 5 * MINUTE)
    return made


def test_from_the_request_to_the_dose(course, cost):
    request = cost("request an increase", course.request, "0.20", at=NOON, client_id=uuid.uuid4())
    cost("approve it", course.approve, "0.20", at=NOON, request_id=request.pk, client_id=uuid.uuid4())
    right = reading("7.0")
    cost("carry it out", course.execute, "0.20", at=NOON, first=right, second=right, client_id=uuid.uuid4())


def test_an_approval_with_a_reason_that_replaces_another(course, cost):
    first = course.approve("0.25", at=NOON)
    overrides = {"step_over_increment": "x", "step_interval_running": "y"}
    standing = cost(
        "approve with overrides", course.approve, "0.30", at=NOON, seen_approval=first.pk, overrides=overrides
    )
    by = course.by_physician
    cost(
        "open a soft reason", override_gate, standing.pk, code="hold_running", reason="z", signed=signed(by, at=NOON),
        by=by, at=NOON,
    )  # fmt: skip


def test_saying_no_and_taking_back(course, cost):
    by = course.by_physician
    request = course.request("0.20", at=NOON)
    cost(
        "reject a request", reject_request, request.pk, reason="later", seen_version=1, signed=signed(by, at=NOON),
        by=by, at=NOON,
    )  # fmt: skip
    request = course.request("0.20", at=NOON)
    cost("withdraw a request", withdraw_request, request.pk, by=course.by_nurse, at=NOON)


def test_a_refused_increase_costs_no_more_and_leaves_its_check(course):
    course.approve("0.20", at=NOON)
    with CaptureQueriesContext(connection) as captured, pytest.raises(Exception, match="Nothing was changed"):
        course.execute("0.25", at=NOON)
    assert len(captured.captured_queries) <= MOST
    assert DoubleCheck.objects.count() == 2


def test_signing_restarting_and_ending(course, cost):
    by, rules = course.by_physician, protocol()
    elements = OrderElements.proposed(dose_rules(rules.pk), concentration_mg_per_ml=Decimal(2))
    course.approve("0.20", at=NOON)
    cost(
        "renew an order", sign_order, course.id, protocol=rules, elements=elements, replaces_version=1,
        signed=signed(by, at=NOON), by=by, at=NOON,
    )  # fmt: skip
    stop_infusion(course.id, effective_at=NOON, by=course.by_nurse, at=NOON)
    cost(
        "allow a restart", allow_restart, course.id, dose=course.course.dose_mg_per_kg_h, reason="well",
        seen_version=2, signed=signed(by, at=NOON), by=by, at=NOON,
    )  # fmt: skip
    cost(
        "end the course", end_course, course.id, reason="relief", seen_version=2, signed=signed(by, at=NOON), by=by,
        at=NOON,
    )  # fmt: skip
