"""A physician's own limits for one value of one patient, as they are handed in (DOMAIN 5, "A per-patient threshold")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.errors import Reason
from monitoring.domain.severity import Direction, Rule
from monitoring.domain.thresholds import Side, Thresholds
from monitoring.domain.values import LIMITS, Limit

LONGEST_REASON = 300  # characters
NOON = time(12)  # DOMAIN 5: until 12:00 of the next day at the latest

# The rules that compare one number with a limit a person may move; a scale of codes has none to move.
LIMITABLE = {
    Rule.RESPIRATION: "respiratory_rate",
    Rule.SPO2: "spo2",
    Rule.SYSTOLIC: "systolic",
    Rule.DIASTOLIC: "diastolic",
    Rule.HEART_RATE: "heart_rate",
    Rule.TEMPERATURE: "temperature",
}


@dataclass(frozen=True, slots=True)
class LimitEntry:
    """What is handed in: which value on which side, and from where it is yellow and red; None leaves the protocol's."""

    rule: Rule
    direction: Direction
    yellow: Decimal | None
    red: Decimal | None
    reason: str
    until: datetime | None = None


def latest_until(at: datetime, zone: str) -> datetime:
    """12:00 of the next day on the ward's wall, the latest end of a limit that is set at `at`.

    >>> from datetime import UTC
    >>> latest_until(datetime(2026, 9, 23, 3, 30, tzinfo=UTC), "America/New_York").isoformat()
    '2026-09-23T16:00:00+00:00'
    """
    place = ZoneInfo(zone)
    tomorrow = at.astimezone(place).date() + timedelta(days=1)
    return datetime.combine(tomorrow, NOON, tzinfo=place).astimezone(at.tzinfo)


def side_of(thresholds: Thresholds, rule: Rule, direction: Direction, *, scale: int) -> Side | None:
    """The protocol's limits on that side; None where the rule has no such side. SpO2 is by the patient's NEWS2 scale."""
    sides = {
        (Rule.RESPIRATION, Direction.LOW): thresholds.respiration_low,
        (Rule.RESPIRATION, Direction.HIGH): thresholds.respiration_high,
        (Rule.SPO2, Direction.LOW): thresholds.spo2[scale],
        (Rule.SYSTOLIC, Direction.LOW): thresholds.systolic_low,
        (Rule.SYSTOLIC, Direction.HIGH): thresholds.systolic_high,
        (Rule.DIASTOLIC, Direction.HIGH): thresholds.diastolic_high,
        (Rule.HEART_RATE, Direction.LOW): thresholds.heart_rate_low,
        (Rule.HEART_RATE, Direction.HIGH): thresholds.heart_rate_high,
        (Rule.TEMPERATURE, Direction.LOW): thresholds.temperature_low,
        (Rule.TEMPERATURE, Direction.HIGH): thresholds.temperature_high,
    }
    return sides.get((rule, direction))


def reasons_not_to_limit(entry: LimitEntry, side: Side | None, *, zone: str, at: datetime) -> Iterator[Reason]:
    """Every reason at once: no such side, numbers that cannot be or stand in the wrong order, a time beyond tomorrow noon.

    `side` is the protocol's; what the entry leaves out counts as it has it. Its stop limit is nobody's to move.
    """
    if not entry.reason.strip():
        yield Reason("reason_missing", "Limits of a patient's own need a reason.", "reason")
    if len(entry.reason) > LONGEST_REASON:
        yield Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "reason")
    yield from _of_time(entry, zone=zone, at=at)
    if side is None or entry.rule not in LIMITABLE:
        yield Reason("no_such_limit", f"{entry.rule} has no limit on the side {entry.direction}.", "rule")
        return
    numbers = list(_of_numbers(entry, LIMITS[LIMITABLE[entry.rule]]))
    yield from numbers or _of_order(entry, side)


def _of_time(entry: LimitEntry, *, zone: str, at: datetime) -> Iterator[Reason]:
    if entry.until is None:
        return
    if entry.until <= at:
        yield Reason("until_over", "The time until when they hold is over already.", "until")
    if entry.until > latest_until(at, zone):
        yield Reason("until_too_late", "Own limits hold until 12:00 of the next day at the latest.", "until")


def _of_numbers(entry: LimitEntry, limit: Limit) -> Iterator[Reason]:
    if entry.yellow is None and entry.red is None:
        yield Reason("no_limit", "Name a yellow limit, a red one, or both.", "red")
    for name, number in (("yellow", entry.yellow), ("red", entry.red)):
        if number is None:
            continue
        shown = f"{limit.words} {_plain(number)} {limit.unit}"
        if not limit.is_possible(number):
            yield Reason("impossible", f"{shown} is not possible: {limit.least} to {limit.most}.", name)
        elif number != round(number, limit.places):
            yield Reason("too_precise", f"{shown} has more digits than are charted.", name)


def _of_order(entry: LimitEntry, side: Side) -> Iterator[Reason]:
    yellow = side.yellow if entry.yellow is None else entry.yellow
    red = side.red if entry.red is None else entry.red
    if yellow is not None and side.reaches(yellow, red):
        field = "red" if entry.yellow is None else "yellow"
        yield Reason(
            "yellow_not_before_red", f"Yellow at {_plain(yellow)} does not come before red at {_plain(red)}.", field
        )
    if side.stop is not None and red != side.stop and side.reaches(red, side.stop):
        sentence = f"Red at {_plain(red)} lies beyond {_plain(side.stop)}, where the protocol advises to stop."
        yield Reason("beyond_the_stop_limit", sentence, "red")


def _plain(number: int | Decimal) -> str:
    return f"{Decimal(number).normalize():f}"
