"""Leaving the ward and coming back: while the pump runs a named escort goes along and charts (DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import Reason
from patients.domain.times import FUTURE_SKEW, reasons_of_time

LONGEST = 100  # characters of a place or a name
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class LeavingEntry:
    """What is handed in: where to, with whom (a sign-in name or a name), and since when."""

    destination: str
    left_at: datetime
    escort: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """One time off the ward; `back_at` None: still."""

    left_at: datetime
    back_at: datetime | None

    def covers(self, instant: datetime) -> bool:
        """Was the patient off the ward then? Both ends count."""
        return self.left_at <= instant and (self.back_at is None or instant <= self.back_at)


def reasons_not_to_leave(
    entry: LeavingEntry, *, pump_runs: bool, last: Absence | None, admitted_at: datetime, at: datetime
) -> Iterator[Reason]:
    """Every reason at once. `last` is the last time off the ward, if there was one: two do not overlap."""
    yield from reasons_of_time(
        entry.left_at, field="left_at", words="Leaving", admitted_at=admitted_at, before=_NO_TIME, at=at
    )
    if not entry.destination:
        yield Reason("destination_missing", "Say where the patient goes.", "destination")
    for name in ("destination", "escort"):
        if len(getattr(entry, name)) > LONGEST:
            yield Reason("too_long", f"The {name} is longer than {LONGEST} characters.", name)
    if pump_runs and not entry.escort:
        sentence = "The pump runs: name the escort who goes along and charts, or pause it first."
        yield Reason("escort_missing", sentence, "escort")
    if last is not None and last.back_at is None:
        yield Reason("already_off_ward", "The patient is off the ward already.")
    elif last is not None and last.back_at is not None and entry.left_at < last.back_at:
        yield Reason("before_last_return", "The patient was still off the ward then.", "left_at")


def reasons_not_to_come_back(back_at: datetime, *, left_at: datetime, at: datetime) -> Iterator[Reason]:
    """Why the patient cannot have come back then."""
    if back_at > at + FUTURE_SKEW:
        ahead = int((back_at - at) / timedelta(minutes=1))
        yield Reason("in_the_future", f"Coming back lies {ahead} min ahead of the clock. 2 min is allowed.", "back_at")
    if back_at < left_at:
        yield Reason("before_leaving", "The patient had not left yet.", "back_at")


def reason_not_to_chart_as_escort(observed_at: datetime, absences: Sequence[Absence]) -> Iterator[Reason]:
    """An escort charts what is seen off the ward, and nothing else."""
    if not any(each.covers(observed_at) for each in absences):
        yield Reason("not_off_ward", "The patient was on the ward then: it is charted at the bedside.", "source")
