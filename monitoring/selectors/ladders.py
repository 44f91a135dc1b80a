"""Who has been told of an alert, who is next and when: for pages and for the API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from monitoring.domain.alert_life import from_json, words_of
from monitoring.domain.severity import Tier


@dataclass(frozen=True, slots=True)
class ToldStep:
    """One step that is done: whom it told by name and when; `skipped` says why nobody was there to be told."""

    step: int
    tier: Tier
    tier_words: str
    names: tuple[str, ...]
    told_at: datetime
    skipped: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step that comes next and when; `names` are who works on the ward in that tier now.

    `call` says how a rapid-response team is called.
    """

    step: int
    tier: Tier
    tier_words: str
    names: tuple[str, ...]
    at: datetime
    call: str


@dataclass(frozen=True, slots=True)
class LadderShown:
    """How far the ring of an open alert has got; look and snooze are the alert's own.

    `told` are the steps of this ring in their order, skipped ones among them; `rings` counts its rings so far. `is_overdue`:
    the next step's time is past, and the sweep has not come by yet.
    """

    alert_id: int
    ladder_class: str
    rang_at: datetime | None
    rings: int
    told: tuple[ToldStep, ...]
    next: NextStep | None
    is_overdue: bool


_LADDERS = """
SELECT l.id, l.ladder_class, l.ladder, l.told, l.rang_at, l.next_escalation_at, w.rapid_response,
    (SELECT count(DISTINCT n.rang_at) FROM monitoring_notification n WHERE n.alert_id = l.id),
    (SELECT json_agg(n ORDER BY n.step) FROM (
        SELECT n.step, n.tier, n.told_at, n.skipped, ARRAY(
            SELECT u.display_name FROM accounts_user u WHERE u.id = ANY(n.people) ORDER BY u.display_name) AS names
        FROM monitoring_notification n WHERE n.alert_id = l.id AND n.rang_at = l.rang_at) n),
    ARRAY(SELECT u.display_name FROM patients_wardmembership m JOIN accounts_user u ON u.id = m.user_id
        WHERE m.ward_id = a.ward_id AND m.ended_at IS NULL AND m.emergency_until IS NULL AND u.is_active
          AND l.next_escalation_at IS NOT NULL AND u.role = l.ladder -> 'steps' -> l.told::int ->> 'tier'
        ORDER BY u.display_name)
FROM monitoring_alert l
JOIN patients_admission a ON a.id = l.admission_id
JOIN patients_ward w ON w.id = a.ward_id
WHERE l.admission_id = ANY(%s) AND l.closed_at IS NULL
"""


def ladders_of(admission_ids: Iterable[int], *, at: datetime) -> dict[int, LadderShown]:
    """The ladders of all open alerts of these stays, by the alert's id; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LADDERS, [list(admission_ids)])
        return {row[0]: _shown(row, at=at) for row in cursor.fetchall()}


def _shown(row: tuple[Any, ...], *, at: datetime) -> LadderShown:
    (
        alert_id, ladder_class, ladder, told, rang_at, next_at, rapid_response, rings, said, names,
    ) = row  # fmt: skip
    return LadderShown(
        alert_id=alert_id,
        ladder_class=ladder_class,
        rang_at=rang_at,
        rings=rings,
        told=tuple(_told(each) for each in _object(said) or ()),
        next=_next(_object(ladder), told, next_at, tuple(names), rapid_response) if next_at is not None else None,
        is_overdue=next_at is not None and next_at <= at,
    )


def _told(row: dict[str, Any]) -> ToldStep:
    tier = Tier(row["tier"])
    told_at = datetime.fromisoformat(row["told_at"])
    return ToldStep(row["step"], tier, words_of(tier), tuple(row["names"]), told_at, row["skipped"])


def _next(kept: Any, told: int, at: datetime, names: tuple[str, ...], rapid_response: str) -> NextStep | None:
    ladder = from_json(kept)
    if ladder is None or told >= len(ladder.steps):
        return None
    tier = ladder.steps[told].tier
    call = rapid_response if tier is Tier.RAPID_RESPONSE else ""
    return NextStep(told, tier, words_of(tier), names, at, call)


def _object(value: Any) -> Any:
    """A jsonb value: it comes as text through a plain cursor."""
    return json.loads(value) if isinstance(value, str) else value
