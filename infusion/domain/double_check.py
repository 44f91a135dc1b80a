"""The blind double check: two people read the pump, neither hears the other's numbers, Plateau compares (DOMAIN 3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.errors import Reason


@dataclass(frozen=True, slots=True)
class PumpReading:
    """What one person reads on the pump and on the bag: rate in mL/h, concentration in mg/mL."""

    rate_ml_per_h: Decimal
    concentration_mg_per_ml: Decimal


def disagreements(computed: PumpReading, first: PumpReading, second: PumpReading) -> tuple[Reason, ...]:
    """Every way in which two readings differ from what Plateau computed, or from each other; none where all is equal.

    The sentences say the computed value and who is off, never what the other read: a second look stays blind.

    >>> right = PumpReading(Decimal("7.0"), Decimal("1"))
    >>> disagreements(right, right, right)
    ()
    >>> [reason.code for reason in disagreements(right, right, PumpReading(Decimal("7.1"), Decimal("1")))]
    ['second_rate_differs']
    """
    return (*_off(computed, first, "first"), *_off(computed, second, "second"))


def _off(computed: PumpReading, read: PumpReading, who: str) -> list[Reason]:
    reasons = []
    if read.rate_ml_per_h != computed.rate_ml_per_h:
        reasons.append(
            Reason(
                f"{who}_rate_differs",
                f"The rate that the {who} person read is not the computed {_plain(computed.rate_ml_per_h)} mL/h.",
                f"{who}.rate_ml_per_h",
            )
        )
    if read.concentration_mg_per_ml != computed.concentration_mg_per_ml:
        reasons.append(
            Reason(
                f"{who}_concentration_differs",
                f"The concentration that the {who} person read is not "
                f"the ordered {_plain(computed.concentration_mg_per_ml)} mg/mL.",
                f"{who}.concentration_mg_per_ml",
            )
        )
    return reasons


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
