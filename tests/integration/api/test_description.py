"""What OpenAPI says of the API is what it does."""

import io
import json
import re
from typing import Any, cast

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework import serializers

from accounts.roles import Role
from api import answers
from api.describing import description
from api.set_input import UNITS, SetToRecord
from monitoring.domain.values import LIMITS, Values
from tests.calling import Caller, Hand, a_set
from tests.factories import MINUTE, MORNING, PASSWORD, Stay, person

pytestmark = pytest.mark.django_db


def test_the_description_is_made_without_a_warning_and_is_valid_openapi():
    out = io.StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json", stdout=out)
    assert json.loads(out.getvalue())["paths"] == description()["paths"]


def test_every_operation_describes_its_refusals_in_the_one_shape():
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            statuses = {"400", "401", "403", "404"} | ({"409", "422"} if method == "post" else set())
            assert statuses <= set(operation["responses"]), (path, method)
            for status, response in operation["responses"].items():
                shape = response["content"]["application/json"]["schema"]
                assert (shape["$ref"] == "#/components/schemas/Refusal") == (status >= "400"), (path, method, status)
            assert operation["security"] == [{"token": []}, {"session": []}]


def test_the_examples_of_a_set_are_taken_as_they_stand(patient: Stay, nurse: Caller, hand: Hand):
    operation = description()["paths"]["/api/v1/admissions/{admission_id}/sets/"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert len(examples) == 3
    hand.at = MORNING + 15 * MINUTE
    for example in examples.values():
        body = example["value"] | {"observed_at": hand.at.isoformat()}
        assert nurse.post(f"admissions/{patient.id}/sets/", body).status_code == 201


def examples() -> list[tuple[str, str, Any]]:
    """(address, name, body) of every example of a body."""
    return [
        (path, name, example["value"])
        for path, methods in description()["paths"].items()
        for name, example in methods.get("post", {}).get("requestBody", {}).get("content", {})
        .get("application/json", {}).get("examples", {}).items()
    ]  # fmt: skip


def test_no_example_is_a_body_that_cannot_be_read(patient: Stay, hand: Hand):
    """Acts on what is not there: 404, 409 or 422, perhaps a wrong password, but never 400."""
    callers = {role: Caller(person(role, ward=patient.ward)) for role in Role}
    found = examples()
    assert len(found) > 30
    for path, name, value in found:
        address = re.sub(r"{\w+}", "999999", path.replace("{admission_id}", str(patient.id)))
        answers_of_roles = [
            caller.client.post(address, json.dumps(value), content_type="application/json")
            for caller in callers.values()
        ]
        assert any(
            answer.status_code != 403 or b"role_not_allowed" not in answer.content for answer in answers_of_roles
        )
        for answer in answers_of_roles:
            assert answer.status_code not in (400, 500), (path, name, answer.content)


def test_no_example_and_no_default_holds_a_secret():
    said = json.dumps(description())
    assert PASSWORD not in said
    for component in description()["components"]["schemas"].values():
        for name in {"password", "secret", "pin"} & set(component.get("properties", {})):
            assert component["properties"][name]["writeOnly"] is True
            assert component["properties"][name]["format"] == "password"


def check(shape: Any, described: serializers.BaseSerializer[Any], where: str) -> None:
    """Assert that the answer has just the fields that its description names, all the way down."""
    if isinstance(described, serializers.ListSerializer):
        assert isinstance(shape, list), where
        for each in shape:
            check(each, cast("serializers.BaseSerializer[Any]", described.child), where)
        return
    assert isinstance(described, serializers.Serializer)
    if shape is None:
        assert described.allow_null, where
        return
    assert set(shape) == set(described.fields), where
    for name, field in described.fields.items():
        if isinstance(field, serializers.BaseSerializer):
            check(shape[name], field, f"{where}.{name}")
        elif shape[name] is None:
            assert field.allow_null, f"{where}.{name}"
        else:
            field.run_validation(shape[name])


def test_every_answer_has_the_fields_that_are_described(patient: Stay, nurse: Caller):
    stay = f"admissions/{patient.id}"
    assert nurse.post(f"{stay}/sets/", a_set(temperature=None, sedation=None)).status_code == 201
    recorded = nurse.post(f"{stay}/sets/", a_set(systolic=184, absent={"mobility": "asleep"})).json()
    assert recorded["alerts"]
    check(recorded, answers.RecordedSet(), "recorded")
    for path, listed in [
        (f"{stay}/sets/?limit=1", answers.ListedSets),
        (f"{stay}/sets/?versions=all", answers.ListedSets),
        (f"{stay}/prompts/?state=all", answers.ListedPrompts),
        (f"{stay}/alerts/", answers.ListedAlerts),
        (f"wards/{patient.ward.pk}/alerts/", answers.ListedAlerts),
    ]:
        told = nurse.get(path).json()
        assert told["results"], path
        check(told, listed(), path)
    alert = recorded["alerts"][0]
    seen = nurse.post(f"alerts/{alert['id']}/acknowledgements/", {"seen_rang_at": alert["rang_at"]})
    check(seen.json(), answers.Alert(), "acknowledged")
    check(nurse.get("admissions/999/sets/").json(), answers.Refusal(), "refused")


def test_the_set_that_is_taken_has_every_value_of_the_domain_with_its_unit():
    taken = SetToRecord().fields
    assert set(Values.__dataclass_fields__) <= set(taken)
    assert set(UNITS) == set(LIMITS), "every number has a unit"
    described = description()["components"]["schemas"]["SetToRecordRequest"]
    assert described["additionalProperties"] is False
    assert described["required"] == ["client_id", "observed_at"]
    for name, limit in LIMITS.items():
        assert limit.unit in described["properties"][name]["description"]


def test_the_description_is_for_whoever_may_read_it(patient: Stay, nurse: Caller):
    answer = nurse.client.get("/api/schema/")
    assert answer.json()["info"]["title"] == "Plateau"
    assert Client().get("/api/schema/").status_code == 401


def test_the_page_to_read_needs_a_sign_in_and_loads_nothing_from_elsewhere(patient: Stay, hand: Hand):
    browser = Client()
    assert browser.get("/api/docs/").status_code == 302
    browser.force_login(patient.nurse, backend="accounts.backends.RosterBackend")
    answer = browser.get("/api/docs/")
    page = answer.content.decode()
    nonce = page.split('nonce="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]
    assert page.count("<script") == page.count(f'nonce="{nonce}"') == 2
    assert "http" not in page
    for address in [part.split('"')[0] for part in page.split('src="')[1:]]:
        assert address.startswith("/static/")
        assert browser.get(address).status_code == 200, address
