"""The band of each value of a set: the severity of one (rule, direction) as this set shows it, before anybody asks for a
second reading (DOMAIN 5). Limits come from the protocol (`Thresholds`); what is fixed here is how they are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from monitoring.domain.news2 import News2
from monitoring.domain.sedation import RASS_NUMBERS, SedationScale
from monitoring.domain.severity import Direction, Rule, Severity
from monitoring.domain.thresholds import Side, Thresholds
from monitoring.domain.values import Parameter, Values

Key = tuple[Rule, Direction]

SEDATION_IS_DEEP: Key = (Rule.SEDATION, Direction.LOW)
SYSTOLIC_IS_HIGH: Key = (Rule.SYSTOLIC, Direction.HIGH)
_NEITHER = Direction.NEITHER


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation set as the rules see it. `warning_symptoms` None: nobody asked."""

    observed_at: datetime
    values: Values
    news2: News2
    symptoms: frozenset[str] = frozenset()
    warning_symptoms: frozenset[str] | None = None
    absent: frozenset[tuple[str, str]] = frozenset()


def bands(
    values: Values, news2: News2 | None, *, scale: int, baseline_systolic: int | None, thresholds: Thresholds
) -> dict[Key, Severity | None]:
    """The band of every (rule, direction) whose parameter carries a value; None is calm, absent is unknown."""
    shown = {(rule, side.direction): side.severity(number) for rule, side, number in sides(values, scale, thresholds)}
    rose = _rose(values.systolic, baseline_systolic, thresholds)
    if rose and shown[SYSTOLIC_IS_HIGH] is None:
        shown[SYSTOLIC_IS_HIGH] = Severity.YELLOW
    if values.consciousness is not None:
        shown[Rule.CONSCIOUSNESS, _NEITHER] = thresholds.consciousness.severity(values.consciousness)
    if values.sedation is not None and values.sedation_scale == SedationScale.POSS:
        shown[SEDATION_IS_DEEP] = thresholds.poss.severity(values.sedation)
    if news2 is not None:
        shown.update(_news2_band(news2, thresholds))
    return shown


def calm(current: Reading, *, scale: int, baseline_systolic: int | None, thresholds: Thresholds) -> frozenset[Key]:
    """The (rule, direction) whose value in this set lies outside yellow and red: only these let an open alert recover.

    A value that is missing, or yellow and waiting for its second reading, says nothing.
    """
    shown = bands(
        current.values, current.news2, scale=scale, baseline_systolic=baseline_systolic, thresholds=thresholds
    )
    return frozenset(key for key, severity in shown.items() if severity is None)


def severity_of(
    parameter: Parameter,
    values: Values,
    scale: int,
    thresholds: Thresholds,
    *,
    baseline_systolic: int | None = None,
) -> Severity | None:
    """The colour of one value on a page: its graver side; None when inside, missing, or without a rule.

    Breathing at 9-11 is coloured yellow although alone it is no alert.
    """
    rule = _RULES.get(parameter)
    if rule is None:
        return None
    shown = bands(values, None, scale=scale, baseline_systolic=baseline_systolic, thresholds=thresholds)
    found = [severity for (of, _), severity in shown.items() if of is rule and severity is not None]
    return max(found, key=lambda severity: severity.rank, default=None)


def numbers(values: Values, scale: int, limits: Thresholds) -> Iterator[tuple[Parameter, Key, Side, int | Decimal]]:
    """The numbers that are there and have limits: what they are of, their rule and side, the limits of that side."""
    for rule, side, number in sides(values, scale, limits):
        yield _PARAMETERS[rule], (rule, side.direction), side, number


_RULES: dict[Parameter, Rule] = {
    Parameter.HEART_RATE: Rule.HEART_RATE,
    Parameter.SYSTOLIC: Rule.SYSTOLIC,
    Parameter.DIASTOLIC: Rule.DIASTOLIC,
    Parameter.RESPIRATORY_RATE: Rule.RESPIRATION,
    Parameter.SPO2: Rule.SPO2,
    Parameter.TEMPERATURE: Rule.TEMPERATURE,
    Parameter.CONSCIOUSNESS: Rule.CONSCIOUSNESS,
    Parameter.SEDATION: Rule.SEDATION,
    Parameter.PSYCHOTOMIMETIC: Rule.PSYCHOTOMIMETIC,
}
_PARAMETERS = {rule: parameter for parameter, rule in _RULES.items()}


def sides(values: Values, scale: int, limits: Thresholds) -> Iterator[tuple[Rule, Side, int | Decimal]]:
    """The rules that compare a number, for the numbers that are there."""
    if values.respiratory_rate is not None:
        yield Rule.RESPIRATION, limits.respiration_low, values.respiratory_rate
        yield Rule.RESPIRATION, limits.respiration_high, values.respiratory_rate
    if values.spo2 is not None:
        yield Rule.SPO2, limits.spo2[scale], values.spo2
    if values.systolic is not None:
        yield Rule.SYSTOLIC, limits.systolic_low, values.systolic
        yield Rule.SYSTOLIC, limits.systolic_high, values.systolic
    if values.diastolic is not None:
        yield Rule.DIASTOLIC, limits.diastolic_high, values.diastolic
    if values.heart_rate is not None:
        yield Rule.HEART_RATE, limits.heart_rate_low, values.heart_rate
        yield Rule.HEART_RATE, limits.heart_rate_high, values.heart_rate
    if values.sedation is not None and values.sedation_scale == SedationScale.RASS:
        yield Rule.SEDATION, limits.rass_low, RASS_NUMBERS[values.sedation]
        yield Rule.SEDATION, limits.rass_high, RASS_NUMBERS[values.sedation]
    if values.psychotomimetic is not None:
        yield Rule.PSYCHOTOMIMETIC, limits.psychotomimetic, values.psychotomimetic
    if values.temperature is not None:
        yield Rule.TEMPERATURE, limits.temperature_low, values.temperature
        yield Rule.TEMPERATURE, limits.temperature_high, values.temperature


def _rose(systolic: int | None, baseline: int | None, limits: Thresholds) -> bool:
    if systolic is None or baseline is None:
        return False
    rise = limits.systolic_rise
    return systolic >= rise.from_mmhg and systolic - baseline >= rise.above_baseline


def _news2_band(score: News2, limits: Thresholds) -> dict[Key, Severity | None]:
    """A total, or a single 3 even while the total is incomplete; an incomplete score without one says nothing."""
    band = None if score.total is None else limits.news2.severity(score.total)
    if band is None and score.any_three and limits.news2_yellow_at_a_single_three:
        band = Severity.YELLOW
    return {} if band is None and score.total is None else {(Rule.NEWS2, _NEITHER): band}
