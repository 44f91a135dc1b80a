"""What is recorded about watching through the API: each act once right, its list, and what cannot be read."""

import uuid
from typing import Any

import pytest

from api import answers, assessment_shapes, watching_answers
from audit.models import AuditEvent
from monitoring.models import Acknowledgement, AdverseEvent, Alert, AlertNote, Prompt
from tests.calling import Hand, a_set, refused
from tests.factories import HOUR, MINUTE, PASSWORD
from tests.integration.api import test_rights as acts
from tests.integration.api.a_bedside import TEN, Bedside, running_bedside
from tests.integration.api.test_description import check
from tests.integration.api.test_rights import ok

pytestmark = pytest.mark.django_db


@pytest.fixture
def bedside(db: Any, hand: Hand) -> Bedside:
    return running_bedside(hand)


LISTS = {
    "adverse-events": (acts.record_event, "nurse", watching_answers.ListedAdverseEvents, "events.viewed"),
    "limits": (acts.set_limit, "physician", watching_answers.ListedLimits, "own_rules.viewed"),
    "set-intervals": (acts.set_interval, "physician", watching_answers.ListedIntervals, "own_rules.viewed"),
    "reviews": (acts.review, "physician", watching_answers.ListedReviews, "reviews.viewed"),
    "line-checks": (acts.check_line, "nurse", watching_answers.ListedLineChecks, "line_checks.viewed"),
    "times-off-ward": (acts.leave_ward, "nurse", watching_answers.ListedTimesOffWard, "off_ward.viewed"),
}


@pytest.mark.parametrize(("path", "act", "who", "described", "verb"), [(path, *row) for path, row in LISTS.items()])
def test_what_is_recorded_is_answered_as_described_and_listed_the_same(
    bedside: Bedside, path: str, act: Any, who: str, described: Any, verb: str
):
    made = ok(act(bedside, who))
    listed = ok(bedside.get("nurse", f"{path}/"))
    check(listed, described(), path)
    assert listed["results"] == [made]
    event = AuditEvent.objects.get(verb=verb)
    assert (event.actor_id, event.admission_id, event.content) == (bedside.people["nurse"].pk, bedside.id, {})
    refused(bedside.get("administrator", f"{path}/"), 403, "role_not_allowed")


@pytest.mark.parametrize(
    ("path", "who", "body", "fields"),
    [
        ("adverse-events", "nurse", {}, ["kind"]),
        ("adverse-events", "nurse", {"kind": "systolic"}, ["kind"]),
        ("adverse-events", "nurse", {"kind": "fall", "occurred_at": "10:00"}, ["occurred_at"]),
        ("adverse-events", "nurse", {"kind": "fall", "note": "x" * 501, "grade": 2}, ["note", "grade"]),
        ("limits", "physician", {}, ["rule", "direction", "reason", "password"]),
        ("limits", "physician", {"rule": "sedation", "direction": "neither"}, ["rule", "direction", "reason", "password"]),
        ("limits", "physician", {"red": "-1", "yellow": "170.55"}, ["red", "yellow", "rule", "direction", "reason", "password"]),
        ("set-intervals", "physician", {"every_min": "30"}, ["every_min", "reason", "password"]),
        ("reviews", "physician", {"outcome": "wait"}, ["outcome", "reviewed_at"]),
        ("reassessments", "nurse", {"kind": "daily"}, ["kind", "outcome", "reviewed_at"]),
        ("line-checks", "nurse", {"pump_locked": "yes", "site_is_well": True, "nothing_else_through_it": True},
         ["pump_locked", "checked_at", "reading", "dedicated_labelled_line", "anti_siphon_valve"]),
        ("times-off-ward", "nurse", {"destination": "", "escort": 3}, ["destination", "escort", "left_at"]),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_names_each_part(
    bedside: Bedside, path: str, who: str, body: dict[str, Any], fields: list[str]
):
    refused(bedside.of_stay(who, path, **body), 400, "malformed", *fields)


def test_an_event_rings_at_once_and_one_recorded_by_mistake_stays_readable(bedside: Bedside, hand: Hand):
    event = ok(acts.record_event(bedside, "nurse"))
    assert (event["words"], event["occurred_at"], event["withdrawn_by"]) == ("Fall", "2026-09-22T10:00:00Z", None)
    hand.at += MINUTE
    path = f"adverse-events/{event['id']}/withdrawals/"
    gone = ok(bedside.post("nurse", path, reason="the next bed", client_id=str(uuid.uuid4())))
    check(gone, watching_answers.AdverseEvent(), "withdrawn")
    assert (gone["withdraws"], gone["note"]) == (event["id"], "the next bed")
    again = bedside.post("nurse", path, reason="once more", client_id=str(uuid.uuid4()))
    refused(again, 409, "already_withdrawn")
    listed = {each["id"]: each["withdrawn_by"] for each in ok(bedside.get("nurse", "adverse-events/"))["results"]}
    assert listed == {event["id"]: gone["id"], gone["id"]: None}
    assert AdverseEvent.objects.count() == 2


def test_a_limit_holds_until_it_is_ended_or_over(bedside: Bedside, hand: Hand):
    limit = ok(acts.set_limit(bedside, "physician"))
    assert (limit["yellow"], limit["red"], limit["until"]) == ("170", "190", "2026-09-23T16:00:00Z")
    assert (limit["holds"], limit["set_by"]) == (True, bedside.people["physician"].display_name)
    ended = ok(bedside.post("other", f"limits/{limit['id']}/endings/"))
    check(ended, watching_answers.PatientLimit(), "ended")
    assert (ended["holds"], ended["ended_by"]) == (False, bedside.people["other"].display_name)
    refused(bedside.post("physician", f"limits/{limit['id']}/endings/"), 409, "limit_over")
    refused(bedside.post("physician", f"limits/{limit['id']}/endings/", why="x"), 400, "malformed", "why")
    ok(acts.set_limit(bedside, "physician"))
    hand.at += 31 * HOUR
    assert [each["holds"] for each in ok(bedside.get("nurse", "limits/"))["results"]] == [False, False]


def test_a_limit_beyond_the_stop_is_refused_after_the_password_was_right(bedside: Bedside):
    body = {"rule": "spo2", "direction": "low", "red": "88", "reason": "lung disease", "password": PASSWORD}
    told = refused(bedside.of_stay("physician", "limits", **body), 422, "limit_refused", "red")
    assert told["sentence"] == "Red at 88 lies beyond 90, where the protocol advises to stop."
    refused(bedside.of_stay("physician", "limits", **{**body, "password": "wrong"}), 403, "password_wrong", "password")


def test_an_interval_says_its_minutes_and_the_newest_holds(bedside: Bedside, hand: Hand):
    first = ok(acts.set_interval(bedside, "physician"))
    hand.at += MINUTE
    body = {"every_min": 45, "reason": "better", "password": PASSWORD, "until": (hand.at + HOUR).isoformat()}
    second = ok(bedside.of_stay("other", "set-intervals", **body))
    listed = ok(bedside.get("nurse", "set-intervals/"))["results"]
    assert [(each["id"], each["every_min"], each["holds"]) for each in listed] == [
        (second["id"], 45, True), (first["id"], 30, False),
    ]  # fmt: skip
    check(ok(bedside.post("other", f"set-intervals/{second['id']}/endings/")), watching_answers.SetInterval(), "ended")


def test_a_look_that_differs_is_kept(bedside: Bedside):
    look = ok(acts.check_line(bedside, "nurse"))
    assert (look["agrees"], look["rate_ml_per_h"], look["pump_locked"]) == (True, "3.5", True)
    reading = bedside.reading("0.1", rate_ml_per_h="35")
    parts = {name: value for name, value in look.items() if isinstance(value, bool) and name != "agrees"}
    body = {"checked_at": bedside.hand.at.isoformat(), "reading": reading, **parts, "site_is_well": False}
    differs = ok(bedside.of_stay("nurse", "line-checks", **body))
    assert (differs["agrees"], differs["site_is_well"]) == (False, False)


def test_away_and_back_with_an_escort_who_charts(bedside: Bedside, hand: Hand):
    charted = a_set(hand.at, source="escort")
    refused(bedside.callers["nurse"].post(f"admissions/{bedside.id}/sets/", charted), 422, "set_refused", "source")
    away = ok(acts.leave_ward(bedside, "nurse"))
    assert (away["escort"], away["back_at"]) == ("Nurse Two", None)
    ok(bedside.callers["nurse"].post(f"admissions/{bedside.id}/sets/", charted))
    hand.at += 20 * MINUTE
    back = ok(bedside.post("nurse", f"times-off-ward/{away['id']}/returns/"))
    check(back, watching_answers.TimeOffWard(), "back")
    assert back["back_at"] == "2026-09-22T10:20:00Z"
    refused(bedside.post("charge", f"times-off-ward/{away['id']}/returns/"), 409, "already_back")


def test_a_very_late_entry_is_listed_until_somebody_stands_beside_it(bedside: Bedside):
    charted = ok(acts.chart_very_late(bedside, "nurse"))
    listed = ok(bedside.get("charge", "sets/awaiting-co-signature/"))
    check(listed, answers.ListedSets(), "awaiting")
    assert [each["id"] for each in listed["results"]] == [charted["id"]]
    path, name = f"sets/{charted['id']}/co-signatures/", {"client_id": str(uuid.uuid4())}
    signed = ok(bedside.post("charge", path, **name))
    check(signed, watching_answers.CoSignature(), "co-signed")
    assert ok(bedside.post("charge", path, **name)) == signed
    assert ok(bedside.get("charge", "sets/awaiting-co-signature/"))["results"] == []
    refused(bedside.post("physician", path, client_id=str(uuid.uuid4())), 409, "co_signed")


def test_rash_and_fever_come_with_the_panel_and_warning_symptoms_with_the_set(bedside: Bedside, hand: Hand):
    panel = {"collected_at": hand.at.isoformat(), "alt": 30, "alt_upper": 40, "client_id": str(uuid.uuid4())}
    plain = ok(bedside.of_stay("nurse", "liver-panels", **panel))
    check(plain, assessment_shapes.Panel(), "panel")
    assert (plain["rash"], plain["fever"]) == (None, None)
    refused(bedside.of_stay("nurse", "liver-panels", **panel, rash=True), 422, "client_id_reused", "client_id")
    asked = ok(
        bedside.of_stay("nurse", "liver-panels", **{**panel, "client_id": str(uuid.uuid4())}, rash=True, fever=False)
    )
    assert (asked["rash"], asked["fever"]) == (True, False)
    chart = f"admissions/{bedside.id}/sets/"
    for told in (None, [], ["chest_pain"]):
        body = a_set(hand.at) | ({} if told is None else {"warning_symptoms": told})
        assert ok(bedside.callers["nurse"].post(chart, body))["warning_symptoms"] == told
    wrong = a_set(hand.at, warning_symptoms=["headache_worse"])
    refused(bedside.callers["nurse"].post(chart, wrong), 400, "malformed", "warning_symptoms.0")


def test_every_prompt_says_in_words_what_is_asked_and_how_late_it_is(bedside: Bedside, hand: Hand):
    Prompt.objects.create(
        admission_id=bedside.id, kind="second_reading", about="systolic diastolic", due_at=TEN - 5 * MINUTE,
        interval=10 * MINUTE, overdue_at=TEN, opened_at=TEN - 10 * MINUTE,
    )  # fmt: skip
    listed = ok(bedside.get("nurse", "prompts/"))
    check(listed, answers.ListedPrompts(), "prompts")
    told = {each["kind"]: each for each in listed["results"]}
    assert told["full_set"]["words"] == "Full set"
    assert told["full_set"]["about"] == []
    second = told["second_reading"]
    assert (second["words"], second["about"], second["minutes_late"]) == (
        "Second reading",
        ["systolic", "diastolic"],
        5,
    )


# ---- alerts ----


def red(bedside: Bedside) -> Alert:
    bedside.chart(systolic=184)
    return Alert.objects.get(admission_id=bedside.id, rule="systolic", direction="high")


def seen(alert: Alert, **more: Any) -> dict[str, Any]:
    rang = None if alert.rang_at is None else alert.rang_at.isoformat()
    return {"client_id": str(uuid.uuid4()), "seen_rang_at": rang, **more}


def test_what_is_said_and_done_about_an_alert_is_listed(bedside: Bedside):
    alert = red(bedside)
    body = {"client_id": str(uuid.uuid4()), "kind": "call", "text": "physician told"}
    note = ok(bedside.post("nurse", f"alerts/{alert.pk}/notes/", **body))
    check(note, answers.AlertNote(), "note")
    assert ok(bedside.post("nurse", f"alerts/{alert.pk}/notes/", **body)) == note
    listed = ok(bedside.get("nurse", "alert-notes/"))
    check(listed, answers.ListedAlertNotes(), "notes")
    assert listed["results"] == [note]
    for wrong, field in (({"kind": "snooze"}, "kind"), ({"text": ""}, "text"), ({"text": "x" * 401}, "text")):
        refused(bedside.post("nurse", f"alerts/{alert.pk}/notes/", **{**body, **wrong}), 400, "malformed", field)


def test_a_ring_is_put_off_once_and_not_past_the_protocols_minutes(bedside: Bedside):
    alert = red(bedside)
    path = f"alerts/{alert.pk}/snoozes/"
    refused(bedside.post("nurse", path, **seen(alert, minutes=16)), 422, "snooze_refused", "minutes")
    refused(bedside.post("nurse", path, **seen(alert, minutes=True)), 400, "malformed", "minutes")
    told = ok(bedside.post("nurse", path, **seen(alert, minutes=15)))
    check(told, answers.Alert(), "put off")
    assert (told["snoozed_until"], told["snoozes"]) == ("2026-09-22T10:15:00Z", 1)
    refused(bedside.post("nurse", path, **seen(alert, minutes=5)), 422, "snooze_refused")
    assert AlertNote.objects.get().kind == "snooze"


def test_a_nurse_resolves_what_is_back_in_range_and_a_physician_at_any_time(bedside: Bedside):
    alert = red(bedside)
    path = f"alerts/{alert.pk}/resolutions/"
    refused(bedside.post("nurse", path, **seen(alert, text="settled")), 422, "resolution_refused")
    refused(bedside.post("physician", path, **seen(alert, seen_rang_at=None, text="x")), 409, "alert_rang_again")
    told = ok(bedside.post("physician", path, **seen(alert, text="labetalol 10 mg")))
    check(told, answers.Alert(), "resolved")
    assert (told["closed_by"], told["close_reason"]) == (bedside.people["physician"].display_name, "labetalol 10 mg")
    refused(bedside.post("physician", path, **seen(alert, text="again")), 409, "alert_closed")


def test_a_set_charted_beside_the_patient_acknowledges_what_it_raises(bedside: Bedside, hand: Hand):
    body = a_set(hand.at, systolic=184, with_patient=True)
    told = ok(bedside.callers["nurse"].post(f"admissions/{bedside.id}/sets/", body))
    assert [alert["acknowledged_at"] for alert in told["alerts"]] == ["2026-09-22T10:00:00Z"]
    assert list(Acknowledgement.objects.values_list("with_patient", flat=True)) == [True]
