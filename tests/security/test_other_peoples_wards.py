"""Somebody with a token of another ward, and every id that they may have heard of: nothing is there, nothing is written."""

import uuid

import pytest

from accounts.models import Signature, User
from accounts.roles import Role
from core import clock
from infusion.models import (
    Approval,
    Bag,
    Course,
    DeliveryEvent,
    DoubleCheck,
    IncreaseRequest,
    Order,
    Override,
    PumpCheck,
    SecondPersonCall,
    TargetDeclaration,
)
from monitoring.models import (
    AdverseEvent,
    Alert,
    AlertNote,
    CoSignature,
    LineCheck,
    LiverPanel,
    ObservationSet,
    OffWard,
    PatientLimit,
    Review,
    SetInterval,
)
from patients.models import Admission, Bed, Consent, Screening, ScreeningDecision, Transfer, Weight
from tests.calling import Caller, Hand, refused
from tests.factories import MINUTE, PASSWORD, person, ward
from tests.integration.api import test_rights as rights
from tests.integration.api.a_bedside import Bedside, running_bedside
from tests.security.test_around_the_gate import decrease, ok

pytestmark = pytest.mark.django_db
EVERYTHING = (
    Admission, AdverseEvent, Alert, AlertNote, Approval, Bag, Consent, Course, DeliveryEvent, DoubleCheck, IncreaseRequest,
    LiverPanel,
    ObservationSet, Order, Override, PumpCheck, Screening, ScreeningDecision, SecondPersonCall, Signature,
    TargetDeclaration, Transfer, User, Weight, CoSignature, LineCheck, OffWard, PatientLimit, Review, SetInterval,
)  # fmt: skip


@pytest.fixture
def hand(monkeypatch):
    moved = Hand()
    monkeypatch.setattr(clock, "now", lambda: moved.at)
    return moved


def kept():
    """Everything that is recorded."""
    return {model: list(model.objects.order_by("pk").values()) for model in EVERYTHING}


def nested(at: Bedside, where) -> dict[str, dict]:
    """Every address that names something inside the stay, with a body that its own nurse or physician could send."""
    panel = ok(at.of_stay("nurse", "liver-panels", collected_at=at.hand.at.isoformat(), alt=30, alt_upper=40))
    no_pregnancy = {"pregnancy_test": "not_applicable", "ecg": "normal"}
    answers = dict.fromkeys(_items(), "no") | {"allergy": "yes"}
    screening = ok(at.of_stay("nurse", "screenings", answers=answers, **no_pregnancy))
    decrease(at, "0.05")
    check = PumpCheck.objects.get()
    given = DeliveryEvent.objects.latest("id")
    ceiling = ok(at.approve("0.1", by="other"))
    asked = ok(at.request("0.15"))
    transfer = ok(at.of_stay("nurse", "transfers", to_ward=where.pk, reason="telemetry"))
    signing = {"password": PASSWORD, "seen_version": 1}
    event, away, limit, interval = (
        ok(act(at, who))["id"]
        for act, who in (
            (rights.record_event, "nurse"), (rights.leave_ward, "nurse"), (rights.set_limit, "physician"),
            (rights.set_interval, "physician"),
        )
    )  # fmt: skip
    alert, seen = rights.ringing(at, systolic=184)
    now = at.hand.at.isoformat()
    return {
        f"alerts/{alert.pk}/acknowledgements/": {"seen_rang_at": seen["seen_rang_at"]},
        f"alerts/{alert.pk}/notes/": {"kind": "note", "text": "heard of it"},
        f"alerts/{alert.pk}/snoozes/": {"minutes": 10, **seen},
        f"alerts/{alert.pk}/resolutions/": {"text": "settled", **seen},
        f"adverse-events/{event}/withdrawals/": {"reason": "no"},
        f"times-off-ward/{away}/returns/": {},
        f"limits/{limit}/endings/": {},
        f"set-intervals/{interval}/endings/": {},
        f"sets/{ObservationSet.objects.latest('id').pk}/co-signatures/": {},
        f"admissions/{at.id}/adverse-events/": {"kind": "fall"},
        f"admissions/{at.id}/limits/": {
            "password": PASSWORD, "rule": "systolic", "direction": "high", "red": "190", "reason": "usual",
        },
        f"admissions/{at.id}/set-intervals/": {"password": PASSWORD, "every_min": 30, "reason": "drowsy"},
        f"admissions/{at.id}/reviews/": {"outcome": "continue", "reviewed_at": now},
        f"admissions/{at.id}/reassessments/": {"outcome": "continue", "reviewed_at": now},
        f"admissions/{at.id}/times-off-ward/": {"destination": "MRI", "escort": "x", "left_at": now},
        f"increase-requests/{asked['id']}/withdrawals/": {"reason": "no"},
        f"increase-requests/{asked['id']}/rejections/": {**signing, "reason": "no"},
        f"approvals/{ceiling['id']}/overrides/": {"password": PASSWORD, "code": "pain_at_goal", "reason": "asked"},
        f"delivery-events/{given.pk}/corrections/": {"reason": "watch", "effective_at": at.hand.at.isoformat()},
        f"delivery-events/{given.pk}/reasons/": {"pause_reason": "line"},
        f"delivery-events/{given.pk}/withdrawals/": {},
        f"pump-checks/{check.pk}/readings/": {"reading": at.reading("0.05")},
        f"liver-panels/{panel['id']}/corrections/": {
            "correction_reason": "typo", "collected_at": at.hand.at.isoformat(), "alt": 20, "alt_upper": 40,
        },
        f"screenings/{screening['id']}/decisions/": {"password": PASSWORD, "accepted": False},
        f"transfers/{transfer['id']}/acceptances/": {"bed": Bed.objects.create(ward=where, name="99").pk},
        f"transfers/{transfer['id']}/declines/": {"reason": "full"},
        f"transfers/{transfer['id']}/cancellations/": {"reason": "no"},
        f"admissions/{at.id}/approvals/": {**signing, "request": asked["id"], "ceiling_mg_per_kg_h": "0.15"},
    }  # fmt: skip


def _items():
    from patients.domain.screening import ScreeningItem

    return [str(item) for item in ScreeningItem]


def sent(caller, path, body):
    answer = caller.post(path, body)
    named = {"client_id": str(uuid.uuid4()), **body}
    return caller.post(path, named) if b"client_id is missing" in answer.content else answer


@pytest.mark.parametrize("role", [Role.NURSE, Role.PHYSICIAN])
def test_nothing_inside_a_stay_of_another_ward_is_there(hand, role):
    at, where = running_bedside(hand), ward()
    paths = nested(at, where)
    stranger = Caller(person(role, ward=ward()))
    hand.at += MINUTE
    before = kept()
    for path, body in paths.items():
        answer = sent(stranger, path, body)
        assert answer.status_code in ((404,) if role is Role.PHYSICIAN else (403, 404)), (path, answer.content)
    assert kept() == before


def test_a_request_is_decided_only_in_its_own_stay(hand):
    one, other = running_bedside(hand), running_bedside(hand)
    asked = ok(one.request())["id"]
    before = kept()
    refused(other.approve(request=asked), 404, "request_not_found")
    weight = Weight.objects.filter(admission_id=one.id).latest("id").pk
    body = other.order_body(weight=weight, replaces_version=1)
    refused(other.of_stay("physician", "orders", **body), 404, "weight_not_found")
    assert kept() == before


def test_neither_two_roles_nor_a_detour_approve_ones_own_request(hand):
    at = running_bedside(hand)
    asked = ok(at.request(by="physician"))["id"]
    refused(at.approve(request=asked), 422, "approval_refused")
    refused(at.approve(), 422, "approval_refused")
    for spelling in (at.people["physician"].username.upper(), at.people["physician"].username):
        second = {"username": spelling, "secret": PASSWORD, **at.reading("0.15")}
        assert at.execute(by="physician", second=second).status_code == 403
    allowed = ok(at.approve(request=asked, by="other"))
    refused(at.approve("0.2", seen_approval=allowed["id"], request=asked), 409, "request_decided")
    ok(at.execute(by="nurse"))


@pytest.mark.parametrize("locked", ["nurse", "physician"])
def test_a_locked_out_person_still_pauses_lowers_and_stops(hand, locked):
    at = running_bedside(hand)
    for _ in range(6):
        wrong = {**at.by_two(), "dose_mg_per_kg_h": "0.1", "second": {**at.reading(), **at.witness(locked, "wrong")}}
        at.of_stay("second", "resumptions", **wrong)
        at.post(locked, "me/pin/", password="wrong", pin="739164")
    assert User.objects.get(pk=at.people[locked].pk).signing_locked_until is not None
    ok(at.of_stay(locked, "decreases", effective_at=hand.at.isoformat(), dose_mg_per_kg_h="0.05"))
    ok(at.pause(by=locked))
    ok(at.stop(by=locked))


def test_a_patient_does_not_leave_beside_a_pump_that_runs(hand):
    at = running_bedside(hand)
    for halt in (None, at.pause):
        if halt:
            ok(halt())
        answer = at.post("physician", f"admissions/{at.id}/discharges/", disposition="died", reason="died")
        refused(answer, 422, "discharge_refused")
