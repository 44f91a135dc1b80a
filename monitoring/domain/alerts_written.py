"""The alerts of a stay as they will stand once a change of them is written: what is asked for beside the sets goes by those."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from monitoring.domain.alert_change import AlertChange, Raise, worst
from monitoring.domain.alert_rules import Rule, Severity
from monitoring.domain.alert_words import Number
from monitoring.domain.stay import KnownAlert, StayFacts

# An alert that is about to be raised has no row yet.
_NEW = 0


def with_alerts(facts: StayFacts, change: AlertChange) -> StayFacts:
    """The stay after the change of its alerts: so that a second settling, which reads them, finds nothing else to do."""
    if change.is_nothing:
        return facts
    alerts = list(facts.alerts)
    for each in change.raised:
        place = next((n for n, known in enumerate(alerts) if known.is_open and known.key == each.finding.key), None)
        if place is None:
            alerts.append(_new(each))
        else:
            alerts[place] = _more(alerts[place], each)
    restated, mended = dict(change.restated), dict(change.mended)
    for place, known in enumerate(alerts):
        if (says := restated.get(known.id)) is not None:
            alerts[place] = known = replace(known, severity=says.severity, stop_advised=says.stop_advised)
        if (mend := mended.get(known.id)) is not None:
            alerts[place] = replace(
                known, recovered_at=mend.recovered_at, close_reason=mend.close_reason, is_open=not mend.close_reason
            )
    return replace(facts, alerts=tuple(alerts))


def _evidence(each: Raise) -> tuple[int, ...]:
    return (each.row_id,) if each.row_id is not None and each.counts else ()


def _red_at(each: Raise) -> datetime | None:
    """From when on its value is red, or the patient drowsy."""
    is_outside = each.finding.severity is Severity.RED or each.finding.rule is Rule.SEDATION
    return each.observed_at if is_outside else None


def _new(each: Raise) -> KnownAlert:
    finding, evidence = each.finding, _evidence(each)
    return KnownAlert(
        id=_NEW,
        rule=finding.rule,
        direction=finding.direction,
        severity=finding.severity,
        number=_exact(finding.number),
        stop_advised=finding.stop_advised,
        count=int(each.counts),
        acknowledged=False,
        seen_severity=None,
        seen_number=None,
        recovered_at=each.recovered_at,
        recovery_stands=True,
        is_open=True,
        close_reason="",
        first_observed_at=each.observed_at,
        last_observed_at=each.observed_at,
        evidence=evidence,
        standing=evidence,
        red_since=_red_at(each),
    )


def _more(known: KnownAlert, each: Raise) -> KnownAlert:
    """New evidence of an open alert, as the upsert of settling adds it."""
    finding, evidence = each.finding, _evidence(each)
    return replace(
        known,
        severity=max(known.severity, finding.severity, key=lambda severity: severity.rank),
        number=_exact(worst([known.number, finding.number], known.direction)),
        stop_advised=known.stop_advised or finding.stop_advised,
        count=known.count + each.counts,
        acknowledged=known.acknowledged and not each.rings,
        recovered_at=each.recovered_at,
        first_observed_at=min(known.first_observed_at, each.observed_at),
        last_observed_at=max(known.last_observed_at, each.observed_at),
        evidence=(*known.evidence, *evidence),
        standing=(*known.standing, *evidence),
        red_since=_red_since(known, each),
    )


def _red_since(known: KnownAlert, each: Raise) -> datetime | None:
    """What was never back in range is red since its first time, unless it begins anew."""
    new, was = _red_at(each), known.red_since
    if known.recovered_at is not None or was is None or new is None:
        return new if known.recovered_at is not None else was or new
    return max(was, new) if each.begins_anew else was


def _exact(number: Number | None) -> Decimal | None:
    """As the column holds it."""
    return None if number is None else Decimal(number)
