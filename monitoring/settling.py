"""Settling: prompts and alerts of stays brought in line with their facts, set-wise, in a handful of statements."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.actor import Actor
from core.together import one_trip
from infusion.domain.course import dose_context
from infusion.domain.words import VoidCause
from infusion.voiding import void_pending
from monitoring.asking import Stay, clocks_to_set, instants_of_alerts, write_prompts
from monitoring.domain.alert_change import Raise, worst
from monitoring.domain.alert_words import value_of
from monitoring.domain.judging import OF_SETS
from monitoring.domain.reconcile import StayChange, reconcile
from monitoring.domain.reconcile_pending import reconcile_pending
from monitoring.domain.severity import Rule, Severity
from monitoring.domain.stay import EVIDENCE_KEPT, StayFacts
from monitoring.escalating import Escalated, live, write_lives
from monitoring.selectors.facts import stay_facts
from patients.models import Admission


def settle(admission: Admission, *, by: Actor, at: datetime) -> bool:
    """Settle one stay whose row the caller has locked (fills `patients.ports.settle`). Was something red raised?"""
    return bool(settle_stays([admission.pk], by=by, at=at).get(admission.pk))


def settle_stays(
    admission_ids: Sequence[int], *, by: Actor, at: datetime, recorded_since: datetime | None = None
) -> dict[int, bool]:
    """Settle these stays, whose rows the caller has locked: those that changed, and whether something red was raised.

    One statement reads the facts of all, the domain says what should be, at most four statements write it; requests and
    approvals that no longer hold are voided by one more a cause. Alerts that changed, or have something to do by now, tell
    people in two more.
    """
    stays = [
        (facts, reconcile(facts, at=at)) for facts in stay_facts(admission_ids, recorded_since=recorded_since, at=at)
    ]
    living = [facts for facts, change in stays if _has_to_tell(facts, change, at=at)]
    with one_trip():
        write_prompts(stays, [] if living else clocks_to_set(stays, {}, at=at), at=at)
        _write_alerts(stays, at=at)
    lives = live(living, at=at)
    if living:
        write_lives(lives, clocks_to_set(stays, lives.escalated, at=at), at=at)
    escalated, voided = lives.escalated, _void_pending(stays, by=by, at=at)
    return {
        facts.admission_id: change.alerts.has_red or life.rang_red
        for facts, change in stays
        if (life := escalated.get(facts.admission_id, Escalated())).has_changed
        or facts.admission_id in voided
        or not change.is_nothing
        or facts.is_set_aside
    }


def _has_to_tell(facts: StayFacts, change: StayChange, *, at: datetime) -> bool:
    """Did an alert ring, recover or come back, or is something of a ladder, a look or a snooze over by now?

    One that is closed tells nobody any more, and what a correction restates leaves its ladder as it is.
    """
    alerts = change.alerts
    mended_open = any(not mend.close_reason for _, mend in alerts.mended)
    return bool(alerts.raised) or mended_open or any(each <= at for each in instants_of_alerts(facts, change))


def _void_pending(stays: Iterable[Stay], *, by: Actor, at: datetime) -> set[int]:
    causes: dict[VoidCause, list[int]] = {}
    for facts, change in stays:
        if cause := reconcile_pending(facts, change.alerts):
            causes.setdefault(cause, []).append(facts.admission_id)
    for cause, admission_ids in causes.items():
        void_pending(admission_ids, cause=cause, by=by, at=at)
    return {admission_id for ids in causes.values() for admission_id in ids}


# What began anew is told apart by the row that came in: the alert itself has no column for it.
_BEGINS_ANEW = """(excluded.admission_id, excluded.rule, excluded.direction) IN (
        SELECT b.admission_id, b.rule, b.direction
        FROM jsonb_to_recordset(%(found)s::jsonb) AS b(admission_id bigint, rule text, direction text, begins_anew boolean)
        WHERE b.begins_anew)"""
_UPSERT = f"""
INSERT INTO monitoring_alert (admission_id, rule, direction, severity, sentence, value, number, stop_advised, count,
    evidence, dose_context, retrospective, first_observed_at, last_observed_at, raised_at, rang_at, worse_at, recovered_at,
    red_since, asks, offer, close_reason, ladder_class, ladder, told, snoozes)
SELECT f.admission_id, f.rule, f.direction, f.severity, f.sentence, f.value, f.number, f.stop_advised, f.count,
    f.evidence, f.dose_context, f.retrospective, f.first_at, f.last_at, %(at)s, f.rang_at, f.rang_at, f.recovered_at,
    f.red_at, f.asks, f.offer, '', '', '[]', 0, 0
FROM jsonb_to_recordset(%(found)s::jsonb) AS f(admission_id bigint, rule text, direction text, severity text, sentence text,
    value text, number numeric, stop_advised boolean, count int, evidence bigint[], dose_context jsonb,
    retrospective boolean, first_at timestamptz, last_at timestamptz, rang_at timestamptz, recovered_at timestamptz,
    red_at timestamptz, asks text, offer jsonb)
ON CONFLICT (admission_id, rule, direction) WHERE closed_at IS NULL DO UPDATE SET
    severity = CASE WHEN monitoring_alert.severity = 'red' THEN 'red' ELSE excluded.severity END,
    sentence = CASE WHEN excluded.last_observed_at >= monitoring_alert.last_observed_at
               THEN excluded.sentence ELSE monitoring_alert.sentence END,
    value = CASE WHEN excluded.last_observed_at >= monitoring_alert.last_observed_at
            THEN excluded.value ELSE monitoring_alert.value END,
    number = CASE WHEN excluded.direction = 'low' THEN least(monitoring_alert.number, excluded.number)
             ELSE greatest(monitoring_alert.number, excluded.number) END,
    stop_advised = monitoring_alert.stop_advised OR excluded.stop_advised,
    count = monitoring_alert.count + excluded.count,
    evidence = ARRAY(SELECT e FROM (SELECT e FROM unnest(monitoring_alert.evidence || excluded.evidence) e
                                    ORDER BY e DESC LIMIT {EVIDENCE_KEPT}) kept ORDER BY e),
    dose_context = CASE WHEN excluded.last_observed_at >= monitoring_alert.last_observed_at
                   THEN excluded.dose_context ELSE monitoring_alert.dose_context END,
    retrospective = monitoring_alert.retrospective AND excluded.retrospective,
    first_observed_at = least(monitoring_alert.first_observed_at, excluded.first_observed_at),
    last_observed_at = greatest(monitoring_alert.last_observed_at, excluded.last_observed_at),
    rang_at = coalesce(excluded.rang_at, monitoring_alert.rang_at),
    worse_at = coalesce(excluded.rang_at, monitoring_alert.worse_at),
    acknowledged_at = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.acknowledged_at END,
    acknowledged_by_id = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.acknowledged_by_id END,
    acknowledgement_expires_at = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.acknowledgement_expires_at END,
    snoozed_until = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.snoozed_until END,
    next_escalation_at = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.next_escalation_at END,
    told = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.told ELSE 0 END,
    ladder_class = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.ladder_class ELSE '' END,
    ladder = CASE WHEN excluded.rang_at IS NULL THEN monitoring_alert.ladder ELSE '[]' END,
    snoozes = CASE WHEN excluded.severity = 'red' AND monitoring_alert.severity <> 'red' THEN 0
              ELSE monitoring_alert.snoozes END,
    red_since = CASE WHEN monitoring_alert.recovered_at IS NOT NULL THEN excluded.red_since
                WHEN {_BEGINS_ANEW} THEN greatest(monitoring_alert.red_since, excluded.red_since)
                ELSE coalesce(monitoring_alert.red_since, excluded.red_since) END,
    asks = CASE WHEN excluded.last_observed_at >= monitoring_alert.last_observed_at
           THEN excluded.asks ELSE monitoring_alert.asks END,
    offer = CASE WHEN excluded.last_observed_at >= monitoring_alert.last_observed_at
            THEN excluded.offer ELSE monitoring_alert.offer END,
    recovered_at = excluded.recovered_at
"""


_RESTATE = """
UPDATE monitoring_alert l SET evidence = r.evidence, count = r.count, severity = r.severity, number = r.number,
    value = coalesce(r.value, l.value), sentence = coalesce(r.sentence, l.sentence), stop_advised = r.stop_advised,
    first_observed_at = r.first_observed_at, last_observed_at = r.last_observed_at
FROM jsonb_to_recordset(%s::jsonb) AS r(id bigint, evidence bigint[], count int, severity text, number numeric, value text,
    sentence text, stop_advised boolean, first_observed_at timestamptz, last_observed_at timestamptz) WHERE l.id = r.id
"""
_MEND = """
UPDATE monitoring_alert l SET recovered_at = m.recovered_at, close_reason = m.reason,
    closed_at = CASE WHEN m.reason <> '' THEN %s::timestamptz END,
    next_escalation_at = CASE WHEN m.reason = '' THEN l.next_escalation_at END,
    acknowledgement_expires_at = CASE WHEN m.reason = '' THEN l.acknowledgement_expires_at END,
    snoozed_until = CASE WHEN m.reason = '' THEN l.snoozed_until END
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS m(id, recovered_at, reason) WHERE l.id = m.id
"""


def _write_alerts(stays: Iterable[Stay], *, at: datetime) -> None:
    """Raise, restate, mend: raising is one upsert, since the ORM's refuses a partial unique index."""
    found: dict[tuple[int, str, str], dict[str, Any]] = {}
    restated: list[dict[str, Any]] = []
    mended: list[tuple[Any, ...]] = []
    for facts, stay_change in stays:
        change = stay_change.alerts
        for each in change.raised:
            _gather(found, facts, each, at=at)
        restated += [{"id": alert_id, **asdict(says)} for alert_id, says in change.restated]
        mended += [(alert_id, mend.recovered_at, mend.close_reason) for alert_id, mend in change.mended]
    if found:
        _execute(_UPSERT, {"at": at, "found": json.dumps(list(found.values()), default=_plain)})
    if restated:
        _execute(_RESTATE, [json.dumps(restated, default=_plain)])
    if mended:
        _execute(_MEND, [at, *_columns(mended)])


def _gather(found: dict[tuple[int, str, str], dict[str, Any]], facts: StayFacts, each: Raise, *, at: datetime) -> None:
    """One row a key: several sets that meet the same rule (after an import) are one alert with several pieces of evidence."""
    finding = each.finding
    key = (facts.admission_id, finding.rule.value, finding.direction.value)
    before = found.get(key)
    evidence = [each.row_id] if each.row_id is not None and each.counts else []
    row: dict[str, Any] = {
        "admission_id": facts.admission_id,
        "rule": finding.rule.value,
        "direction": finding.direction.value,
        "severity": finding.severity.value,
        "sentence": finding.sentence,
        "value": finding.value,
        "number": finding.number,
        "stop_advised": finding.stop_advised,
        "count": int(each.counts),
        "evidence": evidence,
        "dose_context": _dose_context(facts, finding.rule, at=each.observed_at),
        "retrospective": each.retrospective,
        "first_at": each.observed_at,
        "last_at": each.observed_at,
        "red_at": each.observed_at if finding.severity is Severity.RED or finding.rule is Rule.SEDATION else None,
        "begins_anew": each.begins_anew,
        "recovered_at": each.recovered_at,
        "rang_at": at if each.rings else None,
        "asks": finding.asks,
        "offer": dict(finding.offer),
    }
    if before is not None:
        red_at = row["red_at"]
        row |= {
            "severity": max(before["severity"], row["severity"], key=("yellow", "red").index),
            "number": worst([before["number"], finding.number], finding.direction),
            "stop_advised": before["stop_advised"] or finding.stop_advised,
            "count": before["count"] + row["count"],
            "retrospective": before["retrospective"] and each.retrospective,
            "evidence": sorted(before["evidence"] + evidence)[-EVIDENCE_KEPT:],
            "first_at": min(before["first_at"], each.observed_at),
            "last_at": max(before["last_at"], each.observed_at),
            "red_at": red_at if each.begins_anew else min(filter(None, (before["red_at"], red_at)), default=None),
            "begins_anew": before["begins_anew"] or each.begins_anew,
            "rang_at": before["rang_at"] or row["rang_at"],
        }
    found[key] = row


def _dose_context(facts: StayFacts, rule: Rule, *, at: datetime) -> dict[str, Any]:
    """The dose that the alert happened at, in values and in words; empty where nothing was ever started."""
    context = facts.delivery and dose_context(facts.delivery)
    if not context or at < context.changed_at:
        return {}
    return {
        "change": context.change,
        "since": context.changed_at,
        "dose_mg_per_kg_h": context.dose_mg_per_kg_h,
        "previous_dose_mg_per_kg_h": context.previous_dose_mg_per_kg_h,
        "words": context.words(at=at, previous_value=_value_before(facts, rule)),
    }


def _value_before(facts: StayFacts, rule: Rule) -> str | None:
    """What the same value was before the dose changed last, for an alert about a value (DOMAIN 5: "at 0.40 it was 142/84")."""
    if rule not in OF_SETS or facts.before_change is None:
        return None
    value, _ = value_of(rule, facts.before_change.values, facts.before_change.news2)
    return value or None


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{value!r} has no plain form")


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows as one list a column, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)]


def _execute(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
