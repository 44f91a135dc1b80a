"""Dose units of continuous infusions and the exact conversion between them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

# Fractions and not Decimals inside: an hour has 60 minutes, and a sixtieth has no end in decimal digits.
_IN_MG = {"mg": Fraction(1), "mcg": Fraction(1, 1000)}
_PER_HOUR = {"h": Fraction(1), "min": Fraction(60)}


class UnitError(ValueError):
    """A unit that is not of the family {mg, mcg, units}[/kg]/{min, h}, or two that cannot be converted."""


class Rounding(StrEnum):
    """How the pump rounds a rate to its resolution; a setting of the pump, not of the drug."""

    DOWN = "down"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class DoseUnit:
    """A dose unit taken apart: what (mg, mcg, units), whether per kilogram, per minute or hour."""

    amount: str
    per_kg: bool
    per: str

    @classmethod
    def parse(cls, text: str) -> DoseUnit:
        """Read a unit such as `mg/kg/h`, `mcg/min` or `units/h`; raise `UnitError` for any other.

        >>> DoseUnit.parse("mcg/kg/min")
        DoseUnit(amount='mcg', per_kg=True, per='min')
        """
        parts = text.split("/")
        per_kg = len(parts) == 3 and parts[1] == "kg"
        if len(parts) != 2 + per_kg or parts[0] not in ("mg", "mcg", "units") or parts[-1] not in _PER_HOUR:
            raise UnitError(f"{text!r} is not a dose unit of the family {{mg, mcg, units}}[/kg]/{{min, h}}.")
        return cls(amount=parts[0], per_kg=per_kg, per=parts[-1])

    def __str__(self) -> str:
        return "/".join((self.amount, "kg", self.per) if self.per_kg else (self.amount, self.per))


def amount_factor(of: str, to: str) -> Fraction:
    """How many `to` are in one `of` (mg, mcg; units only in units); raise `UnitError` otherwise."""
    if of == to:
        return Fraction(1)
    if of not in _IN_MG or to not in _IN_MG:
        raise UnitError(f"{of} cannot be converted to {to}.")
    return _IN_MG[of] / _IN_MG[to]


def convert(value: Decimal | Fraction, of: str, to: str, *, weight_kg: Decimal | None = None) -> Fraction:
    """The same dose in another unit, exactly; the weight in kg is needed only between per-kg and whole.

    1 mg/kg/h is 16.67 mcg/kg/min:

    >>> convert(Decimal("1"), "mg/kg/h", "mcg/kg/min")
    Fraction(50, 3)
    >>> convert(Decimal("0.1"), "mg/kg/h", "mg/h", weight_kg=Decimal("70"))
    Fraction(7, 1)
    """
    source, target = DoseUnit.parse(of), DoseUnit.parse(to)
    result = Fraction(value) * amount_factor(source.amount, target.amount)
    result = result * _PER_HOUR[source.per] / _PER_HOUR[target.per]
    if source.per_kg == target.per_kg:
        return result
    if weight_kg is None or weight_kg <= 0:
        raise UnitError(f"A weight above 0 kg is needed to convert {of} to {to}.")
    return result * Fraction(weight_kg) if source.per_kg else result / Fraction(weight_kg)


def rounded(value: Fraction, places: int) -> Decimal:
    """A fraction as a Decimal with `places` digits after the point, halves upwards: for showing, never for summing.

    >>> rounded(convert(Decimal("1"), "mg/kg/h", "mcg/kg/min"), 2)
    Decimal('16.67')
    """
    return Decimal(floor(value * 10**places + Fraction(1, 2))).scaleb(-places)
