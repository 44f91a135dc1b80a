"""Calling the API as a program does, and looking at what it refuses."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.test import Client

from accounts.models import User
from accounts.tokens import issue_token
from audit.models import AuditEvent
from monitoring.models import Acknowledgement, Alert, ObservationSet, Prompt
from tests.factories import MINUTE, MORNING

CALM: dict[str, Any] = {
    "heart_rate": 72,
    "systolic": 124,
    "diastolic": 78,
    "respiratory_rate": 16,
    "spo2": 97,
    "on_oxygen": False,
    "temperature": "36.8",
    "consciousness": "A",
    "sedation_scale": "poss",
    "sedation": "1",
    "psychotomimetic": 0,
    "pain": 5,
}


@dataclass
class Hand:
    """The clock's hand."""

    at: datetime = MORNING + 15 * MINUTE


class Caller:
    """A program with somebody's bearer token."""

    def __init__(self, user: User | None, *, key: str | None = None) -> None:
        token = key or (issue_token(user, at=MORNING) if user else None)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, body: Any) -> Any:
        """Send `body` as JSON, or as it is where it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(f"/api/v1/{path}", data=data, content_type="application/json")


def a_set(seen_at: datetime = MORNING + 15 * MINUTE, /, **changed: Any) -> dict[str, Any]:
    """The body of a full calm set; keywords change it, None takes a value away."""
    body = {"client_id": str(uuid.uuid4()), "observed_at": seen_at.isoformat(), **CALM, **changed}
    return {name: value for name, value in body.items() if value is not None}


def refused(response: Any, status: int, code: str, *fields: str) -> dict[str, Any]:
    """Assert that the answer is a refusal in the one shape, with these codes and fields; the answer's content."""
    assert response.status_code == status, response.content
    content: dict[str, Any] = json.loads(response.content)
    assert set(content) == {"code", "sentence", "reasons", "fields"}
    assert content["code"] == code, content
    assert content["sentence"].endswith((".", "?")), content["sentence"]
    assert content["reasons"], content
    for reason in content["reasons"]:
        assert set(reason) == {"code", "sentence", "field", "kind"}
        assert reason["sentence"].strip()
        assert not reason["field"] or reason["sentence"] in content["fields"][reason["field"]]
    assert set(content["fields"]) == set(fields), content
    return content


def what_is_written() -> dict[str, Any]:
    """Every row that recording, correcting or acknowledging may leave; refusals in the trail apart."""
    return {
        "sets": ObservationSet.objects.count(),
        "prompts": sorted(Prompt.objects.values_list("pk", "state", "due_at")),
        "alerts": sorted(Alert.objects.values_list("pk", "count", "acknowledged_at", "closed_at")),
        "acknowledgements": Acknowledgement.objects.count(),
        "trail": AuditEvent.objects.exclude(verb="act.refused").count(),
    }


def refusals() -> list[tuple[str, str, list[str]]]:
    """The refusals in the trail, oldest first: by whom, of what, for which reasons."""
    events = AuditEvent.objects.filter(verb="act.refused").order_by("pk")
    return [(event.actor_name, event.content["act"], event.content["reasons"]) for event in events]
