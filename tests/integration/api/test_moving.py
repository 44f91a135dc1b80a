"""Moves between wards, and an administrator's wards, beds and people, through the API."""

from typing import Any

import pytest

from accounts.roles import Role
from api import patient_answers as answers
from patients.models import Bed, Transfer
from tests.calling import Caller, Hand, refused
from tests.factories import Stay, person, ward
from tests.integration.api.test_description import check
from tests.integration.api.test_patients import named

pytestmark = pytest.mark.django_db


@pytest.fixture
def physician(patient: Stay, hand: Hand) -> Caller:
    return Caller(patient.physician)


@pytest.fixture
def administrator(hand: Hand, db: Any) -> Caller:
    return Caller(person(Role.ADMINISTRATOR))


@pytest.fixture
def there(db: Any) -> Any:
    return ward()


@pytest.fixture
def receiver(there: Any, hand: Hand) -> Caller:
    return Caller(person(Role.NURSE, ward=there))


def test_a_transfer_is_asked_for_found_and_accepted(patient: Stay, nurse: Caller, receiver: Caller, there: Any):
    asked = nurse.post(f"admissions/{patient.id}/transfers/", named(to_ward=there.pk, reason="telemetry"))
    assert asked.status_code == 201
    check(asked.json(), answers.Transfer(), "asked")
    coming = receiver.get(f"wards/{there.pk}/transfers/").json()
    check(coming, answers.ComingTransfers(), "coming")
    assert coming["results"][0]["patient"]["family_name"] == patient.admission.patient.family_name
    refused(nurse.get(f"wards/{there.pk}/transfers/"), 404, "ward_not_found")
    beds = receiver.get(f"wards/{there.pk}/beds/").json()
    assert beds == {"results": []}
    bed = Bed.objects.create(ward=there, name="31")
    path = f"transfers/{asked.json()['id']}/acceptances/"
    refused(nurse.post(path, {"bed": bed.pk}), 404, "transfer_not_found")
    refused(receiver.post(path, {"bed": patient.admission.bed_id}), 404, "bed_not_found")
    refused(receiver.post(path, {"bed": "31"}), 400, "malformed", "bed")
    accepted = receiver.post(path, {"bed": bed.pk})
    assert accepted.status_code == 200
    check(accepted.json(), answers.Transfer(), "accepted")
    assert receiver.post(path, {"bed": bed.pk}).json() == accepted.json()
    assert receiver.get(f"admissions/{patient.id}/").json()["bed"] == {"id": bed.pk, "name": "31"}
    refused(nurse.get(f"admissions/{patient.id}/"), 404, "admission_not_found")
    check(receiver.get(f"admissions/{patient.id}/transfers/").json(), answers.ListedTransfers(), "transfers")
    beds = receiver.get(f"wards/{there.pk}/beds/").json()
    check(beds, answers.Beds(), "beds")
    assert [each["is_free"] for each in beds["results"]] == [False]


def test_a_transfer_is_declined_or_taken_back(patient: Stay, nurse: Caller, receiver: Caller, there: Any):
    def ask() -> int:
        return int(nurse.post(f"admissions/{patient.id}/transfers/", named(to_ward=there.pk)).json()["id"])

    path = f"transfers/{ask()}"
    refused(receiver.post(f"{path}/declines/", {"reason": ""}), 422, "transfer_refused", "reason")
    refused(nurse.post(f"{path}/declines/", {"reason": "x"}), 404, "transfer_not_found")
    assert receiver.post(f"{path}/declines/", {"reason": "full"}).json()["state"] == "declined"
    told = refused(nurse.post(f"{path}/cancellations/", {}), 409, "transfer_closed")
    assert told["sentence"] == "This transfer was declined already; nothing was changed."
    path = f"transfers/{ask()}"
    refused(receiver.post(f"{path}/cancellations/", {}), 404, "admission_not_found")
    assert nurse.post(f"{path}/cancellations/", {"reason": "better"}).json()["state"] == "cancelled"
    assert Transfer.objects.count() == 2


def test_an_administrator_founds_a_ward_with_beds_and_people(administrator: Caller, nurse: Caller, patient: Stay):
    founded = administrator.post(
        "wards/",
        {"name": "6 East", "time_zone": "America/New_York", "increases_from": "07:00", "increases_until": "21:00"},
    )
    assert founded.status_code == 200, founded.content
    check(founded.json(), answers.Ward(), "ward")
    path = f"wards/{founded.json()['id']}"
    bed = administrator.post(f"{path}/beds/", {"name": "12A", "position": 2})
    check(bed.json(), answers.Place(), "bed")
    member = administrator.post(f"{path}/members/", {"person": patient.nurse.pk})
    check(member.json(), answers.Member(), "member")
    members = administrator.get(f"{path}/members/").json()
    check(members, answers.Members(), "members")
    assert [each["person"] for each in members["results"]] == [patient.nurse.pk]
    wards = nurse.get("wards/").json()
    check(wards, answers.Wards(), "wards")
    assert {each["name"] for each in wards["results"] if each["mine"]} == {"6 East", patient.ward.name}
    ended = administrator.post(f"{path}/members/endings/", {"person": patient.nurse.pk})
    assert ended.json()["ended_at"]
    refused(nurse.get(f"{path}/beds/"), 404, "ward_not_found")


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "fields"),
    [
        ("wards/", {"name": "", "time_zone": "UTC"}, 400, "malformed", ["name"]),
        ("wards/", {"name": "A", "time_zone": "Mars"}, 422, "ward_refused", ["time_zone"]),
        ("wards/", {"name": "A", "time_zone": "UTC", "increases_from": "7"}, 400, "malformed", ["increases_from"]),
        ("wards/", {"name": "A", "time_zone": "UTC", "increases_from": "25:00"}, 400, "malformed", ["increases_from"]),
        ("wards/", {"name": "A", "time_zone": "UTC", "increases_from": "07:00"}, 422, "ward_refused",
         ["increases_until"]),
        (f"wards/{10**9}/beds/", {"name": "1"}, 404, "ward_not_found", []),
        (f"wards/{10**9}/members/", {"person": 1}, 404, "ward_not_found", []),
        (f"wards/{10**9}/members/endings/", {"person": 1}, 404, "assignment_not_found", []),
    ],
)  # fmt: skip
def test_what_an_administrator_cannot_do_is_refused_by_field(
    administrator: Caller, path: str, body: dict[str, Any], status: int, code: str, fields: list[str]
):
    refused(administrator.post(path, body), status, code, *fields)


def test_nobody_else_manages_wards(nurse: Caller, physician: Caller, patient: Stay):
    for caller in (nurse, physician):
        refused(caller.post("wards/", {"name": "A", "time_zone": "UTC"}), 403, "role_not_allowed")
        refused(caller.post(f"wards/{patient.ward.pk}/beds/", {"name": "1"}), 403, "role_not_allowed")
        refused(caller.post(f"wards/{patient.ward.pk}/members/", {"person": 1}), 403, "role_not_allowed")
        refused(caller.get(f"wards/{patient.ward.pk}/members/"), 403, "role_not_allowed")
