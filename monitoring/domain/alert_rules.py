"""Which values of a set ring, how gravely, and why: the vital-sign and sedation rules of DOMAIN 5.

Limits come from the protocol (`Thresholds`); what is fixed here is how they combine. The central notion is the band:
the severity of one (rule, direction) as one set shows it, before anybody asks for a second reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from monitoring.domain import psychotomimetic, sedation
from monitoring.domain.news2 import News2
from monitoring.domain.sedation import RASS_NUMBERS, SedationScale
from monitoring.domain.severity import Direction, Rule, Severity
from monitoring.domain.thresholds import Side, StopWhen, Thresholds
from monitoring.domain.values import Consciousness, Parameter, Values

__all__ = [
    "Direction",
    "Finding",
    "Key",
    "Reading",
    "Rule",
    "Severity",
    "Thresholds",
    "bands",
    "calm",
    "findings",
    "is_worse",
    "numbers",
    "severity_of",
]

Key = tuple[Rule, Direction]

_HIGH, _LOW, _NEITHER = Direction.HIGH, Direction.LOW, Direction.NEITHER
_SEDATION_IS_DEEP: Key = (Rule.SEDATION, _LOW)


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation set as the rules see it. `warning_symptoms` None: nobody asked."""

    observed_at: datetime
    values: Values
    news2: News2
    symptoms: frozenset[str] = frozenset()
    warning_symptoms: frozenset[str] | None = None
    absent: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that rings for one set.

    `value` is for the eye ("184/104", "POSS 4"), `number` for comparing with an acknowledged peak (None where codes are
    compared), `worse_by` how far beyond that peak counts as worse (None: only a higher severity does). `asks` is what is to
    be asked or read again, `offer` what is offered (POSS 3: a decrease to the last tolerated dose), both for the page.
    """

    rule: Rule
    direction: Direction
    severity: Severity
    stop_advised: bool
    value: str
    number: Decimal | int | None
    sentence: str
    worse_by: int | None = None
    asks: str = ""
    offer: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        """What an open alert is unique by, besides its admission."""
        return self.rule, self.direction


def findings(
    current: Reading, earlier: Sequence[Reading], *, scale: int, baseline_systolic: int | None, thresholds: Thresholds
) -> tuple[Finding, ...]:
    """Everything that rings for `current`, complete or not; `earlier` are readings before it, in any order.

    A yellow that needs a second reading rings only if one 5-15 min earlier lay outside on the same side too.
    """
    look = _Look(current, earlier, scale, baseline_systolic, thresholds)
    shown = bands(
        current.values, current.news2, scale=scale, baseline_systolic=baseline_systolic, thresholds=thresholds
    )
    return tuple(
        look.finding(key, severity)
        for key, severity in shown.items()
        if severity is not None and not look.waits(key, severity)
    )


def calm(current: Reading, *, scale: int, baseline_systolic: int | None, thresholds: Thresholds) -> frozenset[Key]:
    """The (rule, direction) whose value in this set lies outside yellow and red: only these let an open alert recover.

    A value that is missing, or yellow and waiting for its second reading, says nothing.
    """
    shown = bands(
        current.values, current.news2, scale=scale, baseline_systolic=baseline_systolic, thresholds=thresholds
    )
    return frozenset(key for key, severity in shown.items() if severity is None)


def bands(
    values: Values, news2: News2 | None, *, scale: int, baseline_systolic: int | None, thresholds: Thresholds
) -> dict[Key, Severity | None]:
    """The band of every (rule, direction) whose parameter carries a value; None is calm, absent is unknown."""
    shown = {(rule, side.direction): side.severity(number) for rule, side, number in _sides(values, scale, thresholds)}
    rose = _rose(values.systolic, baseline_systolic, thresholds)
    if rose and shown[Rule.SYSTOLIC, _HIGH] is None:
        shown[Rule.SYSTOLIC, _HIGH] = Severity.YELLOW
    if values.consciousness is not None:
        shown[Rule.CONSCIOUSNESS, _NEITHER] = thresholds.consciousness.severity(values.consciousness)
    if values.sedation is not None and values.sedation_scale == SedationScale.POSS:
        shown[_SEDATION_IS_DEEP] = thresholds.poss.severity(values.sedation)
    if news2 is not None:
        shown.update(_news2_band(news2, thresholds))
    return shown


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


def is_worse(finding: Finding, *, severity: Severity, number: Decimal | int | None) -> bool:
    """Whether a finding rings again although its alert, with this peak severity and number, was acknowledged.

    A higher severity does, or a value beyond the peak by heart rate or systolic 10, SpO2 2, respiration 3 [default].
    """
    if finding.severity.rank != Severity(severity).rank:
        return finding.severity.rank > Severity(severity).rank
    if finding.worse_by is None or finding.number is None or number is None:
        return False
    beyond = number - finding.number if finding.direction is Direction.LOW else finding.number - number
    return beyond >= finding.worse_by


def numbers(values: Values, scale: int, limits: Thresholds) -> Iterator[tuple[Parameter, Key, Side, int | Decimal]]:
    """The numbers that are there and have limits: what they are of, their rule and side, the limits of that side."""
    for rule, side, number in _sides(values, scale, limits):
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


def _sides(values: Values, scale: int, limits: Thresholds) -> Iterator[tuple[Rule, Side, int | Decimal]]:
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


class _Look:
    """One set looked at beside the earlier ones."""

    def __init__(
        self, current: Reading, earlier: Sequence[Reading], scale: int, baseline: int | None, limits: Thresholds
    ) -> None:
        self._at = current.observed_at
        self._values = current.values
        self._news2 = current.news2
        self._earlier = earlier
        self._scale = scale
        self._baseline = baseline
        self._limits = limits
        self._by_key = {
            (rule, side.direction): (side, number) for rule, side, number in _sides(current.values, scale, limits)
        }

    def waits(self, key: Key, severity: Severity) -> bool:
        """Whether a band is not yet an alert: yellow without the second reading, or without the company, it needs."""
        if severity is Severity.RED or key not in self._by_key:
            return False
        if key == (Rule.RESPIRATION, _LOW):
            return not self._company_of_slow_breathing()
        return self._by_key[key][0].second_reading and not self._was_outside_before(key)

    def finding(self, key: Key, severity: Severity) -> Finding:
        """The finding with its words."""
        rule, direction = key
        value, number = self._shown(key)
        return Finding(
            rule=rule,
            direction=direction,
            severity=severity,
            stop_advised=self._stop_advised(key),
            value=value,
            number=number,
            sentence=self._sentence(key, severity, value),
            worse_by=getattr(self._limits.worse_by, rule, None),
        )

    def _company_of_slow_breathing(self) -> str:
        """What makes slow breathing an alert, in words: low SpO2, a drowsy patient; empty when neither."""
        needs, values = self._limits.respiration_low_needs, self._values
        company = []
        if values.spo2 is not None and values.spo2 < needs.spo2_below:
            company.append(f"SpO2 {values.spo2} %")
        if values.sedation_scale == SedationScale.POSS:
            drowsy = values.sedation in needs.poss
        else:
            drowsy = values.sedation is not None and RASS_NUMBERS[values.sedation] <= needs.rass_until
        if drowsy:
            company.append(values.sedation_title)
        return " and ".join(company)

    def _in_window(self) -> Iterator[Reading]:
        for reading in self._earlier:
            if self._limits.second_from <= self._at - reading.observed_at <= self._limits.second_until:
                yield reading

    def _was_outside_before(self, key: Key) -> bool:
        return any(self._band_of(reading, key) is not None for reading in self._in_window())

    def _band_of(self, reading: Reading, key: Key) -> Severity | None:
        shown = bands(
            reading.values, None, scale=self._scale, baseline_systolic=self._baseline, thresholds=self._limits
        )
        return shown.get(key)

    def _stop_advised(self, key: Key) -> bool:
        if key[0] is Rule.CONSCIOUSNESS:
            return self._values.consciousness in self._limits.consciousness.stop
        if key not in self._by_key:
            return key == _SEDATION_IS_DEEP and self._values.sedation in self._limits.poss.stop
        side, number = self._by_key[key]
        if key[0] is Rule.SPO2 and self._is_newly_on_oxygen():
            return True
        if not side.stops(number):
            return False
        if side.stop_when is StopWhen.TWICE:
            return any(self._stopped_in(reading, key) for reading in self._in_window())
        return side.stop_when is StopWhen.AT_ONCE or self._still_beyond_stop(side)

    def _stopped_in(self, reading: Reading, key: Key) -> bool:
        return any(
            (rule, side.direction) == key and side.stops(number)
            for rule, side, number in _sides(reading.values, self._scale, self._limits)
        )

    def _still_beyond_stop(self, side: Side) -> bool:
        """Whether the last SpO2 of at least 2 min ago, and not too long ago to be the same event, was there too."""
        before = [
            (reading.observed_at, reading.values.spo2)
            for reading in self._earlier
            if reading.values.spo2 is not None
            and self._limits.still_after <= self._at - reading.observed_at <= self._limits.second_until
        ]
        return bool(before) and side.stops(max(before)[1])

    def _is_newly_on_oxygen(self) -> bool:
        if not self._values.on_oxygen or self._scale not in self._limits.new_oxygen_stops_on_scale:
            return False
        before = [
            (reading.observed_at, reading.values.on_oxygen)
            for reading in self._earlier
            if reading.values.on_oxygen is not None and reading.observed_at < self._at
        ]
        return bool(before) and not max(before)[1]

    def _shown(self, key: Key) -> tuple[str, int | Decimal | None]:
        """The value for the eye and the number for comparing."""
        rule, values = key[0], self._values
        if rule is Rule.CONSCIOUSNESS:
            return str(values.consciousness), None
        if rule is Rule.SEDATION:
            return values.sedation_title, None
        if rule is Rule.NEWS2:
            total = self._news2.total
            return "NEWS2 incomplete" if total is None else f"NEWS2 {total}", total
        number = self._by_key[key][1]
        if rule in (Rule.SYSTOLIC, Rule.DIASTOLIC) and values.systolic is not None and values.diastolic is not None:
            return f"{values.systolic}/{values.diastolic}", number
        return f"{number} %" if rule is Rule.SPO2 else str(number), number

    def _sentence(self, key: Key, severity: Severity, value: str) -> str:
        rule, values = key[0], self._values
        if rule is Rule.CONSCIOUSNESS and values.consciousness is not None:
            return f"Consciousness {value}: {Consciousness(values.consciousness).words}."
        if rule is Rule.SEDATION and values.sedation_scale is not None and values.sedation is not None:
            return f"Sedation {sedation.words(values.sedation_scale, values.sedation)}."
        if rule is Rule.PSYCHOTOMIMETIC and values.psychotomimetic is not None:
            return f"Psychotomimetic score {psychotomimetic.words(values.psychotomimetic)}."
        if rule is Rule.NEWS2:
            return self._news2_sentence(severity, value)
        side, number = self._by_key[key]
        limit = side.red if severity is Severity.RED else side.yellow
        if not side.reaches(number, limit):
            rise = number - (self._baseline or 0)
            return f"Blood pressure {value} mmHg: systolic {rise} above the baseline of {self._baseline}."
        with_what = ""
        if severity is Severity.YELLOW and side.second_reading:
            with_what = ", second reading"
        elif severity is Severity.YELLOW and key == (Rule.RESPIRATION, _LOW):
            with_what = f" with {self._company_of_slow_breathing()}"
        beyond = "or less" if side.direction is Direction.LOW else "or more"
        return f"{_NAMES[rule].format(value)}{with_what}: {_SUBJECTS.get(rule, '')}{severity} at {limit} {beyond}."

    def _news2_sentence(self, severity: Severity, value: str) -> str:
        total = self._news2.total
        limit = self._limits.news2.red if severity is Severity.RED else self._limits.news2.yellow
        if total is not None and self._limits.news2.reaches(total, limit):
            return f"{value}: {severity} at {limit} or more."
        return f"{value}: a single 3, for {' and '.join(_PARTS.get(each, each) for each in self._news2.threes)}."


_NAMES: dict[Rule, str] = {
    Rule.RESPIRATION: "Respiration {} /min",
    Rule.SPO2: "SpO2 {}",
    Rule.SYSTOLIC: "Blood pressure {} mmHg",
    Rule.DIASTOLIC: "Blood pressure {} mmHg",
    Rule.HEART_RATE: "Heart rate {} /min",
    Rule.TEMPERATURE: "Temperature {} °C",
}
_PARTS = {"spo2": "SpO2", "systolic": "systolic pressure"}
_SUBJECTS: dict[Rule, str] = {Rule.SYSTOLIC: "systolic ", Rule.DIASTOLIC: "diastolic "}
