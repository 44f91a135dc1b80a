"""What may be recorded as a person's weight. Basis and source are two things (DOMAIN 3)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from core.errors import Reason
from patients.domain.times import reasons_of_time

LEAST_KG, MOST_KG = Decimal(1), Decimal(400)
_PLACES = Decimal("0.01")


def reasons_not_to_weigh(kg: Decimal, *, measured_at: datetime, admitted_at: datetime, at: datetime) -> list[Reason]:
    """Every reason why this cannot be the weight in kg, taken then. What an order allows is narrower and its own rule."""
    reasons = reasons_of_time(measured_at, field="measured_at", words="The weighing", admitted_at=admitted_at, at=at)
    if not LEAST_KG <= kg <= MOST_KG:
        reasons.append(
            Reason("weight_impossible", f"{kg} kg is not a person's weight: {LEAST_KG} to {MOST_KG} kg.", "kg")
        )
    elif kg != kg.quantize(_PLACES):
        reasons.append(Reason("too_precise", f"{kg} kg has too many digits: two after the point are kept.", "kg"))
    return reasons
