"""What a ward's board shows, in four statements whatever the number of patients.

Nothing here asks for the time of day but `at`; what is late is worked out by whoever shows it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from infusion.models import Segment
from monitoring.domain.alert_rules import Thresholds
from monitoring.domain.schedule import PromptFacts, earliest_satisfying, on_time_until
from monitoring.domain.severity import Severity
from monitoring.models import Alert
from monitoring.selectors import due
from monitoring.selectors.due import AwayFacts, OtherDue
from monitoring.selectors.ladders import LadderShown, ladders_of
from monitoring.selectors.rules import schedule_of, thresholds_of

WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Who lies where."""

    admission_id: int
    version: int
    bed: str
    position: int
    family_name: str
    given_name: str
    birth_date: date
    gender: str


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """How the delivery stands, and the order it rests on; doses in mg/kg/h, the rate in mL/h, the bag in mg/mL."""

    state: str
    first_started_at: datetime
    changed_at: datetime
    dose: Decimal
    rate: Decimal
    maximum_dose: Decimal
    order_expires_at: datetime
    protocol_id: int
    concentration: Decimal


@dataclass(frozen=True, slots=True)
class PromptDue:
    """The one open set prompt. `due_at` is when the set that is waited for was first due: a prompt that was missed and
    rolled on does not make the ward on time again."""

    due_at: datetime
    late_at: datetime
    counts_from: datetime
    interval: timedelta


@dataclass(frozen=True, slots=True)
class NewestScores:
    """The newest set with a NEWS2 part, with a sedation level and with a word on pain, each with its time."""

    news2_total: int | None
    news2_parts: dict[str, int]
    news2_at: datetime | None
    sedation_scale: str
    sedation: str
    sedation_at: datetime | None
    pain: int | None
    pain_absent: str
    pain_at: datetime | None


@dataclass(frozen=True, slots=True)
class DoseStep:
    """A stretch of one dose within the last 24 h; `ended_at` None while it runs."""

    started_at: datetime
    ended_at: datetime | None
    dose: Decimal


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """An open alert as it stands. `asks` is what is still to be asked or read; `offered_dose`, in mg/kg/h, what it offers.

    The acknowledgement ends at `expires_at` unless something follows (None: something did, or it does not end).
    """

    id: int
    rule: str
    severity: Severity
    sentence: str
    context: str
    stop_advised: bool
    retrospective: bool
    count: int
    first_observed_at: datetime
    last_observed_at: datetime
    rang_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    recovered_at: datetime | None
    asks: str = ""
    offered_dose: Decimal | None = None
    expires_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozes: int = 0
    ladder: LadderShown | None = None


@dataclass(frozen=True, slots=True)
class BedFacts:
    """One bed's row. `thresholds` are those of the order's protocol: from which values on a score is coloured.

    `is_set_aside`: the sweeps cannot settle this stay, so nothing of it rings by itself.
    """

    person: PersonFacts
    course: CourseFacts | None
    prompt: PromptDue | None
    scores: NewestScores
    steps: tuple[DoseStep, ...]
    alerts: tuple[AlertFacts, ...]
    thresholds: Thresholds
    others: tuple[OtherDue, ...] = ()
    away: AwayFacts | None = None
    is_set_aside: bool = False


def ward_board(ward_id: int, *, at: datetime, admission_id: int | None = None) -> list[BedFacts]:
    """Every present patient of the ward, or the one named; empty where nobody lies. Four statements."""
    rows = _rows(ward_id, at=at, admission_id=admission_id)
    ids = [row["admission_id"] for row in rows]
    steps = dose_steps(ids, at=at)
    alerts = open_alerts(ids, at=at)
    return [
        BedFacts(
            person=PersonFacts(**{name: row[name] for name in PersonFacts.__slots__}),
            course=_course(row),
            prompt=_prompt(row),
            scores=_scores(row),
            steps=steps[row["admission_id"]],
            alerts=alerts[row["admission_id"]],
            thresholds=thresholds_of(row["protocol_id"]),
            others=due.others(row, schedule_of(row["protocol_id"]).lateness),
            away=due.away(row),
            is_set_aside=row["is_set_aside"],
        )
        for row in rows
    ]


def _newest(name: str, *, columns: str, carries: str) -> str:
    """The newest standing set that carries something: it walks the index from the newest back to the first hit."""
    return f"""
    LEFT JOIN LATERAL (
        SELECT {columns}, s.observed_at FROM monitoring_observationset s
        WHERE s.admission_id = a.id AND s.observed_at > %(since)s AND ({carries})
          AND (SELECT c.id FROM monitoring_observationset c WHERE c.corrects_id = s.id) IS NULL
        ORDER BY s.observed_at DESC, s.id DESC LIMIT 1
    ) {name} ON true"""


_BOARD = f"""
    SELECT a.id AS admission_id, a.version, b.name AS bed, b.position,
           p.family_name, p.given_name, p.birth_date, p.administrative_gender AS gender,
           c.state, c.first_started_at, c.changed_at, c.dose_mg_per_kg_h AS dose, c.rate_ml_per_h AS rate,
           c.concentration_mg_per_ml AS concentration,
           o.maximum_dose_mg_per_kg_h AS maximum_dose, o.expires_at AS order_expires_at, o.protocol_id,
           q.due_at, q.interval, m.missed_from, z.failed_at IS NOT NULL AS is_set_aside,
           n.news2_total, n.news2_parts, n.observed_at AS news2_at,
           d.sedation_scale, d.sedation, d.observed_at AS sedation_at,
           w.pain, w.pain_absent, w.observed_at AS pain_at, {due.COLUMNS}
    FROM patients_admission a
    JOIN patients_bed b ON b.id = a.bed_id
    JOIN patients_patient p ON p.id = a.patient_id
    LEFT JOIN infusion_course c ON c.admission_id = a.id
    LEFT JOIN infusion_order o ON o.id = c.order_id
    LEFT JOIN monitoring_stayclock z ON z.admission_id = a.id
    LEFT JOIN monitoring_prompt q ON q.admission_id = a.id AND q.kind = 'full_set' AND q.state = 'open'
    LEFT JOIN LATERAL (
        SELECT min(r.due_at) AS missed_from FROM monitoring_prompt r
        WHERE r.admission_id = a.id AND r.kind = 'full_set' AND r.state = 'missed' AND r.due_at > %(since)s
          AND NOT EXISTS (
              SELECT 1 FROM monitoring_observationset s
              WHERE s.admission_id = a.id AND s.observed_at >= r.due_at AND s.respiratory_rate IS NOT NULL
                AND s.spo2 IS NOT NULL AND s.sedation <> ''
                AND (SELECT c.id FROM monitoring_observationset c WHERE c.corrects_id = s.id) IS NULL)
    ) m ON q.id IS NOT NULL
    {
    _newest(
        "n",
        columns="s.news2_total, s.news2_sub_scores AS news2_parts",
        carries="s.news2_sub_scores <> '{}'::jsonb",
    )
}{_newest("d", columns="s.sedation_scale, s.sedation", carries="s.sedation <> ''")}{
    _newest(
        "w",
        columns="s.pain, s.absent ->> 'pain' AS pain_absent",
        carries="s.pain IS NOT NULL OR jsonb_exists(s.absent, 'pain')",
    )
}
    {due.JOINS}
    WHERE a.ward_id = %(ward)s AND a.discharged_at IS NULL AND (%(one)s::bigint IS NULL OR a.id = %(one)s)
    ORDER BY b.position, b.name
"""


def _rows(ward_id: int, *, at: datetime, admission_id: int | None) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_BOARD, {"ward": ward_id, "one": admission_id, "since": at - WINDOW})
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _course(row: dict[str, Any]) -> CourseFacts | None:
    return None if row["state"] is None else CourseFacts(**{name: row[name] for name in CourseFacts.__slots__})


def _scores(row: dict[str, Any]) -> NewestScores:
    parts = row["news2_parts"]  # jsonb comes as text through a plain cursor
    named = {name: row[name] for name in NewestScores.__slots__}
    return NewestScores(**named | {"news2_parts": json.loads(parts) if isinstance(parts, str) else parts or {}})


def _prompt(row: dict[str, Any]) -> PromptDue | None:
    if row["due_at"] is None:
        return None
    lateness = schedule_of(row["protocol_id"]).lateness
    open_one = PromptFacts(row["due_at"], row["interval"])
    first = PromptFacts(row["missed_from"], row["interval"]) if row["missed_from"] else open_one
    return PromptDue(
        due_at=first.due_at,
        late_at=on_time_until(first, lateness),
        counts_from=earliest_satisfying(open_one, lateness),
        interval=row["interval"],
    )


def dose_steps(admission_ids: Iterable[int], *, at: datetime) -> dict[int, tuple[DoseStep, ...]]:
    """The doses of the last 24 h by admission, oldest first. One statement."""
    found: dict[int, list[DoseStep]] = defaultdict(list)
    segments = Segment.objects.filter(admission_id__in=list(admission_ids)).exclude(ended_at__lte=at - WINDOW)
    for stay, start, end, dose in segments.order_by("started_at").values_list(
        "admission_id", "started_at", "ended_at", "dose_mg_per_kg_h"
    ):
        found[stay].append(DoseStep(start, end, dose))
    return defaultdict(tuple, {stay: tuple(steps) for stay, steps in found.items()})


def open_alerts(admission_ids: Iterable[int], *, at: datetime) -> dict[int, tuple[AlertFacts, ...]]:
    """Open alerts by admission: unseen first, red before yellow, then the latest; with who was told of each.

    Two statements, one where nothing is open.
    """
    found: dict[int, list[AlertFacts]] = defaultdict(list)
    alerts = list(Alert.objects.open().filter(admission_id__in=list(admission_ids)).select_related("acknowledged_by"))
    ladders = ladders_of({alert.admission_id for alert in alerts}, at=at) if alerts else {}
    for alert in alerts:
        found[alert.admission_id].append(_alert(alert, ladders.get(alert.pk)))
    return defaultdict(tuple, {stay: tuple(sorted(each, key=_urgency)) for stay, each in found.items()})


def _urgency(alert: AlertFacts) -> tuple[int, bool, float]:
    return (
        -alert.severity.rank,
        alert.acknowledged_at is not None,
        -(alert.rang_at or alert.last_observed_at).timestamp(),
    )


def _alert(alert: Alert, ladder: LadderShown | None) -> AlertFacts:
    return AlertFacts(
        id=alert.pk,
        rule=alert.rule,
        severity=Severity(alert.severity),
        sentence=alert.sentence,
        context=str(alert.dose_context.get("words", "")),
        stop_advised=alert.stop_advised,
        retrospective=alert.retrospective,
        count=alert.count,
        first_observed_at=alert.first_observed_at,
        last_observed_at=alert.last_observed_at,
        rang_at=alert.rang_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=alert.acknowledged_by.display_name if alert.acknowledged_by else "",
        recovered_at=alert.recovered_at,
        asks=alert.asks,
        offered_dose=_offered(alert.offer),
        expires_at=alert.acknowledgement_expires_at if alert.acknowledged_at else None,
        snoozed_until=alert.snoozed_until,
        snoozes=alert.snoozes,
        ladder=ladder,
    )


def _offered(offer: dict[str, Any]) -> Decimal | None:
    return Decimal(str(offer["dose_mg_per_kg_h"])) if offer.get("act") == "decrease" else None
