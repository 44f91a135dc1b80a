"""A physician's own interval between full sets, as it is handed in (DOMAIN 4, "Schedule")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import Reason

LONGEST_REASON = 300  # characters
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(minutes=240)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IntervalEntry:
    """What is handed in: how often, why, and until when (None: until somebody ends it)."""

    every: timedelta
    reason: str
    until: datetime | None = None


def reasons_not_to_set_interval(entry: IntervalEntry, *, at: datetime) -> Iterator[Reason]:
    """Every reason at once: an interval that nobody can keep or that no longer watches, no reason, a time that is over.

    It never makes a set due later: the shortest of all intervals that apply rules.
    """
    if not SHORTEST <= entry.every <= LONGEST or entry.every % _MINUTE:
        span = f"{SHORTEST // _MINUTE} to {LONGEST // _MINUTE}"
        yield Reason("interval_impossible", f"Sets may be asked for every {span} min.", "every_min")
    if not entry.reason.strip():
        yield Reason("reason_missing", "An interval of one's own needs a reason.", "reason")
    if len(entry.reason) > LONGEST_REASON:
        yield Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "reason")
    if entry.until is not None and entry.until <= at:
        yield Reason("until_over", "The time until when it holds is over already.", "until")
