"""What follows from a set that was just recorded: the prompt it ended, the one now open, the alerts it is part of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from monitoring.models import ObservationSet


class DuePrompt(NamedTuple):
    """The open prompt of the stay."""

    id: int
    kind: str
    due_at: datetime
    overdue_at: datetime
    interval: timedelta
    opened_at: datetime


class DonePrompt(NamedTuple):
    """A prompt that this set ended."""

    id: int
    kind: str
    due_at: datetime


class RingingAlert(NamedTuple):
    """An open alert that has this set as evidence."""

    id: int
    rule: str
    direction: str
    severity: str
    value: str
    sentence: str
    stop_advised: bool
    retrospective: bool
    raised_at: datetime
    rang_at: datetime | None
    acknowledged_at: datetime | None
    recovered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Following:
    """How things stand after a set. `recorded_by` is a person's name, empty for a process of Plateau's own."""

    recorded_by: str
    corrected_by_id: int | None
    prompt: DuePrompt | None
    completed: DonePrompt | None
    alerts: tuple[RingingAlert, ...]


_SINGLE = 2


def _columns(alias: str, row: type[NamedTuple]) -> str:
    return ", ".join(f"{alias}.{name}" for name in row._fields)


# One row for each alert, at least one: the alerts of one set are few. Every table is asked by the stay, which has an index
# everywhere: by `closed_by_set` alone, ended prompts would be looked for among all patients'.
FOLLOWING = f"""
SELECT coalesce(u.display_name, ''), c.id, {_columns("p", DuePrompt)}, {_columns("d", DonePrompt)}, {_columns("l", RingingAlert)}
FROM (SELECT 1) one
LEFT JOIN accounts_user u ON u.id = %(recorded_by)s
LEFT JOIN monitoring_observationset c ON c.corrects_id = %(set)s
LEFT JOIN monitoring_prompt p ON p.admission_id = %(stay)s AND p.kind = 'full_set' AND p.state = 'open'
LEFT JOIN LATERAL (SELECT q.id, q.kind, q.due_at FROM monitoring_prompt q
    WHERE q.admission_id = %(stay)s AND q.closed_by_set_id = %(set)s ORDER BY q.due_at DESC LIMIT 1) d ON true
LEFT JOIN monitoring_alert l ON l.admission_id = %(stay)s AND l.closed_at IS NULL AND %(set)s = ANY(l.evidence)
ORDER BY l.severity, l.id
"""


def what_follows(recorded: ObservationSet) -> Following:
    """How things stand now after this set; one statement."""
    with connection.cursor() as cursor:
        asked = {"set": recorded.pk, "stay": recorded.admission_id, "recorded_by": recorded.recorded_by_id}
        cursor.execute(FOLLOWING, asked)
        rows = cursor.fetchall()
    prompt_at = _SINGLE
    done_at = prompt_at + len(DuePrompt._fields)
    alert_at = done_at + len(DonePrompt._fields)
    first = rows[0]
    return Following(
        recorded_by=first[0],
        corrected_by_id=first[1],
        prompt=DuePrompt(*first[prompt_at:done_at]) if first[prompt_at] else None,
        completed=DonePrompt(*first[done_at:alert_at]) if first[done_at] else None,
        alerts=tuple(RingingAlert(*row[alert_at:]) for row in rows if row[alert_at]),
    )
