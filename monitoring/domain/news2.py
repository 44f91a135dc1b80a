"""NEWS2, the National Early Warning Score.

[src: Royal College of Physicians. National Early Warning Score (NEWS) 2. London: RCP, 2017.] A published instrument:
its bands are constants and not protocol configuration.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum

from monitoring.domain.values import Consciousness, Values


class Scale(IntEnum):
    """The SpO2 scale. Two (target 88-92 %) only when a physician set it."""

    ONE = 1
    TWO = 2


class Risk(StrEnum):
    """Clinical risk after the RCP: total 0-4 low, a single 3 low-medium, 5-6 medium, 7 or more high."""

    LOW = "low"
    LOW_MEDIUM = "low_medium"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Bands:
    """A column of the chart: `score[i]` up to and including `upper[i]`, the last score beyond."""

    upper: tuple[int | Decimal, ...]
    score: tuple[int, ...]

    def __call__(self, number: int | Decimal) -> int:
        return self.score[bisect_left(self.upper, number)]


RESPIRATION = Bands(upper=(8, 11, 20, 24), score=(3, 1, 0, 2, 3))
SPO2_SCALE_1 = Bands(upper=(91, 93, 95), score=(3, 2, 1, 0))
SPO2_SCALE_2_ON_AIR = Bands(upper=(83, 85, 87), score=(3, 2, 1, 0))
SPO2_SCALE_2_ON_OXYGEN = Bands(upper=(83, 85, 87, 92, 94, 96), score=(3, 2, 1, 0, 1, 2, 3))
SYSTOLIC = Bands(upper=(90, 100, 110, 219), score=(3, 2, 1, 0, 3))
PULSE = Bands(upper=(40, 50, 90, 110, 130), score=(3, 1, 0, 1, 2, 3))
TEMPERATURE = Bands(
    upper=(Decimal("35.0"), Decimal("36.0"), Decimal("38.0"), Decimal("39.0")),
    score=(3, 1, 0, 1, 2),
)
ON_AIR, ON_OXYGEN = 0, 2
ALERT, NOT_ALERT = 0, 3

PARAMETERS = ("respiration", "spo2", "oxygen", "systolic", "pulse", "consciousness", "temperature")

# An earlier temperature may stand in for this long (DOMAIN 4); whoever passes it in shows its age.
TEMPERATURE_GOOD_FOR = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class News2:
    """The score of one set. `total` and `risk` are None while a parameter is `missing`; the sub-scores stay."""

    total: int | None
    sub_scores: dict[str, int]
    missing: tuple[str, ...]
    any_three: bool
    risk: Risk | None

    @property
    def threes(self) -> tuple[str, ...]:
        """The parameters that score 3 on their own."""
        return tuple(name for name, score in self.sub_scores.items() if score == 3)


def news2(values: Values, *, scale: int, temperature: Decimal | None = None) -> News2:
    """Score a set. `temperature` (degrees Celsius, at most 4 h old) stands in where the set has none.

    >>> news2(Values(respiratory_rate=18, spo2=96, on_oxygen=False, systolic=120, heart_rate=95,
    ...              consciousness=Consciousness.A), scale=1, temperature=Decimal("36.8")).total
    1
    """
    sub_scores = _sub_scores(values, scale, values.temperature if values.temperature is not None else temperature)
    missing = tuple(name for name in PARAMETERS if name not in sub_scores)
    any_three = 3 in sub_scores.values()
    total = None if missing else sum(sub_scores.values())
    return News2(total, sub_scores, missing, any_three, None if total is None else _risk(total, any_three))


def spo2_score(spo2: int, *, scale: int, on_oxygen: bool | None) -> int | None:
    """The SpO2 sub-score; None on scale 2 above its target while nobody said whether the patient breathes oxygen."""
    if scale == Scale.ONE:
        return SPO2_SCALE_1(spo2)
    if on_oxygen is None:
        on_air = SPO2_SCALE_2_ON_AIR(spo2)
        return on_air if on_air == SPO2_SCALE_2_ON_OXYGEN(spo2) else None
    return SPO2_SCALE_2_ON_OXYGEN(spo2) if on_oxygen else SPO2_SCALE_2_ON_AIR(spo2)


def _sub_scores(values: Values, scale: int, temperature: Decimal | None) -> dict[str, int]:
    scores: dict[str, int] = {}
    if values.respiratory_rate is not None:
        scores["respiration"] = RESPIRATION(values.respiratory_rate)
    if values.spo2 is not None:
        spo2 = spo2_score(values.spo2, scale=scale, on_oxygen=values.on_oxygen)
        if spo2 is not None:
            scores["spo2"] = spo2
    if values.on_oxygen is not None:
        scores["oxygen"] = ON_OXYGEN if values.on_oxygen else ON_AIR
    if values.systolic is not None:
        scores["systolic"] = SYSTOLIC(values.systolic)
    if values.heart_rate is not None:
        scores["pulse"] = PULSE(values.heart_rate)
    if values.consciousness is not None:
        scores["consciousness"] = ALERT if values.consciousness == Consciousness.A else NOT_ALERT
    if temperature is not None:
        scores["temperature"] = TEMPERATURE(temperature)
    return scores


def _risk(total: int, any_three: bool) -> Risk:
    if total >= 7:
        return Risk.HIGH
    if total >= 5:
        return Risk.MEDIUM
    return Risk.LOW_MEDIUM if any_three else Risk.LOW


def stored(total: int | None, sub_scores: dict[str, int]) -> News2:
    """A score as it was written with its set, where it rested on a temperature that the set itself does not carry."""
    missing = tuple(name for name in PARAMETERS if name not in sub_scores)
    any_three = 3 in sub_scores.values()
    return News2(total, sub_scores, missing, any_three, None if total is None else _risk(total, any_three))
