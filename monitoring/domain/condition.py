"""One rule that is met by what else is recorded, or by time: what it says, since when, and on which rows it rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitoring.domain.alert_rules import Finding, Key


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule that holds now. `evidence` are the rows that it rests on and when they were seen; none where it is of time.

    `needs`: so many rows that no alert spoke of make a new alert. `told_once`: a row that any alert spoke of is told for
    good; else only while the alert is open, or was closed by hand. `rings_anew`: each new row is a new happening.
    `recovered_at`: since when it is over, though nobody looked.
    """

    finding: Finding
    since: datetime
    evidence: tuple[tuple[int, datetime], ...] = ()
    retrospective: bool = False
    needs: int = 1
    told_once: bool = False
    rings_anew: bool = False
    recovered_at: datetime | None = None

    @property
    def key(self) -> Key:
        """The rule and side of its alert."""
        return self.finding.key
