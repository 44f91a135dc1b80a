"""A stated model of headache patients, to estimate how often they ring: assumed, not data. Rebuilt as it is written down.

One patient is drawn, then a value per set. "AR" is a first-order autoregression with this mean, stationary standard
deviation and correlation from set to set; dose in mg/kg/h. What is drawn here is random and no dose is calculated with it,
so it is in floats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from math import sqrt
from random import Random

from monitoring.domain.sedation import SedationScale
from monitoring.domain.values import Consciousness, Values

NIGHT_FROM, NIGHT_UNTIL = time(22), time(6)


@dataclass(slots=True)
class Sign:
    """One autoregressive sign of one patient."""

    random: Random
    mean: float
    deviation: float
    correlation: float
    value: float = field(init=False)

    def __post_init__(self) -> None:
        self.value = self.random.gauss(self.mean, self.deviation)

    def step(self) -> None:
        """One step on, as from set to set."""
        noise = self.random.gauss(0, self.deviation * sqrt(1 - self.correlation**2))
        self.value = self.mean + self.correlation * (self.value - self.mean) + noise


class Patient:
    """One drawn patient: `values` is the next set, `again` the same patient a few minutes later."""

    def __init__(self, random: Random) -> None:
        """Draw the patient's own means and where each sign stands."""
        self._random = random
        systolic = random.gauss(122, 13)
        self._heart_rate = Sign(random, random.gauss(76, 9), 6, 0.5)
        self._respiration = Sign(random, random.gauss(15.2, 1.6), 1.7, 0.3)
        self._systolic = Sign(random, systolic, 9, 0.4)
        self._diastolic = Sign(random, 0.6 * systolic + random.gauss(0, 5), 6, 0.4)
        self._spo2 = Sign(random, random.gauss(97.3, 0.8), 0.9, 0.4)
        self._temperature = Sign(random, random.gauss(36.7, 0.2), 0.2, 0.5)
        self._pain_before = min(max(random.gauss(7.1, 1.4), 4.0), 10.0)
        self._drop = max(random.gauss(3.3, 2), -1.0)
        self.baseline_systolic = round(self._systolic.value + random.gauss(0, 6))

    def pain(self, dose: float) -> int:
        """An awake pain at this dose."""
        relieved = self._pain_before - self._drop * min(1.0, dose / 0.5)
        return min(max(round(relieved + self._random.gauss(0, 0.8)), 0), 10)

    def is_asleep(self, at: datetime) -> bool:
        """Whether a set at this time of the ward's day finds the patient asleep."""
        is_night = at.time() >= NIGHT_FROM or at.time() < NIGHT_UNTIL
        return is_night and self._random.random() < 0.8

    def values(self, dose: float, *, asleep: bool) -> Values:
        """The next set: every sign goes one step on."""
        for sign in (
            self._heart_rate,
            self._respiration,
            self._systolic,
            self._diastolic,
            self._spo2,
            self._temperature,
        ):
            sign.step()
        systolic = round(self._systolic.value + 22 * dose - 8 * asleep)
        diastolic = round(self._diastolic.value + 12 * dose - 5 * asleep)
        return Values(
            heart_rate=round(self._heart_rate.value + 12 * dose - 6 * asleep),
            respiratory_rate=round(self._respiration.value - 1.5 * asleep),
            systolic=systolic,
            diastolic=min(diastolic, systolic - 1),
            spo2=round(min(100.0, self._spo2.value) - 0.7 * asleep),
            on_oxygen=False,
            temperature=Decimal(str(round(self._temperature.value, 1))),
            consciousness=Consciousness.A,
            sedation_scale=SedationScale.POSS,
            sedation=self._sedation(dose, asleep=asleep),
            psychotomimetic=None if asleep else self._psychotomimetic(dose),
            pain=None if asleep else self.pain(dose),
        )

    def _sedation(self, dose: float, *, asleep: bool) -> str:
        if self._random.random() < 0.024 * dose / 0.5:
            return "3"
        if self._random.random() < 0.002 * dose / 0.5:
            return "4"
        return "S" if asleep else "1"

    def _psychotomimetic(self, dose: float) -> int:
        drawn = self._random.random()
        if drawn < 0.08 * dose / 0.5:
            return 2
        return 3 if drawn < 0.086 * dose / 0.5 else 0
