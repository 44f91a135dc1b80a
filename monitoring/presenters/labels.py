"""What values, codes and reasons are called on a page."""

from __future__ import annotations

from collections.abc import Sequence

from monitoring.domain.sedation import LEVELS, SedationScale
from monitoring.domain.values import AbsentReason, Consciousness, Mobility, Parameter, Symptom, WarningSymptom

NAMES: dict[str, tuple[str, str]] = {
    "respiratory_rate": ("Breathing", "per minute"),
    "spo2": ("SpO2", "per cent"),
    "oxygen": ("Oxygen", ""),
    "oxygen_l_per_min": ("Litres", "of oxygen per minute"),
    "heart_rate": ("Pulse", "per minute"),
    "systolic": ("BP upper", "mmHg"),
    "diastolic": ("BP lower", "mmHg"),
    "warning_symptoms": ("Warning signs", ""),
    "consciousness": ("Awareness", ""),
    "temperature": ("Temp", "degrees Celsius"),
    "sedation": ("Sedation", ""),
    "psychotomimetic": ("Distress", "0 to 3"),
    "pain": ("Pain", "0 to 10"),
    "symptoms": ("Symptoms", ""),
    "mobility": ("Walking", ""),
}
ABSENT = {
    AbsentReason.ASLEEP: "Asleep",
    AbsentReason.REFUSED: "Refused",
    AbsentReason.OFF_WARD: "Off ward",
    AbsentReason.EQUIPMENT: "Equipment",
}
CONSCIOUSNESS = {
    Consciousness.A: "Alert, or wakes fully",
    Consciousness.C: "New confusion",
    Consciousness.V: "Only to voice",
    Consciousness.P: "Only to pain",
    Consciousness.U: "Does not respond",
}
PSYCHOTOMIMETIC = {
    0: "None",
    1: "Mild, not upsetting",
    2: "Upsetting, can be reassured",
    3: "Frightening, paranoid or unsafe",
}
MOBILITY = {Mobility.STEADY: "Steady", Mobility.NEEDS_HELP: "Needs help"}
SYMPTOMS = {
    Symptom.DOUBLE_VISION: "Double vision",
    Symptom.DIZZY: "Dizzy, unsteady",
    Symptom.NAUSEA: "Nausea",
    Symptom.VOMITING: "Vomiting",
    Symptom.VIVID_DREAMS: "Vivid dreams",
    Symptom.HALLUCINATION: "Sees things",
    Symptom.PARANOIA: "Suspicious",
    Symptom.ANXIETY: "Anxious",
    Symptom.SALIVATION: "Salivation",
    Symptom.URINARY: "Urinary",
    Symptom.NYSTAGMUS: "Eyes jerk",
    Symptom.HEADACHE_WORSE: "Headache worse",
}
WARNING_SYMPTOMS = {
    WarningSymptom.CHEST_PAIN: "Chest pain",
    WarningSymptom.BREATHLESSNESS: "Breathless",
    WarningSymptom.SYNCOPE: "Fainted",
    WarningSymptom.NEW_NEUROLOGICAL_SIGN: "New weakness, speech or sight change",
    WarningSymptom.THUNDERCLAP_HEADACHE: "Thunderclap headache",
}


def absent_words(code: str) -> str:
    """Why a value is missing, in small letters: "off ward"; what is not known stays as it came."""
    return code.replace("_", " ")


def listed(parameters: Sequence[Parameter], joined_by: str) -> str:
    """Names inside a sentence: "breathing, SpO2 or sedation"."""
    names = [NAMES[each][0] for each in parameters]
    said = [name if name == "SpO2" else name.lower() for name in names]
    return f" {joined_by} ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def sedation_options(scale: SedationScale) -> list[tuple[str, str]]:
    """The codes of a scale with their words, in the scale's own order."""
    return [(code, f"{level.words[:1].upper()}{level.words[1:]}") for code, level in LEVELS[scale].items()]


def symptom_words(codes: tuple[str, ...]) -> str:
    """The ticks of a set as one line."""
    return ", ".join(SYMPTOMS[Symptom(code)].lower() for code in codes)
