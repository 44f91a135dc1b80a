"""Escalating: the open alerts of stays tell the next people, ring again or fall silent, set-wise, in two statements."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from monitoring.domain.alert_life import LifeStep, LivingAlert, as_json, class_of, from_json, step
from monitoring.domain.severity import LadderClass, Rule, Severity, Tier
from monitoring.domain.stay import StayFacts


@dataclass(frozen=True, slots=True)
class Escalated:
    """How a stay's alerts stand: when their life goes on by itself, whether pages see something new, and red that rings."""

    acts_at: datetime | None = None
    has_changed: bool = False
    rang_red: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    admission_id: int
    alert: LivingAlert
    followed_at: datetime | None
    moved_at: datetime | None
    staffed: Mapping[Tier, Collection[int]]


@dataclass(frozen=True, slots=True)
class Clock:
    """When a stay is looked at next though nobody does anything; None: not at all."""

    admission_id: int
    acts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lives:
    """How the alerts of some stays stand, by stay, and what of it is to be written."""

    escalated: Mapping[int, Escalated]
    changed: Sequence[tuple[_Row, LifeStep]] = ()


def live(stays: Iterable[StayFacts], *, at: datetime) -> Lives:
    """The life of all open alerts of these stays brought up to `at`, still to be written (`write_lives`).

    The caller has locked the stays and written their alerts. One statement reads the alerts with who works on the ward.
    """
    facts_of = {facts.admission_id: facts for facts in stays}
    if not facts_of:
        return Lives({})
    lived = [(row, _step(row, facts_of[row.admission_id], at=at)) for row in _open_alerts(list(facts_of), at=at)]
    found = {admission_id: Escalated() for admission_id in facts_of}
    for row, life in lived:
        before = found[row.admission_id]
        instants = [each for each in (before.acts_at, life.acts_at) if each is not None]
        found[row.admission_id] = Escalated(
            acts_at=min(instants, default=None),
            has_changed=before.has_changed or life.alert != row.alert,
            rang_red=before.rang_red or (life.rang_again and life.alert.severity is Severity.RED),
        )
    return Lives(found, [each for each in lived if each[1].alert != each[0].alert])


def _step(row: _Row, facts: StayFacts, *, at: datetime) -> LifeStep:
    alert = row.alert
    return step(
        alert,
        ladder=facts.rules.ladders[class_of(alert.rule, alert.severity)],
        staffed=row.staffed,
        followed_at=row.followed_at,
        moved_at=row.moved_at,
        zone=_zone(facts.zone),
        rapid_response=bool(facts.rapid_response),
        at=at,
    )


# Emergency access is for one patient's sake and passes: nobody is rung at for having it. What followed a look is asked
# only of those whose time is over; acts at the pump are few, so they are walked, and sets by the one recorded last.
_STAFF = """
SELECT ward_id, jsonb_object_agg(role, people) AS tiers FROM (
    SELECT m.ward_id, u.role, array_agg(u.id ORDER BY u.display_name, u.id) AS people
    FROM patients_wardmembership m JOIN accounts_user u ON u.id = m.user_id
    WHERE m.ward_id IN (SELECT ward_id FROM patients_admission WHERE {which})
      AND m.ended_at IS NULL AND m.emergency_until IS NULL AND u.is_active
      AND u.role IN ('nurse', 'charge_nurse', 'physician')
    GROUP BY m.ward_id, u.role) by_role
GROUP BY ward_id
"""
_OPEN = f"""
WITH staff AS MATERIALIZED ({_STAFF})
SELECT l.id, l.admission_id, l.rule, l.severity, l.rang_at, l.recovered_at, l.acknowledged_at,
    l.acknowledgement_expires_at, l.snoozed_until, l.ladder_class, l.ladder, l.told, l.next_escalation_at,
    CASE WHEN l.acknowledgement_expires_at <= %s THEN greatest(
        (SELECT s.recorded_at FROM monitoring_observationset s WHERE s.admission_id = l.admission_id ORDER BY s.id DESC LIMIT 1),
        (SELECT max(e.recorded_at) FROM infusion_deliveryevent e WHERE e.admission_id = l.admission_id),
        (SELECT max(n.at) FROM monitoring_alertnote n WHERE n.alert_id = l.id AND n.kind IN ('note', 'call', 'action'))) END,
    (SELECT max(t.closed_at) FROM patients_transfer t WHERE t.admission_id = l.admission_id AND t.state = 'accepted'),
    staff.tiers
FROM monitoring_alert l JOIN patients_admission a ON a.id = l.admission_id LEFT JOIN staff ON staff.ward_id = a.ward_id
WHERE l.closed_at IS NULL AND {{of_stays}} ORDER BY l.id
"""
# Once more for one stay: of that the database keeps the plan.
_OPEN_OF_ONE = _OPEN.format(which="id = %s", of_stays="l.admission_id = %s")
_OPEN_OF_MANY = _OPEN.format(which="id = ANY(%s)", of_stays="l.admission_id = ANY(%s)")


def _open_alerts(admission_ids: list[int], *, at: datetime) -> list[_Row]:
    statement, which = (_OPEN_OF_ONE, admission_ids[0]) if len(admission_ids) == 1 else (_OPEN_OF_MANY, admission_ids)
    with connection.cursor() as cursor:
        cursor.execute(statement, [which, at, which])
        return [_row(each) for each in cursor.fetchall()]


def _row(row: Sequence[Any]) -> _Row:
    (
        alert_id, admission_id, rule, severity, rang_at, recovered_at, acknowledged_at, expires_at, snoozed_until, kind,
        ladder, told, next_at, followed_at, moved_at, staff,
    ) = row  # fmt: skip
    alert = LivingAlert(
        rule=Rule(rule),
        severity=Severity(severity),
        rang_at=rang_at,
        recovered_at=recovered_at,
        acknowledged_at=acknowledged_at,
        acknowledgement_expires_at=expires_at,
        snoozed_until=snoozed_until,
        ladder_class=LadderClass(kind) if kind else None,
        ladder=from_json(json.loads(ladder)) if kind else None,
        told=told,
        next_escalation_at=next_at,
    )
    tiers = {Tier(role): tuple(people) for role, people in json.loads(staff).items()} if staff else {}
    return _Row(alert_id, admission_id, alert, followed_at, moved_at, tiers)


# The step's place is unique for a ring: whoever settles the same once more tells nobody twice.
SET_CLOCKS = """ON CONFLICT (admission_id) DO UPDATE SET
        acts_at = excluded.acts_at, failures = 0, failed_at = NULL, error = ''"""
_LIVE = f"""
WITH clock AS (
    INSERT INTO monitoring_stayclock (admission_id, acts_at, failures, error)
    SELECT c.admission_id, c.acts_at, 0, '' FROM jsonb_to_recordset(%(clocks)s::jsonb)
        AS c(admission_id bigint, acts_at timestamptz)
    {SET_CLOCKS}),
said AS (
    INSERT INTO monitoring_notification (admission_id, alert_id, rang_at, step, tier, people, told_at, skipped)
    SELECT n.admission_id, n.alert_id, n.rang_at, n.step, n.tier, n.people, %(at)s, n.skipped
    FROM jsonb_to_recordset(%(told)s::jsonb) AS n(admission_id bigint, alert_id bigint, rang_at timestamptz, step int,
        tier text, people bigint[], skipped text)
    ON CONFLICT (alert_id, rang_at, step) DO NOTHING)
UPDATE monitoring_alert l SET rang_at = r.rang_at, acknowledged_at = r.acknowledged_at,
    acknowledged_by_id = CASE WHEN r.acknowledged_at IS NOT NULL THEN l.acknowledged_by_id END,
    acknowledgement_expires_at = r.acknowledgement_expires_at, snoozed_until = r.snoozed_until,
    ladder_class = r.ladder_class, ladder = r.ladder, told = r.told, next_escalation_at = r.next_escalation_at
FROM jsonb_to_recordset(%(alerts)s::jsonb) AS r(id bigint, rang_at timestamptz, acknowledged_at timestamptz,
    acknowledgement_expires_at timestamptz, snoozed_until timestamptz, ladder_class text, ladder jsonb, told int,
    next_escalation_at timestamptz)
WHERE l.id = r.id
"""


def write_lives(lives: Lives, clocks: Sequence[Clock], *, at: datetime) -> None:
    """Write who is told, how the alerts stand and when the stays are looked at next; one statement, none for nothing."""
    if not lives.changed and not clocks:
        return
    told = [
        {
            "admission_id": row.admission_id, "alert_id": row.id, "rang_at": life.alert.rang_at, "step": done.number,
            "tier": done.tier, "people": done.people, "skipped": done.skipped,
        }
        for row, life in lives.changed for done in life.done
    ]  # fmt: skip
    alerts = [{"id": row.id, **_columns(life.alert)} for row, life in lives.changed]
    rows = {"told": told, "alerts": alerts, "clocks": [asdict(each) for each in clocks]}
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, {"at": at, **{name: _as_text(each) for name, each in rows.items()}})


def _columns(alert: LivingAlert) -> dict[str, Any]:
    return {
        "rang_at": alert.rang_at,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledgement_expires_at": alert.acknowledgement_expires_at,
        "snoozed_until": alert.snoozed_until,
        "ladder_class": alert.ladder_class or "",
        "ladder": as_json(alert.ladder) if alert.ladder else [],
        "told": alert.told,
        "next_escalation_at": alert.next_escalation_at,
    }


def _as_text(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, default=datetime.isoformat)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
