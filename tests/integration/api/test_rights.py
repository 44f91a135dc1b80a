"""Every cell of the rights table (DOMAIN 2) through the API: the act, or 403 with the sentence that says whose act it is.

Rows without an operation yet (medicines, people, the audit log, reports) are not here.
"""

import copy
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.roles import WORDS, Permission, Role
from audit.models import AuditEvent
from infusion.models import DeliveryEvent
from infusion.seed import default_content
from monitoring.models import Alert
from tests.calling import Caller, Hand, a_set, refused
from tests.factories import HOUR, MINUTE, PASSWORD, person, ward
from tests.integration.api.a_bedside import TEN, Bedside, ready_bedside, running_bedside

pytestmark = pytest.mark.django_db

Act = Callable[[Bedside, str], Any]
ROLES = ("nurse", "charge", "physician", "administrator")
BEDSIDE = {"nurse", "charge", "physician"}
PHYSICIAN = {"physician"}
ADMINISTRATOR = {"administrator"}


def ok(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def now(at: Bedside) -> str:
    return at.hand.at.isoformat()


# ---- the acts, each with what has to be there before it ----


def chart(at: Bedside, who: str) -> Any:
    return at.callers[who].post(f"admissions/{at.id}/sets/", a_set(at.hand.at))


def chart_very_late(at: Bedside, who: str) -> Any:
    seen = at.hand.at
    at.hand.at = seen + 12 * HOUR + HOUR
    return at.callers[who].post(f"admissions/{at.id}/sets/", a_set(seen, late_reason="downtime"))


def hang_bag(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "bags", **at.bag_body())


def change_bag(at: Bedside, who: str) -> Any:
    seen = ok(hang_bag(at, "charge" if who == "nurse" else "nurse"))["id"]
    label = {"lot": "B2", "expires_on": "2027-01-31", "volume_ml": "250", "concentration_mg_per_ml": "2"}
    used = {"infused_ml": "0", "wasted_ml": "240", "left_ml": "0"}
    at.hand.at += 10 * MINUTE
    body = {"seen_version": 1, "seen_bag": seen, "bag": label, "used": used, "changed_at": now(at)}
    body["witness"] = at.witness()
    return at.of_stay(who, "bag-changes", **body)


def pause(at: Bedside, who: str) -> Any:
    return at.pause(by=who)


def decrease(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "decreases", effective_at=now(at), dose_mg_per_kg_h="0.05")


def stop(at: Bedside, who: str) -> Any:
    return at.stop(by=who)


def say_why(at: Bedside, who: str) -> Any:
    event = ok(at.pause())
    body = {"pause_reason": "line", "client_id": str(uuid.uuid4())}
    return at.post(who, f"delivery-events/{event['id']}/reasons/", **body)


def record_found(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "found-rates", effective_at=now(at), reading=at.reading("0.1"))


def set_back(at: Bedside, who: str) -> Any:
    ok(at.of_stay("second", "found-rates", effective_at=now(at), reading=at.reading("0.05")))
    return at.of_stay(who, "set-backs", **at.by_two("0.1"))


def enter_afterwards(at: Bedside, who: str) -> Any:
    body = {"kind": "paused", "effective_at": now(at), "pause_reason": "line", "note": "sheet 2"}
    return at.of_stay(who, "later-entries", **body)


def correct_event(at: Bedside, who: str) -> Any:
    event = DeliveryEvent.objects.get()
    body = {"reason": "another pump", "pump": "pump 9", "client_id": str(uuid.uuid4())}
    return at.post(who, f"delivery-events/{event.pk}/corrections/", **body)


def undo_tap(at: Bedside, who: str) -> Any:
    event = ok(at.pause())
    return at.post(who, f"delivery-events/{event['id']}/withdrawals/", client_id=str(uuid.uuid4()))


def start(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "starts", **at.by_two("0.1"), line_checked=True)


def execute(at: Bedside, who: str) -> Any:
    ok(at.approve("0.15", by="other"))
    return at.execute("0.15", by=who)


def resume(at: Bedside, who: str) -> Any:
    ok(at.pause(pause_reason="line"))
    return at.resume("0.1", by=who)


def declare_target(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "targets", kind="relief", pain=3, seen_version=1)


def call(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "second-person-calls", act="bag_change")


def look_at_pump(at: Bedside, who: str) -> Any:
    ok(decrease(at, "second"))
    (check,) = ok(at.get("nurse", "pump-checks/"))["results"]
    return at.post(who, f"pump-checks/{check['id']}/readings/", reading=at.reading("0.05"))


def set_pin(at: Bedside, who: str) -> Any:
    return at.post(who, "me/pin/", password=PASSWORD, pin="739164")


def request_increase(at: Bedside, who: str) -> Any:
    return at.request(by=who)


def withdraw_request(at: Bedside, who: str) -> Any:
    asked = ok(at.request(by="second"))
    return at.post(who, f"increase-requests/{asked['id']}/withdrawals/")


def acknowledge(at: Bedside, who: str) -> Any:
    at.chart(systolic=184)
    alert = Alert.objects.filter(rule="systolic").get()
    return at.post(who, f"alerts/{alert.pk}/acknowledgements/", seen_rang_at=alert.rang_at.isoformat())


def ringing(at: Bedside, **values: Any) -> tuple[Alert, dict[str, Any]]:
    """An alert of a set with these values, and what every act on it names."""
    at.chart(**values)
    alert = Alert.objects.filter(closed_at=None).latest("pk")
    return alert, {"client_id": str(uuid.uuid4()), "seen_rang_at": alert.rang_at.isoformat() if alert.rang_at else None}


def note_alert(at: Bedside, who: str) -> Any:
    alert, seen = ringing(at, systolic=184)
    body = {"client_id": seen["client_id"], "kind": "call", "text": "physician told"}
    return at.post(who, f"alerts/{alert.pk}/notes/", **body)


def put_off(at: Bedside, who: str) -> Any:
    alert, seen = ringing(at, systolic=184)
    return at.post(who, f"alerts/{alert.pk}/snoozes/", minutes=10, **seen)


def resolve(at: Bedside, who: str) -> Any:
    ringing(at, systolic=184)
    at.hand.at += MINUTE
    alert, seen = ringing(at)
    return at.post(who, f"alerts/{alert.pk}/resolutions/", text="pressure settled", **seen)


def sign_order(at: Bedside, who: str) -> Any:
    body = at.order_body(replaces_version=1)
    return at.of_stay(who, "orders", **body)


def end_course(at: Bedside, who: str) -> Any:
    ok(at.stop())
    body = {"reason": "done", "seen_version": 1, "password": PASSWORD}
    return at.post(who, f"admissions/{at.id}/course-ends/", **body)


def approve(at: Bedside, who: str) -> Any:
    return at.approve("0.15", by=who)


def reject(at: Bedside, who: str) -> Any:
    asked = ok(at.request(by="second"))
    body = {"reason": "not tonight", "seen_version": 1, "password": PASSWORD}
    return at.post(who, f"increase-requests/{asked['id']}/rejections/", **body)


def allow_restart(at: Bedside, who: str) -> Any:
    ok(at.stop())
    return at.restart("0.1", by=who)


def end_hold(at: Bedside, who: str) -> Any:
    ok(declare_target(at, "second"))
    body = {"reason": "pain 8 again", "seen_version": 1, "password": PASSWORD}
    return at.of_stay(who, "hold-ends", **body)


def override(at: Bedside, who: str) -> Any:
    ceiling = ok(at.approve("0.2", by="other", valid_for_min=240))
    ok(at.execute("0.15", by="second", witness="charge"))
    body = {"code": "step_interval_running", "reason": "pain 9", "password": PASSWORD}
    return at.post(who, f"approvals/{ceiling['id']}/overrides/", **body)


def content(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(default_content()), "code": "trial", **changed}


def draft_protocol(at: Bedside, who: str) -> Any:
    return at.post(who, "protocols/", content=content())


def redraft_protocol(at: Bedside, who: str) -> Any:
    draft = ok(draft_protocol(at, "administrator"))
    seen = {"seen_drafted_at": draft["drafted_at"]}
    return at.post(who, f"protocols/{draft['id']}/", content=content(name="Better"), **seen)


def sign_protocol(at: Bedside, who: str) -> Any:
    draft = ok(draft_protocol(at, "administrator"))
    body = {"password": PASSWORD, "seen_drafted_at": draft["drafted_at"]}
    return at.post(who, f"protocols/{draft['id']}/signatures/", **body)


def retire_protocol(at: Bedside, who: str) -> Any:
    draft = ok(sign_protocol(at, "physician"))
    return at.post(who, f"protocols/{draft['id']}/retirements/", reason="out of use")


def found_ward(at: Bedside, who: str) -> Any:
    return at.post(who, "wards/", name=f"Ward of {who}", time_zone="UTC")


def record_event(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "adverse-events", kind="fall")


def withdraw_event(at: Bedside, who: str) -> Any:
    event = ok(record_event(at, "second"))
    return at.post(who, f"adverse-events/{event['id']}/withdrawals/", reason="next bed", client_id=str(uuid.uuid4()))


def set_limit(at: Bedside, who: str) -> Any:
    body = {"rule": "systolic", "direction": "high", "yellow": "170", "red": "190", "reason": "usual for years"}
    return at.of_stay(who, "limits", **body, password=PASSWORD)


def end_limit(at: Bedside, who: str) -> Any:
    limit = ok(set_limit(at, "other"))
    return at.post(who, f"limits/{limit['id']}/endings/")


def set_interval(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "set-intervals", every_min=30, reason="drowsy", password=PASSWORD)


def end_interval(at: Bedside, who: str) -> Any:
    interval = ok(set_interval(at, "other"))
    return at.post(who, f"set-intervals/{interval['id']}/endings/")


def review(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "reviews", outcome="continue", reviewed_at=now(at))


def reassess(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "reassessments", outcome="increase", reviewed_at=now(at))


def check_line(at: Bedside, who: str) -> Any:
    parts = ("dedicated_labelled_line", "anti_siphon_valve", "pump_locked", "nothing_else_through_it", "site_is_well")
    return at.of_stay(who, "line-checks", checked_at=now(at), reading=at.reading(), **dict.fromkeys(parts, True))


def leave_ward(at: Bedside, who: str) -> Any:
    return at.of_stay(who, "times-off-ward", destination="MRI", escort="Nurse Two", left_at=now(at))


def come_back(at: Bedside, who: str) -> Any:
    away = ok(leave_ward(at, "second"))
    return at.post(who, f"times-off-ward/{away['id']}/returns/", back_at=now(at))


def co_sign(at: Bedside, who: str) -> Any:
    charted = ok(chart_very_late(at, "second"))
    return at.post(who, f"sets/{charted['id']}/co-signatures/", client_id=str(uuid.uuid4()))


P = Permission
TABLE: list[tuple[Act, Permission, set[str]]] = [
    (chart, P.CHART, BEDSIDE),
    (hang_bag, P.HANG_BAG, BEDSIDE),
    (change_bag, P.HANG_BAG, BEDSIDE),
    (enter_afterwards, P.CHART, BEDSIDE),
    (correct_event, P.CHART, BEDSIDE),
    (pause, P.MAKE_SAFE, BEDSIDE),
    (decrease, P.MAKE_SAFE, BEDSIDE),
    (stop, P.MAKE_SAFE, BEDSIDE),
    (say_why, P.MAKE_SAFE, BEDSIDE),
    (record_found, P.MAKE_SAFE, BEDSIDE),
    (start, P.START_INFUSION, BEDSIDE),
    (execute, P.EXECUTE_INCREASE, BEDSIDE),
    (resume, P.RESUME_INFUSION, BEDSIDE),
    (undo_tap, P.RESUME_INFUSION, BEDSIDE),
    (set_back, P.RESUME_INFUSION, BEDSIDE),
    (declare_target, P.DECLARE_TARGET, BEDSIDE),
    (call, P.HANG_BAG, BEDSIDE),
    (look_at_pump, P.WITNESS, BEDSIDE),
    (set_pin, P.WITNESS, BEDSIDE),
    (request_increase, P.REQUEST_INCREASE, BEDSIDE),
    (withdraw_request, P.REQUEST_INCREASE, BEDSIDE),
    (acknowledge, P.ACKNOWLEDGE_ALERT, BEDSIDE),
    (record_event, P.RECORD_EVENT, BEDSIDE),
    (withdraw_event, P.RECORD_EVENT, BEDSIDE),
    (reassess, P.REASSESS, BEDSIDE),
    (check_line, P.CHART, BEDSIDE),
    (leave_ward, P.CHART, BEDSIDE),
    (come_back, P.CHART, BEDSIDE),
    (co_sign, P.CO_SIGN, {"charge", "physician"}),
    (review, P.REVIEW, PHYSICIAN),
    (set_limit, P.SET_LIMITS, PHYSICIAN),
    (end_limit, P.SET_LIMITS, PHYSICIAN),
    (set_interval, P.SET_INTERVAL, PHYSICIAN),
    (end_interval, P.SET_INTERVAL, PHYSICIAN),
    (note_alert, P.ACKNOWLEDGE_ALERT, BEDSIDE),
    (put_off, P.ACKNOWLEDGE_ALERT, BEDSIDE),
    (resolve, P.ACKNOWLEDGE_ALERT, BEDSIDE),
    (sign_order, P.SIGN_ORDER, PHYSICIAN),
    (end_course, P.END_COURSE, PHYSICIAN),
    (approve, P.APPROVE_INCREASE, PHYSICIAN),
    (reject, P.APPROVE_INCREASE, PHYSICIAN),
    (allow_restart, P.ALLOW_RESTART, PHYSICIAN),
    (end_hold, P.END_HOLD, PHYSICIAN),
    (override, P.OVERRIDE_GATE, PHYSICIAN),
    (draft_protocol, P.MANAGE_PROTOCOLS, ADMINISTRATOR),
    (redraft_protocol, P.MANAGE_PROTOCOLS, ADMINISTRATOR),
    (sign_protocol, P.SIGN_PROTOCOL, PHYSICIAN),
    (retire_protocol, P.MANAGE_PROTOCOLS, ADMINISTRATOR),
    (found_ward, P.MANAGE_WARDS, ADMINISTRATOR),
]


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize(("act", "permission", "allowed"), TABLE, ids=[act.__name__ for act, _p, _a in TABLE])
def test_each_cell_of_the_table(hand: Hand, act: Act, permission: Permission, allowed: set[str], who: str):
    bedside = ready_bedside(hand) if act is start else running_bedside(hand)
    if act is override:
        hand.at = TEN
    answer = act(bedside, who)
    if who in allowed:
        assert answer.status_code in (200, 201), answer.content
        return
    told = refused(answer, 403, "role_not_allowed")
    assert told["sentence"].startswith(f"Your role may not {WORDS[permission]}. It takes a")
    last = AuditEvent.objects.latest("pk")
    assert (last.verb, last.actor_id) == ("act.refused", bedside.people[who].pk), (
        "nothing was written beside the refusal"
    )


@pytest.mark.parametrize("who", ROLES)
def test_what_a_nurse_saw_more_than_twelve_hours_ago_awaits_a_charge_nurse_or_physician(hand: Hand, who: str):
    answer = chart_very_late(running_bedside(hand), who)
    if who == "administrator":
        refused(answer, 403, "role_not_allowed")
    else:
        assert ok(answer)["awaits_co_signature"] is (who == "nurse")


@pytest.mark.parametrize("who", ROLES)
def test_each_role_as_the_second_person(hand: Hand, who: str):
    bedside = running_bedside(hand)
    ok(bedside.approve("0.15", by="other"))
    answer = bedside.execute("0.15", by="second", witness=who)
    if who == "administrator":
        told = refused(answer, 403, "role_not_allowed", "second")
        assert told["sentence"].endswith("is an administrator: the role may not check or witness.")
    else:
        assert answer.status_code == 201, answer.content


@pytest.mark.parametrize(
    "path", ["orders/", "gate/", "approvals/", "delivery-events/", "course/", "tasks/", "bags/", "targets/"]
)
def test_an_administrator_does_not_look_at_patients(hand: Hand, path: str):
    refused(running_bedside(hand).get("administrator", path), 403, "role_not_allowed")


# ---- the rules of signature ----


def test_a_witness_may_come_from_another_ward_who_acts_may_not(hand: Hand):
    bedside = running_bedside(hand)
    elsewhere = person(Role.NURSE, ward=ward())
    bedside.people["elsewhere"], bedside.callers["elsewhere"] = elsewhere, Caller(elsewhere)
    ok(bedside.approve("0.15"))
    refused(bedside.execute("0.15", by="elsewhere"), 404, "admission_not_found")
    assert ok(bedside.execute("0.15", witness="elsewhere"))["second_checker"] == elsewhere.display_name


def test_the_second_is_never_the_first(hand: Hand):
    bedside = running_bedside(hand)
    ok(bedside.approve("0.15"))
    refused(bedside.execute("0.15", by="nurse", witness="nurse"), 403, "same_person")
    refused(bedside.of_stay("nurse", "bags", **bedside.bag_body(witness=bedside.witness("nurse"))), 403, "same_person")


def test_a_charge_nurses_request_is_not_approved_by_any_nurse(hand: Hand):
    bedside = running_bedside(hand)
    asked = ok(bedside.request(by="charge"))
    for who in ("nurse", "charge", "administrator"):
        refused(bedside.approve("0.15", by=who, request=asked["id"]), 403, "role_not_allowed")
    ok(bedside.approve("0.15", request=asked["id"]))


def test_a_password_of_somebody_else_signs_nothing(hand: Hand):
    bedside = running_bedside(hand)
    bedside.people["other"].set_password("another-password")
    bedside.people["other"].save()
    refused(bedside.approve("0.15", by="other", password=PASSWORD), 403, "password_wrong", "password")
    ok(bedside.approve("0.15", by="other", password="another-password"))


def test_a_nurse_is_told_that_it_takes_a_physician_before_a_password_is_tried(hand: Hand):
    bedside = running_bedside(hand)
    refused(bedside.approve("0.15", by="nurse", password="wrong"), 403, "role_not_allowed")
    assert not AuditEvent.objects.filter(verb="signing.refused").exists()
