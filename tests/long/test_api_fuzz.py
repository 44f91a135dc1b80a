"""Schemathesis against the WSGI application: what OpenAPI promises is what is answered, whatever is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.tokens import issue_token
from config.wsgi import application
from core import clock
from monitoring.domain.values import LIMITS
from monitoring.models import Alert, ObservationSet
from tests.calling import Caller, a_set
from tests.factories import MINUTE, running

# Committed: the application closes its connection after each request, as it does in production.
pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Of these a good part of what is described is taken; other acts need a stay that just then allows them (`test_rubbish`
# and the tests of each act send those), and here only have to answer as described.
TAKEN = {
    "record_set",
    "list_sets",
    "correct_set",
    "list_prompts",
    "list_alerts_of_stay",
    "list_alerts_of_ward",
    "acknowledge_alert",
}
EXAMPLES, EXAMPLES_OF_OTHERS = 150, 12


@pytest.fixture
def ids(transactional_db: Any) -> dict[str, Any]:
    """A running patient on the real clock, with a set and a ringing alert, and the key of their physician's token."""
    start = clock.now() - 16 * MINUTE
    patient = running(at=start)
    told = Caller(patient.nurse).post(f"admissions/{patient.id}/sets/", a_set(start + 15 * MINUTE, systolic=184))
    assert told.status_code == 201
    return {
        "admission_id": patient.id,
        "ward_id": patient.ward.pk,
        "set_id": ObservationSet.objects.get().pk,
        "alert_id": Alert.objects.get().pk,
        "token": issue_token(patient.physician, at=clock.now()),
    }


def statuses_of(operation: Any, mode: GenerationMode, ids: dict[str, Any], *, examples: int) -> set[int]:
    """Send many cases to one operation and check each answer; the statuses that came back."""
    headers = {"Authorization": f"Bearer {ids['token']}"}
    checks = CHECKS + ([negative_data_rejection] if mode is GenerationMode.NEGATIVE else [])
    real_ids = {name: ids[name] for name in ids if f"{{{name}}}" in operation.path}
    answered: set[int] = set()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_there=st.sampled_from([True, True, True, False]))
    def send(case: Any, is_there: bool) -> None:
        if is_there and mode is GenerationMode.POSITIVE:
            case.path_parameters.update(real_ids)
            if "/sets/" in operation.path and isinstance(case.body, dict):
                # Any times and units that can be read are nearly never ones that are taken.
                case.body |= {"observed_at": clock.now().isoformat(), "units": {}, "confirmed": list(LIMITS)}
            if "/acknowledgements/" in operation.path and isinstance(case.body, dict):
                # Nor is any other instant the ring that was shown.
                case.body["seen_rang_at"] = clock.now().isoformat()
        response = case.call(headers=headers)
        case.validate_response(response, checks=checks, headers=headers)
        answered.add(response.status_code)

    send()
    return answered


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["described", "not described"])
def test_the_api_answers_as_described_whatever_is_sent(ids: dict[str, Any], mode: GenerationMode):
    headers = {"Authorization": f"Bearer {ids['token']}"}
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application, headers=headers)
    operations = [found.ok() for found in schema.get_all_operations()]
    understood = {200, 201} if mode is GenerationMode.POSITIVE else {400, 404}
    taken = [operation for operation in operations if operation.definition.raw["operationId"] in TAKEN]
    assert len(taken) == len(TAKEN)
    for operation in operations:
        if operation in taken:
            assert statuses_of(operation, mode, ids, examples=EXAMPLES) & understood, operation.label
        else:
            assert statuses_of(operation, mode, ids, examples=EXAMPLES_OF_OTHERS), operation.label
