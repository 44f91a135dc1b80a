"""A physician's own limits for one patient, put in the place of the protocol's while they hold (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from monitoring.domain.severity import Direction, Rule
from monitoring.domain.stay import OwnLimit
from monitoring.domain.thresholds import Rise, Side, Thresholds

_FIELDS = {
    (Rule.RESPIRATION, Direction.LOW): "respiration_low",
    (Rule.RESPIRATION, Direction.HIGH): "respiration_high",
    (Rule.SYSTOLIC, Direction.LOW): "systolic_low",
    (Rule.SYSTOLIC, Direction.HIGH): "systolic_high",
    (Rule.DIASTOLIC, Direction.HIGH): "diastolic_high",
    (Rule.HEART_RATE, Direction.LOW): "heart_rate_low",
    (Rule.HEART_RATE, Direction.HIGH): "heart_rate_high",
    (Rule.TEMPERATURE, Direction.LOW): "temperature_low",
    (Rule.TEMPERATURE, Direction.HIGH): "temperature_high",
}


def with_limits(thresholds: Thresholds, limits: Iterable[OwnLimit], *, scale: int, at: datetime) -> Thresholds:
    """The thresholds with the patient's own limits in force at `at`; one that is over by then is left out.

    A limit that is not named stays the protocol's, and none lies beyond the stop limit, which is nobody's to move. An own
    yellow for a high systolic pressure also is the least at which its rise above the baseline counts.
    """
    for limit in limits:
        if limit.until > at:
            thresholds = _with(thresholds, limit, scale)
    return thresholds


def limit_ends(limits: Iterable[OwnLimit], *, at: datetime) -> Iterator[datetime]:
    """When the limits that hold now will hold no more."""
    return (limit.until for limit in limits if limit.until > at)


def _with(thresholds: Thresholds, limit: OwnLimit, scale: int) -> Thresholds:
    key = (limit.rule, limit.direction)
    if key == (Rule.SPO2, Direction.LOW):
        own = _own(thresholds.spo2[scale], limit)
        return replace(thresholds, spo2={**thresholds.spo2, scale: own})
    if key not in _FIELDS:
        return thresholds
    changed: dict[str, Any] = {_FIELDS[key]: _own(getattr(thresholds, _FIELDS[key]), limit)}
    if key == (Rule.SYSTOLIC, Direction.HIGH) and limit.yellow is not None:
        rise = thresholds.systolic_rise
        changed["systolic_rise"] = Rise(max(rise.from_mmhg, int(limit.yellow)), rise.above_baseline)
    return replace(thresholds, **changed)


def _own(side: Side, limit: OwnLimit) -> Side:
    red = side.red if limit.red is None else _plain(limit.red)
    if side.stop is not None and side.reaches(red, side.stop):
        red = side.stop
    yellow = side.yellow if limit.yellow is None else _plain(limit.yellow)
    return replace(side, yellow=yellow, red=red)


def _plain(number: Decimal) -> int | Decimal:
    """As the protocol's limits are read: a whole number where it is one."""
    return int(number) if number == int(number) else number
