"""The values of one observation set, what may be charted at all, and what a person must confirm first (DOMAIN 4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from monitoring.domain.sedation import SedationScale, level

__all__ = [
    "LIMITS",
    "AbsentReason",
    "Consciousness",
    "Limit",
    "Mobility",
    "Parameter",
    "Reason",
    "SedationScale",
    "Source",
    "Symptom",
    "Values",
    "WarningSymptom",
    "completes_set_prompt",
    "is_full",
    "lacking_for_set_prompt",
    "needs_confirmation",
    "reasons_not_to_accept",
]


class Consciousness(StrEnum):
    """ACVPU. Roused to voice from sleep is A; dissociated but oriented is A; a hallucination is not C (DOMAIN 4)."""

    A = "A"
    C = "C"
    V = "V"
    P = "P"
    U = "U"

    @property
    def words(self) -> str:
        """The letter as the ward says it."""
        return _CONSCIOUSNESS_WORDS[self]


_CONSCIOUSNESS_WORDS = {
    Consciousness.A: "alert",
    Consciousness.C: "new confusion",
    Consciousness.V: "responds to voice",
    Consciousness.P: "responds to pain",
    Consciousness.U: "unresponsive",
}


class AbsentReason(StrEnum):
    """Why a value is missing."""

    ASLEEP = "asleep"
    REFUSED = "refused"
    OFF_WARD = "off_ward"
    EQUIPMENT = "equipment"


class Mobility(StrEnum):
    """How the patient walks."""

    STEADY = "steady"
    NEEDS_HELP = "needs_help"


class Symptom(StrEnum):
    """The ticks of a set."""

    DOUBLE_VISION = "double_vision"
    NYSTAGMUS = "nystagmus"
    DIZZY = "dizzy"
    NAUSEA = "nausea"
    VOMITING = "vomiting"
    VIVID_DREAMS = "vivid_dreams"
    HALLUCINATION = "hallucination"
    PARANOIA = "paranoia"
    ANXIETY = "anxiety"
    SALIVATION = "salivation"
    URINARY = "urinary"
    HEADACHE_WORSE = "headache_worse"


class WarningSymptom(StrEnum):
    """What is asked when the systolic pressure is red: with one of them the infusion is stopped (DOMAIN 5)."""

    CHEST_PAIN = "chest_pain"
    BREATHLESSNESS = "breathlessness"
    SYNCOPE = "syncope"
    NEW_NEUROLOGICAL_SIGN = "new_neurological_sign"
    THUNDERCLAP_HEADACHE = "thunderclap_headache"


class Source(StrEnum):
    """How a set came into the record; `escort` is the person who stays with the patient off the ward."""

    BEDSIDE = "bedside"
    ESCORT = "escort"
    MONITOR = "monitor"
    DOWNTIME = "downtime"
    REPLAY = "replay"
    IMPORT = "import"


class Parameter(StrEnum):
    """What a set observes; each may be absent with a reason."""

    HEART_RATE = "heart_rate"
    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    RESPIRATORY_RATE = "respiratory_rate"
    SPO2 = "spo2"
    OXYGEN = "oxygen"
    TEMPERATURE = "temperature"
    CONSCIOUSNESS = "consciousness"
    SEDATION = "sedation"
    PSYCHOTOMIMETIC = "psychotomimetic"
    PAIN = "pain"
    MOBILITY = "mobility"


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one set: rates per minute, pressures in mmHg, SpO2 in %, temperature in degrees Celsius.

    None is "not observed", never 0. `sedation` is the code of `sedation_scale`: POSS "S", "1".."4"; RASS "-5".."+4".
    """

    heart_rate: int | None = None
    systolic: int | None = None
    diastolic: int | None = None
    respiratory_rate: int | None = None
    spo2: int | None = None
    on_oxygen: bool | None = None
    oxygen_l_per_min: Decimal | None = None
    temperature: Decimal | None = None
    consciousness: Consciousness | None = None
    sedation_scale: SedationScale | None = None
    sedation: str | None = None
    psychotomimetic: int | None = None
    pain: int | None = None

    @property
    def sedation_title(self) -> str:
        """Scale and code as the ward writes them: "POSS 3"; empty when sedation was not observed."""
        if self.sedation is None or self.sedation_scale is None:
            return ""
        return f"{SedationScale(self.sedation_scale).name} {self.sedation}"


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be charted of one number: impossible outside `least`..`most`, to be confirmed outside the usual range.

    `sure_from`..`sure_until` needs no confirmation; None means that this side never does.
    """

    words: str
    unit: str
    least: Decimal
    most: Decimal
    sure_from: Decimal | None = None
    sure_until: Decimal | None = None
    places: int = 0

    def is_possible(self, number: int | Decimal) -> bool:
        """Whether a living patient, or the instrument, can have this value at all."""
        return self.least <= number <= self.most

    def is_sure(self, number: int | Decimal) -> bool:
        """Whether it is usual enough to be taken without asking again."""
        low = self.sure_from is not None and number < self.sure_from
        high = self.sure_until is not None and number > self.sure_until
        return not (low or high)


def _limit(words: str, unit: str, possible: str, sure: str = "", places: int = 0) -> Limit:
    least, most = (Decimal(bound) for bound in possible.split(".."))
    sure_from, sure_until = (Decimal(b) if b else None for b in sure.split("..")) if sure else (None, None)
    return Limit(words, unit, least, most, sure_from, sure_until, places)


# [default] Wide on purpose: refused is only what cannot be, a true extreme is confirmed and kept (heart rate 220
# happens). SpO2, pain and the psychotomimetic score end where their scales end.
LIMITS: dict[str, Limit] = {
    "heart_rate": _limit("Heart rate", "/min", "10..300", "30..199"),
    "systolic": _limit("Systolic pressure", "mmHg", "30..350", "70..239"),
    "diastolic": _limit("Diastolic pressure", "mmHg", "10..250", "30..139"),
    "respiratory_rate": _limit("Respiration", "/min", "0..90", "6..39"),
    "spo2": _limit("SpO2", "%", "0..100", "70.."),
    "oxygen_l_per_min": _limit("Oxygen", "L/min", "0..70", "..15", places=1),
    "temperature": _limit("Temperature", "°C", "25.0..45.0", "34.0..40.9", places=1),
    "psychotomimetic": _limit("Psychotomimetic score", "", "0..3"),
    "pain": _limit("Pain", "", "0..10"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a set is not taken as it is: the field, a code for machines, a sentence for people."""

    field: str
    code: str
    sentence: str


def reasons_not_to_accept(values: Values, *, confirmed: frozenset[str] = frozenset()) -> tuple[Reason, ...]:
    """Every reason at once: the impossible, the contradictory, and extremes whose field is not in `confirmed`."""
    unconfirmed = (reason for reason in needs_confirmation(values) if reason.field not in confirmed)
    return (*_impossible(values), *_contradictions(values), *unconfirmed)


def needs_confirmation(values: Values) -> tuple[Reason, ...]:
    """The extremes that are possible but rare: a person looks again and confirms each field (code `unconfirmed`)."""
    return tuple(
        Reason(name, "unconfirmed", f"{limit.words} {_shown(number, limit)} is rare: check it and confirm.")
        for name, limit, number in _numbers(values)
        if limit.is_possible(number) and not limit.is_sure(number)
    )


def completes_set_prompt(values: Values) -> bool:
    """Whether a set ends the set prompt: respiration, SpO2 and sedation carry values (DOMAIN 4)."""
    return not lacking_for_set_prompt(values)


def lacking_for_set_prompt(values: Values) -> tuple[Parameter, ...]:
    """What still has no value of the three that end the set prompt (DOMAIN 4)."""
    needed = (Parameter.RESPIRATORY_RATE, Parameter.SPO2, Parameter.SEDATION)
    return tuple(each for each in needed if getattr(values, each) is None)


def is_full(values: Values, *, pain_asleep: bool = False) -> bool:
    """Whether the set is full for the gate of an increase: everything but the temperature carries a value.

    A sleeping patient's pain is charted as "asleep" (`pain_asleep`), which is an answer and never 0.
    """
    return completes_set_prompt(values) and None not in (
        values.heart_rate,
        values.systolic,
        values.diastolic,
        values.on_oxygen,
        values.consciousness,
        values.psychotomimetic,
        AbsentReason.ASLEEP if pain_asleep else values.pain,
    )


def _numbers(values: Values) -> list[tuple[str, Limit, int | Decimal]]:
    read = ((name, limit, getattr(values, name)) for name, limit in LIMITS.items())
    return [(name, limit, number) for name, limit, number in read if number is not None]


def _impossible(values: Values) -> list[Reason]:
    reasons = []
    for name, limit, number in _numbers(values):
        if not limit.is_possible(number):
            span = f"{limit.least} to {limit.most}"
            sentence = f"{limit.words} {_shown(number, limit)} is not possible: {span} can be charted."
            reasons.append(Reason(name, "impossible", sentence))
        elif limit.places and number != round(number, limit.places):
            sentence = f"{limit.words} {_shown(number, limit)} has too many digits: one after the point is charted."
            reasons.append(Reason(name, "too_precise", sentence))
    return reasons


def _contradictions(values: Values) -> list[Reason]:
    reasons = []
    if values.systolic is not None and values.diastolic is not None and values.systolic <= values.diastolic:
        pressures = f"{values.systolic}/{values.diastolic}"
        sentence = f"Blood pressure {pressures} cannot be: systolic is above diastolic."
        reasons.append(Reason("systolic", "systolic_not_above_diastolic", sentence))
    if values.oxygen_l_per_min is not None and not values.on_oxygen:
        sentence = "Litres of oxygen are charted only with oxygen, not on air."
        reasons.append(Reason("oxygen_l_per_min", "litres_without_oxygen", sentence))
    reasons.extend(_contradictions_of_sedation(values.sedation_scale, values.sedation))
    return reasons


def _contradictions_of_sedation(scale: SedationScale | None, code: str | None) -> list[Reason]:
    if code is None:
        return []
    if scale is None:
        sentence = f"Sedation {code} needs its scale, POSS or RASS."
        return [Reason("sedation_scale", "sedation_without_scale", sentence)]
    if level(scale, code) is None:
        return [Reason("sedation", "not_on_the_scale", f"{SedationScale(scale).name} has no level {code}.")]
    return []


def _shown(number: int | Decimal, limit: Limit) -> str:
    return f"{number} {limit.unit}".rstrip()
