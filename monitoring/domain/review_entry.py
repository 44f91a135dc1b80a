"""Somebody's look at the whole, as it is handed in: the daily review, the assessment after the hold (DOMAIN 1 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import Reason
from monitoring.domain.watching import ReviewKind, ReviewOutcome
from patients.domain.times import reasons_of_time

LONGEST_NOTE = 1000  # characters
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """What is handed in: which look, how it goes on, when it was, and what else is to be said."""

    kind: ReviewKind
    outcome: ReviewOutcome
    reviewed_at: datetime
    note: str = ""


def reasons_not_to_review(entry: ReviewEntry, *, admitted_at: datetime, at: datetime) -> Iterator[Reason]:
    """Every reason at once: a time that cannot be, a note that is too long."""
    yield from reasons_of_time(
        entry.reviewed_at, field="reviewed_at", words="The look", admitted_at=admitted_at, before=_NO_TIME, at=at
    )
    if len(entry.note) > LONGEST_NOTE:
        yield Reason("too_long", f"The note is longer than {LONGEST_NOTE} characters.", "note")
