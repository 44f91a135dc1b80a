"""A look at pump, line and site, and whether the pump is set as Plateau has it (DOMAIN 3, "Dedicated labelled line")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import Reason
from infusion.domain.double_check import PumpReading
from patients.domain.times import reasons_of_time

LONGEST_NOTE = 500  # characters
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class LineCheckEntry:
    """What was seen: the rate at which the pump runs (0 where it stands), the bag's concentration, and five things to look at."""

    checked_at: datetime
    reading: PumpReading
    dedicated_labelled_line: bool
    anti_siphon_valve: bool
    pump_locked: bool
    nothing_else_through_it: bool
    site_is_well: bool
    note: str = ""


def agrees(reading: PumpReading, should_run: PumpReading | None) -> bool | None:
    """Whether the pump runs as it should: rate and concentration both; None where nothing should run and nothing does.

    A pump that runs though nothing should is as wrong as one that runs at another rate, and so is one that stands though
    it should run.

    >>> from decimal import Decimal as D
    >>> ordered = PumpReading(D("3.5"), D(2))
    >>> agrees(ordered, ordered), agrees(PumpReading(D(0), D(2)), ordered), agrees(ordered, None)
    (True, False, False)
    >>> agrees(PumpReading(D(0), D(2)), None) is None
    True
    """
    if should_run is None:
        return None if reading.rate_ml_per_h == 0 else False
    return reading == should_run


def reasons_not_to_take_check(entry: LineCheckEntry, *, admitted_at: datetime, at: datetime) -> Iterator[Reason]:
    """Every reason at once. What is not as it should be is no reason: it is kept as it was found."""
    yield from reasons_of_time(
        entry.checked_at, field="checked_at", words="The look", admitted_at=admitted_at, before=_NO_TIME, at=at
    )
    if len(entry.note) > LONGEST_NOTE:
        yield Reason("too_long", f"The note is longer than {LONGEST_NOTE} characters.", "note")
