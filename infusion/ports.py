"""What infusion needs from the apps above it."""

from datetime import datetime

from core.ports import Unfilled, port
from infusion.domain.readiness import Readiness
from patients.models import Admission


@port("infusion.readiness")
def readiness(admission: Admission, *, at: datetime) -> Readiness:
    """What the bedside says about starting or raising the dose at `at`; asked after the stay's lock was taken."""
    raise Unfilled


@port("infusion.content_problems")
def content_problems(content: object) -> list[str]:
    """What the apps above find wrong in their part of a protocol's content (schedule, alerts), as sentences."""
    raise Unfilled
