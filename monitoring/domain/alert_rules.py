"""Which values of a set ring, how gravely, and why: the vital-sign and sedation rules of DOMAIN 5.

Limits come from the protocol (`Thresholds`); what is fixed here is how bands combine: company, second readings, twice,
still, symptoms that were asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from monitoring.domain import alert_words
from monitoring.domain.alert_words import Number, Said
from monitoring.domain.bands import SEDATION_IS_DEEP, Key, Reading, bands, calm, numbers, severity_of, sides
from monitoring.domain.sedation import RASS_NUMBERS, SedationScale
from monitoring.domain.severity import Direction, Rule, Severity
from monitoring.domain.thresholds import Side, StopWhen, Thresholds

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

_LOW = Direction.LOW


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


_NOTHING: Mapping[Key, str] = {}


def findings(
    current: Reading,
    earlier: Sequence[Reading],
    *,
    scale: int,
    baseline_systolic: int | None,
    thresholds: Thresholds,
    sure: Mapping[Key, str] = _NOTHING,
) -> tuple[Finding, ...]:
    """Everything that rings for `current`, complete or not; `earlier` are readings before it, in any order.

    A yellow that needs a second reading rings only if one 5-15 min earlier lay outside on the same side too, or if `sure`
    says in words why it counts without ("no second reading came").
    """
    look = _Look(current, tuple(earlier), scale, baseline_systolic, thresholds, sure)
    shown = bands(
        current.values, current.news2, scale=scale, baseline_systolic=baseline_systolic, thresholds=thresholds
    )
    found = [
        look.finding(key, severity)
        for key, severity in shown.items()
        if severity is not None and not look.waits(key, severity)
    ]
    return (*found, *look.answered())


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


@dataclass(frozen=True, slots=True)
class _Look:
    """One set looked at beside the earlier ones."""

    current: Reading
    earlier: tuple[Reading, ...]
    scale: int
    baseline: int | None
    limits: Thresholds
    sure: Mapping[Key, str] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When the set was seen."""
        return self.current.observed_at

    def waits(self, key: Key, severity: Severity) -> bool:
        """Whether a band is not yet an alert: yellow without the second reading, or without the company, it needs."""
        side, _ = self._limited(key)
        if severity is Severity.RED or side is None:
            return False
        if key == (Rule.RESPIRATION, _LOW):
            return not self._company_of_slow_breathing()
        return side.second_reading and key not in self.sure and not self._was_outside_before(key)

    def finding(self, key: Key, severity: Severity) -> Finding:
        """The finding with its words."""
        rule, direction = key
        value, number = alert_words.value_of(rule, self.current.values, self.current.news2)
        side, limited = self._limited(key)
        is_stopping = self._stop_advised(key, severity)
        symptoms = self._symptoms(key, severity)
        said = Said(key, severity, self.current, self._with_what(key, severity), side, limited, self.baseline)
        return Finding(
            rule=rule,
            direction=direction,
            severity=severity,
            stop_advised=is_stopping,
            value=value,
            number=number,
            sentence=f"{alert_words.sentence(said, self.limits)}{_with_symptoms(symptoms)}",
            worse_by=getattr(self.limits.worse_by, rule, None),
            asks=""
            if severity is Severity.YELLOW
            else alert_words.questions(
                key, side, limited, is_asked=self.current.warning_symptoms is not None, is_stopping=is_stopping
            ),
        )

    def answered(self) -> Iterator[Finding]:
        """A set that answers the question for warning symptoms and has no pressure of its own speaks of the last red one."""
        if self.current.warning_symptoms is None or self.current.values.systolic is not None:
            return
        last = max(
            (each for each in self._since_window() if each.values.systolic is not None),
            key=lambda each: each.observed_at,
            default=None,
        )
        if last is None:
            return
        pressure = Reading(last.observed_at, last.values, last.news2, warning_symptoms=self.current.warning_symptoms)
        before = tuple(each for each in self.earlier if each.observed_at < last.observed_at)
        look = _Look(pressure, before, self.scale, self.baseline, self.limits)
        for key in ((Rule.SYSTOLIC, Direction.HIGH), (Rule.SYSTOLIC, _LOW)):
            if self._band_of(last, key) is Severity.RED:
                yield look.finding(key, Severity.RED)

    def _limited(self, key: Key) -> tuple[Side | None, Number | None]:
        """The limits of a rule that compares a number, and the number; None for codes and scores."""
        for rule, side, number in sides(self.current.values, self.scale, self.limits):
            if (rule, side.direction) == key:
                return side, number
        return None, None

    def _with_what(self, key: Key, severity: Severity) -> str:
        side, _ = self._limited(key)
        if severity is Severity.RED or side is None:
            return ""
        if key == (Rule.RESPIRATION, _LOW):
            return f" with {self._company_of_slow_breathing()}"
        if not side.second_reading:
            return ""
        if self._was_outside_before(key):
            return ", second reading" if self._reaches_yellow(key) else ""
        return f", {self.sure[key]}" if key in self.sure else ""

    def _reaches_yellow(self, key: Key) -> bool:
        side, number = self._limited(key)
        return side is not None and number is not None and side.reaches(number, side.yellow)

    def _symptoms(self, key: Key, severity: Severity) -> frozenset[str]:
        """The warning symptoms that go with a red systolic pressure; none with anything else."""
        with_it = key[0] is Rule.SYSTOLIC and severity is Severity.RED
        return (self.current.warning_symptoms or frozenset()) if with_it else frozenset()

    def _company_of_slow_breathing(self) -> str:
        """What makes slow breathing an alert, in words: low SpO2, a drowsy patient; empty when neither."""
        needs, values = self.limits.respiration_low_needs, self.current.values
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
        for reading in self.earlier:
            if self.limits.second_from <= self.at - reading.observed_at <= self.limits.second_until:
                yield reading

    def _since_window(self) -> Iterator[Reading]:
        for reading in self.earlier:
            if reading.observed_at < self.at <= reading.observed_at + self.limits.second_until:
                yield reading

    def _was_outside_before(self, key: Key) -> bool:
        return any(self._band_of(reading, key) is not None for reading in self._in_window())

    def _band_of(self, reading: Reading, key: Key) -> Severity | None:
        shown = bands(reading.values, None, scale=self.scale, baseline_systolic=self.baseline, thresholds=self.limits)
        return shown.get(key)

    def _stop_advised(self, key: Key, severity: Severity) -> bool:
        if self._symptoms(key, severity):
            return True
        if key[0] is Rule.CONSCIOUSNESS:
            return self.current.values.consciousness in self.limits.consciousness.stop
        side, number = self._limited(key)
        if side is None or number is None:
            return key == SEDATION_IS_DEEP and self.current.values.sedation in self.limits.poss.stop
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
            for rule, side, number in sides(reading.values, self.scale, self.limits)
        )

    def _still_beyond_stop(self, side: Side) -> bool:
        """Whether the last SpO2 of at least 2 min ago, and not too long ago to be the same event, was there too."""
        before = [
            (reading.observed_at, reading.values.spo2)
            for reading in self.earlier
            if reading.values.spo2 is not None
            and self.limits.still_after <= self.at - reading.observed_at <= self.limits.second_until
        ]
        return bool(before) and side.stops(max(before)[1])

    def _is_newly_on_oxygen(self) -> bool:
        if not self.current.values.on_oxygen or self.scale not in self.limits.new_oxygen_stops_on_scale:
            return False
        before = [
            (reading.observed_at, reading.values.on_oxygen)
            for reading in self.earlier
            if reading.values.on_oxygen is not None and reading.observed_at < self.at
        ]
        return bool(before) and not max(before)[1]


def _with_symptoms(symptoms: frozenset[str]) -> str:
    return f" With {', '.join(sorted(symptoms)).replace('_', ' ')}." if symptoms else ""
