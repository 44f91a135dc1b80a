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
    """The alert rules. Those of the first group rest on observation sets; the others on what else is recorded, or on time."""

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
    PAIN = "pain"
    VOMITING = "vomiting"
    REFUSALS = "refusals"

    LIVER = "liver"
    SUICIDE_RISK = "suicide_risk"
    BAG_EMPTY = "bag_empty"
    COURSE_LENGTH = "course_length"
    PUMP_DIFFERS = "pump_differs"
    PAUSE_OVER = "pause_over"
    SINGLE_SIGNED = "single_signed"

    FALL = "fall"
    SEIZURE = "seizure"
    CHEST_PAIN = "chest_pain"
    STRIDOR = "stridor"
    ANAPHYLAXIS = "anaphylaxis"
    EXTRAVASATION = "extravasation"
    PUMP_FAULT = "pump_fault"
    WRONG_DRUG_OR_RATE = "wrong_drug_or_rate"
    ASKS_TO_STOP = "asks_to_stop"


# The rules whose value one set shows; pain only beside the value at which the target was declared.
OF_A_SET = frozenset(
    {
        Rule.RESPIRATION,
        Rule.SPO2,
        Rule.CONSCIOUSNESS,
        Rule.SYSTOLIC,
        Rule.DIASTOLIC,
        Rule.HEART_RATE,
        Rule.SEDATION,
        Rule.PSYCHOTOMIMETIC,
        Rule.NEWS2,
        Rule.TEMPERATURE,
    }
)
# The stop list (DOMAIN 5, "other"): an adverse event of each is recorded by one tap and is its own rule.
STOP_LIST = frozenset(
    {
        Rule.FALL,
        Rule.SEIZURE,
        Rule.CHEST_PAIN,
        Rule.STRIDOR,
        Rule.ANAPHYLAXIS,
        Rule.EXTRAVASATION,
        Rule.PUMP_FAULT,
        Rule.WRONG_DRUG_OR_RATE,
        Rule.ASKS_TO_STOP,
    }
)


class LadderClass(StrEnum):
    """The class of a rule decides who is told, and when (DOMAIN 5, "Escalation")."""

    PHYSIOLOGICAL_RED = "physiological_red"
    YELLOW = "yellow"
    SEDATION = "sedation"
    SET_OVERDUE = "set_overdue"
    BAG = "bag"
    SUICIDE_RISK = "suicide_risk"
    SINGLE_SIGNED = "single_signed"
    TASK = "task"


class Tier(StrEnum):
    """Whom a step of a ladder tells: the people of the ward in that role; `rapid_response` is a prompt to call the team."""

    NURSE = "nurse"
    CHARGE_NURSE = "charge_nurse"
    PHYSICIAN = "physician"
    RAPID_RESPONSE = "rapid_response"
