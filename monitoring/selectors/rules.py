"""What a signed protocol says about watching, read once a process; the shipped defaults where a hospital has none yet."""

from functools import lru_cache

from infusion.seed import default_content
from infusion.selectors import protocol_row
from monitoring.domain.alert_rules import Thresholds
from monitoring.domain.rules import SECTIONS, WatchRules
from monitoring.domain.schedule import Schedule


@lru_cache(maxsize=64)
def schedule_of(protocol_id: int | None) -> Schedule:
    """The schedule of a signed protocol, read once a process; the shipped defaults where a hospital has none yet."""
    return Schedule.from_content(protocol_row(protocol_id).content if protocol_id else default_content())


@lru_cache(maxsize=64)
def thresholds_of(protocol_id: int | None) -> Thresholds:
    """The alert thresholds, likewise: a set is never stored without being judged."""
    return Thresholds.from_content(protocol_row(protocol_id).content if protocol_id else default_content())


@lru_cache(maxsize=64)
def watch_rules(protocol_id: int | None) -> WatchRules:
    """What else the protocol says about watching; a section it was signed without is the shipped default."""
    content, shipped = protocol_row(protocol_id).content if protocol_id else {}, default_content()
    return WatchRules.from_content({**{name: shipped[name] for name in SECTIONS}, **content})
