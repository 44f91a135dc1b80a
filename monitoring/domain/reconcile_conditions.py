"""Alerts that rest on other records or on time, compared with the conditions that hold: raised, graver, over, withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from monitoring.domain import schedule
from monitoring.domain.alert_change import BACK_IN_RANGE, CORRECTED, AlertChange, Mend, Raise, Restated
from monitoring.domain.alert_rules import Direction, Finding, Rule, Severity
from monitoring.domain.condition import Condition
from monitoring.domain.conditions import conditions, shows_vital_signs
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.severity import STOP_LIST
from monitoring.domain.stay import EVIDENCE_KEPT, Ending, KnownAlert, StayFacts
from monitoring.domain.time_conditions import why_it_ended

_OF_RECORDS = STOP_LIST | {Rule.LIVER, Rule.SUICIDE_RISK, Rule.VOMITING, Rule.REFUSALS}
_OF_TIME = frozenset({Rule.BAG_EMPTY, Rule.COURSE_LENGTH, Rule.PUMP_DIFFERS, Rule.PAUSE_OVER, Rule.SINGLE_SIGNED})
# Their evidence are sets: a corrected one is none any more.
_ON_SETS = frozenset({Rule.VOMITING, Rule.REFUSALS})
MISTAKE = "recorded by mistake"


def reconcile_conditions(facts: StayFacts, prompt: PromptChange, *, at: datetime) -> AlertChange:
    """What is to change about these alerts at `at`; the alert about an overdue set is one of them."""
    holds = {each.key: each for each in conditions(facts, at=at)}
    known = {each.key: each for each in facts.alerts if each.is_open and each.rule in _OF_RECORDS | _OF_TIME}
    raised, restated, mended = list[Raise](), list[tuple[int, Restated]](), list[tuple[int, Mend]]()
    for key in dict.fromkeys([*holds, *known]):
        condition, alert = holds.get(key), known.get(key)
        new = list(_raised(facts, condition, alert)) if condition is not None else []
        raised += new
        if alert is not None:
            left = _left(facts, alert)
            mend = _mend(facts, alert, condition, new, left, at=at)
            mended += [] if mend is None else [(alert.id, mend)]
            if len(left) < len(alert.evidence) and not (mend is not None and mend.close_reason):
                restated.append((alert.id, _restated(alert, left, new)))
    overdue_raised, overdue_mended = _overdue(facts, prompt, at=at)
    return AlertChange((*raised, *overdue_raised), tuple(restated), (*mended, *overdue_mended))


def _raised(facts: StayFacts, condition: Condition, alert: KnownAlert | None) -> Iterator[Raise]:
    """What no alert spoke of: new rows, or the same condition graver than it was."""
    finding = condition.finding
    told = {row for each in _telling(facts, condition) for row in each.evidence}
    fresh = [(row, when) for row, when in condition.evidence if row not in told]
    graver = alert is not None and _is_graver(finding, alert)
    if alert is None and (_is_settled(facts, condition) or len(fresh) < min(condition.needs, len(condition.evidence))):
        return
    if alert is not None and not fresh and not graver:
        return
    is_back = alert is not None and alert.recovered_at is not None
    rings = condition.recovered_at is None and (
        alert is None or graver or bool(fresh and (is_back or condition.rings_anew))
    )
    rows: Sequence[tuple[int | None, datetime]] = fresh or [(None, condition.since)]
    for row, when in rows:
        yield Raise(
            finding,
            when,
            row,
            retrospective=condition.retrospective,
            recovered_at=condition.recovered_at,
            rings=rings,
            counts=bool(fresh) or alert is None,
        )


def _telling(facts: StayFacts, condition: Condition) -> Iterator[KnownAlert]:
    """The alerts whose evidence is not to be raised again: the open one, what was closed by hand, of some rules any."""
    for each in facts.alerts:
        tells = each.is_open or condition.told_once
        tells = tells or (each.closed_by_hand and not _is_graver(condition.finding, each))
        if each.key == condition.key and tells:
            yield each


def _is_settled(facts: StayFacts, condition: Condition) -> bool:
    """Did somebody close an alert of just this by hand? Of time, it is known by when it began."""
    return not condition.evidence and any(
        each.key == condition.key
        and each.closed_by_hand
        and each.last_observed_at >= condition.since
        and not _is_graver(condition.finding, each)
        for each in facts.alerts
    )


def _is_graver(finding: Finding, alert: KnownAlert) -> bool:
    return finding.severity.rank > alert.severity.rank or (finding.stop_advised and not alert.stop_advised)


def _left(facts: StayFacts, alert: KnownAlert) -> tuple[int, ...]:
    """The rows of its evidence that still stand: events that were not withdrawn, sets that were not corrected."""
    if alert.rule in STOP_LIST:
        return tuple(row for row in alert.evidence if row not in facts.withdrawn_events)
    return alert.standing if alert.rule in _ON_SETS else alert.evidence


def _mend(
    facts: StayFacts,
    alert: KnownAlert,
    condition: Condition | None,
    new: list[Raise],
    left: tuple[int, ...],
    *,
    at: datetime,
) -> Mend | None:
    """How an open alert stands from now on; None where that is as it was."""
    if alert.rule in _OF_TIME:
        return Mend(alert.recovered_at, why_it_ended(facts, alert)) if condition is None else None
    if alert.rule in STOP_LIST:
        return Mend(None, MISTAKE) if not left and not new else None
    if condition is None:
        return _over(facts, alert, left, at=at)
    stands = new[-1].recovered_at if new else alert.recovered_at
    acknowledged = alert.acknowledged and not any(each.rings for each in new)
    if acknowledged and condition.recovered_at is not None:
        return Mend(condition.recovered_at, BACK_IN_RANGE)
    return None if condition.recovered_at == stands else Mend(condition.recovered_at)


def _over(facts: StayFacts, alert: KnownAlert, left: tuple[int, ...], *, at: datetime) -> Mend | None:
    """An alert about a record whose condition no longer holds: recovered, and closed where somebody looked."""
    if alert.rule in _ON_SETS and len(left) < _needed(facts, alert.rule):
        return Mend(alert.recovered_at, CORRECTED)
    if alert.rule in (Rule.LIVER, Rule.SUICIDE_RISK):
        at_rest = _at_rest(facts, alert)
        if at_rest is None:
            return None
        if at_rest[0] in alert.evidence or at_rest[1] <= alert.last_observed_at:
            return Mend(alert.recovered_at, CORRECTED)
        back_at: datetime | None = at_rest[1]
    else:
        back_at = _back_at(facts, alert, at=at)
    if back_at is not None and alert.acknowledged:
        return Mend(back_at, BACK_IN_RANGE)
    return None if back_at == alert.recovered_at else Mend(back_at)


def _needed(facts: StayFacts, rule: Rule) -> int:
    rules = facts.rules.alerts
    return rules.vomiting_times if rule is Rule.VOMITING else rules.refusals


def _at_rest(facts: StayFacts, alert: KnownAlert) -> tuple[int, datetime] | None:
    """The newest panel or screen, which shows nothing of the rule; None where it does not say enough for that."""
    if alert.rule is Rule.SUICIDE_RISK:
        return None if facts.mood is None else (facts.mood.id, facts.mood.observed_at)
    panel, first = facts.liver, facts.liver_baseline
    if panel is None or not all(each in panel.multiples for each in (first.multiples if first else ())):
        return None
    return panel.id, panel.collected_at


def _back_at(facts: StayFacts, alert: KnownAlert, *, at: datetime) -> datetime | None:
    """When a set with values came after the refusals (as it was where that is not loaded), or when nobody vomited for long."""
    if alert.rule is Rule.VOMITING:
        quiet_at = alert.last_observed_at + facts.rules.alerts.vomiting_within
        return quiet_at if at >= quiet_at else None
    later = (each for each in facts.sets if each.observed_at > alert.last_observed_at and shows_vital_signs(each))
    return next((each.observed_at for each in later), alert.recovered_at if alert.recovery_stands else None)


def _restated(alert: KnownAlert, left: tuple[int, ...], new: list[Raise]) -> Restated:
    evidence = (*left, *(each.row_id for each in new if each.row_id is not None and each.counts))
    return Restated(
        evidence=evidence[-EVIDENCE_KEPT:],
        count=len(evidence),
        severity=alert.severity,
        number=alert.number,
        value=None,
        sentence=None,
        stop_advised=alert.stop_advised,
        first_observed_at=min([alert.first_observed_at, *(each.observed_at for each in new)]),
        last_observed_at=max([alert.last_observed_at, *(each.observed_at for each in new)]),
    )


def _overdue(facts: StayFacts, prompt: PromptChange, *, at: datetime) -> tuple[list[Raise], list[tuple[int, Mend]]]:
    """The alert about an overdue set: raised once, over any number of missed prompts; it ends when a set came (or none
    is due any more), not when the next prompt merely took over."""
    alert = facts.overdue_alert
    if prompt.overdue_since is not None:
        finding = Finding(Rule.SET_OVERDUE, Direction.NEITHER, Severity.YELLOW, False, "", None, "Full set overdue.")
        since = _overdue_and_untold(facts, prompt, prompt.overdue_since, at=at)
        return ([Raise(finding, since)] if alert is None and since is not None else []), []
    if alert is None:
        return [], []
    if prompt.ends is Ending.CANCELLED or facts.course is None:
        return [], [(alert.id, Mend(None, "nothing more is due"))]
    if prompt.was_answered or not _still_missed(facts):
        return [], [(alert.id, Mend(None, "a set came"))]
    return [], []


def _overdue_and_untold(facts: StayFacts, prompt: PromptChange, since: datetime, *, at: datetime) -> datetime | None:
    """When the first prompt became overdue of which nobody has closed an alert by hand; None where there is none."""
    told = [each for each in facts.alerts if each.rule is Rule.SET_OVERDUE and each.closed_by_hand]
    until = max((each.last_observed_at for each in told), default=None)
    if until is None or until < since:
        return since
    missed = [each.facts for each in prompt.past if each.ending is Ending.MISSED]
    asked = [*missed, *([prompt.open] if prompt.open is not None else [])]
    late = [min(schedule.overdue_at(each, facts.schedule.lateness), schedule.rolls_at(each)) for each in asked]
    return min((each for each in late if until < each <= at), default=None)


def _still_missed(facts: StayFacts) -> bool:
    """Was a set missed, and none seen since from when on it would have counted?"""
    if facts.missed is None:
        return False
    from_at = schedule.earliest_satisfying(facts.missed, facts.schedule.lateness)
    return not any(at is not None and at >= from_at for at in (facts.last_done_at, facts.newest_complete_at))
