"""The words that alert rules share: how grave, on which side, by which rule."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """Yellow: look soon. Red: call now; no increase while one is open."""

    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """1 for yellow, 2 for red: for comparing, since the names do not sort by gravity."""
        return 2 if self is Severity.RED else 1


class Direction(StrEnum):
    """The side on which a value lies outside; `neither` where a rule has only one."""

    HIGH = "high"
    LOW = "low"
    NEITHER = "neither"


class Rule(StrEnum):
    """The alert rules that rest on observation sets and their prompts."""

    RESPIRATION = "respiration"
    SPO2 = "spo2"
    CONSCIOUSNESS = "consciousness"
    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    HEART_RATE = "heart_rate"
    SEDATION = "sedation"
    PSYCHOTOMIMETIC = "psychotomimetic"
    NEWS2 = "news2"
    TEMPERATURE = "temperature"
    SET_OVERDUE = "set_overdue"
