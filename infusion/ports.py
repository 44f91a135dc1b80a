"""What infusion needs from the apps above it."""

from datetime import datetime

from core.ports import Unfilled, port
from infusion.domain.readiness import Readiness
from patients.models import Admission


@port("infusion.readiness")
def readiness(admission: Admission, *, at: datetime) -> Readiness:
    """What the bedside says about starting or raising the dose at `at`; asked after the stay's lock was taken."""
    raise Unfilled
