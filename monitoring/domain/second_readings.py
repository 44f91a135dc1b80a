"""Which values are to be read a second time now: a yellow one, a stop limit that counts twice, a low SpO2 still after 2 min.

A reading from the start of the window to its end decides (DOMAIN 5, "Second reading", "twice"); a later set that carries
the value, however early, takes its place. What nobody read again in time stands as it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitoring.domain import alert_rules
from monitoring.domain.alert_rules import Key, Rule, Severity
from monitoring.domain.stay import SeenSet, StayFacts
from monitoring.domain.thresholds import StopWhen
from monitoring.domain.values import Parameter
from monitoring.domain.watching import PromptKind


@dataclass(frozen=True, slots=True)
class Awaited:
    """A value that is to be read again, the set that showed it, and how: `SECOND_READING`, or `RECHECK` for an SpO2."""

    parameter: Parameter
    seen_at: datetime
    set_id: int
    kind: PromptKind


def awaited(facts: StayFacts, *, at: datetime) -> tuple[Awaited, ...]:
    """What is to be read again at `at`, oldest first: one for each parameter and kind at most.

    A second reading is awaited until the end of its window (15 min), a recheck until the window of the second reading
    begins (5 min); both end with the set that answers them.
    """
    if not facts.is_present or not facts.runs:
        return ()
    run = facts.runs[-1]
    found: dict[tuple[PromptKind, Parameter], Awaited] = {}
    for place, seen in enumerate(run):
        for each in (
            *_second_readings(facts, seen, run[place + 1 :], at),
            *_rechecks(facts, seen, run[place + 1 :], at),
        ):
            found.setdefault((each.kind, each.parameter), each)
    return tuple(found.values())


def is_answered(seen: SeenSet, later: tuple[SeenSet, ...], parameter: Parameter, facts: StayFacts) -> bool:
    """Whether a later set carries the value, up to the end of the window after `seen`."""
    until = seen.observed_at + facts.thresholds.second_until
    return any(
        getattr(each.reading.values, parameter) is not None
        for each in later
        if seen.observed_at < each.observed_at <= until
    )


def holding_pain_limit(facts: StayFacts, seen: SeenSet) -> int | None:
    """From which pain on a set seen while holding tells of too much of it; None outside the hold, or without a declared one."""
    hold, target = facts.hold, facts.target
    if hold is None or hold.ended_at is not None or target is None or target.pain is None:
        return None
    return target.pain + facts.rules.alerts.pain_above_declared if seen.observed_at > target.declared_at else None


def _second_readings(facts: StayFacts, seen: SeenSet, later: tuple[SeenSet, ...], at: datetime) -> Iterator[Awaited]:
    if at >= seen.observed_at + facts.thresholds.second_until:
        return
    for parameter in dict.fromkeys(_unsure(facts, seen)):
        if not is_answered(seen, later, parameter, facts):
            yield Awaited(parameter, seen.observed_at, seen.id, PromptKind.SECOND_READING)


def _rechecks(facts: StayFacts, seen: SeenSet, later: tuple[SeenSet, ...], at: datetime) -> Iterator[Awaited]:
    limits, spo2 = facts.thresholds, seen.reading.values.spo2
    side = limits.spo2[facts.scale]
    if spo2 is None or side.stop_when is not StopWhen.STILL or not side.stops(spo2):
        return
    if at >= seen.observed_at + limits.second_from or _stop_is_advised(facts, (Rule.SPO2, side.direction)):
        return
    from_at = seen.observed_at + limits.still_after
    if not any(each.reading.values.spo2 is not None and each.observed_at >= from_at for each in later):
        yield Awaited(Parameter.SPO2, seen.observed_at, seen.id, PromptKind.RECHECK)


def _unsure(facts: StayFacts, seen: SeenSet) -> Iterator[Parameter]:
    """The parameters of this set of which only a second reading will say what they mean."""
    values, limits = seen.reading.values, facts.thresholds
    judged = alert_rules.bands(
        values, None, scale=facts.scale, baseline_systolic=facts.baseline_systolic, thresholds=limits
    )
    earlier = [each.reading for each in facts.runs[-1] if each.observed_at < seen.observed_at]
    rings = {
        finding.key: finding
        for finding in alert_rules.findings(
            seen.reading,
            earlier,
            scale=facts.scale,
            baseline_systolic=facts.baseline_systolic,
            thresholds=limits,
        )
    }
    for parameter, key, side, number in alert_rules.numbers(values, facts.scale, limits):
        waits = judged[key] is Severity.YELLOW and side.second_reading and key not in rings
        once = side.stop_when is StopWhen.TWICE and side.stops(number) and not rings[key].stop_advised
        if (waits and not _stands(facts, key)) or (once and not _stop_is_advised(facts, key)):
            yield parameter
    limit = holding_pain_limit(facts, seen)
    if limit is None or values.pain is None or values.pain < limit:
        return
    if not _stands(facts, (Rule.PAIN, alert_rules.Direction.HIGH)) and not _was_pain(facts, seen, limit):
        yield Parameter.PAIN


def _was_pain(facts: StayFacts, seen: SeenSet, limit: int) -> bool:
    limits = facts.thresholds
    return any(
        each.reading.values.pain is not None and each.reading.values.pain >= limit
        for each in facts.runs[-1]
        if limits.second_from <= seen.observed_at - each.observed_at <= limits.second_until
    )


def _stands(facts: StayFacts, key: Key) -> bool:
    """Is there an open alert of the key whose value is not back in range? Then nobody needs to be sure of it again."""
    return any(each.is_open and each.key == key and each.recovered_at is None for each in facts.alerts)


def _stop_is_advised(facts: StayFacts, key: Key) -> bool:
    return any(each.is_open and each.key == key and each.stop_advised for each in facts.alerts)
