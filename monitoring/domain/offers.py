"""What an alert offers to do: back to the dose that was tolerated last (DOMAIN 5, POSS 3)."""

from __future__ import annotations

from decimal import Decimal

from infusion.domain.course import CourseFacts, CourseState
from infusion.domain.protocol import ProtocolContent


def decrease_offer(delivery: CourseFacts | None, dosing: ProtocolContent) -> tuple[tuple[str, str], ...]:
    """The offer of a decrease to the last tolerated dose in mg/kg/h; empty where nothing flows or none lies below."""
    dose = last_tolerated_dose(delivery, dosing)
    return () if dose is None else (("act", "decrease"), ("dose_mg_per_kg_h", f"{dose.normalize():f}"))


def last_tolerated_dose(delivery: CourseFacts | None, dosing: ProtocolContent) -> Decimal | None:
    """The dose before the running one where that was lower, else one increment less; None below the protocol's minimum."""
    if delivery is None or delivery.state is not CourseState.RUNNING:
        return None
    running, previous = delivery.dose_mg_per_kg_h, delivery.previous_dose_mg_per_kg_h
    dose = previous if previous is not None and previous < running else running - dosing.increment
    return dose if dose >= dosing.minimum else None
