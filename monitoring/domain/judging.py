"""Each loaded set of a stay judged beside its neighbours: what it finds, what only a second reading will say.

What one set shows is decided in `alert_rules`; here the stay joins in: which alert stands already, what nobody read
again in time, the pain that was declared with the target, the dose that could be offered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitoring.domain import alert_rules
from monitoring.domain.alert_rules import Direction, Finding, Key, Reading, Rule, Severity
from monitoring.domain.offers import decrease_offer
from monitoring.domain.severity import OF_A_SET
from monitoring.domain.stay import KnownAlert, SeenSet, StayFacts
from monitoring.domain.values import Parameter

# What rests on sets alone and is judged set by set.
OF_SETS = OF_A_SET | {Rule.PAIN}
PAIN: Key = (Rule.PAIN, Direction.HIGH)

STILL = "still so"
UNANSWERED = "no second reading came"


@dataclass(frozen=True, slots=True)
class Judged:
    """One set and everything that it finds, told by an alert already or not."""

    seen: SeenSet
    findings: tuple[Finding, ...]

    def finding(self, key: Key) -> Finding | None:
        """What it finds of one rule and side."""
        return next((each for each in self.findings if each.key == key), None)


def judged(facts: StayFacts, *, at: datetime) -> Iterator[Judged]:
    """The loaded sets in the order in which they were seen, as they are to be judged at `at`.

    A set is judged beside those just before it in its own run: what lies between two runs is not known here. Where an alert
    of the rule stands, or begins with one of these sets, a yellow value after it needs no second reading.
    """
    for run in facts.runs:
        begun: set[Key] = set()
        over: set[Key] = set()
        for seen in run:
            stands = {key for key in _standing(facts, seen) if key not in over} | begun
            found = judge(facts, seen, stands=stands, at=at)
            calm = {key for key in _keys(facts, begun) if is_calm(facts, key, seen)}
            told = {each.key for each in found} | {each.key for each in facts.alerts if each.rests_on(seen.id)}
            begun = (begun - calm) | {each.key for each in found if not is_told(facts, seen, each)}
            over = (over | calm) - told
            yield Judged(seen, found)


def judge(facts: StayFacts, seen: SeenSet, *, stands: Collection[Key], at: datetime) -> tuple[Finding, ...]:
    """What one set finds at `at`, where an alert of the keys in `stands` stands already."""
    run = _run_of(facts, seen)
    before = [each.reading for each in run if each.observed_at < seen.observed_at]
    return _found(facts, seen, before, stands=stands, at=at)


def judged_again(facts: StayFacts, seen: SeenSet, key: Key, *, at: datetime) -> tuple[Finding, ...]:
    """What a set finds of one rule that it met before: as it is, and with its second reading taken as given."""
    before = [each.reading for each in _run_of(facts, seen) if each.observed_at < seen.observed_at]
    first_of_two = replace(seen.reading, observed_at=seen.observed_at - facts.thresholds.second_until)
    found = [
        *_found(facts, seen, before, stands=(), at=at),
        *_found(facts, seen, [*before, first_of_two], stands={key}, at=at),
    ]
    return tuple(each for each in found if each.key == key)


def is_told(facts: StayFacts, seen: SeenSet, finding: Finding) -> bool:
    """Does an alert speak of this finding already, as gravely as it is?"""
    return any(_covers(alert, seen, finding) for alert in facts.alerts)


def is_calm(facts: StayFacts, key: Key, seen: SeenSet) -> bool:
    """Does the set show the value of this rule in range? A value that is not there says nothing."""
    if key == PAIN:
        pain, limit = seen.reading.values.pain, pain_limit(facts, seen)
        return pain is not None and (limit is None or pain < limit)
    return key in alert_rules.calm(
        seen.reading, scale=facts.scale, baseline_systolic=facts.baseline_systolic, thresholds=facts.thresholds
    )


def still_in_range(facts: StayFacts, alert: KnownAlert, at: datetime) -> bool:
    """Does a current version of the set seen at `at` show the value in range? The one that did may have been corrected."""
    loaded = [seen for seen in facts.sets if seen.observed_at == at]
    return any(is_calm(facts, alert.key, seen) for seen in loaded) if loaded else alert.recovery_stands


def is_unanswered(facts: StayFacts, seen: SeenSet, parameter: Parameter, *, at: datetime) -> bool:
    """Is the window of the second reading over, and no later set in it carried the value?"""
    until = seen.observed_at + facts.thresholds.second_until
    run = _run_of(facts, seen)
    is_known = bool(run) and (run is facts.runs[-1] or run[-1].observed_at > until)
    return at >= until and is_known and not is_read_again(facts, seen, parameter)


def is_read_again(facts: StayFacts, seen: SeenSet, parameter: Parameter) -> bool:
    """Does a later set carry the value, up to the end of the window after this one?"""
    until = seen.observed_at + facts.thresholds.second_until
    return any(
        getattr(each.reading.values, parameter) is not None
        for each in _run_of(facts, seen)
        if seen.observed_at < each.observed_at <= until
    )


def pain_limit(facts: StayFacts, seen: SeenSet) -> int | None:
    """From which pain on a set seen while holding tells of too much of it; None outside a hold or without a declared one.

    DOMAIN 5: three above the value at declaration, awake. The hold goes on until the dose is another one.
    """
    hold, target = facts.hold, facts.target
    if hold is None or hold.ended_at is not None or target is None or target.pain is None:
        return None
    return target.pain + facts.rules.alerts.pain_above_declared if seen.observed_at > target.declared_at else None


def _found(
    facts: StayFacts, seen: SeenSet, before: Sequence[Reading], *, stands: Collection[Key], at: datetime
) -> tuple[Finding, ...]:
    sure = {
        key: STILL if key in stands else UNANSWERED
        for parameter, key, side, _ in alert_rules.numbers(seen.reading.values, facts.scale, facts.thresholds)
        if side.second_reading and (key in stands or is_unanswered(facts, seen, parameter, at=at))
    }
    found = alert_rules.findings(
        seen.reading,
        before,
        scale=facts.scale,
        baseline_systolic=facts.baseline_systolic,
        thresholds=facts.thresholds,
        sure=sure,
    )
    return (*(_with_offer(facts, each) for each in found), *_pain(facts, seen, before, stands=stands, at=at))


def _with_offer(facts: StayFacts, finding: Finding) -> Finding:
    """Too drowsy or too restless, and no more than that: the last tolerated dose is offered (DOMAIN 5)."""
    if finding.rule is not Rule.SEDATION or finding.severity is Severity.RED:
        return finding
    return replace(finding, offer=decrease_offer(facts.delivery, facts.dosing))


def _pain(
    facts: StayFacts, seen: SeenSet, before: Sequence[Reading], *, stands: Collection[Key], at: datetime
) -> Iterator[Finding]:
    limit, pain, limits = pain_limit(facts, seen), seen.reading.values.pain, facts.thresholds
    if limit is None or pain is None or pain < limit or facts.target is None:
        return
    was_so = any(
        each.values.pain is not None and each.values.pain >= limit
        for each in before
        if limits.second_from <= seen.observed_at - each.observed_at <= limits.second_until
    )
    if was_so:
        how = "second reading"
    elif PAIN in stands:
        how = STILL
    elif is_unanswered(facts, seen, Parameter.PAIN, at=at):
        how = UNANSWERED
    else:
        return
    declared = facts.target.pain or 0
    sentence = f"Pain {pain}, {how}: {pain - declared} above the {declared} at which the target was declared."
    yield Finding(*PAIN, Severity.YELLOW, False, str(pain), pain, sentence)


def _standing(facts: StayFacts, seen: SeenSet) -> Iterator[Key]:
    """The rules of sets whose open alert began before this set and was not back in range at it."""
    for alert in facts.alerts:
        is_of_sets = alert.is_open and alert.rule in OF_SETS and bool(alert.standing)
        back_at = alert.recovered_at
        is_back = back_at is not None and back_at <= seen.observed_at and still_in_range(facts, alert, back_at)
        if is_of_sets and not is_back and _stood_at(facts, alert, seen):
            yield alert.key


def _stood_at(facts: StayFacts, alert: KnownAlert, seen: SeenSet) -> bool:
    """Had the alert begun when the set was seen? One that came back later may have been back in range then: of that it
    remembers nothing, so only a set of its own, just before this one, tells that it stood."""
    if alert.last_observed_at <= seen.observed_at:
        return alert.first_observed_at < seen.observed_at
    return any(alert.rests_on(each.id) for each in _run_of(facts, seen) if each.observed_at < seen.observed_at)


def _keys(facts: StayFacts, begun: Collection[Key]) -> set[Key]:
    return {each.key for each in facts.alerts if each.is_open and each.rule in OF_SETS} | set(begun)


def _covers(alert: KnownAlert, seen: SeenSet, finding: Finding) -> bool:
    return (
        alert.key == finding.key
        and alert.rests_on(seen.id)
        and alert.severity.rank >= finding.severity.rank
        and (alert.stop_advised or not alert.is_open or not finding.stop_advised)
    )


def _run_of(facts: StayFacts, seen: SeenSet) -> Sequence[SeenSet]:
    return next((run for run in facts.runs if seen in run), ())
