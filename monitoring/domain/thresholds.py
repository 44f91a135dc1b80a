"""The limits of the alert rules as a protocol states them (DOMAIN 5): read once, checked, then only compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from infusion.domain.content import Section
from monitoring.domain import reach
from monitoring.domain.sedation import POSS
from monitoring.domain.severity import Direction, Severity
from monitoring.domain.values import Consciousness

_MINUTE = timedelta(minutes=1)
_NEWS2_SCALES = frozenset({1, 2})
_ACVPU = frozenset(letter.value for letter in Consciousness)


class StopWhen(StrEnum):
    """When a value beyond the stop limit advises to stop the infusion."""

    AT_ONCE = "at_once"
    TWICE = "twice"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class Side:
    """The limits of one number on one side, each included; None where the rule has no such limit.

    `second_reading`: yellow only if an earlier reading lay outside too. `stop_when` says how sure the stop must be.
    """

    direction: Direction
    yellow: int | Decimal | None
    red: int | Decimal
    stop: int | Decimal | None = None
    stop_when: StopWhen = StopWhen.AT_ONCE
    second_reading: bool = False

    def reaches(self, number: int | Decimal, limit: int | Decimal | None) -> bool:
        """Whether a number lies at or beyond a limit on this side."""
        if limit is None:
            return False
        return number <= limit if self.direction is Direction.LOW else number >= limit

    def severity(self, number: int | Decimal) -> Severity | None:
        """The band of a number; None inside."""
        if self.reaches(number, self.red):
            return Severity.RED
        return Severity.YELLOW if self.reaches(number, self.yellow) else None

    def stops(self, number: int | Decimal) -> bool:
        """Whether a number lies at or beyond the stop limit (`stop_when` still has a say)."""
        return self.reaches(number, self.stop)


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a scale that are yellow, red, and a reason to stop."""

    yellow: frozenset[str]
    red: frozenset[str]
    stop: frozenset[str]

    def severity(self, code: str) -> Severity | None:
        """The band of a code; None inside."""
        if code in self.red:
            return Severity.RED
        return Severity.YELLOW if code in self.yellow else None


@dataclass(frozen=True, slots=True)
class LowRespirationNeeds:
    """What must go with a slow but not red respiration before it is an alert: low SpO2, or a drowsy patient."""

    spo2_below: int
    poss: frozenset[str]
    rass_until: int


@dataclass(frozen=True, slots=True)
class Rise:
    """A systolic pressure that is yellow for its rise: from this value, and so far above the baseline."""

    from_mmhg: int
    above_baseline: int


@dataclass(frozen=True, slots=True)
class WorseBy:
    """How far beyond the acknowledged peak a value rings again."""

    respiration: int
    spo2: int
    systolic: int
    heart_rate: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Every limit of the rules that rest on observation sets. `spo2` is by NEWS2 scale, 1 and 2."""

    second_from: timedelta
    second_until: timedelta
    still_after: timedelta
    respiration_low: Side
    respiration_low_needs: LowRespirationNeeds
    respiration_high: Side
    spo2: dict[int, Side]
    new_oxygen_stops_on_scale: frozenset[int]
    consciousness: Codes
    systolic_low: Side
    systolic_high: Side
    systolic_rise: Rise
    diastolic_high: Side
    heart_rate_low: Side
    heart_rate_high: Side
    poss: Codes
    rass_low: Side
    rass_high: Side
    psychotomimetic: Side
    news2: Side
    news2_yellow_at_a_single_three: bool
    temperature_low: Side
    temperature_high: Side
    worse_by: WorseBy

    @classmethod
    def from_content(cls, content: object) -> Thresholds:
        """Read `alerts` of a protocol's content; raise `ContentError` with everything that is wrong in it."""
        root = Section.root(content)
        thresholds = _thresholds(root.section("alerts"))
        root.finish()
        return thresholds


def _thresholds(alerts: Section) -> Thresholds:
    second = alerts.section("second_reading_min")
    second_from, second_until = (
        second.whole(key, least=1, most=reach.SECOND_READING // _MINUTE) * _MINUTE for key in ("from", "until")
    )
    if second_from > second_until:
        alerts.complain("alerts.second_reading_min.from is above until.")
    respiration, spo2, systolic = (alerts.section(key) for key in ("respiration", "spo2", "systolic"))
    heart_rate, sedation, temperature = (alerts.section(key) for key in ("heart_rate", "sedation", "temperature"))
    news2 = alerts.section("news2")
    return Thresholds(
        second_from=second_from,
        second_until=second_until,
        still_after=alerts.whole("still_after_min", least=1, most=15) * _MINUTE,
        respiration_low=_side(respiration.section("low"), Direction.LOW),
        respiration_low_needs=_low_respiration_needs(respiration.section("low_yellow_only_with")),
        respiration_high=_side(respiration.section("high"), Direction.HIGH),
        spo2={scale: _side(spo2.section(f"scale_{scale}"), Direction.LOW) for scale in _NEWS2_SCALES},
        new_oxygen_stops_on_scale=spo2.wholes("new_oxygen_stops_on_scale", one_of=_NEWS2_SCALES),
        consciousness=_codes(alerts.section("consciousness"), _ACVPU, keys=("red", "stop")),
        systolic_low=_side(systolic.section("low"), Direction.LOW),
        systolic_high=_side(systolic.section("high"), Direction.HIGH),
        systolic_rise=_rise(systolic.section("rise")),
        diastolic_high=_side(alerts.section("diastolic").section("high"), Direction.HIGH),
        heart_rate_low=_side(heart_rate.section("low"), Direction.LOW),
        heart_rate_high=_side(heart_rate.section("high"), Direction.HIGH),
        poss=_codes(sedation.section("poss"), frozenset(POSS), keys=("yellow", "red", "stop")),
        rass_low=_side(sedation.section("rass_low"), Direction.LOW),
        rass_high=_side(sedation.section("rass_high"), Direction.HIGH),
        psychotomimetic=_side(alerts.section("psychotomimetic"), Direction.NEITHER),
        news2=_side(news2, Direction.NEITHER),
        news2_yellow_at_a_single_three=news2.flag("yellow_at_a_single_three"),
        temperature_low=_side(temperature.section("low"), Direction.LOW),
        temperature_high=_side(temperature.section("high"), Direction.HIGH),
        worse_by=WorseBy(
            respiration=respiration.whole("worse_by", least=1, most=60),
            spo2=spo2.whole("worse_by", least=1, most=60),
            systolic=systolic.whole("worse_by", least=1, most=60),
            heart_rate=heart_rate.whole("worse_by", least=1, most=60),
        ),
    )


def _side(part: Section, direction: Direction) -> Side:
    before = part.problem_count()
    stop_when = part.text("stop_when", one_of=set(StopWhen)) if part.has("stop_when") else ""
    side = Side(
        direction=direction,
        yellow=_limit(part, "yellow") if part.has("yellow") else None,
        red=_limit(part, "red"),
        stop=_limit(part, "stop") if part.has("stop") else None,
        stop_when=StopWhen(stop_when or StopWhen.AT_ONCE),
        second_reading=part.flag("second_reading") if part.has("second_reading") else False,
    )
    if part.problem_count() > before:
        return side
    if side.yellow is not None and side.reaches(side.yellow, side.red):
        part.complain(f"{part.path}.yellow {side.yellow} must come before red {side.red}.")
    if side.stop is not None and not side.reaches(side.stop, side.red):
        part.complain(f"{part.path}.stop {side.stop} must not come before red {side.red}.")
    return side


def _limit(part: Section, key: str) -> int | Decimal:
    """A limit as a whole number where it is one: charted numbers are compared with it in the hot path."""
    number = part.number(key, least=Decimal("-5"), most=Decimal("400"))
    return int(number) if number == int(number) else number


def _codes(part: Section, one_of: frozenset[str], *, keys: tuple[str, ...]) -> Codes:
    before = part.problem_count()
    read = {key: part.codes(key, one_of=one_of) for key in keys}
    codes = Codes(yellow=read.get("yellow", frozenset()), red=read["red"], stop=read["stop"])
    if part.problem_count() > before:
        return codes
    if codes.yellow & codes.red:
        part.complain(f"{part.path}: a code is either yellow or red.")
    if not codes.stop <= codes.red:
        part.complain(f"{part.path}.stop must be among red.")
    return codes


def _low_respiration_needs(part: Section) -> LowRespirationNeeds:
    return LowRespirationNeeds(
        spo2_below=part.whole("spo2_below", least=1, most=100),
        poss=part.codes("poss", one_of=frozenset(POSS)),
        rass_until=part.whole("rass_until", least=-5, most=4),
    )


def _rise(part: Section) -> Rise:
    return Rise(
        from_mmhg=part.whole("from", least=50, most=300), above_baseline=part.whole("above_baseline", least=1, most=200)
    )
