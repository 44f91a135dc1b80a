"""Who comes in, who does not, and that every answer of the API has one shape."""

import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern
from rest_framework import exceptions

from accounts.models import ApiToken, User
from accounts.roles import GRANTS, Permission, Role
from accounts.tokens import issue_token
from api import urls
from api.operation import Operation
from api.permissions import needed
from api.views.prompts import Prompts
from core.errors import DomainError
from tests.calling import Caller, Hand, a_set, refusals, refused, what_is_written
from tests.factories import HOUR, MINUTE, MORNING, Stay, person

pytestmark = pytest.mark.django_db
# Permissions that no operation declares, and where they are asked.
ELSEWHERE = {
    Permission.CHART_VERY_LATE: "when a set of more than 12 h ago is charted: it awaits nobody",
    Permission.END_EMERGENCIES: "by the sweep alone",
    Permission.RESOLVE_ALERT_BY_NOTE: "when an alert is resolved whose value is still outside",
    Permission.MANAGE_USERS: "people are managed at no page yet",
}


def operations() -> list[tuple[str, type[Operation]]]:
    """Every address of the API with the class that answers there."""
    found = []
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        operation = getattr(pattern.callback, "cls", None)
        if operation is not None:
            found.append((pattern.name or "", operation))
    return found


def methods() -> list[tuple[str, str, Permission]]:
    """Every (path, method) that an operation answers, with the permission it declares."""
    found = []
    for name, operation in operations():
        path = next(str(each.pattern) for each in urls.urlpatterns if each.name == name)
        for method in ("get", "post"):
            if hasattr(operation, method):
                found.append((path, method.upper(), needed(operation, method.upper())))
    return found


def test_every_operation_declares_what_it_takes():
    assert len(operations()) == len(urls.urlpatterns) - 1, "all but the page to read"
    for _name, operation in operations():
        assert issubclass(operation, Operation)
        assert isinstance(operation.permission, Permission)
    declared = {permission for _path, _method, permission in methods()}
    assert set(Permission) - declared == set(ELSEWHERE)


def filled(path: str, patient: Stay) -> str:
    own = {"admission_id": patient.id, "ward_id": patient.ward.pk}
    path = re.sub(r"<id:(\w+)>", lambda found: str(own.get(found[1], 1)), path)
    return f"/api/{path}"


@pytest.mark.parametrize("role", Role)
def test_each_role_passes_where_it_may_and_hears_why_where_not(patient: Stay, hand: Hand, role: Role):
    caller = Caller(person(role, ward=patient.ward))
    for path, method, permission in methods():
        written = what_is_written()
        answer = caller.client.generic(method, filled(path, patient), b"{}", content_type="application/json")
        if permission in GRANTS[role]:
            assert answer.status_code not in (401, 403), path
        else:
            told = refused(answer, 403, "role_not_allowed")
            assert told["sentence"].startswith("Your role may not ")
            assert what_is_written() == written, path
            assert refusals()[-1][2] == ["role_not_allowed"]


def test_strangers_are_asked_who_they_are(patient: Stay):
    for path, method, _permission in methods():
        answer = Client().generic(method, filled(path, patient), b"{}", content_type="application/json")
        refused(answer, 401, "not_authenticated")
        assert answer["WWW-Authenticate"] == 'Bearer realm="Plateau"'
    assert refusals() == []


def test_an_administrator_charts_nothing(patient: Stay, hand: Hand):
    administrator = Caller(person(Role.ADMINISTRATOR, ward=patient.ward))
    written = what_is_written()
    told = refused(administrator.post(f"admissions/{patient.id}/sets/", a_set()), 403, "role_not_allowed")
    assert told["sentence"] == ("Your role may not chart observations. It takes a nurse or charge nurse or physician.")
    assert what_is_written() == written


def broken(key: str) -> list[str]:
    return ["", "plateau_", key[:-1], key + "x", key.upper(), f"{key} {key}", "ä"]


def test_only_the_whole_token_opens(patient: Stay, hand: Hand):
    key = issue_token(patient.nurse, at=MORNING)
    assert Caller(None, key=key).get(f"admissions/{patient.id}/sets/").status_code == 200
    for other in broken(key):
        answer = Client(headers={"Authorization": f"Bearer {other}"}).get(f"/api/v1/admissions/{patient.id}/sets/")
        refused(answer, 401, "token_not_valid")
        assert answer["WWW-Authenticate"] == 'Bearer realm="Plateau"'


def test_expired_and_revoked_tokens_and_those_of_people_who_left_open_nothing(patient: Stay, hand: Hand):
    path = f"admissions/{patient.id}/sets/"
    written = what_is_written()
    expired = Caller(None, key=issue_token(patient.nurse, at=MORNING - 2 * HOUR, lifetime=2 * HOUR))
    refused(expired.post(path, a_set()), 401, "token_not_valid")
    revoked = Caller(None, key=issue_token(patient.nurse, at=MORNING))
    ApiToken.objects.filter(created_at=MORNING).update(revoked_at=MORNING + MINUTE)
    refused(revoked.post(path, a_set()), 401, "token_not_valid")
    leaver = person(Role.NURSE, ward=patient.ward)
    gone = Caller(leaver)
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    refused(gone.post(path, a_set()), 401, "token_not_valid")
    assert {**what_is_written(), "trail": 0} == {**written, "trail": 0}


def test_another_scheme_is_no_token(patient: Stay, hand: Hand):
    answer = Client(headers={"Authorization": "Basic bnVyc2U6cGxhdGVhdQ=="}).get("/api/v1/wards/1/alerts/")
    refused(answer, 401, "not_authenticated")


@pytest.fixture
def browser(patient: Stay, hand: Hand) -> Client:
    """The nurse's browser, signed in, that has Plateau's CSRF token checked as outside of tests."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(patient.nurse, backend="accounts.backends.RosterBackend")
    return client


def test_a_session_reads_without_and_writes_only_with_the_pages_csrf_token(patient: Stay, browser: Client):
    path = f"/api/v1/admissions/{patient.id}/sets/"
    assert browser.get(path).status_code == 200
    written = what_is_written()
    answer = browser.post(path, a_set(), content_type="application/json")
    refused(answer, 403, "csrf_failed")
    assert what_is_written() == written
    token = browser.get("/api/docs/").context["csrf_token"]
    answer = browser.post(path, a_set(), content_type="application/json", headers={"X-CSRFToken": str(token)})
    assert answer.status_code == 201


NOWHERE = [
    "/api/",
    "/api/v2/",
    "/api/v1/patients/",
    "/api/v1/admissions/0/sets/",
    "/api/v1/admissions/-1/sets/",
    "/api/v1/admissions/1.5/sets/",
    "/api/v1/admissions/x/sets/",
    f"/api/v1/admissions/{10**30}/sets/",
    f"/api/v1/alerts/{2**63}/acknowledgements/",
    "/api/v1/sets/0/corrections/",
    "/api/v1/wards/0/alerts/",
    "/api/v1/wards/1/alerts",
    "/api/v1/admissions/%00/sets/",
]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_where_nothing_is_the_answer_is_404_whatever_the_method(nurse: Caller, method: str):
    for path in NOWHERE:
        answer = nurse.client.generic(method, path, b"{}", content_type="application/json")
        told = refused(answer, 404, "not_found")
        assert told["sentence"] == "There is nothing at this address."


def test_ids_that_could_be_are_looked_up(nurse: Caller):
    refused(nurse.get(f"admissions/{10**18 - 1}/sets/"), 404, "admission_not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_405_and_says_which_are_taken(patient: Stay, nurse: Caller, method: str):
    answer = nurse.client.generic(method, f"/api/v1/admissions/{patient.id}/sets/")
    refused(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_another_form_of_answer_is_406(patient: Stay, nurse: Caller):
    answer = nurse.client.get(f"/api/v1/admissions/{patient.id}/sets/", headers={"Accept": "text/csv"})
    refused(answer, 406, "not_acceptable")


def test_no_answer_about_patients_may_be_kept(patient: Stay, nurse: Caller):
    assert nurse.get(f"admissions/{patient.id}/sets/")["Cache-Control"] == "no-store"
    assert nurse.get("admissions/999/sets/")["Cache-Control"] == "no-store"


def failing(error: Exception) -> Any:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    return fail


def test_a_failure_of_ours_tells_nothing_of_what_failed(
    patient: Stay, nurse: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(Prompts, "get", failing(RuntimeError("Failing row contains (M. Larsen, 184)")))
    answer = nurse.get(f"admissions/{patient.id}/prompts/")
    refused(answer, 500, "unexpected")
    assert b"Larsen" not in answer.content
    assert b"Traceback" not in answer.content
    assert "RuntimeError" in caplog.text
    assert "Larsen" not in caplog.text


def test_a_database_that_is_away_is_503(patient: Stay, nurse: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Prompts, "get", failing(OperationalError("connection refused")))
    answer = nurse.get(f"admissions/{patient.id}/prompts/")
    refused(answer, 503, "unavailable")
    assert answer["Retry-After"] == "2"


def test_too_many_requests_is_429_with_when_to_come_back(patient: Stay, nurse: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Prompts, "get", failing(exceptions.Throttled(wait=7)))
    answer = nurse.get(f"admissions/{patient.id}/prompts/")
    refused(answer, 429, "throttled")
    assert answer["Retry-After"] == "7"


def test_every_refusal_of_the_house_has_a_status_of_its_own():
    statuses = {each.__name__: each.status for each in DomainError.__subclasses__()}
    assert statuses == {
        "Malformed": 400, "Forbidden": 403, "NotFound": 404, "Conflict": 409, "Refused": 422, "TooLarge": 413,
    }  # fmt: skip


def test_a_demonstration_sign_in_opens_no_hospitals_api(patient: Stay, hand: Hand):
    demo = person(Role.NURSE, ward=patient.ward, name="nurse1", is_demo=True)
    refused(Caller(demo).get(f"admissions/{patient.id}/sets/"), 401, "token_not_valid")
