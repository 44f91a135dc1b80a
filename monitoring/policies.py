"""What must hold before something may be relied on."""

from infusion.domain.protocol import ContentError
from monitoring.domain.rules import WatchRules
from monitoring.domain.schedule import Schedule
from monitoring.domain.thresholds import Thresholds


def content_problems(content: object) -> list[str]:
    """Everything that is wrong in the schedule and the alert limits of a protocol's content, as sentences."""
    problems: list[str] = []
    for part in (Schedule, Thresholds, WatchRules):
        try:
            part.from_content(content)
        except ContentError as error:
            problems += error.problems
    return problems
