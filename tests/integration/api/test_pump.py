"""What people record of the pump through the API: each act once right, and what it answers where it is not."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Signature, User
from api import pump_answers
from audit.models import AuditEvent
from infusion.models import Bag, Course, DeliveryEvent, DoubleCheck, Segment
from tests.calling import Hand, refused
from tests.factories import HOUR, MINUTE, MORNING
from tests.integration.api.a_bedside import PIN, TEN, Bedside, ready_bedside, running_bedside
from tests.integration.api.test_description import check

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(db: Any, hand: Hand) -> Bedside:
    return ready_bedside(hand)


@pytest.fixture
def running(db: Any, hand: Hand) -> Bedside:
    return running_bedside(hand)


def done(answer: Any, status: int = 201) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def start(ready: Bedside, *, by: str = "nurse", **changed: Any) -> Any:
    return ready.of_stay(by, "starts", **{**ready.by_two("0.1"), "line_checked": True, **changed})


def test_a_course_from_the_order_to_the_last_bag_through_the_api_alone(ready: Bedside, hand: Hand):
    started = done(start(ready))
    check(started, pump_answers.RecordedAct(), "started")
    assert (started["kind"], started["rate_ml_per_h"], started["course"]["state"]) == ("started", "3.5", "running")
    assert started["second_checker"] == ready.people["second"].display_name
    hand.at += 2 * HOUR
    ready.chart()
    request = done(ready.request("0.15"))
    done(ready.approve("0.15", request=request["id"]))
    raised = done(ready.execute("0.15"))
    assert (raised["dose_mg_per_kg_h"], raised["rate_ml_per_h"]) == ("0.15", "5.2")
    target = {"kind": "relief", "pain": 3, "seen_version": 1}
    done(ready.of_stay("nurse", "targets", **target))
    hand.at += 6 * HOUR
    figures = done(ready.get("nurse", "course/"), 200)
    check(figures, pump_answers.CourseInFigures(), "figures")
    assert figures["figures"]["time_at_target_min"] == 360
    assert figures["figures"]["mcg_per_kg_min"] == "2.48", "5.2 mL/h of 2 mg/mL in 70 kg"
    # 2 h at 3.5 and 6 h at 5.2 mL/h, 2 mg/mL.
    assert figures["figures"]["cumulative_mg"] == "76.4"
    stopped = done(ready.stop(reason="the patient wishes it"))
    assert stopped["course"]["state"] == "stopped"
    used = {"infused_ml": "38.2", "wasted_ml": "201.8", "left_ml": "0"}
    hangs = Bag.objects.get(admission_id=ready.id, closed_at=None).pk
    closing = {"used": used, "closed_at": hand.at.isoformat(), "witness": ready.witness(), "seen_bag": hangs}
    closed = done(ready.post("nurse", f"admissions/{ready.id}/bag-closings/", **closing), 200)
    assert (closed["missing_ml"], closed["incident_open"]) == ("0", False)
    ending = {"reason": "done", "seen_version": 1, "password": "plateau-demo"}
    ended = done(ready.post("physician", f"admissions/{ready.id}/course-ends/", **ending), 200)
    assert (ended["state"], ended["end_cause"]) == ("ended", "course_ended")


# ---- the start ----


def test_a_start_names_every_reason_at_once(running: Bedside, hand: Hand):
    hand.at = TEN + 5 * HOUR
    told = refused(
        start(running, line_checked=False), 422, "start_refused", "screening", "consent", "bag", "line_checked"
    )
    codes = {reason["code"] for reason in told["reasons"]}
    assert codes >= {"already_started", "screening_undecided", "consent_missing", "no_bag", "line_not_checked"}
    assert codes >= {"mood_missing", "falls_missing", "full_set_too_old"}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"line_checked": None}, ["line_checked"]),
        ({"line_checked": "yes"}, ["line_checked"]),
        ({"effective_at": "08:00"}, ["effective_at"]),
        ({"seen_version": "1"}, ["seen_version"]),
        ({"seen_version": True}, ["seen_version"]),
        ({"seen_version": 0}, ["seen_version"]),
        ({"client_id": "1"}, ["client_id"]),
        ({"first": {"rate_ml_per_h": "3.5"}}, ["first.concentration_mg_per_ml"]),
        ({"first": {"rate_ml_per_h": "-1", "concentration_mg_per_ml": "2"}}, ["first.rate_ml_per_h"]),
        ({"first": {"rate_ml_per_h": "3.555", "concentration_mg_per_ml": "2"}}, ["first.rate_ml_per_h"]),
        ({"first": {"rate_ml_per_h": True, "concentration_mg_per_ml": "2"}}, ["first.rate_ml_per_h"]),
        ({"second": None}, ["second"]),
        ({"second": {"username": "x"}}, ["second.secret", "second.rate_ml_per_h", "second.concentration_mg_per_ml"]),
        ({"pump": "p" * 41}, ["pump"]),
        ({"rate": "3.5"}, ["rate"]),
    ],
)
def test_a_start_that_cannot_be_read_names_each_part(ready: Bedside, change: dict[str, Any], fields: list[str]):
    refused(start(ready, **change), 400, "malformed", *fields)
    assert not DeliveryEvent.objects.exists()
    assert fresh_failures(ready) == 0, "nobody's secret was tried"


def fresh_failures(bedside: Bedside) -> int:
    return User.objects.get(pk=bedside.people["second"].pk).pin_failures


@pytest.mark.parametrize("who", ["first", "second"])
def test_a_reading_that_differs_stops_the_start_and_stays_recorded(ready: Bedside, who: str):
    body = ready.by_two("0.1")
    body[who] = {**body[who], "rate_ml_per_h": "35"}
    told = refused(start(ready, **{who: body[who]}), 422, "double_check_differs", f"{who}.rate_ml_per_h")
    assert "35" not in told["sentence"] + str(told["fields"]), "what the other read is not told"
    assert not DeliveryEvent.objects.exists()
    listed = done(ready.get("nurse", "double-checks/"), 200)
    check(listed, pump_answers.ListedDoubleChecks(), "checks")
    assert [(row["agrees"], row["act"]) for row in listed["results"]] == [(False, "start")]
    done(start(ready))
    assert DoubleCheck.objects.count() == 2


def test_the_second_person_proves_who_they_are(ready: Bedside):
    wrong = {**ready.witness(secret="000000"), **ready.reading()}
    told = refused(start(ready, second=wrong), 403, "witness_refused", "second")
    unknown = {"username": "nobody", "secret": PIN, **ready.reading()}
    assert refused(start(ready, second=unknown), 403, "witness_refused", "second")["sentence"] == told["sentence"]
    assert fresh_failures(ready) == 1
    same = {**ready.witness("nurse"), **ready.reading()}
    refused(start(ready, second=same), 403, "same_person")
    administrator = {**ready.witness("administrator"), **ready.reading()}
    refused(start(ready, second=administrator), 403, "role_not_allowed", "second")
    assert not DeliveryEvent.objects.exists()
    done(start(ready))
    assert fresh_failures(ready) == 0


def test_five_wrong_pins_end_a_witnesss_pin_and_the_password_still_opens(ready: Bedside):
    for _ in range(5):
        wrong = {**ready.witness(secret="000000"), **ready.reading()}
        refused(start(ready, second=wrong), 403, "witness_refused", "second")
    refused(start(ready), 403, "witness_refused", "second")
    done(start(ready, second={**ready.witness(secret="plateau-demo"), **ready.reading()}))


def test_sent_again_it_is_one_start_and_with_other_content_none(ready: Bedside, hand: Hand):
    body = {**ready.by_two("0.1"), "line_checked": True, "client_id": str(uuid.uuid4())}
    first = done(ready.of_stay("nurse", "starts", **body))
    hand.at += MINUTE
    again = done(ready.of_stay("nurse", "starts", **body), 200)
    assert again["id"] == first["id"]
    refused(ready.of_stay("nurse", "starts", **{**body, "pump": "pump 4"}), 422, "client_id_reused", "client_id")
    assert DeliveryEvent.objects.count() == Segment.objects.count() == 1


def test_a_page_that_shows_another_version_of_the_order_is_told_so(ready: Bedside):
    refused(start(ready, seen_version=2), 409, "order_changed")


# ---- lower, pause, resume, stop: at once ----


def lower(bedside: Bedside, dose: Any = "0.05", *, by: str = "nurse", **changed: Any) -> Any:
    body = {"effective_at": bedside.hand.at.isoformat(), "dose_mg_per_kg_h": dose, **changed}
    return bedside.of_stay(by, "decreases", **body)


def test_a_decrease_acts_at_once_by_one_person_and_leaves_a_look_at_the_pump(running: Bedside, hand: Hand):
    approval = done(running.approve("0.2"))
    lowered = done(lower(running, "0.037", reason="drowsy"))
    check(lowered, pump_answers.RecordedAct(), "lowered")
    assert (lowered["dose_mg_per_kg_h"], lowered["rate_ml_per_h"]) == ("0.037", "1.2")
    assert lowered["sentence"] == "Set the pump to 1.2 mL/h."
    now = {row["id"]: row["state"] for row in done(running.get("nurse", "approvals/"), 200)["results"]}
    assert now == {approval["id"]: "voided"}
    listed = done(running.get("nurse", "pump-checks/"), 200)
    check(listed, pump_answers.ListedPumpChecks(), "pump checks")
    (look,) = listed["results"]
    path, read = f"pump-checks/{look['id']}/readings/", {"rate_ml_per_h": "1.2", "concentration_mg_per_ml": "2"}
    refused(running.post("nurse", path, reading=read), 403, "same_person")
    refused(running.post("second", path), 400, "malformed", "reading")
    hand.at += 30 * MINUTE
    looked = done(running.post("second", path, reading=read), 200)
    check(looked, pump_answers.PumpCheck(), "looked")
    assert looked["agrees"] is True
    refused(running.post("charge", path, reading=read), 409, "check_closed")
    assert done(running.get("nurse", "pump-checks/"), 200)["results"] == []
    assert len(done(running.get("nurse", "pump-checks/?state=all"), 200)["results"]) == 1
    refused(running.post("second", "pump-checks/999999/readings/", reading=read), 404, "check_not_found")


@pytest.mark.parametrize(
    ("dose", "status", "code", "field"),
    [
        ("0.1", 422, "decrease_refused", "dose_mg_per_kg_h"),
        ("0.2", 422, "decrease_refused", "dose_mg_per_kg_h"),
        ("-0.1", 400, "malformed", "dose_mg_per_kg_h"),
        ("0.00001", 400, "malformed", "dose_mg_per_kg_h"),
        (None, 400, "malformed", "dose_mg_per_kg_h"),
        ("NaN", 400, "malformed", "dose_mg_per_kg_h"),
    ],
)
def test_what_is_no_decrease_is_refused(running: Bedside, dose: Any, status: int, code: str, field: str):
    before = Course.objects.get().dose_mg_per_kg_h
    assert field in lower(running, dose).json()["fields"]
    assert lower(running, dose).status_code == status
    assert lower(running, dose).json()["code"] in (code, "not_a_decrease")
    assert Course.objects.get().dose_mg_per_kg_h == before


def test_a_pause_is_one_tap_its_reason_may_follow_and_it_flows_again_by_two(running: Bedside, hand: Hand):
    paused = done(running.pause())
    check(paused, pump_answers.RecordedAct(), "paused")
    assert (paused["course"]["state"], paused["pause_reason"]) == ("paused", "")
    why = {"pause_reason": "imaging", "until_at": (hand.at + 30 * MINUTE).isoformat(), "client_id": str(uuid.uuid4())}
    told = done(running.post("nurse", f"delivery-events/{paused['id']}/reasons/", **why))
    assert (told["pause_reason"], told["supersedes"]) == ("imaging", paused["id"])
    hand.at += 20 * MINUTE
    resumed = done(running.resume("0.1"))
    assert (resumed["kind"], resumed["course"]["state"]) == ("resumed", "running")
    events = done(running.get("nurse", "delivery-events/"), 200)
    check(events, pump_answers.ListedEvents(), "events")
    assert [(row["kind"], row["superseded_by"]) for row in events["results"]][-2:] == [
        ("paused", told["id"]),
        ("started", None),
    ]
    refused(running.resume("0.1"), 422, "not_paused")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"pause_reason": "lunch"}, ["pause_reason"]),
        ({"until_at": "soon"}, ["until_at"]),
        ({"note": "x" * 201}, ["note"]),
        ({"reason": "imaging"}, ["reason"]),
        ({"effective_at": "today"}, ["effective_at"]),
    ],
)
def test_a_pause_that_cannot_be_read_is_refused(running: Bedside, change: dict[str, Any], fields: list[str]):
    refused(running.pause(**change), 400, "malformed", *fields)


def test_a_time_ahead_of_the_clock_is_refused(running: Bedside, hand: Hand):
    ahead = (hand.at + 10 * MINUTE).isoformat()
    for act in (running.pause, running.stop, lambda **body: lower(running, **body)):
        told = act(effective_at=ahead).json()
        assert told["sentence"] == "That is 10 min ahead of the clock. 2 min is allowed."
        assert list(told["fields"]) == ["effective_at"]
    assert Course.objects.get().state == "running"


def test_a_stop_said_twice_is_one_and_takes_a_physicians_restart(running: Bedside, hand: Hand):
    stopped = done(running.stop())
    hand.at += MINUTE
    assert done(running.stop(), 200)["id"] == stopped["id"]
    told = running.resume("0.1")
    assert told.status_code == 422, told.content
    restart = done(running.restart("0.1"))
    assert (restart["kind"], restart["state"]) == ("restart", "live")
    assert running.resume("0.15").status_code == 422, "above what was allowed"
    done(running.resume("0.1"))
    assert done(running.get("nurse", "approvals/"), 200)["results"][0]["state"] == "used"


def test_a_pause_of_more_than_two_hours_takes_a_physicians_restart(running: Bedside, hand: Hand):
    done(running.pause(pause_reason="line"))
    hand.at += 2 * HOUR + MINUTE
    assert running.resume("0.1").status_code == 422
    done(running.restart("0.1"))
    done(running.resume("0.1"))


def test_tapped_by_mistake_leaves_no_gap(running: Bedside, hand: Hand):
    paused = done(running.pause())
    hand.at += 4 * MINUTE
    path = f"delivery-events/{paused['id']}/withdrawals/"
    refused(running.post("nurse", path), 400, "malformed", "client_id")
    undone = done(running.post("nurse", path, client_id=str(uuid.uuid4())))
    assert (undone["kind"], undone["course"]["state"]) == ("withdrawn", "running")
    segments = done(running.get("nurse", "segments/"), 200)
    check(segments, pump_answers.ListedSegments(), "segments")
    assert [(row["started_at"], row["ended_at"]) for row in segments["results"]] == [("2026-09-22T08:00:00Z", None)]


def test_after_five_minutes_a_tap_stays(running: Bedside, hand: Hand):
    paused = done(running.pause())
    hand.at += 5 * MINUTE + timedelta(seconds=1)
    answer = running.post("nurse", f"delivery-events/{paused['id']}/withdrawals/", client_id=str(uuid.uuid4()))
    assert answer.status_code == 422
    refused(
        running.post("nurse", "delivery-events/999999/withdrawals/", client_id=str(uuid.uuid4())),
        404,
        "event_not_found",
    )


# ---- by one alone, after a call ----


def test_after_ten_minutes_without_a_second_person_a_technical_resume_is_signed_alone(running: Bedside, hand: Hand):
    done(running.pause(pause_reason="occlusion"))
    alone = {"second": None, "single_signed_reason": "second nurse at a resuscitation"}
    assert running.resume("0.1", **alone).json()["reasons"][0]["code"] == "nobody_called"
    call = done(running.of_stay("nurse", "second-person-calls", act="resume"))
    check(call, pump_answers.SecondPersonCall(), "call")
    hand.at += 9 * MINUTE
    assert running.resume("0.1", **alone).json()["reasons"][0]["code"] == "called_just_now"
    hand.at += MINUTE
    resumed = done(running.resume("0.1", **alone))
    assert (resumed["single_signed_reason"], resumed["second_checker"]) == (alone["single_signed_reason"], None)
    (look,) = done(running.get("nurse", "pump-checks/"), 200)["results"]
    assert look["kind"] == "single_signed"
    calls = done(running.get("nurse", "second-person-calls/"), 200)
    check(calls, pump_answers.ListedCalls(), "calls")
    refused(running.of_stay("nurse", "second-person-calls", act="lunch"), 400, "malformed", "act")


def test_an_increase_is_never_signed_by_one_alone(running: Bedside):
    done(running.approve("0.15"))
    body = running.by_two("0.15", second=None)
    answer = running.of_stay("nurse", "increases", **body, dose_mg_per_kg_h="0.15")
    refused(answer, 400, "malformed", "second")


# ---- found, from paper, corrected ----


def test_a_pump_is_recorded_as_it_was_found_whatever_the_limits(running: Bedside, hand: Hand):
    read = {"rate_ml_per_h": "90", "concentration_mg_per_ml": "2"}
    body = {"reading": read, "effective_at": hand.at.isoformat()}
    found = done(running.of_stay("nurse", "found-rates", **body))
    assert (found["kind"], found["rate_ml_per_h"]) == ("found", "90")
    assert found["course"]["found_differing_at"]
    refused(running.of_stay("nurse", "found-rates", effective_at=body["effective_at"]), 400, "malformed", "reading")


def test_an_act_on_paper_is_entered_afterwards_marked_and_countersigned(running: Bedside, hand: Hand):
    at = MORNING + HOUR
    paused = {"kind": "paused", "effective_at": at.isoformat(), "pause_reason": "line", "note": "sheet 2"}
    entered = done(running.of_stay("nurse", "later-entries", **paused, witness=running.witness()))
    assert (entered["source"], entered["effective_at"]) == ("downtime", "2026-09-22T09:00:00Z")
    assert entered["course"]["state"] == "paused"
    resumed = {"kind": "resumed", "effective_at": (at + 10 * MINUTE).isoformat(), "note": "sheet 2"}
    refused_without_reading = running.of_stay("nurse", "later-entries", **resumed)
    assert refused_without_reading.status_code == 422
    done(running.of_stay("nurse", "later-entries", **resumed, reading=running.reading()))
    segments = done(running.get("nurse", "segments/"), 200)["results"]
    assert [row["ended_at"] for row in segments] == [None, "2026-09-22T09:00:00Z"]
    names = Signature.objects.filter(row_id=entered["id"], table_name="infusion_deliveryevent")
    assert [(name.meaning, name.method) for name in names] == [("countersigned", "pin")]
    refused(running.of_stay("nurse", "later-entries", **{**paused, "kind": "withdrawn"}), 400, "malformed", "kind")
    refused(running.of_stay("nurse", "later-entries", **{**paused, "note": " "}), 400, "malformed", "note")
    wrong = running.of_stay("nurse", "later-entries", **paused, witness=running.witness(secret="000000"))
    refused(wrong, 403, "witness_refused", "witness")


def test_a_correction_supersedes_and_only_the_first_one_counts(running: Bedside, hand: Hand):
    event = DeliveryEvent.objects.get()
    earlier = (MORNING - 2 * MINUTE).isoformat()
    path = f"delivery-events/{event.pk}/corrections/"
    body = {"reason": "the watch was wrong", "effective_at": earlier, "client_id": str(uuid.uuid4())}
    corrected = done(running.post("nurse", path, **body))
    assert (corrected["supersedes"], corrected["effective_at"]) == (event.pk, "2026-09-22T07:58:00Z")
    hand.at += MINUTE
    assert done(running.post("nurse", path, **body), 200)["id"] == corrected["id"]
    again = {**body, "client_id": str(uuid.uuid4())}
    refused(running.post("second", path, **again), 409, "already_corrected")
    refused(running.post("nurse", path, **{**again, "reason": ""}), 400, "malformed", "reason")
    refused(running.post("nurse", "delivery-events/999999/corrections/", **again), 404, "event_not_found")


# ---- looking, and what is kept ----


def test_every_look_at_the_pump_is_left_in_the_trail(running: Bedside):
    paths = ["delivery-events/", "segments/", "double-checks/", "pump-checks/", "second-person-calls/", "course/"]
    for path in [*paths, "tasks/", "signatures/"]:
        before = AuditEvent.objects.filter(verb__endswith=".viewed").count()
        assert running.get("physician", path).status_code == 200
        assert AuditEvent.objects.filter(verb__endswith=".viewed").count() == before + 1, path


def test_the_signatures_under_a_row_are_listed(running: Bedside):
    done(running.approve("0.15"))
    event = done(running.execute("0.15"))
    asked = f"signatures/?table=infusion_deliveryevent&row={event['id']}"
    listed = done(running.get("nurse", asked), 200)["results"]
    assert sorted((row["meaning"], row["method"]) for row in listed) == [
        ("administered", "session"),
        ("witnessed", "pin"),
    ]
    refused(running.get("nurse", "signatures/?row=x"), 400, "malformed", "row")


def test_no_secret_reaches_an_answer_or_the_trail(ready: Bedside):
    done(start(ready))
    wrong = {**ready.witness(secret="913482"), **ready.reading()}
    told = start(ready, second=wrong).content.decode()
    kept = told + " ".join(str(row) for row in AuditEvent.objects.values_list("content", "reason"))
    for secret in (PIN, "913482", "plateau-demo"):
        assert secret not in kept


def test_a_course_that_was_not_started_has_no_figures(ready: Bedside):
    assert done(ready.get("nurse", "course/"), 200) == {"at": "2026-09-22T07:40:00Z", "course": None, "figures": None}


@pytest.mark.parametrize("act", ["pauses", "stops", "decreases"])
def test_what_makes_safe_needs_no_time_and_is_one_when_it_is_sent_again(running: Bedside, hand: Hand, act: str):
    body = {"client_id": str(uuid.uuid4())} | ({"dose_mg_per_kg_h": "0.05"} if act == "decreases" else {})
    path, tapped_at = f"admissions/{running.id}/{act}/", hand.at
    first = done(running.post("nurse", path, **body))
    hand.at += MINUTE
    again = running.post("nurse", path, **body)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert DeliveryEvent.objects.get(pk=first["id"]).effective_at == tapped_at
