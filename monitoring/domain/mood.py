"""The daily mood and the C-SSRS screener (DOMAIN 4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from core.errors import Reason
from monitoring.domain.assessments import Mood
from patients.domain.times import reasons_of_time

QUESTIONS = ("cssrs_1", "cssrs_2", "cssrs_3", "cssrs_4", "cssrs_5", "cssrs_6")
_ALWAYS = ("cssrs_1", "cssrs_2", "cssrs_6")
_AFTER_YES_TO_2 = ("cssrs_3", "cssrs_4", "cssrs_5")


@dataclass(frozen=True, slots=True)
class Cssrs:
    """Answers to the screener, None where a question was not asked. `cssrs_6_recent` is about the last three months."""

    cssrs_1: bool | None = None
    cssrs_2: bool | None = None
    cssrs_3: bool | None = None
    cssrs_4: bool | None = None
    cssrs_5: bool | None = None
    cssrs_6: bool | None = None
    cssrs_6_recent: bool | None = None

    @property
    def was_asked(self) -> bool:
        """Whether any question has an answer."""
        return any(answer is not None for answer in asdict(self).values())


@dataclass(frozen=True, slots=True)
class MoodEntry:
    """One mood screen as it is handed in. `since_last_contact`: the screener was asked as it is every time but the first."""

    observed_at: datetime
    mood: Mood
    cssrs: Cssrs = Cssrs()
    since_last_contact: bool = False

    @property
    def columns(self) -> dict[str, Any]:
        """The values by the name of their column."""
        return {
            "observed_at": self.observed_at,
            "mood": self.mood.value,
            "since_last_contact": self.since_last_contact,
            **asdict(self.cssrs),
        }

    def reasons_not_to_take(self, *, admitted_at: datetime, at: datetime) -> list[Reason]:
        """Every reason at once: a time that cannot be, a screener begun and not finished. A yes is never refused."""
        reasons = reasons_of_time(
            self.observed_at,
            field="observed_at",
            words="The screen",
            admitted_at=admitted_at,
            before=timedelta(0),
            at=at,
        )
        if not self.cssrs.was_asked:
            if self.since_last_contact:
                sentence = "The screener was not asked, so there is no last contact to speak of."
                reasons.append(Reason("not_asked", sentence, "since_last_contact"))
            return reasons
        asked = [*_ALWAYS, *(_AFTER_YES_TO_2 if self.cssrs.cssrs_2 else ())]
        for question in QUESTIONS:
            if question in asked and getattr(self.cssrs, question) is None:
                number = question.rpartition("_")[2]
                reasons.append(Reason("unanswered", f"Question {number} of the screener has no answer.", question))
        if self.cssrs.cssrs_6 and self.cssrs.cssrs_6_recent is None:
            sentence = "Say whether it was within the last three months."
            reasons.append(Reason("unanswered", sentence, "cssrs_6_recent"))
        if self.cssrs.cssrs_6_recent and not self.cssrs.cssrs_6:
            sentence = "Question 6 is not answered with yes, but its last three months are."
            reasons.append(Reason("contradiction", sentence, "cssrs_6"))
        return reasons
