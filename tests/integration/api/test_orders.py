"""Orders through the API: nothing is filled in, everything wrong is told at once, and versions follow each other."""

import uuid
from typing import Any

import pytest

from accounts.models import Signature
from api import order_answers
from infusion.models import Approval, Order
from tests.calling import Hand, refused
from tests.factories import HOUR, MINUTE, PASSWORD, protocol
from tests.integration.api.a_bedside import TEN, Bedside, admitted_bedside, running_bedside
from tests.integration.api.test_description import check

pytestmark = pytest.mark.django_db
ELEMENTS = [
    "drug",
    "route",
    "initial_dose_mg_per_kg_h",
    "increment_mg_per_kg_h",
    "step_interval_min",
    "maximum_dose_mg_per_kg_h",
    "pain_goal",
    "concentration_mg_per_ml",
    "planned_days",
    "liver_max_age_h",
]


@pytest.fixture
def admitted(db: Any, hand: Hand) -> Bedside:
    return admitted_bedside(hand)


@pytest.fixture
def running(db: Any, hand: Hand) -> Bedside:
    return running_bedside(hand)


def signed(bedside: Bedside, *, by: str = "physician", **changed: Any) -> Any:
    return bedside.of_stay(by, "orders", **bedside.order_body(**changed))


def test_a_physician_signs_an_order_and_it_is_listed_as_it_was_signed(admitted: Bedside):
    answer = signed(admitted, endpoint="sleeps through the night")
    assert answer.status_code == 201, answer.content
    order = answer.json()
    check(order, order_answers.Order(), "order")
    assert (order["version"], order["state"], order["dosing_weight_kg"]) == (1, "active", "70")
    assert (order["initial_dose_mg_per_kg_h"], order["step_interval_min"], order["liver_max_age_h"]) == ("0.1", 120, 48)
    assert order["signed_by"] == admitted.people["physician"].display_name
    assert order["expires_at"] == "2026-09-25T07:40:00Z"
    listed = admitted.get("nurse", "orders/").json()
    check(listed, order_answers.ListedOrders(), "listed")
    assert listed["results"] == [order]
    assert [(name.meaning, name.method) for name in Signature.objects.filter(row_id=order["id"])] == [
        ("ordered", "password")
    ]


@pytest.mark.parametrize("element", ELEMENTS)
def test_an_element_that_is_not_said_is_not_filled_in(admitted: Bedside, element: str):
    told = signed(admitted, **{element: None})
    assert told.status_code == 422, told.content
    assert told.json()["code"] == "order_not_signed"
    assert len(told.json()["reasons"]) == 1
    assert not Order.objects.exists()


def test_an_order_that_says_nothing_hears_of_all_of_it_at_once(admitted: Bedside):
    told = signed(admitted, **dict.fromkeys(ELEMENTS)).json()
    assert len(told["reasons"]) == len(ELEMENTS)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"drug": "another"}, "drug_not_of_protocol"),
        ({"route": "oral"}, "route_not_of_protocol"),
        ({"initial_dose_mg_per_kg_h": "0.04"}, "initial_outside_limits"),
        ({"maximum_dose_mg_per_kg_h": "1.01"}, "maximum_outside_limits"),
        ({"maximum_dose_mg_per_kg_h": "0.05"}, "maximum_outside_limits"),
        ({"increment_mg_per_kg_h": "0.06"}, "increment_outside_limits"),
        ({"step_interval_min": 119}, "step_interval_outside_limits"),
        ({"concentration_mg_per_ml": "3"}, "concentration_unknown"),
        ({"planned_days": 10}, "planned_days_outside_limits"),
        ({"planned_days": 1}, "planned_days_outside_limits"),
        ({"pain_goal": 11}, "pain_goal_outside_limits"),
        ({"liver_max_age_h": 73}, "liver_max_age_outside_limits"),
    ],
)
def test_what_lies_outside_the_protocol_is_refused(admitted: Bedside, change: dict[str, Any], code: str):
    told = signed(admitted, **change).json()
    assert [reason["code"] for reason in told["reasons"]] == [code], told


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"initial_dose_mg_per_kg_h": "a little"}, "initial_dose_mg_per_kg_h"),
        ({"initial_dose_mg_per_kg_h": "0.10001"}, "initial_dose_mg_per_kg_h"),
        ({"maximum_dose_mg_per_kg_h": "10000"}, "maximum_dose_mg_per_kg_h"),
        ({"pain_goal": "3"}, "pain_goal"),
        ({"step_interval_min": 12.5}, "step_interval_min"),
        ({"protocol": "1"}, "protocol"),
        ({"protocol": 10**19}, "protocol"),
        ({"drug": 7}, "drug"),
        ({"endpoint": "x" * 201}, "endpoint"),
        ({"maximum_dose": "1"}, "maximum_dose"),
        ({"password": None}, "password"),
        ({"password": 7}, "password"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused(admitted: Bedside, change: dict[str, Any], field: str):
    refused(signed(admitted, **change), 400, "malformed", field)


def test_signing_takes_ones_own_password_an_active_protocol_and_a_weight_of_this_stay(admitted: Bedside):
    refused(signed(admitted, password="wrong"), 403, "password_wrong", "password")
    refused(signed(admitted, protocol=999999), 404, "protocol_not_found")
    refused(signed(admitted, weight=999999), 404, "weight_not_found")
    body = {**admitted.order_body(), "client_id": str(uuid.uuid4())}
    rules = protocol()
    rules.status, rules.retired_at = "retired", rules.signed_at
    rules.save()
    told = refused(admitted.of_stay("physician", "orders", **body), 422, "order_not_signed")
    assert told["reasons"][0]["code"] == "protocol_not_active"
    assert not Order.objects.exists()


def test_sent_again_it_is_one_order(admitted: Bedside, hand: Hand):
    body = {**admitted.order_body(), "client_id": str(uuid.uuid4())}
    first = admitted.of_stay("physician", "orders", **body)
    hand.at += MINUTE
    again = admitted.of_stay("physician", "orders", **body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = admitted.of_stay("physician", "orders", **{**body, "pain_goal": 2})
    refused(other, 422, "client_id_reused", "client_id")


def test_a_next_version_replaces_the_one_that_was_seen_and_voids_what_was_approved(running: Bedside):
    assert running.approve("0.2").status_code == 201
    refused(signed(running), 409, "order_open")
    refused(signed(running, replaces_version=2), 409, "order_changed")
    second = signed(running, replaces_version=1, maximum_dose_mg_per_kg_h="0.5")
    assert (second.status_code, second.json()["version"]) == (201, 2)
    assert Approval.objects.get().state == "voided"
    listed = running.get("nurse", "orders/").json()["results"]
    assert [(row["version"], row["state"], row["end_cause"]) for row in listed] == [
        (2, "active", ""),
        (1, "ended", "replaced"),
    ]
    refused(signed(running, replaces_version=1), 409, "order_changed")


def test_an_order_is_shown_as_expired_after_its_time(running: Bedside, hand: Hand):
    hand.at = TEN + 72 * HOUR
    assert [row["state"] for row in running.get("nurse", "orders/").json()["results"]] == ["expired"]


def test_a_course_ends_after_the_stop_with_a_reason_and_a_password(running: Bedside):
    body = {"reason": "pain at its goal", "seen_version": 1, "password": PASSWORD}
    path = f"admissions/{running.id}/course-ends/"
    told = refused(running.post("physician", path, **body), 422, "course_not_ended")
    assert told["sentence"] == "The infusion is running. Record its stop first."
    assert running.stop().status_code == 201
    refused(running.post("physician", path, **{**body, "password": "wrong"}), 403, "password_wrong", "password")
    refused(running.post("physician", path, **{**body, "seen_version": 2}), 409, "order_changed")
    refused(running.post("physician", path, **{**body, "reason": ""}), 400, "malformed", "reason")
    ended = running.post("physician", path, **body)
    assert ended.status_code == 200
    check(ended.json(), order_answers.Order(), "ended")
    assert (ended.json()["state"], ended.json()["end_reason"]) == ("ended", "pain at its goal")
    assert running.post("physician", path, **body).json() == ended.json(), "sent again"
    refused(running.post("physician", path, **{**body, "reason": "another"}), 422, "no_order")


def test_another_wards_patient_is_not_there(admitted: Bedside, running: Bedside):
    for path in (
        "orders/",
        "gate/",
        "increase-requests/",
        "approvals/",
        "bags/",
        "targets/",
        "course/",
        "tasks/",
        "segments/",
    ):
        answer = admitted.callers["physician"].get(f"admissions/{running.id}/{path}")
        refused(answer, 404, "admission_not_found")
    body = {**admitted.order_body(), "client_id": str(uuid.uuid4())}
    refused(admitted.post("physician", f"admissions/{running.id}/orders/", **body), 404, "admission_not_found")
