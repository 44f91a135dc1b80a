"""Which alerts should stand, compared with those that do: raised, rung again, recovered, restated, closed, reopened.

Level-triggered: a finding is new when no alert has its set as evidence, and what was corrected is no evidence any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from monitoring.domain import alert_rules, schedule
from monitoring.domain.alert_rules import Direction, Finding, Key, Reading, Rule, Severity
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.stay import EVIDENCE_KEPT, Ending, KnownAlert, SeenSet, StayFacts

# Charted later than this after it was seen: a late entry, whose alert is marked retrospective (DOMAIN 4).
LATE_ENTRY = timedelta(minutes=30)
BACK_IN_RANGE = "back in range"

Found = Sequence[tuple[SeenSet, Finding]]


@dataclass(frozen=True, slots=True)
class Raise:
    """A finding that no alert covers yet, with the set it comes from.

    `recovered_at`: a newer set already showed the value in range, so it is kept and shown, but does not ring.
    `counts`: a set that is evidence already and is judged more gravely now is not counted again.
    """

    finding: Finding
    observed_at: datetime
    set_id: int | None = None
    retrospective: bool = False
    recovered_at: datetime | None = None
    rings: bool = True
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Mend:
    """How an alert stands from now on: since when its value is back in range, and why it is closed (empty: it is open)."""

    recovered_at: datetime | None
    close_reason: str = ""


@dataclass(frozen=True, slots=True)
class Restated:
    """What an alert says after some of its sets were corrected: only what the others show."""

    evidence: tuple[int, ...]
    count: int
    severity: Severity
    number: Decimal | int | None
    value: str | None
    sentence: str | None
    stop_advised: bool
    first_observed_at: datetime
    last_observed_at: datetime


@dataclass(frozen=True, slots=True)
class AlertChange:
    """What is to be written about alerts, in this order: raised (or updated), restated, mended."""

    raised: tuple[Raise, ...] = ()
    restated: tuple[tuple[int, Restated], ...] = ()
    mended: tuple[tuple[int, Mend], ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Nothing is to be written."""
        return not (self.raised or self.restated or self.mended)

    @property
    def has_red(self) -> bool:
        """Does something red begin, or show itself again?"""
        return any(each.finding.severity is Severity.RED for each in self.raised)

    @property
    def closed(self) -> dict[int, str]:
        """Of the mended ones, those that are closed, with the reason."""
        return {alert_id: mend.close_reason for alert_id, mend in self.mended if mend.close_reason}


def reconcile_alerts(facts: StayFacts, prompt: PromptChange) -> AlertChange:
    """What is to change about the alerts of the stay: findings nobody raised, values back in range, corrections."""
    if not facts.is_present:
        return _gone(facts)
    found = list(_unraised(facts))
    raised, restated, mended = [], [], []
    for key in dict.fromkeys([*(finding.key for _, finding in found), *(alert.key for alert in facts.alerts)]):
        if key[0] is Rule.SET_OVERDUE:
            continue
        of_key = [(seen, finding) for seen, finding in found if finding.key == key]
        known = next((alert for alert in facts.alerts if alert.is_open and alert.key == key), None)
        if known is None:
            raised += _raised(facts, None, of_key, None)
            if not of_key:
                mended += _reopened(facts, key)
            continue
        says = _restated(facts, known, of_key)
        if says is not None:
            restated.append((known.id, says))
        new, mend = _of_open(facts, known, of_key, says)
        raised += new
        mended += mend
    overdue_raised, overdue_mended = _overdue(facts, prompt)
    return AlertChange((*raised, *overdue_raised), tuple(restated), (*mended, *overdue_mended))


def _gone(facts: StayFacts) -> AlertChange:
    left = [(each.id, Mend(each.recovered_at, facts.why_gone)) for each in facts.alerts if each.is_open]
    return AlertChange(mended=tuple(left))


def _judge(facts: StayFacts) -> Callable[[Reading, Sequence[Reading]], tuple[Finding, ...]]:
    return partial(
        alert_rules.findings,
        scale=facts.scale,
        baseline_systolic=facts.baseline_systolic,
        thresholds=facts.thresholds,
    )


def _unraised(facts: StayFacts) -> Iterator[tuple[SeenSet, Finding]]:
    """The findings of the loaded sets that no alert has as its evidence, in the order in which they were seen.

    A set is judged beside those just before it in its own run: what lies between two runs is not known here.
    """
    judge = _judge(facts)
    for seen in facts.sets:
        for finding in judge(seen.reading, _before(facts, seen)):
            if not any(_covers(alert, seen, finding) for alert in facts.alerts):
                yield seen, finding


def _before(facts: StayFacts, seen: SeenSet) -> list[Reading]:
    run = next((run for run in facts.runs if seen in run), ())
    return [each.reading for each in run if each.observed_at < seen.observed_at]


def _covers(alert: KnownAlert, seen: SeenSet, finding: Finding) -> bool:
    return (
        alert.key == finding.key
        and alert.rests_on(seen.id)
        and alert.severity.rank >= finding.severity.rank
        and (alert.stop_advised or not alert.is_open or not finding.stop_advised)
    )


def _raised(facts: StayFacts, known: KnownAlert | None, found: Found, recovered_at: datetime | None) -> list[Raise]:
    """The findings of one key as what is to be raised; `recovered_at` is the known alert's, if there is one."""
    if not found:
        return []
    if known is None:
        recovered_at = _in_range_since(facts, found[0][1].key, max(seen.observed_at for seen, _ in found))
    return [
        Raise(
            finding,
            seen.observed_at,
            seen.id,
            retrospective=seen.recorded_at - seen.observed_at > LATE_ENTRY,
            recovered_at=recovered_at,
            rings=recovered_at is None and _rings(known, finding),
            counts=known is None or seen.id not in known.evidence,
        )
        for seen, finding in found
    ]


def _rings(known: KnownAlert | None, finding: Finding) -> bool:
    """New, back after it had recovered, or worse than the peak that was acknowledged: also a stop that is advised now."""
    if known is None or known.recovered_at is not None or (finding.stop_advised and not known.stop_advised):
        return True
    severity, number = known.severity, known.number
    if known.acknowledged and known.seen_severity is not None:
        # What was acknowledged, where it is milder than what came since; never graver than what still stands.
        severity = min(severity, known.seen_severity, key=lambda each: each.rank)
        number = _milder(number, known.seen_number, known.direction)
    return alert_rules.is_worse(finding, severity=severity, number=number)


def _of_open(
    facts: StayFacts, known: KnownAlert, found: Found, says: Restated | None
) -> tuple[list[Raise], list[tuple[int, Mend]]]:
    """An open alert: its new evidence, and how it stands after that."""
    if known.evidence and not known.standing and not found:
        return [], [(known.id, Mend(known.recovered_at, "corrected"))]
    last = says.last_observed_at if says else max([known.last_observed_at, *(seen.observed_at for seen, _ in found)])
    recovered_at = _recovered_at(facts, known, last)
    raised = _raised(facts, known, found, recovered_at)
    acknowledged = known.acknowledged and not any(each.rings for each in raised)
    stands = raised[-1].recovered_at if raised else known.recovered_at
    if acknowledged and recovered_at is not None:
        return raised, [(known.id, Mend(recovered_at, BACK_IN_RANGE))]
    return raised, [] if recovered_at == stands else [(known.id, Mend(recovered_at))]


def _recovered_at(facts: StayFacts, alert: KnownAlert, last_observed_at: datetime) -> datetime | None:
    """Since when the alert's value is back in range, by sets that stand; None while it is not."""
    back_at = _in_range_since(facts, alert.key, last_observed_at)
    known = alert.recovered_at
    if known is None or known <= last_observed_at or not _still_in_range(facts, alert, known):
        return back_at
    return known if back_at is None else min(known, back_at)


def _still_in_range(facts: StayFacts, alert: KnownAlert, at: datetime) -> bool:
    """Does a current version of the set seen at `at` show the value in range? The one that did may have been corrected."""
    loaded = [seen for seen in facts.sets if seen.observed_at == at]
    return any(_is_calm(facts, alert.key, seen) for seen in loaded) if loaded else alert.recovery_stands


def _in_range_since(facts: StayFacts, key: Key, since: datetime) -> datetime | None:
    """When the first set seen after `since` showed the rule's value in range; None while none did."""
    return next(
        (seen.observed_at for seen in facts.sets if seen.observed_at > since and _is_calm(facts, key, seen)), None
    )


def _is_calm(facts: StayFacts, key: Key, seen: SeenSet) -> bool:
    return key in alert_rules.calm(
        seen.reading, scale=facts.scale, baseline_systolic=facts.baseline_systolic, thresholds=facts.thresholds
    )


def _reopened(facts: StayFacts, key: Key) -> list[tuple[int, Mend]]:
    """The latest alert of the key, closed for a value in range that was corrected away: it stands as before."""
    closed = [each for each in facts.alerts if each.key == key and each.close_reason == BACK_IN_RANGE and each.standing]
    latest = max(closed, key=lambda each: each.last_observed_at, default=None)
    if latest is None or latest.recovered_at is None:
        return []
    return [] if _recovered_at(facts, latest, latest.last_observed_at) is not None else [(latest.id, Mend(None))]


def _restated(facts: StayFacts, known: KnownAlert, found: Found) -> Restated | None:
    """What an alert says when some of its sets were corrected and others stand, or came; None when none was."""
    if not known.is_partly_corrected or not (known.standing or found):
        return None
    new = [seen.id for seen, _ in found if seen.id not in known.evidence]
    evidence = (*known.standing, *new)
    judged = sorted(_rejudged(facts, known.key, evidence), key=lambda each: each[0])
    kept = Restated(
        evidence=evidence[-EVIDENCE_KEPT:],
        count=max(len(evidence), known.count - len(known.evidence) + len(evidence)),
        severity=known.severity,
        number=known.number,
        value=None,
        sentence=None,
        stop_advised=known.stop_advised,
        first_observed_at=known.first_observed_at,
        last_observed_at=max([known.last_observed_at, *(seen.observed_at for seen, _ in found)]),
    )
    if not judged:
        return kept
    newest = judged[-1][1]
    may_stop = known.stop_advised or any(finding.stop_advised for _, finding in found)
    return replace(
        kept,
        severity=max((finding.severity for _, finding in judged), key=lambda each: each.rank),
        number=_worst([finding.number for _, finding in judged], known.direction),
        value=newest.value,
        sentence=newest.sentence,
        stop_advised=may_stop and any(finding.stop_advised for _, finding in judged),
        first_observed_at=judged[0][0],
        last_observed_at=judged[-1][0],
    )


def _rejudged(facts: StayFacts, key: Key, evidence: Sequence[int]) -> Iterator[tuple[datetime, Finding]]:
    """The loaded sets among `evidence`, judged again. They met the rule once, so a second reading is taken as given."""
    judge = _judge(facts)
    for seen in {each.id: each for each in (*facts.evidence, *facts.sets)}.values():
        if seen.id not in evidence:
            continue
        before = _before(facts, seen)
        first_of_two = replace(seen.reading, observed_at=seen.observed_at - facts.thresholds.second_until)
        found = [*judge(seen.reading, before), *judge(seen.reading, [*before, first_of_two])]
        of_key = [finding for finding in found if finding.key == key]
        if of_key:
            may_stop = any(finding.stop_advised for finding in of_key)
            yield seen.observed_at, replace(of_key[0], stop_advised=may_stop)


def _overdue(facts: StayFacts, prompt: PromptChange) -> tuple[list[Raise], list[tuple[int, Mend]]]:
    """The alert about an overdue set: raised once, over any number of missed prompts; it ends when a set came (or none
    is due any more), not when the next prompt merely took over."""
    alert = facts.overdue_alert
    if prompt.overdue_since is not None:
        finding = Finding(Rule.SET_OVERDUE, Direction.NEITHER, Severity.YELLOW, False, "", None, "Full set overdue.")
        return ([Raise(finding, prompt.overdue_since)] if alert is None else []), []
    if alert is None:
        return [], []
    if prompt.ends is Ending.CANCELLED or facts.course is None:
        return [], [(alert.id, Mend(None, "nothing more is due"))]
    if prompt.was_answered or not _still_missed(facts):
        return [], [(alert.id, Mend(None, "a set came"))]
    return [], []


def _still_missed(facts: StayFacts) -> bool:
    """Was a set missed, and none seen since from when on it would have counted?"""
    if facts.missed is None:
        return False
    from_at = schedule.earliest_satisfying(facts.missed, facts.schedule.lateness)
    return not any(at is not None and at >= from_at for at in (facts.last_done_at, facts.newest_complete_at))


def _worst(numbers: Sequence[Decimal | int | None], direction: Direction) -> Decimal | int | None:
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    return min(known) if direction is Direction.LOW else max(known)


def _milder(one: Decimal | None, other: Decimal | None, direction: Direction) -> Decimal | None:
    if one is None or other is None:
        return None if one is None else one
    return max(one, other) if direction is Direction.LOW else min(one, other)
