"""The words of what is due and of what is recorded about watching a patient, beside sets and assessments."""

from enum import StrEnum


class PromptKind(StrEnum):
    """What is asked for (DOMAIN 4, "Schedule" and "Other prompts"; DOMAIN 5, "second reading" and "still after 2 min")."""

    FULL_SET = "full_set"
    SECOND_READING = "second_reading"
    RECHECK = "recheck"
    REASSESSMENT = "reassessment"
    PHYSICIAN_REVIEW = "physician_review"
    SET_INTERVAL = "set_interval"
    LIVER_ENZYMES = "liver_enzymes"
    MOOD = "mood"
    FALLS = "falls"
    LINE_CHECK = "line_check"

    @property
    def words(self) -> str:
        """What is asked for, as the list of what is due says it."""
        return _PROMPT_WORDS[self]


_PROMPT_WORDS = {
    PromptKind.FULL_SET: "Full set",
    PromptKind.SECOND_READING: "Second reading",
    PromptKind.RECHECK: "Still after 2 minutes?",
    PromptKind.REASSESSMENT: "Reassessment: is the dose to be raised?",
    PromptKind.PHYSICIAN_REVIEW: "Physician's review",
    PromptKind.SET_INTERVAL: "Physician sets the interval of the sets",
    PromptKind.LIVER_ENZYMES: "Liver enzymes",
    PromptKind.MOOD: "Mood",
    PromptKind.FALLS: "Falls score",
    PromptKind.LINE_CHECK: "Pump, line and site",
}


class ReviewKind(StrEnum):
    """Why somebody looked at the whole: the daily look of a physician, or the assessment after the hold (DOMAIN 1)."""

    DAILY = "daily"
    REASSESSMENT = "reassessment"


class ReviewOutcome(StrEnum):
    """How it goes on, as the one who looked sees it."""

    CONTINUE = "continue"
    INCREASE = "increase"
    DECREASE = "decrease"
    END = "end"
