"""The schedule and the alert limits of a signed protocol, read once a process: signed content never changes."""

from functools import lru_cache

from infusion.selectors import protocol_row

from monitoring.domain.alert_rules import Thresholds
from monitoring.domain.schedule import Schedule


@lru_cache(maxsize=64)
def schedule_of(protocol_id: int) -> Schedule:
    """When sets are due under this protocol."""
    return Schedule.from_content(protocol_row(protocol_id).content)


@lru_cache(maxsize=64)
def thresholds_of(protocol_id: int) -> Thresholds:
    """From which values on alerts ring under this protocol."""
    return Thresholds.from_content(protocol_row(protocol_id).content)
