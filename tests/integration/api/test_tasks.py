"""What a course asks of a physician, through the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import pump_answers as answers
from infusion.policies import tasks_of
from patients.models import Admission
from tests.calling import Hand
from tests.factories import HOUR, MORNING
from tests.integration.api.a_bedside import TEN, Bedside, admitted_bedside, running_bedside
from tests.integration.api.test_description import check

pytestmark = pytest.mark.django_db


def asked(bedside: Bedside, who: str = "physician") -> dict[str, tuple[str, str]]:
    answer = bedside.get(who, "tasks/")
    assert answer.status_code == 200, answer.content
    check(answer.json(), answers.PhysiciansTasks(), "tasks")
    return {task["kind"]: (task["due_at"], task["stage"]) for task in answer.json()["tasks"]}


def test_a_running_course_says_what_is_to_be_done_and_when(hand: Hand):
    bedside = running_bedside(hand)
    assert bedside.request("0.15").status_code == 201
    assert asked(bedside) == {
        "request": ("2026-09-22T10:00:00Z", "task"),
        "liver_enzymes": ("2026-09-24T05:00:00Z", "early"),
        "order_expiry": ("2026-09-24T19:50:00Z", "early"),
        "course_length": ("2026-09-29T08:00:00Z", "early"),
    }
    assert asked(bedside, "nurse") == asked(bedside), "a nurse may read what the physician is asked"


def test_a_renewed_order_and_an_answered_request_are_no_tasks_any_more(hand: Hand):
    bedside = running_bedside(hand)
    request = bedside.request("0.15").json()
    hand.at = MORNING + 60 * HOUR
    assert asked(bedside)["order_expiry"] == ("2026-09-24T19:50:00Z", "task")
    assert bedside.of_stay("physician", "orders", **bedside.order_body(replaces_version=1)).status_code == 201
    told = asked(bedside)
    assert told["order_expiry"] == ("2026-09-27T08:00:00Z", "early")
    assert request["state"] == "waiting"
    assert "request" not in told, "the new version voided it"


def test_a_declared_target_is_reassessed_after_its_hold(hand: Hand):
    bedside = running_bedside(hand)
    assert bedside.of_stay("nurse", "targets", kind="relief", pain=3, seen_version=1).status_code == 201
    assert asked(bedside)["reassessment"] == ("2026-09-22T16:00:00Z", "early")
    hand.at = TEN + 6 * HOUR
    assert asked(bedside)["reassessment"] == ("2026-09-22T16:00:00Z", "task")


def test_of_a_patient_without_an_order_nothing_is_asked(hand: Hand):
    assert asked(admitted_bedside(hand)) == {}


def test_the_tasks_take_two_statements(hand: Hand):
    bedside = running_bedside(hand)
    admission = Admission.objects.get(pk=bedside.id)
    tasks_of(admission, at=TEN)
    with CaptureQueriesContext(connection) as captured:
        tasks_of(admission, at=TEN)
    assert len(captured) == 2
