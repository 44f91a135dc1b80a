"""All facts about stays that settling needs, in one hand-written statement: open rows and the last sets, never the course."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from statistics import median
from typing import Any
from uuid import UUID

from django.db import connection

from infusion.domain.course import CourseFacts, CourseState
from infusion.domain.hold import Hold
from infusion.domain.order import weight_has_changed
from infusion.domain.words import PumpCheckKind
from infusion.seed import default_content
from infusion.selectors import dose_rules, protocol_row, shipped_rules
from monitoring.domain.alert_rules import Direction, Reading, Rule, Severity, Thresholds
from monitoring.domain.assessments import Analyte
from monitoring.domain.news2 import news2, stored
from monitoring.domain.rules import SECTIONS, WatchRules
from monitoring.domain.schedule import Course, PromptFacts, Schedule
from monitoring.domain.stay import (
    Away,
    Done,
    HangingBag,
    KnownAlert,
    OpenCheck,
    OpenPrompt,
    OwnInterval,
    OwnLimit,
    Pending,
    SeenEvent,
    SeenLiver,
    SeenMood,
    SeenSet,
    StayFacts,
    Target,
)
from monitoring.domain.values import Consciousness, SedationScale, Values
from monitoring.domain.watching import PromptKind
from patients.models import Disposition

_SET = """
    s.id, s.observed_at, s.recorded_at, s.heart_rate, s.systolic, s.diastolic, s.respiratory_rate, s.spo2, s.on_oxygen,
    s.oxygen_l_per_min::text, s.temperature::text, s.consciousness, s.sedation_scale, s.sedation, s.psychotomimetic,
    s.pain, s.news2_total, s.news2_sub_scores, s.news2_temperature_at, s.symptoms, s.warning_symptoms, s.absent
"""
# A scalar question for each row that the planner takes for a coin: NOT EXISTS becomes an anti-join, IS NULL alone is taken for
# rare, and for both it would rather sort a whole stay than walk the index to the newest few.
_STANDS = """CASE WHEN (SELECT c.id FROM monitoring_observationset c WHERE c.corrects_id = s.id) IS NULL
             THEN true ELSE false END"""

# The sets that a finding may rest on: the three newest seen until then, and all of the 15 min in which a second reading
# counts, however often somebody charted (at most 16).
_RUN = f"""
    SELECT id FROM (
        SELECT id, observed_at, row_number() OVER (ORDER BY observed_at DESC, id DESC) AS place,
               {{window_from}} - interval '15 minutes' AS window_from
        FROM (SELECT s.id, s.observed_at, s.recorded_at FROM monitoring_observationset s
              WHERE s.admission_id = a.id AND {{which}} AND {_STANDS}
              ORDER BY s.observed_at DESC, s.id DESC LIMIT {{most}}) newest) placed
    WHERE place <= 3 OR observed_at >= window_from
"""
_NEWEST = "max(observed_at) OVER ()"
_RECORDED_SINCE = "min(observed_at) FILTER (WHERE recorded_at > %s) OVER ()"

_NEWEST_RUN = _RUN.format(which="true", window_from=_NEWEST, most=16)
_LAST_RUN = _RUN.format(which="last.is_late AND s.observed_at <= last.observed_at", window_from=_NEWEST, most=16)
# For a sweep behind an import, the newest run reaches back to all that was recorded since an instant.
_RECORDED_RUN = _RUN.format(which="true", window_from=f"least({_NEWEST}, {_RECORDED_SINCE})", most=200)

# So many sets after a late one are looked at for a value that is back in range; where none of them carries it, it rings.
FOLLOWERS = 8


def _newest(kind: str, table: str, at: str, which: str = "true") -> str:
    """The newest standing record of a kind, as (kind, when, row); it walks an index from the newest."""
    return f"""(SELECT '{kind}' AS kind, t.{at} AS at, t.id FROM {table} t WHERE t.admission_id = a.id AND {which}
                 ORDER BY t.{at} DESC, t.id DESC LIMIT 1)"""


def _stands(table: str) -> str:
    return f"CASE WHEN (SELECT k.id FROM {table} k WHERE k.corrects_id = t.id) IS NULL THEN true ELSE false END"


_DONE = " UNION ALL ".join(
    (
        _newest("line_check", "monitoring_linecheck", "checked_at"),
        _newest("mood", "monitoring_moodscreen", "observed_at", _stands("monitoring_moodscreen")),
        _newest("falls", "monitoring_fallsscore", "observed_at", _stands("monitoring_fallsscore")),
        _newest("physician_review", "monitoring_review", "reviewed_at", "t.kind = 'daily'"),
        _newest("reassessment", "monitoring_review", "reviewed_at", "t.kind = 'reassessment'"),
        _newest("set_interval", "monitoring_setinterval", "set_at"),
        _newest("liver_enzymes", "monitoring_liverpanel", "collected_at", _stands("monitoring_liverpanel")),
    )
)
_LIVER = (
    "SELECT to_jsonb(t) FROM monitoring_liverpanel t WHERE t.admission_id = a.id AND {stands} ORDER BY {order} LIMIT 1"
)
_OF_LIVER = {
    "newest": _LIVER.format(stands=_stands("monitoring_liverpanel"), order="t.collected_at DESC, t.id DESC"),
    "first": _LIVER.format(stands=_stands("monitoring_liverpanel"), order="t.collected_at, t.id"),
}

# What is seldom there, or there once: each is one short walk of an index, or nothing.
_MORE = f"""
LEFT JOIN LATERAL (SELECT json_agg(q) AS rows FROM (
        SELECT q.id, q.kind, q.due_at, extract(epoch FROM q.interval) AS seconds, q.opened_at, q.about
        FROM monitoring_prompt q WHERE q.admission_id = a.id AND q.kind <> 'full_set' AND q.state = 'open') q) others ON true
LEFT JOIN LATERAL (SELECT json_agg(d) AS rows FROM ({_DONE}) d) done ON c.id IS NOT NULL
LEFT JOIN LATERAL (SELECT to_jsonb(b) AS row FROM (
        SELECT b.id, g.rate_ml_per_h::text AS rate, coalesce(greatest(g.started_at, b.hung_at), c.changed_at, b.hung_at) AS since,
            (b.volume_ml - b.primed_ml - coalesce((
                SELECT sum(extract(epoch FROM f.ended_at - greatest(f.started_at, b.hung_at)) * f.rate_ml_per_h / 3600)
                FROM infusion_segment f WHERE f.admission_id = a.id AND f.ended_at > b.hung_at), 0))::text AS remaining
        FROM infusion_bag b LEFT JOIN infusion_segment g ON g.admission_id = a.id AND g.ended_at IS NULL
        WHERE b.admission_id = a.id AND b.closed_at IS NULL) b) bag ON c.id IS NOT NULL
LEFT JOIN LATERAL (SELECT json_agg(k) AS rows FROM (
        SELECT k.id, k.kind, k.opened_at, k.due_at FROM infusion_pumpcheck k
        WHERE k.admission_id = a.id AND k.closed_at IS NULL ORDER BY k.due_at, k.id) k) checks ON true
LEFT JOIN LATERAL (SELECT json_agg(e) AS rows FROM (
        SELECT e.id, e.kind, e.occurred_at, e.recorded_at, e.note,
               EXISTS (SELECT 1 FROM monitoring_adverseevent w WHERE w.withdraws_id = e.id) AS withdrawn,
               EXISTS (SELECT 1 FROM monitoring_alert l WHERE l.admission_id = a.id AND l.rule = e.kind
                       AND e.id = ANY(l.evidence)) AS is_told
        FROM monitoring_adverseevent e WHERE e.admission_id = a.id AND e.withdraws_id IS NULL
        ORDER BY e.occurred_at DESC, e.id DESC LIMIT 20) e) events ON true
LEFT JOIN LATERAL (SELECT to_jsonb(t) AS row FROM monitoring_moodscreen t
        WHERE t.admission_id = a.id AND t.cssrs_1 IS NOT NULL AND {_stands("monitoring_moodscreen")}
        ORDER BY t.observed_at DESC, t.id DESC LIMIT 1) mood ON true
LEFT JOIN LATERAL (SELECT json_agg(m) AS rows FROM (
        SELECT m.rule, m.direction, m.yellow::text, m.red::text, m.until FROM monitoring_patientlimit m
        WHERE m.admission_id = a.id AND m.ended_at IS NULL) m) limits ON true
LEFT JOIN LATERAL (SELECT t.agrees, t.checked_at FROM monitoring_linecheck t
        WHERE t.admission_id = a.id ORDER BY t.checked_at DESC, t.id DESC LIMIT 1) looked ON true
LEFT JOIN LATERAL (SELECT to_jsonb(v) AS row FROM (SELECT {_SET} FROM monitoring_observationset s
        WHERE s.admission_id = a.id AND s.observed_at <= c.dose_changed_at AND {_STANDS}
        ORDER BY s.observed_at DESC, s.id DESC LIMIT 1) v) earlier ON c.previous_dose_mg_per_kg_h IS NOT NULL
LEFT JOIN monitoring_setinterval i ON i.admission_id = a.id AND i.ended_at IS NULL
LEFT JOIN monitoring_offward f ON f.admission_id = a.id AND f.back_at IS NULL
LEFT JOIN accounts_user fu ON fu.id = f.escort_id
LEFT JOIN monitoring_stayclock z ON z.admission_id = a.id
"""

# Two runs of sets: the newest, and, where the one recorded last was not seen last (a late entry, a correction), that
# one with its forerunners and followers; after a correction, also the sets on which an alert still rests. Alerts: the open ones,
# and those closed so lately that one of these sets may be their evidence or may have closed them. Ended prompts are
# looked for among the last few by due time: one that was ended early, before an increase, may have been due later
# than the one that followed it.
# Of rules that do not rest on sets, ended alerts are read too, however old: what one of them spoke of is not raised again.
_BY_RECORD = ", ".join(f"'{rule}'" for rule in (Rule.LIVER, Rule.SUICIDE_RISK, Rule.COURSE_LENGTH, Rule.BAG_EMPTY))
FACTS = f"""
SELECT a.id, a.discharged_at IS NULL, a.disposition, a.spo2_scale,
    coalesce(o.protocol_id, (SELECT id FROM infusion_protocol WHERE status = 'active' ORDER BY signed_at DESC LIMIT 1)),
    c.first_started_at, c.stopped_at, c.paused_at, c.last_increase_at, c.last_decrease_or_restart_at,
    c.state, c.changed_at, c.dose_mg_per_kg_h, c.rate_ml_per_h, c.concentration_mg_per_ml, c.previous_dose_mg_per_kg_h,
    c.dose_changed_at, c.found_differing_at, c.paused_until, c.pause_reason, c.held, c.held_until, c.hold_is_counting,
    c.hold_ended_at, c.target_declared_at, c.target_dose_mg_per_kg_h,
    CASE WHEN c.target_declared_at IS NOT NULL THEN (SELECT g.pain FROM infusion_targetdeclaration g
        WHERE g.admission_id = a.id ORDER BY g.declared_at DESC, g.id DESC LIMIT 1) END,
    p.id, p.due_at, p.interval, p.opened_at,
    d.observed_at, m.due_at, m.interval, n.observed_at, n.id,
    CASE WHEN c.first_started_at IS NOT NULL THEN
        ARRAY(SELECT s.systolic FROM monitoring_observationset s
              WHERE s.admission_id = a.id AND s.observed_at <= c.first_started_at AND s.systolic IS NOT NULL AND {_STANDS}
              ORDER BY s.observed_at DESC LIMIT 3) END,
    sets.rows, alerts.rows, least(k.approved_at, r.requested_at), o.dosing_weight_kg,
    CASE WHEN k.id IS NOT NULL OR r.id IS NOT NULL THEN
        (SELECT n.kg FROM patients_weight n JOIN patients_weight w ON w.id = o.weight_id AND n.basis = w.basis
         WHERE n.admission_id = a.id ORDER BY n.measured_at DESC, n.id DESC LIMIT 1) END,
    w.time_zone, w.rapid_response, others.rows, done.rows, bag.row, checks.rows, events.rows, mood.row, limits.rows,
    CASE WHEN looked.agrees = false AND looked.checked_at > c.changed_at THEN looked.checked_at END, earlier.row,
    i.every, i.set_at, i.until, f.destination, coalesce(fu.display_name, f.escort_name), f.left_at, z.acts_at,
    CASE WHEN c.id IS NOT NULL THEN ({_OF_LIVER["newest"]}) END, CASE WHEN c.id IS NOT NULL THEN ({_OF_LIVER["first"]}) END,
    CASE WHEN sets.vomiting THEN (SELECT json_agg(v) FROM (SELECT s.id, s.observed_at FROM monitoring_observationset s
        WHERE s.admission_id = a.id AND s.observed_at > sets.newest_at - interval '24 hours' AND 'vomiting' = ANY(s.symptoms)
          AND {_STANDS} ORDER BY s.observed_at DESC, s.id DESC LIMIT 20) v) END, o.liver_max_age
FROM patients_admission a
JOIN patients_ward w ON w.id = a.ward_id
LEFT JOIN infusion_course c ON c.admission_id = a.id
LEFT JOIN infusion_order o ON o.admission_id = a.id AND o.ended_at IS NULL
LEFT JOIN infusion_approval k ON k.admission_id = a.id AND k.state = 'live'
LEFT JOIN infusion_increaserequest r ON r.admission_id = a.id AND r.state = 'waiting'
LEFT JOIN monitoring_prompt p ON p.admission_id = a.id AND p.kind = 'full_set' AND p.state = 'open'
LEFT JOIN LATERAL (SELECT max(s.observed_at) AS observed_at FROM (
        SELECT q.closed_by_set_id FROM monitoring_prompt q
        WHERE q.admission_id = a.id AND q.kind = 'full_set' AND q.state = 'done' ORDER BY q.due_at DESC LIMIT 5) q
    JOIN monitoring_observationset s ON s.id = q.closed_by_set_id) d ON true
LEFT JOIN LATERAL (SELECT q.due_at, q.interval FROM (
        SELECT q.due_at, q.interval, q.state FROM monitoring_prompt q
        WHERE q.admission_id = a.id AND q.kind = 'full_set' AND q.state IN ('done', 'missed')
          AND q.due_at < coalesce(p.due_at, 'infinity') ORDER BY q.due_at DESC LIMIT 5) q
    WHERE q.state = 'missed' ORDER BY q.due_at DESC LIMIT 1) m ON true
LEFT JOIN LATERAL (SELECT s.id, s.observed_at FROM monitoring_observationset s
    WHERE s.admission_id = a.id AND s.respiratory_rate IS NOT NULL AND s.spo2 IS NOT NULL AND s.sedation <> ''
      AND s.observed_at > coalesce(d.observed_at, c.first_started_at, a.admitted_at) AND {_STANDS}
    ORDER BY s.observed_at DESC, s.id DESC LIMIT 1) n ON true
LEFT JOIN LATERAL (SELECT s.observed_at, s.corrects_id, s.observed_at < (
        SELECT max(t.observed_at) FROM monitoring_observationset t WHERE t.admission_id = a.id) AS is_late
    FROM monitoring_observationset s WHERE s.admission_id = a.id ORDER BY s.id DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (SELECT coalesce(json_agg(row), '[]') AS rows, min(row.observed_at) AS oldest,
        max(row.observed_at) AS newest_at, coalesce(bool_or('vomiting' = ANY(row.symptoms)), false) AS vomiting FROM (
        SELECT {_SET}, picked.newest, picked.last FROM (
            SELECT id, bool_or(newest) AS newest, bool_or(last) AS last FROM (
                SELECT id, true AS newest, false AS last FROM ({_NEWEST_RUN}) r
                UNION ALL SELECT id, false, true FROM ({_LAST_RUN}) r
                UNION ALL (SELECT s.id, false, true FROM monitoring_observationset s
                    WHERE s.admission_id = a.id AND last.is_late AND s.observed_at > last.observed_at AND {_STANDS}
                    ORDER BY s.observed_at, s.id LIMIT {FOLLOWERS})
                UNION ALL SELECT s.id, false, false FROM monitoring_alert l
                    JOIN monitoring_observationset s ON s.id = ANY(l.evidence) AND {_STANDS}
                    WHERE l.admission_id = a.id AND l.closed_at IS NULL AND last.corrects_id = ANY(l.evidence)
            ) each GROUP BY id
        ) picked JOIN monitoring_observationset s USING (id)) row) sets ON true
LEFT JOIN LATERAL (SELECT coalesce(json_agg(row), '[]') AS rows FROM (
        SELECT l.id, rule, direction, l.severity, l.number::text, stop_advised, count,
               acknowledged_at IS NOT NULL AS acknowledged,
               k.severity AS seen_severity, k.number::text AS seen_number, recovered_at, closed_at IS NULL AS is_open,
               close_reason, first_observed_at, last_observed_at, coalesce(rang_at, raised_at) AS rang_at, evidence,
               red_since, least(next_escalation_at, acknowledgement_expires_at, snoozed_until) AS acts_at,
               recovered_at IS NULL OR EXISTS (SELECT 1 FROM monitoring_observationset s
                    WHERE s.admission_id = a.id AND s.observed_at = recovered_at AND {_STANDS}) AS recovery_stands,
               ARRAY(SELECT e FROM unnest(evidence) e WHERE NOT EXISTS
                     (SELECT 1 FROM monitoring_observationset k WHERE k.corrects_id = e)) AS standing
        FROM monitoring_alert l
        LEFT JOIN LATERAL (SELECT k.severity, k.number FROM monitoring_acknowledgement k
                           WHERE k.alert_id = l.id AND l.acknowledged_at IS NOT NULL ORDER BY k.id DESC LIMIT 1) k ON true
        WHERE l.admission_id = a.id
          AND (closed_at IS NULL OR last_observed_at >= sets.oldest OR recovered_at >= sets.oldest
               OR l.rule IN ({_BY_RECORD}))) row) alerts ON true
{_MORE}
WHERE a.id = ANY(%s)
"""
# Once more for one stay: of that PostgreSQL keeps the plan, while for a list of unknown length it plans anew each time,
# which takes many times longer than the reading itself (2.2 ms against 0.2).
FACTS_OF_ONE = FACTS.replace("a.id = ANY(%s)", "a.id = %s")


FACTS_SINCE = FACTS.replace(_NEWEST_RUN, _RECORDED_RUN)


def stay_facts(
    admission_ids: Iterable[int], *, recorded_since: datetime | None = None, at: datetime
) -> list[StayFacts]:
    """The facts of these stays at `at`, for the domain to compare with what should be; one statement for any number.

    `recorded_since`: with all sets recorded since then, for those that came in past the actions (at most 200 a stay).
    """
    with connection.cursor() as cursor:
        ids = list(admission_ids)
        if recorded_since is not None:
            cursor.execute(FACTS_SINCE, [recorded_since, ids])
        elif len(ids) == 1:
            cursor.execute(FACTS_OF_ONE, ids)
        else:
            cursor.execute(FACTS, [ids])
        return [_stay(row, at=at) for row in cursor.fetchall()]


def _stay(row: tuple[Any, ...], *, at: datetime) -> StayFacts:
    (
        admission_id, is_present, disposition, scale, protocol_id,
        started_at, stopped_at, paused_at, increased_at, decreased_at,
        state, changed_at, dose, rate, concentration, previous_dose, dose_changed_at, differing_at, paused_until,
        pause_reason, held, held_until, hold_is_counting, hold_ended_at, target_declared_at, target_dose, target_pain,
        prompt_id, due_at, interval, opened_at,
        last_done_at, missed_due_at, missed_interval, complete_at, complete_id, baseline, sets, alerts,
        pending_since, dosing_weight, newest_weight,
        zone, rapid_response, others, done, bag, checks, events, mood, limits, looked_differs_at, earlier,
        every, every_set_at, every_until, destination, escort, left_at, clock_at, liver, first_liver, vomited, liver_max_age,
    ) = row  # fmt: skip
    runs, evidence = _runs(sets, scale)
    own_limits = tuple(_own_limit(each) for each in limits or ())
    return StayFacts(
        admission_id=admission_id,
        is_present=is_present,
        left_as="" if disposition is None else str(Disposition(disposition).label),
        scale=scale,
        course=Course(started_at, stopped_at, paused_at, increased_at, decreased_at) if started_at else None,
        delivery=CourseFacts(
            CourseState(state),
            started_at,
            changed_at,
            dose,
            rate,
            concentration,
            previous_dose,
            dose_changed_at,
            increased_at,
            decreased_at,
            paused_at,
            stopped_at,
            paused_until,
            pause_reason,
            differing_at,
        )
        if started_at
        else None,
        schedule=schedule_of(protocol_id),
        thresholds=thresholds_of(protocol_id),
        rules=watch_rules(protocol_id),
        dosing=dose_rules(protocol_id) if protocol_id else shipped_rules(),
        baseline_systolic=int(median(baseline)) if baseline else None,
        last_done_at=last_done_at,
        missed=PromptFacts(missed_due_at, missed_interval) if missed_due_at else None,
        open_prompt=OpenPrompt(prompt_id, due_at, interval, opened_at) if prompt_id else None,
        newest_complete_at=complete_at,
        newest_complete_id=complete_id,
        runs=runs,
        evidence=evidence,
        alerts=tuple(_alert(each) for each in alerts),
        pending=_pending(protocol_id, pending_since, dosing_weight, newest_weight),
        zone=zone,
        rapid_response=rapid_response,
        prompts={PromptKind(each["kind"]): _open_prompt(each) for each in others or ()},
        done={PromptKind(each["kind"]): Done(datetime.fromisoformat(each["at"]), each["id"]) for each in done or ()},
        hold=None if held is None or held_until is None else Hold(held, held_until, hold_is_counting, hold_ended_at),
        target=Target(target_declared_at, target_dose, target_pain) if target_declared_at else None,
        before_change=_seen(earlier, scale).reading if (earlier := _object(earlier)) else None,
        vomited=tuple((each["id"], datetime.fromisoformat(each["observed_at"])) for each in reversed(vomited or ())),
        events=tuple(_event(each) for each in events or () if not (each["withdrawn"] or each["is_told"])),
        withdrawn_events=frozenset(each["id"] for each in events or () if each["withdrawn"]),
        liver=_liver(_object(liver)),
        liver_baseline=_liver(_object(first_liver)),
        liver_every=liver_max_age,
        mood=_mood(_object(mood)),
        bag=_bag(_object(bag)),
        checks=tuple(_check(each) for each in checks or ()),
        differs_since=differing_at or looked_differs_at,
        away=Away(destination, escort or "", left_at) if left_at else None,
        own_interval=OwnInterval(every, every_set_at, every_until) if every else None,
        own_limits=own_limits,
        clock_at=clock_at,
    )


def _object(value: Any) -> Any:
    """A jsonb value: it comes as text through a plain cursor."""
    return json.loads(value) if isinstance(value, str) else value


def _open_prompt(row: Mapping[str, Any]) -> OpenPrompt:
    return OpenPrompt(
        row["id"],
        datetime.fromisoformat(row["due_at"]),
        timedelta(seconds=float(row["seconds"])),
        datetime.fromisoformat(row["opened_at"]),
        row["about"],
    )


def _event(row: Mapping[str, Any]) -> SeenEvent:
    return SeenEvent(
        row["id"],
        Rule(row["kind"]),
        datetime.fromisoformat(row["occurred_at"]),
        datetime.fromisoformat(row["recorded_at"]),
        row["note"],
    )


def _liver(row: Mapping[str, Any] | None) -> SeenLiver | None:
    if row is None:
        return None
    measured = {
        analyte: (Decimal(str(row[analyte.value])), Decimal(str(row[f"{analyte}_upper"])))
        for analyte in Analyte
        if row[analyte.value] is not None
    }
    return SeenLiver(
        row["id"],
        datetime.fromisoformat(row["collected_at"]),
        datetime.fromisoformat(row["recorded_at"]),
        values={analyte: value for analyte, (value, _upper) in measured.items()},
        multiples={analyte: value / upper for analyte, (value, upper) in measured.items()},
        rash=row["rash"],
        fever=row["fever"],
    )


def _mood(row: Mapping[str, Any] | None) -> SeenMood | None:
    if row is None:
        return None
    return SeenMood(
        row["id"],
        datetime.fromisoformat(row["observed_at"]),
        datetime.fromisoformat(row["recorded_at"]),
        yes=frozenset(number for number in range(1, 7) if row[f"cssrs_{number}"]),
        six_is_recent=bool(row["cssrs_6_recent"]),
    )


def _bag(row: Mapping[str, Any] | None) -> HangingBag | None:
    if row is None:
        return None
    remaining = max(Decimal(row["remaining"]), Decimal(0))
    return HangingBag(row["id"], remaining, datetime.fromisoformat(row["since"]), _decimal(row["rate"]))


def _check(row: Mapping[str, Any]) -> OpenCheck:
    return OpenCheck(
        row["id"],
        PumpCheckKind(row["kind"]),
        datetime.fromisoformat(row["opened_at"]),
        datetime.fromisoformat(row["due_at"]),
    )


def _own_limit(row: Mapping[str, Any]) -> OwnLimit:
    return OwnLimit(
        Rule(row["rule"]),
        Direction(row["direction"]),
        _decimal(row["yellow"]),
        _decimal(row["red"]),
        datetime.fromisoformat(row["until"]),
    )


def _pending(
    protocol_id: int | None, since: datetime | None, dosing: Decimal | None, newest: Decimal | None
) -> Pending | None:
    if since is None:
        return None
    if protocol_id is None or dosing is None or newest is None:
        return Pending(since)
    return Pending(since, weight_has_changed=weight_has_changed(dosing, newest, dose_rules(protocol_id).order))


def _runs(rows: list[Mapping[str, Any]], scale: int) -> tuple[tuple[tuple[SeenSet, ...], ...], tuple[SeenSet, ...]]:
    """The loaded sets as stretches of neighbours (one where the two runs share a set), and the single ones."""
    newest = [row for row in rows if row["newest"]]
    last = [row for row in rows if row["last"]]
    if any(row["last"] for row in newest):
        newest, last = [*newest, *(row for row in last if not row["newest"])], []
    in_order = (sorted((_seen(row, scale) for row in run), key=_when) for run in (last, newest) if run)
    single = (_seen(row, scale) for row in rows if not (row["newest"] or row["last"]))
    return tuple(tuple(run) for run in in_order), tuple(single)


def _when(seen: SeenSet) -> tuple[datetime, int]:
    return seen.observed_at, seen.id


def _seen(row: Mapping[str, Any], scale: int) -> SeenSet:
    values = values_of(row)
    # The stored score may rest on an earlier temperature, which this row does not carry: it is taken as it was written.
    score = news2(values, scale=scale)
    if row["news2_temperature_at"]:
        score = stored(row["news2_total"], row["news2_sub_scores"])
    return SeenSet(
        id=row["id"],
        reading=Reading(
            datetime.fromisoformat(row["observed_at"]),
            values,
            score,
            symptoms=frozenset(row["symptoms"]),
            warning_symptoms=None if row["warning_symptoms"] is None else frozenset(row["warning_symptoms"]),
            absent=frozenset(row["absent"].items()),
        ),
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
    )


def _alert(row: Mapping[str, Any]) -> KnownAlert:
    return KnownAlert(
        id=row["id"],
        rule=Rule(row["rule"]),
        direction=Direction(row["direction"]),
        severity=Severity(row["severity"]),
        number=_decimal(row["number"]),
        stop_advised=row["stop_advised"],
        count=row["count"],
        acknowledged=row["acknowledged"],
        seen_severity=Severity(row["seen_severity"]) if row["seen_severity"] else None,
        seen_number=_decimal(row["seen_number"]),
        recovered_at=_instant(row["recovered_at"]),
        recovery_stands=row["recovery_stands"],
        is_open=row["is_open"],
        close_reason=row["close_reason"],
        first_observed_at=datetime.fromisoformat(row["first_observed_at"]),
        last_observed_at=datetime.fromisoformat(row["last_observed_at"]),
        rang_at=datetime.fromisoformat(row["rang_at"]),
        red_since=_instant(row["red_since"]),
        acts_at=_instant(row["acts_at"]),
        evidence=tuple(row["evidence"]),
        standing=tuple(row["standing"]),
    )


def values_of(row: Mapping[str, Any]) -> Values:
    """The values of a stored set, from a mapping with its columns (numbers, or decimals as text)."""
    return Values(
        heart_rate=row["heart_rate"],
        systolic=row["systolic"],
        diastolic=row["diastolic"],
        respiratory_rate=row["respiratory_rate"],
        spo2=row["spo2"],
        on_oxygen=row["on_oxygen"],
        oxygen_l_per_min=_decimal(row["oxygen_l_per_min"]),
        temperature=_decimal(row["temperature"]),
        consciousness=Consciousness(row["consciousness"]) if row["consciousness"] else None,
        sedation_scale=SedationScale(row["sedation_scale"]) if row["sedation_scale"] else None,
        sedation=row["sedation"] or None,
        psychotomimetic=row["psychotomimetic"],
        pain=row["pain"],
    )


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@lru_cache(maxsize=64)
def schedule_of(protocol_id: int | None) -> Schedule:
    """The schedule of a signed protocol, read once a process; the shipped defaults where a hospital has none yet."""
    return Schedule.from_content(protocol_row(protocol_id).content if protocol_id else default_content())


@lru_cache(maxsize=64)
def thresholds_of(protocol_id: int | None) -> Thresholds:
    """The alert thresholds, likewise: a set is never stored without being judged."""
    return Thresholds.from_content(protocol_row(protocol_id).content if protocol_id else default_content())


@lru_cache(maxsize=64)
def watch_rules(protocol_id: int | None) -> WatchRules:
    """What else the protocol says about watching; a section it was signed without is the shipped default."""
    content, shipped = protocol_row(protocol_id).content if protocol_id else {}, default_content()
    return WatchRules.from_content({**{name: shipped[name] for name in SECTIONS}, **content})


@dataclass(frozen=True, slots=True)
class Before:
    """What must be known before a set is written: was it sent already, was its version corrected, which temperature."""

    same_id: int | None
    same_id_admission: int | None
    same_id_fingerprint: bytes | None
    is_corrected: bool
    temperature: Decimal | None
    temperature_at: datetime | None


_BEFORE = f"""
SELECT k.id, k.admission_id, k.fingerprint,
       EXISTS (SELECT 1 FROM monitoring_observationset c WHERE c.corrects_id = %(corrects_id)s), t.temperature, t.observed_at
FROM (SELECT 1) one
LEFT JOIN monitoring_observationset k ON k.client_id = %(client_id)s
LEFT JOIN LATERAL (SELECT s.temperature, s.observed_at FROM monitoring_observationset s
    WHERE s.admission_id = %(admission_id)s AND s.observed_at BETWEEN %(since)s AND %(observed_at)s
      AND s.temperature IS NOT NULL AND {_STANDS} ORDER BY s.observed_at DESC LIMIT 1) t ON true
"""


def before_recording(
    admission_id: int, *, client_id: UUID, observed_at: datetime, good_for: timedelta, corrects_id: int | None
) -> Before:
    """Those facts, under the admission's lock; one statement. A temperature counts for `good_for` (NEWS2 shows its age)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BEFORE,
            {
                "admission_id": admission_id,
                "client_id": client_id,
                "corrects_id": corrects_id,
                "observed_at": observed_at,
                "since": observed_at - good_for,
            },
        )
        same_id, admission, fingerprint, is_corrected, temperature, temperature_at = cursor.fetchone()
    return Before(
        same_id,
        admission,
        None if fingerprint is None else bytes(fingerprint),
        is_corrected,
        temperature,
        temperature_at,
    )
