"""The falls score of a shift (DOMAIN 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.errors import Reason
from monitoring.domain.assessments import FallsScale
from patients.domain.times import reasons_of_time

# The Morse scale's items add up to multiples of five: 0, 15, 20, 25, 30 and so on.
_MOST = {FallsScale.MORSE: 125}
_STEP = {FallsScale.MORSE: 5}


@dataclass(frozen=True, slots=True)
class FallsEntry:
    """One score as it is handed in."""

    observed_at: datetime
    score: int
    scale: FallsScale = FallsScale.MORSE

    @property
    def columns(self) -> dict[str, Any]:
        """The values by the name of their column."""
        return {"observed_at": self.observed_at, "score": self.score, "scale": self.scale.value}

    def reasons_not_to_take(self, *, admitted_at: datetime, at: datetime) -> list[Reason]:
        """Every reason at once: a time that cannot be, a score that its scale does not have."""
        reasons = reasons_of_time(
            self.observed_at,
            field="observed_at",
            words="The score",
            admitted_at=admitted_at,
            before=timedelta(0),
            at=at,
        )
        most, step = _MOST[self.scale], _STEP[self.scale]
        if not 0 <= self.score <= most or self.score % step:
            sentence = f"The {self.scale.title()} scale has no score {self.score}: 0 to {most} in steps of {step}."
            reasons.append(Reason("not_on_the_scale", sentence, "score"))
        return reasons
