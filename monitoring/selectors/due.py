"""What is due beside the set: prompts of every other kind and open looks at the pump, as a board's row carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from infusion.domain.words import PumpCheckKind
from monitoring.domain.schedule import Lateness, PromptFacts, on_time_until, overdue_at
from monitoring.domain.watching import PromptKind


@dataclass(frozen=True, slots=True)
class OtherDue:
    """Something other than a set is due at `due_at` and late from `late_at` on.

    `about` says of a second reading which values are to be read again. A look at the pump has no interval, and an
    SpO2 is read again within minutes: both are late at once.
    """

    kind: PromptKind | PumpCheckKind
    due_at: datetime
    late_at: datetime
    interval: timedelta
    about: str = ""


@dataclass(frozen=True, slots=True)
class AwayFacts:
    """Off the ward since `left_at`; `escort` goes along and charts (empty: nobody)."""

    destination: str
    escort: str
    left_at: datetime


# As columns of a statement over `patients_admission a`: whatever is open besides the set, and whether the patient is away.
COLUMNS = "others.rows AS others, away.destination AS away_to, away.escort AS away_with, away.left_at AS away_since"
JOINS = """
    LEFT JOIN LATERAL (SELECT json_agg(r ORDER BY r.due_at) AS rows FROM (
        SELECT 'prompt' AS source, r.kind, r.about, r.due_at, extract(epoch FROM r.interval) AS seconds
        FROM monitoring_prompt r WHERE r.admission_id = a.id AND r.state = 'open' AND r.kind <> 'full_set'
        UNION ALL
        SELECT 'check', k.kind, '', k.due_at, 0
        FROM infusion_pumpcheck k WHERE k.admission_id = a.id AND k.closed_at IS NULL) r) others ON true
    LEFT JOIN LATERAL (
        SELECT f.destination, coalesce(nullif(f.escort_name, ''), u.display_name, '') AS escort, f.left_at
        FROM monitoring_offward f LEFT JOIN accounts_user u ON u.id = f.escort_id
        WHERE f.admission_id = a.id AND f.back_at IS NULL) away ON true
"""


def others(row: Mapping[str, Any], lateness: Lateness) -> tuple[OtherDue, ...]:
    """What else is due, the earliest first."""
    rows = row["others"]  # json comes as text through a plain cursor
    return tuple(_other(each, lateness) for each in (json.loads(rows) if isinstance(rows, str) else rows) or ())


def away(row: Mapping[str, Any]) -> AwayFacts | None:
    """Where the patient is, if not on the ward."""
    if row["away_since"] is None:
        return None
    return AwayFacts(row["away_to"], row["away_with"], row["away_since"])


def _other(row: Mapping[str, Any], lateness: Lateness) -> OtherDue:
    due_at, interval = datetime.fromisoformat(row["due_at"]), timedelta(seconds=float(row["seconds"]))
    if row["source"] == "check":
        return OtherDue(PumpCheckKind(row["kind"]), due_at, due_at, interval)
    if row["kind"] == PromptKind.RECHECK:  # its whole window is shorter than any grace
        return OtherDue(PromptKind.RECHECK, due_at, due_at, interval, row["about"])
    prompt = PromptFacts(due_at, interval)
    # A quarter of a day is no grace: what is late enough to alert is late.
    late_at = min(on_time_until(prompt, lateness), overdue_at(prompt, lateness))
    return OtherDue(PromptKind(row["kind"]), due_at, late_at, interval, row["about"])
