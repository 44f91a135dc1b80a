"""Protocols through the API: drafted by an administrator, signed by a physician, never edited afterwards."""

import copy
from functools import partial
from typing import Any

import pytest

from accounts.models import Signature, User
from accounts.roles import Role
from accounts.signing import with_password
from api import order_answers
from audit.models import AuditEvent
from core.errors import Conflict, DomainError
from infusion.actions import draft_protocol, sign_protocol
from infusion.models import Protocol
from infusion.seed import default_content
from tests.calling import Caller, Hand, refused
from tests.factories import MORNING, PASSWORD, actor, person
from tests.integration.api.test_description import check
from tests.integration.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(db: Any, hand: Hand) -> Caller:
    return Caller(person(Role.ADMINISTRATOR))


@pytest.fixture
def doctor(db: Any) -> User:
    return person(Role.PHYSICIAN)


@pytest.fixture
def physician(doctor: User, hand: Hand) -> Caller:
    return Caller(doctor)


def content(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(default_content()), "code": "trial", **changed}


def drafted(administrator: Caller, **changed: Any) -> dict[str, Any]:
    answer = administrator.post("protocols/", {"content": content(**changed)})
    assert answer.status_code == 201, answer.content
    return answer.json()


def signing(draft: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"password": PASSWORD, "seen_drafted_at": draft["drafted_at"], **changed}


def test_a_draft_gets_the_next_number_and_is_read_as_it_was_written(administrator: Caller):
    first, second = drafted(administrator), drafted(administrator, name="Second")
    assert (first["version"], second["version"], second["status"]) == (1, 2, "draft")
    assert second["content"] == content(name="Second", version=2)
    read = administrator.get(f"protocols/{second['id']}/").json()
    assert read == second
    check(read, order_answers.ProtocolInFull(), "read")


def test_the_same_draft_sent_again_is_one(administrator: Caller):
    assert drafted(administrator)["id"] == drafted(administrator)["id"]
    assert Protocol.objects.filter(code="trial").count() == 1


def test_they_are_listed_by_code_and_newest_version(administrator: Caller):
    drafted(administrator)
    drafted(administrator, name="Second")
    drafted(administrator, code="another")
    listed = administrator.get("protocols/").json()
    check(listed, order_answers.ListedProtocols(), "listed")
    assert [(row["code"], row["version"]) for row in listed["results"]] == [
        ("another", 1),
        ("trial", 2),
        ("trial", 1),
    ]
    only = administrator.get("protocols/?code=another&status=draft").json()
    assert [row["code"] for row in only["results"]] == ["another"]
    assert administrator.get("protocols/?status=active").json()["results"] == []
    refused(administrator.get("protocols/?status=new"), 400, "malformed", "status")
    refused(administrator.get("protocols/?state=draft"), 400, "malformed", "state")


def without(path: str) -> dict[str, Any]:
    body = content()
    *above, last = path.split(".")
    part = body
    for name in above:
        part = part[name]
    del part[last]
    return body


WRONG_CONTENT = [
    ({}, "code must be a short name"),
    (content(code="Two Words"), "code must be a short name"),
    (content(code=7), "code must be a short name"),
    (content(name="x" * 121), "name must be at most 120"),
    (without("drug"), "drug must be a text"),
    (without("dose.maximum"), "dose.maximum must be a number"),
    (without("schedule"), "schedule is missing"),
    (without("alerts.spo2"), "alerts.spo2 is missing"),
    (content(dose={**content()["dose"], "initial": "2"}), "dose.initial 2 must lie"),
    (content(dose={**content()["dose"], "typo": "2"}), "dose.typo is not known here"),
    (content(note=0.5), "note is a decimal number: write it as text"),
    (content(sources=["a", "b\x00"]), "sources[1] must be at most 2000"),
    (content(note=10**40), "note is too large a number"),
    (content(note=[[[[[[[[[[[[[[]]]]]]]]]]]]]]), "is nested too deeply"),
]


@pytest.mark.parametrize(("wrong", "says"), WRONG_CONTENT, ids=[says for _wrong, says in WRONG_CONTENT])
def test_content_that_cannot_be_used_is_refused_with_every_problem(administrator: Caller, wrong: Any, says: str):
    told = refused(administrator.post("protocols/", {"content": wrong}), 422, "content_refused", "content")
    assert any(says in sentence for sentence in told["fields"]["content"]), told
    assert not Protocol.objects.filter(code="trial").exists()


def test_problems_of_the_dose_and_of_what_monitoring_reads_are_told_together(administrator: Caller):
    wrong = without("dose.maximum")
    del wrong["schedule"], wrong["alerts"]["spo2"]
    told = refused(administrator.post("protocols/", {"content": wrong}), 422, "content_refused", "content")
    words = " ".join(told["fields"]["content"])
    assert "dose.maximum" in words
    assert "schedule is missing" in words
    assert "alerts.spo2 is missing" in words


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": "x"}, {"content": []}, {"content": {}, "id": 1}])
def test_a_body_that_is_no_draft_is_refused(administrator: Caller, body: Any):
    assert administrator.post("protocols/", body).status_code in (400, 422)
    assert not Protocol.objects.filter(code="trial").exists()


def test_a_draft_is_written_anew_until_it_is_signed(administrator: Caller, physician: Caller, hand: Hand):
    draft = drafted(administrator)
    hand.at = MORNING
    path, seen = f"protocols/{draft['id']}/", {"seen_drafted_at": draft["drafted_at"]}
    anew = administrator.post(path, {"content": content(name="Better"), **seen})
    assert (anew.status_code, anew.json()["name"], anew.json()["version"]) == (200, "Better", 1)
    assert administrator.post(path, {"content": content(name="Better"), **seen}).status_code == 200, "the same again"
    refused(administrator.post(path, {"content": content(name="Other"), **seen}), 409, "draft_changed")
    now = {"seen_drafted_at": anew.json()["drafted_at"]}
    refused(administrator.post(path, {"content": content(code="other"), **now}), 422, "code_changed", "content")
    refused(administrator.post(path, {"content": {}, **now}), 422, "content_refused", "content")
    assert physician.post(f"{path}signatures/", signing(anew.json())).status_code == 200
    refused(administrator.post(path, {"content": content(name="Later"), **now}), 409, "protocol_signed")
    assert administrator.get(path).json()["name"] == "Better"


def test_a_physicians_signature_makes_it_active_and_retires_the_one_before(
    administrator: Caller, physician: Caller, doctor: User
):
    first, second = drafted(administrator), drafted(administrator, name="Second")
    signed = physician.post(f"protocols/{first['id']}/signatures/", signing(first)).json()
    check(signed, order_answers.ProtocolInFull(), "signed")
    assert (signed["status"], signed["signed_by"]) == ("active", doctor.display_name)
    assert physician.post(f"protocols/{second['id']}/signatures/", signing(second)).json()["status"] == "active"
    listed = administrator.get("protocols/?code=trial").json()["results"]
    assert [(row["version"], row["status"]) for row in listed] == [(2, "active"), (1, "retired")]
    names = Signature.objects.filter(table_name="infusion_protocol").values_list("row_id", "meaning", "method")
    assert list(names) == [(row["id"], "protocol", "password") for row in (first, second)]


def test_what_is_signed_is_what_was_read(administrator: Caller, physician: Caller, hand: Hand):
    draft = drafted(administrator)
    hand.at = MORNING
    body = {"content": content(name="Other"), "seen_drafted_at": draft["drafted_at"]}
    assert administrator.post(f"protocols/{draft['id']}/", body).status_code == 200
    path = f"protocols/{draft['id']}/signatures/"
    told = refused(physician.post(path, signing(draft)), 409, "draft_changed")
    assert told["sentence"] == "This draft was changed since you read it. Read it again."
    assert physician.get(f"protocols/{draft['id']}/").json()["status"] == "draft"


def test_a_signature_takes_the_password_and_an_unsigned_draft(administrator: Caller, physician: Caller, doctor: User):
    draft = drafted(administrator)
    path = f"protocols/{draft['id']}/signatures/"
    refused(physician.post(path, signing(draft, password="wrong")), 403, "password_wrong", "password")
    refused(physician.post(path, {"seen_drafted_at": None}), 400, "malformed", "password")
    refused(physician.post(path, {"password": PASSWORD}), 400, "malformed", "seen_drafted_at")
    refused(physician.post("protocols/999999/signatures/", signing(draft)), 404, "protocol_not_found")
    assert Protocol.objects.get(pk=draft["id"]).status == "draft"
    assert physician.post(path, signing(draft)).status_code == 200
    assert physician.post(path, signing(draft)).status_code == 200, "sent again"
    told = refused(Caller(person(Role.PHYSICIAN)).post(path, signing(draft)), 409, "protocol_signed")
    assert told["sentence"].startswith(f"Version 1 was signed by {doctor.display_name} at 2026-09-22 08:15 UTC")


def test_a_draft_that_a_later_signed_version_overtook_is_not_signed(administrator: Caller, physician: Caller):
    first, second = drafted(administrator), drafted(administrator, name="Second")
    assert physician.post(f"protocols/{second['id']}/signatures/", signing(second)).status_code == 200
    refused(physician.post(f"protocols/{first['id']}/signatures/", signing(first)), 422, "later_version_active")
    assert [p.version for p in Protocol.objects.filter(code="trial", status="active")] == [2]


def test_retiring_takes_a_signed_version_and_a_reason(administrator: Caller, physician: Caller):
    draft = drafted(administrator)
    path, why = f"protocols/{draft['id']}/retirements/", {"reason": "no longer stocked"}
    refused(administrator.post(path, why), 422, "protocol_is_draft")
    physician.post(f"protocols/{draft['id']}/signatures/", signing(draft))
    refused(administrator.post(path, {"reason": " "}), 400, "malformed", "reason")
    refused(administrator.post(path, {}), 400, "malformed", "reason")
    refused(administrator.post("protocols/999999/retirements/", why), 404, "protocol_not_found")
    retired = administrator.post(path, why)
    assert (retired.status_code, retired.json()["status"]) == (200, "retired")
    assert administrator.post(path, why).json() == retired.json(), "again changes nothing"
    trail = AuditEvent.objects.filter(table_name="infusion_protocol").latest("pk")
    assert trail.reason == "no longer stocked"


def test_reading_is_for_everybody_and_a_version_that_is_not_there_is_404(administrator: Caller, hand: Hand):
    draft = drafted(administrator)
    for role in Role:
        assert Caller(person(role)).get(f"protocols/{draft['id']}/").status_code == 200
    refused(administrator.get("protocols/999999/"), 404, "protocol_not_found")


@pytest.mark.parametrize("role", [Role.NURSE, Role.CHARGE_NURSE, Role.PHYSICIAN])
def test_only_an_administrator_drafts_and_retires(administrator: Caller, hand: Hand, role: Role):
    draft, other = drafted(administrator), Caller(person(role))
    for path, body in [
        ("protocols/", {"content": content(name="Mine")}),
        (f"protocols/{draft['id']}/", {"content": content(name="Mine"), "seen_drafted_at": draft["drafted_at"]}),
        (f"protocols/{draft['id']}/retirements/", {"reason": "mine"}),
    ]:
        told = refused(other.post(path, body), 403, "role_not_allowed")
        assert told["sentence"] == "Your role may not draft or retire a protocol. It takes an administrator."


@pytest.mark.parametrize("role", [Role.NURSE, Role.CHARGE_NURSE, Role.ADMINISTRATOR])
def test_only_a_physician_signs(administrator: Caller, hand: Hand, role: Role):
    draft = drafted(administrator)
    answer = Caller(person(role)).post(f"protocols/{draft['id']}/signatures/", signing(draft))
    refused(answer, 403, "role_not_allowed")


# ---- one's own PIN ----


def test_ones_own_pin_is_set_with_the_password(physician: Caller, doctor: User):
    answer = physician.post("me/pin/", {"password": PASSWORD, "pin": "482913"})
    assert (answer.status_code, answer.json()) == (200, {"sentence": "Your PIN is set."})
    doctor.refresh_from_db()
    assert doctor.pin
    refused(physician.post("me/pin/", {"password": "wrong", "pin": "482913"}), 403, "password_wrong", "password")
    refused(physician.post("me/pin/", {"password": PASSWORD, "pin": "111111"}), 422, "pin_too_simple", "pin")
    refused(physician.post("me/pin/", {"password": PASSWORD, "pin": 482913}), 400, "malformed", "pin")
    refused(physician.post("me/pin/", {}), 400, "malformed", "password", "pin")


def test_a_token_alone_does_not_try_passwords_for_ever(physician: Caller, hand: Hand):
    for _ in range(5):
        answer = physician.post("me/pin/", {"password": "wrong", "pin": "482913"})
        refused(answer, 403, "password_wrong", "password")
    for password in ("wrong", PASSWORD):
        answer = physician.post("me/pin/", {"password": password, "pin": "482913"})
        refused(answer, 403, "signing_locked", "password")


def test_no_answer_and_no_trail_repeats_a_secret(physician: Caller):
    for body in [
        {"password": "Secret-0-word", "pin": "482913"},
        {"password": "Secret-0-word", "pin": "Secret-1-word"},
        {"password": ["Secret-0-word"], "pin": {"Secret-1-word": 1}},
        {"password": "Secret-0-word" * 30, "pin": "482913", "x": "Secret-1-word"},
    ]:
        answer = physician.post("me/pin/", body)
        assert answer.status_code >= 400
        assert b"Secret" not in answer.content
        assert b"482913" not in answer.content
    assert not AuditEvent.objects.filter(content__icontains="Secret").exists()


# ---- at once ----


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
def test_of_two_physicians_who_sign_one_draft_at_once_one_wins(turn: int):
    administrator, at = actor(person(Role.ADMINISTRATOR)), MORNING
    draft = draft_protocol(content(), by=administrator, at=at)
    acts = []
    for _ in range(2):
        by = actor(person(Role.PHYSICIAN))
        signed = with_password(by, PASSWORD, at=at)
        acts.append(partial(sign_protocol, draft.pk, signed=signed, seen_drafted_at=at, by=by, at=at))
    answers = at_once(*acts)
    assert sorted(type(each).__name__ for each in answers) == [Conflict.__name__, Protocol.__name__]
    assert Signature.objects.filter(row_id=draft.pk, meaning="protocol").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
def test_of_two_versions_signed_at_once_the_later_is_active(turn: int):
    administrator, at, acts = actor(person(Role.ADMINISTRATOR)), MORNING, []
    for name in ("First", "Second"):
        draft = draft_protocol(content(name=name), by=administrator, at=at)
        by = actor(person(Role.PHYSICIAN))
        signed = with_password(by, PASSWORD, at=at)
        acts.append(partial(sign_protocol, draft.pk, signed=signed, seen_drafted_at=at, by=by, at=at))
    answers = at_once(*acts)
    assert all(isinstance(each, Protocol | DomainError) for each in answers), answers
    assert [p.name for p in Protocol.objects.filter(code="trial", status="active")] == ["Second"]


@pytest.mark.django_db(transaction=True)
def test_drafts_written_at_once_get_numbers_of_their_own():
    by = actor(person(Role.ADMINISTRATOR))
    acts = [partial(draft_protocol, content(name=f"Name {n}"), by=by, at=MORNING) for n in range(4)]
    assert sorted(each.version for each in at_once(*acts)) == [1, 2, 3, 4]
