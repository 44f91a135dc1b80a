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
from monitoring.domain.judging import PAIN, Judged, is_read_again, judged, pain_limit
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
    begins (5 min); both end with the set that answers them. While an alert of the rule stands, a further yellow value
    needs none.
    """
    if not facts.is_present or not facts.runs:
        return ()
    found: dict[tuple[PromptKind, Parameter], Awaited] = {}
    newest = {seen.id for seen in facts.runs[-1]}
    for each in judged(facts, at=at):
        if each.seen.id in newest:
            for one in (*_second_readings(facts, each, at), *_rechecks(facts, each, at)):
                found.setdefault((one.kind, one.parameter), one)
    return tuple(found.values())


def next_unanswered_at(facts: StayFacts, *, at: datetime) -> datetime | None:
    """When the first value that still waits for its second reading will count without one."""
    ends = (
        each.seen_at + facts.thresholds.second_until
        for each in awaited(facts, at=at)
        if each.kind is PromptKind.SECOND_READING
    )
    return min(ends, default=None)


def _second_readings(facts: StayFacts, of: Judged, at: datetime) -> Iterator[Awaited]:
    seen = of.seen
    if at >= seen.observed_at + facts.thresholds.second_until:
        return
    for parameter in dict.fromkeys(_unsure(facts, of)):
        if not is_read_again(facts, seen, parameter):
            yield Awaited(parameter, seen.observed_at, seen.id, PromptKind.SECOND_READING)


def _rechecks(facts: StayFacts, of: Judged, at: datetime) -> Iterator[Awaited]:
    seen, limits = of.seen, facts.thresholds
    spo2, side = seen.reading.values.spo2, limits.spo2[facts.scale]
    if spo2 is None or side.stop_when is not StopWhen.STILL or not side.stops(spo2):
        return
    key = (Rule.SPO2, side.direction)
    if at >= seen.observed_at + limits.second_until or _stop_is_advised(facts, of, key):
        return
    from_at = seen.observed_at + limits.still_after
    later = (each for each in facts.runs[-1] if each.observed_at >= from_at)
    if not any(each.reading.values.spo2 is not None for each in later):
        yield Awaited(Parameter.SPO2, seen.observed_at, seen.id, PromptKind.RECHECK)


def _unsure(facts: StayFacts, of: Judged) -> Iterator[Parameter]:
    """The parameters of this set of which only a second reading will say what they mean."""
    values, limits = of.seen.reading.values, facts.thresholds
    shown = alert_rules.bands(
        values, None, scale=facts.scale, baseline_systolic=facts.baseline_systolic, thresholds=limits
    )
    for parameter, key, side, number in alert_rules.numbers(values, facts.scale, limits):
        waits = shown[key] is Severity.YELLOW and side.second_reading and of.finding(key) is None
        is_once = side.stop_when is StopWhen.TWICE and side.stops(number) and not _stop_is_advised(facts, of, key)
        if waits or is_once:
            yield parameter
    if _pain_waits(facts, of.seen) and of.finding(PAIN) is None:
        yield Parameter.PAIN


def _pain_waits(facts: StayFacts, seen: SeenSet) -> bool:
    limit, pain = pain_limit(facts, seen), seen.reading.values.pain
    return limit is not None and pain is not None and pain >= limit


def _stop_is_advised(facts: StayFacts, of: Judged, key: Key) -> bool:
    """By this set, or by the alert that stands."""
    finding = of.finding(key)
    return (finding is not None and finding.stop_advised) or any(
        each.is_open and each.key == key and each.stop_advised for each in facts.alerts
    )
