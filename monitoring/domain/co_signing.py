"""What another stands beside: entries of nurses about what was seen more than twelve hours before (DOMAIN 4, "Two times")."""

from __future__ import annotations

from datetime import datetime

from monitoring.domain.entry import LATE_BY_NATURE, VERY_LATE
from monitoring.domain.values import Source

# A set that comes late by its nature says so by its source and is nobody's late entry.
ANSWERED_FOR = tuple(source for source in Source if source not in LATE_BY_NATURE)


def is_very_late(observed_at: datetime, first_recorded_at: datetime) -> bool:
    """Was it seen more than twelve hours before its first version was recorded? A correction counts from there, too.

    So mending a slip of the pen days later asks nobody; moving a set to another shift does, and so does a correction of what
    was charted very late in the first place.
    """
    return first_recorded_at - observed_at > VERY_LATE
