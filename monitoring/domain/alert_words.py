"""What an alert about a value says: the value for the eye, the sentence with its limit, what is to be asked or read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from monitoring.domain import psychotomimetic, sedation
from monitoring.domain.bands import Key, Reading
from monitoring.domain.news2 import News2
from monitoring.domain.severity import Direction, Rule, Severity
from monitoring.domain.thresholds import Side, StopWhen, Thresholds
from monitoring.domain.values import Consciousness, Values, WarningSymptom

Number = int | Decimal

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
_FIELDS = {
    Rule.RESPIRATION: "respiratory_rate",
    Rule.SPO2: "spo2",
    Rule.SYSTOLIC: "systolic",
    Rule.DIASTOLIC: "diastolic",
    Rule.HEART_RATE: "heart_rate",
    Rule.TEMPERATURE: "temperature",
    Rule.PSYCHOTOMIMETIC: "psychotomimetic",
    Rule.PAIN: "pain",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One value beyond a limit, as far as its sentence needs: `with_what` is its company, or how sure it is."""

    key: Key
    severity: Severity
    reading: Reading
    with_what: str = ""
    side: Side | None = None
    number: Number | None = None
    baseline_systolic: int | None = None


def value_of(rule: Rule, values: Values, news2: News2) -> tuple[str, Number | None]:
    """A rule's value for the eye ("184/104", "POSS 4"; empty where it is not there) and its number for comparing."""
    if rule is Rule.CONSCIOUSNESS:
        return str(values.consciousness or ""), None
    if rule is Rule.SEDATION:
        return values.sedation_title, None
    if rule is Rule.NEWS2:
        return "NEWS2 incomplete" if news2.total is None else f"NEWS2 {news2.total}", news2.total
    number: Number | None = getattr(values, _FIELDS[rule])
    if number is None:
        return "", None
    if rule in (Rule.SYSTOLIC, Rule.DIASTOLIC) and values.systolic is not None and values.diastolic is not None:
        return f"{values.systolic}/{values.diastolic}", number
    return f"{number} %" if rule is Rule.SPO2 else str(number), number


def sentence(said: Said, limits: Thresholds) -> str:
    """The sentence of an alert: the value, what makes sure of it, and which limit it met."""
    rule, values = said.key[0], said.reading.values
    value, _ = value_of(rule, values, said.reading.news2)
    if rule is Rule.CONSCIOUSNESS and values.consciousness is not None:
        return f"Consciousness {value}: {Consciousness(values.consciousness).words}."
    if rule is Rule.SEDATION and values.sedation_scale is not None and values.sedation is not None:
        return f"Sedation {sedation.words(values.sedation_scale, values.sedation)}."
    if rule is Rule.PSYCHOTOMIMETIC and values.psychotomimetic is not None:
        return f"Psychotomimetic score {psychotomimetic.words(values.psychotomimetic)}."
    if rule is Rule.NEWS2:
        return _of_news2(said.reading.news2, said.severity, value, limits)
    return _of_number(said, value)


def questions(key: Key, side: Side | None, number: Number | None, *, is_asked: bool, is_stopping: bool) -> str:
    """What is to be asked of the patient or read again about a red value, in words; empty where nothing is.

    `is_asked`: the warning symptoms have an answer. `is_stopping`: a stop is advised already.
    """
    return " ".join(_questions(key, side, number, is_asked=is_asked, is_stopping=is_stopping))


def _questions(
    key: Key, side: Side | None, number: Number | None, *, is_asked: bool, is_stopping: bool
) -> Iterator[str]:
    if key[0] is Rule.SYSTOLIC and not is_asked:
        *most, last = (symptom.replace("_", " ") for symptom in WarningSymptom)
        yield f"Ask: {', '.join([*most, last])}?"
    if side is None or number is None or not side.stops(number) or is_stopping:
        return
    if side.stop_when is StopWhen.STILL:
        yield "Read SpO2 again after 2 min: still so low, and the infusion is to be stopped."
    if side.stop_when is StopWhen.TWICE:
        yield "Read the pressure again: twice so high, and the infusion is to be stopped."


def _of_number(said: Said, value: str) -> str:
    side, number, with_what, rule = said.side, said.number, said.with_what, said.key[0]
    if side is None or number is None:
        raise ValueError(f"{rule} compares a number, and none was given.")
    limit = side.red if said.severity is Severity.RED else side.yellow
    if not side.reaches(number, limit):
        rise = number - (said.baseline_systolic or 0)
        return (
            f"{_NAMES[rule].format(value)}{with_what}: systolic {rise} above the baseline of {said.baseline_systolic}."
        )
    beyond = "or less" if side.direction is Direction.LOW else "or more"
    return f"{_NAMES[rule].format(value)}{with_what}: {_SUBJECTS.get(rule, '')}{said.severity} at {limit} {beyond}."


def _of_news2(score: News2, severity: Severity, value: str, limits: Thresholds) -> str:
    limit = limits.news2.red if severity is Severity.RED else limits.news2.yellow
    if score.total is not None and limits.news2.reaches(score.total, limit):
        return f"{value}: {severity} at {limit} or more."
    return f"{value}: a single 3, for {' and '.join(_PARTS.get(each, each) for each in score.threes)}."
