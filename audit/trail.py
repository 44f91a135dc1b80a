"""Writing to the trail by hand: what people saw, tried and were refused. Changes of rows write themselves."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from django.db import connection


class Audited(Protocol):
    """Somebody (or some process) that can be named in the trail."""

    def audit_context(self) -> Mapping[str, Any]:
        """Who, in which role, by which channel, in which request."""


def actor_setting(by: Audited, *, reason: str = "") -> str:
    """The text for `set_config('plateau.actor', …, true)`: who acts and why, for the row triggers of one transaction."""
    return json.dumps({**by.audit_context(), "reason": reason})


def set_actor(by: Audited, *, reason: str = "") -> None:
    """Tell the row triggers who acts, until the transaction ends. For actions that have no lock statement to ride on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('plateau.actor', %s, true)", [actor_setting(by, reason=reason)])


def record(
    verb: str,
    *,
    by: Audited,
    content: Mapping[str, Any] | None = None,
    patient_id: int | None = None,
    admission_id: int | None = None,
    reason: str = "",
) -> None:
    """Leave an entry: `verb` in the past tense ("board.viewed", "set.refused"), never a clinical value in `content`.

    One statement, of its own transaction outside of one, so that a refusal stays written when the act rolls back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_write(%s, %s::jsonb, '', NULL, %s, %s, %s::jsonb)",
            [verb, json.dumps(dict(content or {})), patient_id, admission_id, actor_setting(by, reason=reason)],
        )
