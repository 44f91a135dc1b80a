"""What is to be written about the alerts of a stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitoring.domain.alert_rules import Direction, Finding, Severity
from monitoring.domain.alert_words import Number

BACK_IN_RANGE = "back in range"
CORRECTED = "corrected"


def worst(numbers: Iterable[Number | None], direction: Direction) -> Number | None:
    """The number that lies furthest out on an alert's side; None where it compares codes.

    >>> worst([88, None, 91], Direction.LOW)
    88
    """
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    return min(known) if direction is Direction.LOW else max(known)


@dataclass(frozen=True, slots=True)
class Raise:
    """A finding that no alert covers yet, with the row it comes from: a set, or what its rule rests on (None: time alone).

    `recovered_at`: a newer set already showed the value in range, so it is kept and shown, but does not ring.
    `counts`: a row that is evidence already and is judged more gravely now is not counted again.
    `begins_anew`: outside again after closer watching for it was over, so it is watched from this set on.
    """

    finding: Finding
    observed_at: datetime
    row_id: int | None = None
    retrospective: bool = False
    recovered_at: datetime | None = None
    rings: bool = True
    counts: bool = True
    begins_anew: bool = False


@dataclass(frozen=True, slots=True)
class Mend:
    """How an alert stands from now on: since when its value is back in range, and why it is closed (empty: it is open)."""

    recovered_at: datetime | None
    close_reason: str = ""


@dataclass(frozen=True, slots=True)
class Restated:
    """What an alert says after some of its sets were corrected: only what the others show."""

    evidence: tuple[int, ...]
    count: int
    severity: Severity
    number: Number | None
    value: str | None
    sentence: str | None
    stop_advised: bool
    first_observed_at: datetime
    last_observed_at: datetime


@dataclass(frozen=True, slots=True)
class AlertChange:
    """What is to be written about alerts, in this order: raised (or updated), restated, mended."""

    raised: tuple[Raise, ...] = ()
    restated: tuple[tuple[int, Restated], ...] = ()
    mended: tuple[tuple[int, Mend], ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Nothing is to be written."""
        return not (self.raised or self.restated or self.mended)

    @property
    def has_red(self) -> bool:
        """Does something red begin, or show itself again?"""
        return any(each.finding.severity is Severity.RED for each in self.raised)

    @property
    def closed(self) -> dict[int, str]:
        """Of the mended ones, those that are closed, with the reason."""
        return {alert_id: mend.close_reason for alert_id, mend in self.mended if mend.close_reason}
