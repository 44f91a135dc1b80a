"""A network that loses answers, and a client that gives one id to two things: one row, the same answer, or a sentence."""

import uuid
from dataclasses import dataclass, field

import pytest

from core import clock
from infusion.models import Bag, DeliveryEvent, PumpCheck
from tests.calling import Hand, refused
from tests.factories import HOUR, MINUTE, PASSWORD
from tests.integration.api.a_bedside import Bedside, ready_bedside, running_bedside
from tests.integration.api.test_rights import TABLE, start
from tests.integration.test_races import at_once
from tests.security.test_around_the_gate import decrease, from_paper, ok

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand(monkeypatch):
    moved = Hand()
    monkeypatch.setattr(clock, "now", lambda: moved.at)
    return moved


@dataclass
class Recording:
    """Somebody whose requests are kept, so that they can be sent once more."""

    caller: object
    sent: list = field(default_factory=list)

    def get(self, path):
        return self.caller.get(path)

    def post(self, path, body):
        self.sent.append((path, body))
        return self.caller.post(path, body)

    def again(self):
        return self.caller.post(*self.sent[-1])


def everything(answer):
    """What was answered but for the sentence that says what to do now."""
    return {name: value for name, value in answer.json().items() if name != "sentence"}


@pytest.mark.parametrize(("act", "roles"), [pytest.param(act, roles, id=act.__name__) for act, _may, roles in TABLE])
def test_whatever_is_sent_again_is_answered_the_same(hand, act, roles):
    at = ready_bedside(hand) if act is start else running_bedside(hand)
    who = next(each for each in ("nurse", "charge", "physician", "administrator") if each in roles)
    at.callers[who] = kept = Recording(at.callers[who])
    first = act(at, who)
    ok(first)
    hand.at += MINUTE
    again = kept.again()
    assert again.status_code in (200, 201), again.content
    assert everything(again) == everything(first)


def test_the_account_of_a_bag_sent_again_is_one_and_does_not_close_the_next_bag(hand):
    at = running_bedside(hand)
    seen = ok(at.of_stay("nurse", "bags", **at.bag_body()))["id"]
    ok(at.stop())
    used = {"infused_ml": "240", "wasted_ml": "0", "left_ml": "0"}
    body = {"used": used, "closed_at": hand.at.isoformat(), "witness": at.witness(), "seen_bag": seen}
    path = f"admissions/{at.id}/bag-closings/"
    first = ok(at.post("nurse", path, **body))
    assert ok(at.post("nurse", path, **body)) == first
    hand.at += MINUTE
    ok(at.of_stay("nurse", "bags", **at.bag_body()))
    assert ok(at.post("nurse", path, **body)) == first
    assert Bag.objects.filter(closed_at=None).count() == 1


def test_the_same_look_by_somebody_else_or_another_look_is_not_the_same(hand):
    at = running_bedside(hand)
    decrease(at, "0.05")
    path = f"pump-checks/{PumpCheck.objects.get().pk}/readings/"
    ok(at.post("second", path, reading=at.reading("0.05")))
    refused(at.post("second", path, reading=at.reading("0.1")), 409, "check_closed")
    refused(at.post("charge", path, reading=at.reading("0.05")), 409, "check_closed")


def test_another_end_of_the_course_or_of_a_request_is_not_the_same(hand):
    at = running_bedside(hand)
    asked = ok(at.request())["id"]
    no = {"password": PASSWORD, "seen_version": 1, "reason": "not tonight"}
    ok(at.post("physician", f"increase-requests/{asked}/rejections/", **no))
    for who, reason in (("other", "not tonight"), ("physician", "not at all")):
        answer = at.post(who, f"increase-requests/{asked}/rejections/", **{**no, "reason": reason})
        refused(answer, 409, "request_decided")
    refused(
        at.post("physician", f"increase-requests/{asked}/withdrawals/", reason="not tonight"), 409, "request_decided"
    )
    ok(at.stop())
    ok(at.post("physician", f"admissions/{at.id}/course-ends/", **no))
    refused(at.post("other", f"admissions/{at.id}/course-ends/", **no), 422, "no_order")


def test_what_was_recorded_before_the_patient_left_is_answered_afterwards_too(hand):
    at = running_bedside(hand)
    ok(at.pause(pause_reason="line"))
    resume = {**at.by_two("0.1"), "dose_mg_per_kg_h": "0.1", "client_id": str(uuid.uuid4())}
    first = at.of_stay("nurse", "resumptions", **resume)
    ok(first)
    hand.at += MINUTE
    ok(at.stop())
    ok(at.post("physician", f"admissions/{at.id}/discharges/", disposition="icu", reason="worse"))
    again = at.of_stay("nurse", "resumptions", **resume)
    assert ok(again)["id"] == first.json()["id"]


def test_an_entry_from_paper_with_another_reason_is_other_content(hand):
    at = running_bedside(hand)
    body = {"pause_reason": "line", "effective_at": (hand.at - HOUR).isoformat(), "client_id": str(uuid.uuid4())}
    ok(from_paper(at, "paused", **body))
    for changed in ({"pause_reason": "sedation"}, {"pause_reason": None}, {"pump": "pump 9"}):
        refused(from_paper(at, "paused", **{**body, **changed}), 422, "client_id_reused", "client_id")
    assert DeliveryEvent.objects.filter(kind="paused").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("stops", {}),
        ("found-rates", {"reading": {"rate_ml_per_h": "3.5", "concentration_mg_per_ml": "2"}}),
        ("increase-requests", {"dose_mg_per_kg_h": "0.15", "seen_version": 1}),
        ("second-person-calls", {"act": "bag_change"}),
        ("weights", {"kg": "70", "source": "measured"}),
        ("targets", {"kind": "relief", "pain": 3, "seen_version": 1}),
    ],
)
def test_one_id_for_two_patients_at_once_is_refused_to_one(hand, path, body):
    bedsides: list[Bedside] = [running_bedside(hand), running_bedside(hand)]
    when = {"stops": "effective_at", "found-rates": "effective_at", "weights": "measured_at"}.get(path)
    sent = {**body, "client_id": str(uuid.uuid4()), **({when: hand.at.isoformat()} if when else {})}
    answers = at_once(*[lambda at=at: at.of_stay("nurse", path, **sent) for at in bedsides])
    taken, not_taken = sorted(answers, key=lambda answer: answer.status_code)
    assert taken.status_code == 201
    refused(not_taken, 422, "client_id_reused", "client_id")
