"""From the request through the approval to the dose, through the API: who may, what they are told, who was first."""

import uuid
from typing import Any

import pytest

from accounts.models import Signature
from api import order_answers, pump_answers
from infusion.models import Approval, DeliveryEvent, DoubleCheck, IncreaseRequest
from monitoring.models import LiverPanel
from tests.calling import Hand, refused
from tests.factories import HOUR, MINUTE, PASSWORD
from tests.integration.api.a_bedside import TEN, Bedside, running_bedside
from tests.integration.api.test_description import check

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(db: Any, hand: Hand) -> Bedside:
    return running_bedside(hand)


def done(answer: Any, status: int = 201) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


# ---- the gate ----


def test_the_gate_says_that_it_is_open_and_what_the_next_dose_is(running: Bedside):
    told = done(running.get("nurse", "gate/"), 200)
    check(told, order_answers.Gate(), "gate")
    assert told == {
        "stage": "request",
        "is_open": True,
        "reasons": [],
        "soft": [],
        "not_before": None,
        "next_dose_mg_per_kg_h": "0.15",
    }


def test_the_gate_says_every_reason_hard_and_soft_and_from_when_on(running: Bedside, hand: Hand):
    hand.at = TEN - 2 * MINUTE
    told = done(running.get("physician", "gate/?stage=execution&dose_mg_per_kg_h=1.2"), 200)
    check(told, order_answers.Gate(), "gate")
    assert {reason["code"] for reason in told["reasons"]} >= {"above_maximum", "no_approval"}
    assert {reason["code"] for reason in told["soft"]} >= {"step_interval_running"}
    assert {reason["kind"] for reason in told["soft"]} == {"soft"}
    assert (told["is_open"], told["not_before"]) == (False, "2026-09-22T10:00:00Z")


@pytest.mark.parametrize("asked", ["stage=later", "dose_mg_per_kg_h=much", "dose_mg_per_kg_h=", "dose=0.2"])
def test_a_gate_asked_wrongly_says_what_is_wrong(running: Bedside, asked: str):
    refused(running.get("nurse", f"gate/?{asked}"), 400, "malformed", asked.partition("=")[0])


# ---- the request ----


def test_a_nurse_asks_and_what_they_saw_is_frozen(running: Bedside, hand: Hand):
    asked = done(running.request("0.15", note="pain is back"))
    check(asked, order_answers.IncreaseRequest(), "request")
    assert (asked["state"], asked["view"]["dose_mg_per_kg_h"]) == ("waiting", "0.1000")
    listed = done(running.get("physician", "increase-requests/"), 200)
    check(listed, order_answers.ListedRequests(), "listed")
    assert listed["results"] == [asked]
    again = running.request("0.15")
    assert again.status_code == 422, "one waits already"


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"dose_mg_per_kg_h": "0"}, 422, "request_refused", None),
        ({"dose_mg_per_kg_h": "0.1"}, 422, "request_refused", None),
        ({"dose_mg_per_kg_h": "1.2"}, 422, "request_refused", None),
        ({"dose_mg_per_kg_h": None}, 400, "malformed", "dose_mg_per_kg_h"),
        ({"dose_mg_per_kg_h": "up"}, 400, "malformed", "dose_mg_per_kg_h"),
        ({"note": "x" * 501}, 400, "malformed", "note"),
        ({"seen_version": None}, 400, "malformed", "seen_version"),
        ({"seen_version": 7}, 409, "order_changed", None),
        ({"client_id": "x"}, 400, "malformed", "client_id"),
    ],
)
def test_a_request_that_cannot_be_is_refused(running: Bedside, change: Any, status: int, code: str, field: str | None):
    body = {"dose_mg_per_kg_h": "0.15", "seen_version": 1, **change}
    answer = running.of_stay("nurse", "increase-requests", **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert field is None or field in answer.json()["fields"]
    assert not IncreaseRequest.objects.exists()


def test_a_request_is_taken_back_once(running: Bedside):
    asked = done(running.request())
    path = f"increase-requests/{asked['id']}/withdrawals/"
    back = done(running.post("nurse", path, reason="pain eased"), 200)
    assert (back["state"], back["close_reason"]) == ("withdrawn", "pain eased")
    assert running.post("nurse", path).status_code == 409
    refused(running.post("nurse", "increase-requests/999999/withdrawals/"), 404, "not_found")


def test_a_rejection_takes_a_reason_and_a_password(running: Bedside):
    asked = done(running.request())
    path = f"increase-requests/{asked['id']}/rejections/"
    body = {"reason": "pressure first", "seen_version": 1, "password": PASSWORD}
    refused(running.post("physician", path, **{**body, "reason": " "}), 400, "malformed", "reason")
    refused(running.post("physician", path, **{**body, "password": "no"}), 403, "password_wrong", "password")
    refused(running.post("physician", path, **{**body, "seen_version": 2}), 409, "order_changed")
    told = done(running.post("physician", path, **body), 200)
    check(told, order_answers.IncreaseRequest(), "rejected")
    assert (told["state"], told["close_reason"]) == ("rejected", "pressure first")
    assert running.post("other", path, **body).status_code == 409


# ---- the approval ----


def test_a_ceiling_has_an_expiry_and_what_the_physician_saw(running: Bedside):
    asked = done(running.request())
    ceiling = done(running.approve("0.2", request=asked["id"], valid_for_min=60, reason="as discussed"))
    check(ceiling, order_answers.Approval(), "approval")
    assert (ceiling["ceiling_mg_per_kg_h"], ceiling["expires_at"]) == ("0.2", "2026-09-22T11:00:00Z")
    assert ceiling["requested_by"] == running.people["nurse"].display_name
    listed = done(running.get("nurse", "approvals/"), 200)
    check(listed, order_answers.ListedApprovals(), "listed")
    assert listed["results"] == [ceiling]
    assert done(running.get("nurse", "increase-requests/"), 200)["results"][0]["state"] == "approved"


def test_an_unused_ceiling_is_shown_as_lapsed_from_its_expiry_on(running: Bedside, hand: Hand):
    done(running.approve("0.15"))
    hand.at = TEN + 2 * HOUR
    assert [row["state"] for row in done(running.get("nurse", "approvals/"), 200)["results"]] == ["lapsed"]


def test_who_decides_second_is_told_who_decided_first(running: Bedside):
    asked = done(running.request())
    done(running.approve("0.15", request=asked["id"]))
    told = running.approve("0.15", by="other", request=asked["id"])
    assert told.status_code == 409
    assert running.people["physician"].display_name in told.json()["sentence"]


def test_a_standing_ceiling_is_replaced_only_by_who_saw_it(running: Bedside):
    first = done(running.approve("0.15"))
    assert running.approve("0.2", by="other").status_code == 409
    second = done(running.approve("0.2", by="other", seen_approval=first["id"]))
    states = {row["id"]: row["state"] for row in done(running.get("nurse", "approvals/"), 200)["results"]}
    assert states == {first["id"]: "replaced", second["id"]: "live"}


def raised_liver(running: Bedside) -> None:
    LiverPanel.objects.create(
        admission_id=running.id, collected_at=TEN - HOUR, recorded_at=TEN - HOUR,
        recorded_by=running.people["nurse"], alt=80, alt_upper=40,
    )  # fmt: skip


def test_a_soft_reason_is_opened_with_a_reason_of_its_own(running: Bedside):
    raised_liver(running)
    told = running.approve("0.15")
    assert told.status_code == 422
    assert [(reason["code"], reason["kind"]) for reason in told.json()["reasons"]] == [("liver_raised", "soft")]
    opened = done(running.approve("0.15", overrides={"liver_raised": "known, stable since June"}))
    (override,) = opened["overrides"]
    assert (override["code"], override["reason"]) == ("liver_raised", "known, stable since June")
    done(running.execute("0.15"))


@pytest.mark.parametrize(
    ("overrides", "status"),
    [
        ({"liver_raised": ""}, 400),
        ({"liver_raised": 7}, 400),
        ({"x" * 41: "why"}, 400),
        (["liver_raised"], 400),
        ({"nothing_like_it": "why"}, 422),
        ({"above_maximum": "why"}, 422),
    ],
)
def test_what_cannot_be_opened_is_refused(running: Bedside, overrides: Any, status: int):
    raised_liver(running)
    assert running.approve("0.15", overrides=overrides).status_code == status
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"ceiling_mg_per_kg_h": None}, 400, "malformed"),
        ({"ceiling_mg_per_kg_h": "1.5"}, 422, "approval_refused"),
        ({"ceiling_mg_per_kg_h": "0.1"}, 422, "approval_refused"),
        ({"valid_for_min": 0}, 422, "approval_refused"),
        ({"valid_for_min": "60"}, 400, "malformed"),
        ({"request": 999999}, 404, "request_not_found"),
        ({"password": "no"}, 403, "password_wrong"),
        ({"password": None}, 400, "malformed"),
        ({"seen_version": 9}, 409, "order_changed"),
    ],
)
def test_an_approval_that_cannot_be_is_refused(running: Bedside, change: Any, status: int, code: str):
    body = {"ceiling_mg_per_kg_h": "0.15", "seen_version": 1, "password": PASSWORD, **change}
    answer = running.of_stay("physician", "approvals", **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert not Approval.objects.exists()


def test_a_soft_reason_is_opened_later_too_and_a_hard_one_never(running: Bedside, hand: Hand):
    ceiling = done(running.approve("0.2", valid_for_min=240))
    done(running.execute("0.15"))
    hand.at += 10 * MINUTE
    running.chart()
    assert running.execute("0.2").json()["reasons"][0]["code"] == "step_interval_running"
    path = f"approvals/{ceiling['id']}/overrides/"
    body = {"code": "step_interval_running", "reason": "pain 9, nothing else helps", "password": PASSWORD}
    refused(running.post("physician", path, **{**body, "password": "no"}), 403, "password_wrong", "password")
    hard = running.post("physician", path, **{**body, "code": "above_maximum"})
    refused(hard, 422, "override_refused", "overrides.above_maximum")
    opened = done(running.post("physician", path, **body))
    check(opened, order_answers.Override(), "override")
    done(running.execute("0.2"))
    assert running.post("physician", path, **body).status_code == 422, "it is used up"
    refused(running.post("physician", "approvals/999999/overrides/", **body), 404, "not_found")


def test_sent_again_it_is_one_approval(running: Bedside, hand: Hand):
    name = str(uuid.uuid4())
    first = done(running.approve("0.15", client_id=name))
    hand.at += MINUTE
    again = done(running.approve("0.15", client_id=name), 200)
    assert again["id"] == first["id"]
    refused(running.approve("0.2", client_id=name), 422, "client_id_reused", "client_id")


# ---- the dose ----


def test_the_dose_is_raised_by_two_under_the_ceiling(running: Bedside):
    asked = done(running.request())
    ceiling = done(running.approve("0.15", request=asked["id"]))
    event = done(running.execute("0.15"))
    check(event, pump_answers.RecordedAct(), "raised")
    assert (event["approval"], event["rate_ml_per_h"], event["course"]["dose_mg_per_kg_h"]) == (
        ceiling["id"],
        "5.2",
        "0.15",
    )
    assert done(running.get("nurse", "approvals/"), 200)["results"][0]["state"] == "used"


def test_without_a_ceiling_nothing_is_raised_and_the_readings_are_kept(running: Bedside):
    told = running.execute("0.15")
    assert told.status_code == 422
    assert "no_approval" in {reason["code"] for reason in told.json()["reasons"]}
    assert DeliveryEvent.objects.count() == 1
    assert [row.agrees for row in DoubleCheck.objects.all()] == [True]


def test_readings_that_differ_stop_the_increase(running: Bedside):
    done(running.approve("0.15"))
    body = running.by_two("0.15")
    body["second"] = {**body["second"], "concentration_mg_per_ml": "1"}
    answer = running.of_stay("nurse", "increases", **body, dose_mg_per_kg_h="0.15")
    refused(answer, 422, "double_check_differs", "second.concentration_mg_per_ml")
    assert DeliveryEvent.objects.count() == 1
    done(running.execute("0.15"))


def test_who_raises_second_is_told_that_it_runs_already(running: Bedside, hand: Hand):
    done(running.approve("0.15"))
    done(running.execute("0.15"))
    hand.at += MINUTE
    assert running.execute("0.15", by="charge").status_code == 409


# ---- who is who ----


def test_a_physician_who_asked_does_not_approve_it(running: Bedside):
    asked = done(running.request(by="physician"))
    told = running.approve("0.15", request=asked["id"])
    assert told.status_code == 422
    assert "requester_is_approver" in {reason["code"] for reason in told.json()["reasons"]}
    done(running.approve("0.15", by="other", request=asked["id"]))


def test_the_approver_neither_carries_it_out_nor_checks_it(running: Bedside):
    done(running.approve("0.15"))
    for how in ({"by": "physician"}, {"witness": "physician"}):
        told = running.execute("0.15", **how)
        assert told.status_code in (403, 422), told.content
        assert "approver" in told.json()["sentence"] or "approved" in told.json()["sentence"], told.content
    assert DeliveryEvent.objects.count() == 1
    done(running.execute("0.15", by="other", witness="charge"))


def test_a_physicians_own_increase_is_carried_out_by_two_others(running: Bedside):
    own = done(running.approve("0.15"))
    assert (own["request"], own["requested_by"]) == (None, None)
    event = done(running.execute("0.15", by="nurse", witness="other"))
    names = Signature.objects.filter(row_id=event["id"], table_name="infusion_deliveryevent")
    assert {name.user_id for name in names} == {running.people["nurse"].pk, running.people["other"].pk}
