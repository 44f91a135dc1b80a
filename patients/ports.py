"""What patients needs from the apps above it."""

from datetime import datetime

from accounts.actor import Actor
from core.errors import Reason
from core.ports import Unfilled, port
from patients.models import Admission


@port("patients.settle")
def settle(admission: Admission, *, by: Actor, at: datetime) -> bool:
    """Bring prompts, alerts and approvals in line with the facts of `admission`, whose row is locked by the caller.

    Level-triggered: it asks what should be, compares with what is, and mends; run twice, the second does nothing.
    Answers whether something red happened, which open pages should show without waiting.
    """
    raise Unfilled


@port("patients.reasons_not_to_discharge")
def reasons_not_to_discharge(admission: Admission, *, at: datetime) -> list[Reason]:
    """Every reason why this patient cannot leave yet; a physician's reason opens a soft one."""
    raise Unfilled
