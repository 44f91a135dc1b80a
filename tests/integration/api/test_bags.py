"""Bags and targets through the API: two signatures, where all of it went, and the hold."""

import uuid
from typing import Any

import pytest

from accounts.models import Signature
from api import pump_answers
from infusion.models import Bag, Course
from tests.calling import Hand, refused
from tests.factories import HOUR, MINUTE, PASSWORD
from tests.integration.api.a_bedside import Bedside, running_bedside
from tests.integration.api.test_description import check

pytestmark = pytest.mark.django_db
LABEL = {"lot": "B2", "expires_on": "2027-01-31", "volume_ml": "250", "concentration_mg_per_ml": "2"}


@pytest.fixture
def running(db: Any, hand: Hand) -> Bedside:
    return running_bedside(hand)


def done(answer: Any, status: int = 201) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def hang(running: Bedside, *, by: str = "nurse", **changed: Any) -> Any:
    return running.of_stay(by, "bags", **running.bag_body(**changed))


def hanging(running: Bedside) -> int:
    """The id of the bag that hangs; of none, where none does."""
    return Bag.objects.filter(admission_id=running.id, closed_at=None).values_list("pk", flat=True).first() or 1


def changing(running: Bedside, **changed: Any) -> dict[str, Any]:
    return {
        "seen_version": 1,
        "bag": LABEL,
        "used": {"infused_ml": "7", "wasted_ml": "233", "left_ml": "0"},
        "seen_bag": hanging(running),
        "changed_at": running.hand.at.isoformat(),
        "witness": running.witness(),
        **changed,
    }


def test_a_bag_is_hung_with_two_signatures(running: Bedside, hand: Hand):
    body = {**running.bag_body(), "client_id": str(uuid.uuid4())}
    hung = done(running.of_stay("nurse", "bags", **body))
    check(hung, pump_answers.Bag(), "bag")
    assert (hung["lot"], hung["volume_ml"], hung["hung_by"]) == ("A1", "250", running.people["nurse"].display_name)
    assert hung["witnessed_by"] == running.people["second"].display_name
    listed = done(running.get("nurse", "bags/"), 200)
    check(listed, pump_answers.ListedBags(), "bags")
    assert listed["results"] == [hung]
    hand.at += MINUTE
    assert running.of_stay("nurse", "bags", **body).json()["id"] == hung["id"]
    refused(hang(running), 422, "bag_hangs")
    names = Signature.objects.filter(row_id=hung["id"], table_name="infusion_bag")
    assert sorted((name.meaning, name.method) for name in names) == [("administered", "session"), ("witnessed", "pin")]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ({"lot": ""}, "bag.lot"),
        ({"lot": "x" * 61}, "bag.lot"),
        ({"expires_on": "31.01.2027"}, "bag.expires_on"),
        ({"expires_on": "2027-02-30"}, "bag.expires_on"),
        ({"expires_on": 20270131}, "bag.expires_on"),
        ({"volume_ml": "half"}, "bag.volume_ml"),
        ({"volume_ml": "-1"}, "bag.volume_ml"),
        ({"volume_ml": "1.234"}, "bag.volume_ml"),
        ({"line_is_new": "no"}, "bag.line_is_new"),
        ({"colour": "red"}, "bag.colour"),
    ],
)
def test_a_label_that_cannot_be_read_is_refused(running: Bedside, label: dict[str, Any], field: str):
    refused(hang(running, bag={**LABEL, **label}), 400, "malformed", field)
    assert not Bag.objects.exists()


@pytest.mark.parametrize(
    "label",
    [{"volume_ml": "0"}, {"concentration_mg_per_ml": "5"}, {"expires_on": "2026-09-21"}, {"primed_ml": "251"}],
)
def test_a_bag_that_may_not_hang_is_refused_with_its_reason(running: Bedside, label: dict[str, Any]):
    told = hang(running, bag={**LABEL, **label})
    assert told.status_code == 422, told.content
    assert told.json()["sentence"].endswith(".")
    assert not Bag.objects.exists()


def test_a_bag_takes_a_second_person_or_a_call_ten_minutes_ago_and_a_reason(running: Bedside, hand: Hand):
    assert hang(running, witness=None).status_code == 422
    refused(hang(running, witness=running.witness(secret="000000")), 403, "witness_refused", "witness")
    refused(hang(running, witness=running.witness("nurse")), 403, "same_person")
    done(running.of_stay("nurse", "second-person-calls", act="bag_change"))
    hand.at += 10 * MINUTE
    hung = done(hang(running, witness=None, single_signed_reason="second nurse at a resuscitation"))
    assert (hung["witnessed_by"], hung["single_signed_reason"]) == (None, "second nurse at a resuscitation")
    assert [row["kind"] for row in done(running.get("nurse", "pump-checks/"), 200)["results"]] == ["single_signed"]


def test_a_change_of_bags_accounts_for_the_old_one_and_keeps_the_dose(running: Bedside, hand: Hand):
    refused(running.of_stay("nurse", "bag-changes", **changing(running)), 422, "no_bag")
    done(hang(running))
    hand.at += 2 * HOUR
    running.chart()
    new = done(running.of_stay("nurse", "bag-changes", **changing(running)))
    check(new, pump_answers.Bag(), "new bag")
    newest, old = done(running.get("nurse", "bags/"), 200)["results"]
    assert newest["id"] == new["id"]
    assert (old["infused_ml"], old["missing_ml"], old["incident_open"]) == ("7", "0", False)
    assert old["close_witnessed_by"] == running.people["second"].display_name
    assert Course.objects.get().state == "running"
    events = done(running.get("nurse", "delivery-events/"), 200)["results"]
    assert events[0]["kind"] == "bag_changed"
    missing = changing(running, used={"infused_ml": "7"}, client_id="x")
    refused(running.of_stay("nurse", "bag-changes", **missing), 400, "malformed", "client_id")


def test_another_concentration_takes_a_new_line_and_the_blind_check(running: Bedside, hand: Hand):
    done(hang(running))
    assert running.of_stay(
        "physician", "orders", **running.order_body(replaces_version=1, concentration_mg_per_ml="1")
    ).status_code == 201  # fmt: skip
    hand.at += 10 * MINUTE
    weaker = {**LABEL, "concentration_mg_per_ml": "1"}
    told = running.of_stay("nurse", "bag-changes", **changing(running, bag=weaker, seen_version=2))
    codes = {reason["code"] for reason in told.json()["reasons"]}
    assert codes >= {"line_not_new", "double_check_missing"}
    read = {"rate_ml_per_h": "7", "concentration_mg_per_ml": "1"}
    body = changing(
        running, bag={**weaker, "line_is_new": True, "primed_ml": "10"}, seen_version=2, witness=None, first=read,
        second={**running.witness(), **read, "rate_ml_per_h": "3.5"},
    )  # fmt: skip
    refused(running.of_stay("nurse", "bag-changes", **body), 422, "double_check_differs", "second.rate_ml_per_h")
    body["second"] = {**running.witness(), **read}
    done(running.of_stay("nurse", "bag-changes", **body))
    course = Course.objects.get()
    assert (str(course.rate_ml_per_h), str(course.dose_mg_per_kg_h)) == ("7.00", "0.1000")


def test_the_last_bag_is_closed_when_nothing_runs_and_what_is_missing_is_an_incident(running: Bedside):
    used = {"infused_ml": "7", "wasted_ml": "100", "left_ml": "0"}
    body = {"used": used, "closed_at": running.hand.at.isoformat(), "witness": running.witness(), "seen_bag": 1}
    path = f"admissions/{running.id}/bag-closings/"
    refused(running.post("nurse", path, **body), 422, "no_bag")
    body["seen_bag"] = done(hang(running))["id"]
    refused(running.post("nurse", path, **body), 422, "pump_runs")
    done(running.stop())
    assert running.post("nurse", path, **{**body, "witness": None}).status_code == 422, "waste takes a witness"
    refused(running.post("nurse", path, **{**body, "used": {}}), 400, "malformed", "used.infused_ml")
    closed = done(running.post("nurse", path, **body), 200)
    check(closed, pump_answers.Bag(), "closed")
    assert (closed["missing_ml"], closed["incident_open"]) == ("133", True)


# ---- the target ----


def declare(running: Bedside, *, by: str = "nurse", **changed: Any) -> Any:
    return running.of_stay(by, "targets", **{"kind": "relief", "pain": 3, "seen_version": 1, **changed})


def test_the_running_dose_is_declared_the_target_and_held(running: Bedside, hand: Hand):
    declared = done(declare(running))
    check(declared, pump_answers.Target(), "target")
    assert (declared["dose_mg_per_kg_h"], declared["kind"], declared["pain"]) == ("0.1", "relief", 3)
    assert declare(running).status_code == 422, "its hold counts"
    hand.at += HOUR
    figures = done(running.get("nurse", "course/"), 200)["figures"]
    assert (figures["time_at_target_min"], figures["hold_remaining_min"]) == (60, 300)
    listed = done(running.get("nurse", "targets/"), 200)
    check(listed, pump_answers.ListedTargets(), "targets")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"kind": "maximum"}, 422, "kind"),
        ({"kind": "wish"}, 400, "kind"),
        ({"pain": 11}, 422, "pain"),
        ({"pain": "3"}, 400, "pain"),
        ({"seen_version": None}, 400, "seen_version"),
    ],
)
def test_a_target_that_cannot_be_is_refused(running: Bedside, change: dict[str, Any], status: int, field: str):
    answer = declare(running, **change)
    assert answer.status_code == status, answer.content
    assert field in answer.json()["fields"]


def test_a_physician_ends_the_hold_early_with_a_reason_and_a_password(running: Bedside, hand: Hand):
    body = {"reason": "pain 8 again", "seen_version": 1, "password": PASSWORD}
    assert running.of_stay("physician", "hold-ends", **body).status_code == 422, "nothing is held"
    done(declare(running))
    hand.at += HOUR
    refused(running.of_stay("physician", "hold-ends", **{**body, "password": "no"}), 403, "password_wrong", "password")
    refused(running.of_stay("physician", "hold-ends", **{**body, "reason": ""}), 400, "malformed", "reason")
    ended = done(running.of_stay("physician", "hold-ends", **body))
    check(ended, pump_answers.HoldEnd(), "ended")
    (target,) = done(running.get("nurse", "targets/"), 200)["results"]
    assert (target["ended_by"], target["end_reason"]) == (running.people["physician"].display_name, "pain 8 again")
    assert done(running.get("nurse", "course/"), 200)["figures"]["hold_ended_at"] == "2026-09-22T11:00:00Z"
