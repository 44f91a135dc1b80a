"""Which alerts should stand, compared with those that do: raised, rung again, recovered, restated, closed, reopened.

Level-triggered: a finding is new when no alert has its set as evidence, and what was corrected is no evidence any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from monitoring.domain import alert_rules
from monitoring.domain.alert_change import BACK_IN_RANGE, CORRECTED, AlertChange, Mend, Raise, Restated, worst
from monitoring.domain.alert_rules import Direction, Finding, Key
from monitoring.domain.closer_watch import begins_anew
from monitoring.domain.entry import LATE
from monitoring.domain.judging import OF_SETS, is_calm, is_told, judged, judged_again, still_in_range
from monitoring.domain.reconcile_conditions import reconcile_conditions
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.stay import EVIDENCE_KEPT, KnownAlert, SeenSet, StayFacts

Found = Sequence[tuple[SeenSet, Finding]]


def reconcile_alerts(facts: StayFacts, prompt: PromptChange, *, at: datetime) -> AlertChange:
    """What is to change about the alerts of the stay at `at`: those of sets, and what rests on other records or on time."""
    return with_conditions(facts, alerts_of_sets(facts, at=at), prompt, at=at)


def with_conditions(facts: StayFacts, of_sets: AlertChange, prompt: PromptChange, *, at: datetime) -> AlertChange:
    """The change of the alerts of sets together with that of all others, an overdue set (`prompt`) among them."""
    if not facts.is_present:
        return of_sets
    more = reconcile_conditions(facts, prompt, at=at)
    return AlertChange(
        (*of_sets.raised, *more.raised), (*of_sets.restated, *more.restated), (*of_sets.mended, *more.mended)
    )


def alerts_of_sets(facts: StayFacts, *, at: datetime) -> AlertChange:
    """Findings nobody raised, values back in range, corrections; whoever left leaves no alert of any kind behind."""
    if not facts.is_present:
        return _gone(facts)
    found = list(_unraised(facts, at=at))
    of_sets = [alert.key for alert in facts.alerts if alert.rule in OF_SETS]
    raised: list[Raise] = []
    restated: list[tuple[int, Restated]] = []
    mended: list[tuple[int, Mend]] = []
    for key in dict.fromkeys([*(finding.key for _, finding in found), *of_sets]):
        of_key = [(seen, finding) for seen, finding in found if finding.key == key]
        known = next((alert for alert in facts.alerts if alert.is_open and alert.key == key), None)
        if known is None:
            raised += _raised(facts, None, of_key, None)
            again = None if of_key else _reopened(facts, key)
            if again is not None:
                mended.append((again.id, Mend(None)))
                restated += _came_meanwhile(facts, again, at=at)
            continue
        says = _restated(facts, known, of_key, at=at)
        if says is not None:
            restated.append((known.id, says))
        new, mend = _of_open(facts, known, of_key, says)
        raised += new
        mended += mend
    return AlertChange(tuple(raised), tuple(restated), tuple(mended))


def _gone(facts: StayFacts) -> AlertChange:
    left = [(each.id, Mend(each.recovered_at, facts.why_gone)) for each in facts.alerts if each.is_open]
    return AlertChange(mended=tuple(left))


def _unraised(facts: StayFacts, *, at: datetime) -> Iterator[tuple[SeenSet, Finding]]:
    """The findings of the loaded sets that no alert has as its evidence, in the order in which they were seen."""
    for each in judged(facts, at=at):
        for finding in each.findings:
            if not is_told(facts, each.seen, finding):
                yield each.seen, finding


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
            retrospective=seen.recorded_at - seen.observed_at > LATE,
            recovered_at=recovered_at,
            rings=recovered_at is None and _rings(known, finding),
            counts=known is None or seen.id not in known.evidence,
            begins_anew=begins_anew(facts, finding.key, seen),
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
        return [], [(known.id, Mend(known.recovered_at, CORRECTED))]
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
    if known is None or known <= last_observed_at or not still_in_range(facts, alert, known):
        return back_at
    return known if back_at is None else min(known, back_at)


def _in_range_since(facts: StayFacts, key: Key, since: datetime) -> datetime | None:
    """When the first set seen after `since` showed the rule's value in range; None while none did."""
    return next(
        (seen.observed_at for seen in facts.sets if seen.observed_at > since and is_calm(facts, key, seen)), None
    )


def _reopened(facts: StayFacts, key: Key) -> KnownAlert | None:
    """The latest alert of the key, closed for a value in range that was corrected away: it stands as before."""
    closed = [each for each in facts.alerts if each.key == key and each.close_reason == BACK_IN_RANGE and each.standing]
    latest = max(closed, key=lambda each: each.last_observed_at, default=None)
    if latest is None or latest.recovered_at is None:
        return None
    is_back = _recovered_at(facts, latest, latest.last_observed_at) is not None
    return None if is_back else replace(latest, is_open=True, recovered_at=None, close_reason="")


def _came_meanwhile(facts: StayFacts, again: KnownAlert, *, at: datetime) -> Iterator[tuple[int, Restated]]:
    """What a reopened alert says with the sets that are its evidence now that it stands: a yellow value needs no second one."""
    reopened = replace(facts, alerts=tuple(again if each.id == again.id else each for each in facts.alerts))
    new = [(seen, finding) for seen, finding in _unraised(reopened, at=at) if finding.key == again.key]
    says = _restated(reopened, again, new, at=at)
    if says is not None:
        yield again.id, says
    elif new:
        last, finding = new[-1]
        is_newest = last.observed_at >= again.last_observed_at
        ids = tuple(seen.id for seen, _ in new)
        yield (
            again.id,
            Restated(
                evidence=(*again.evidence, *ids)[-EVIDENCE_KEPT:],
                count=again.count + len(ids),
                severity=max([again.severity, *(each.severity for _, each in new)], key=lambda each: each.rank),
                number=worst([again.number, *(each.number for _, each in new)], again.direction),
                value=finding.value if is_newest else None,
                sentence=finding.sentence if is_newest else None,
                stop_advised=again.stop_advised or any(each.stop_advised for _, each in new),
                first_observed_at=again.first_observed_at,
                last_observed_at=max(again.last_observed_at, last.observed_at),
            ),
        )


def _restated(facts: StayFacts, known: KnownAlert, found: Found, *, at: datetime) -> Restated | None:
    """What an alert says when some of its sets were corrected and others stand, or came; None when none was."""
    if not known.is_partly_corrected or not (known.standing or found):
        return None
    new = [seen.id for seen, _ in found if seen.id not in known.evidence]
    evidence = (*known.standing, *new)
    judged = sorted(_rejudged(facts, known.key, evidence, at=at), key=lambda each: each[0])
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
        number=worst([finding.number for _, finding in judged], known.direction),
        value=newest.value,
        sentence=newest.sentence,
        stop_advised=may_stop and any(finding.stop_advised for _, finding in judged),
        first_observed_at=judged[0][0],
        last_observed_at=judged[-1][0],
    )


def _rejudged(
    facts: StayFacts, key: Key, evidence: Sequence[int], *, at: datetime
) -> Iterator[tuple[datetime, Finding]]:
    """The loaded sets among `evidence`, judged again. They met the rule once, so a second reading is taken as given."""
    for seen in {each.id: each for each in (*facts.evidence, *facts.sets)}.values():
        of_key = judged_again(facts, seen, key, at=at) if seen.id in evidence else ()
        if of_key:
            may_stop = any(finding.stop_advised for finding in of_key)
            yield seen.observed_at, replace(of_key[0], stop_advised=may_stop)


def _milder(one: Decimal | None, other: Decimal | None, direction: Direction) -> Decimal | None:
    if one is None or other is None:
        return None if one is None else one
    return max(one, other) if direction is Direction.LOW else min(one, other)
