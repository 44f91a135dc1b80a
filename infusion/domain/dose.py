"""The arithmetic between an ordered dose and what the pump is set to, in Decimal.

rate mL/h = dose mg/kg/h x weight kg / concentration mg/mL, rounded to the pump's resolution [default: down, 0.1 mL/h].
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from infusion.domain.units import Rounding

# A quotient without end is cut off, never rounded up: a computed rate may not lie above the ordered dose.
_CUT_OFF = Context(prec=40, rounding=ROUND_DOWN)


class DoseError(ValueError):
    """A weight, concentration, rate or volume with which nothing can be computed."""


def rate_ml_per_h(dose_mg_per_kg_h: Decimal, weight_kg: Decimal, concentration_mg_per_ml: Decimal) -> Decimal:
    """The pump rate in mL/h that delivers the dose; exact where the quotient ends within 40 digits, else cut off.

    70 kg at 0.1 mg/kg/h and 1 mg/mL; then 5 mcg/kg/min (0.3 mg/kg/h), 82 kg, 1.6 mg/mL [src: IHE PCD IPEC supplement]:

    >>> rate_ml_per_h(Decimal("0.1"), Decimal("70"), Decimal("1"))
    Decimal('7.0')
    >>> rate_ml_per_h(Decimal("0.3"), Decimal("82"), Decimal("1.6"))
    Decimal('15.375')
    """
    _refuse_unless_positive(weight_kg, "The weight in kg")
    _refuse_unless_positive(concentration_mg_per_ml, "The concentration in mg/mL")
    _refuse_if_negative(dose_mg_per_kg_h, "The dose in mg/kg/h")
    return _CUT_OFF.divide(_CUT_OFF.multiply(dose_mg_per_kg_h, weight_kg), concentration_mg_per_ml)


def programmed_rate(rate_ml_per_h: Decimal, resolution_ml_per_h: Decimal, rounding: Rounding | str) -> Decimal:
    """The rate as the pump can be set: a multiple of its resolution, rounded down or to the nearest (halves up).

    >>> programmed_rate(Decimal("15.375"), Decimal("0.1"), Rounding.DOWN)
    Decimal('15.3')
    >>> programmed_rate(Decimal("15.375"), Decimal("0.1"), Rounding.NEAREST)
    Decimal('15.4')
    """
    _refuse_unless_positive(resolution_ml_per_h, "The pump's resolution in mL/h")
    _refuse_if_negative(rate_ml_per_h, "The rate in mL/h")
    ticks = _CUT_OFF.divide(rate_ml_per_h, resolution_ml_per_h)
    mode = ROUND_FLOOR if Rounding(rounding) is Rounding.DOWN else ROUND_HALF_UP
    return (ticks.to_integral_value(rounding=mode) * resolution_ml_per_h).quantize(resolution_ml_per_h)


def dose_delivered(rate_ml_per_h: Decimal, weight_kg: Decimal, concentration_mg_per_ml: Decimal) -> Decimal:
    """The dose in mg/kg/h that a rate really delivers.

    >>> dose_delivered(Decimal("7.0"), Decimal("70"), Decimal("1"))
    Decimal('0.1')
    >>> dose_delivered(Decimal("15.3"), Decimal("82"), Decimal("1.6")).quantize(Decimal("0.00001"))
    Decimal('0.29854')
    """
    _refuse_unless_positive(weight_kg, "The weight in kg")
    _refuse_unless_positive(concentration_mg_per_ml, "The concentration in mg/mL")
    _refuse_if_negative(rate_ml_per_h, "The rate in mL/h")
    return _CUT_OFF.divide(_CUT_OFF.multiply(rate_ml_per_h, concentration_mg_per_ml), weight_kg)


def run_out_minutes(volume_ml: Decimal, programmed_rate_ml_per_h: Decimal) -> int | None:
    """Whole minutes until a volume has run out at the programmed rate, never too many; None when nothing flows.

    >>> run_out_minutes(Decimal("250"), Decimal("15.4"))
    974
    """
    _refuse_if_negative(volume_ml, "The volume in mL")
    _refuse_if_negative(programmed_rate_ml_per_h, "The rate in mL/h")
    if programmed_rate_ml_per_h == 0:
        return None
    return int(_CUT_OFF.divide(volume_ml * 60, programmed_rate_ml_per_h))


def _refuse_unless_positive(value: Decimal, name: str) -> None:
    if not value.is_finite() or value <= 0:
        raise DoseError(f"{name} must be above 0, not {value}.")


def _refuse_if_negative(value: Decimal, name: str) -> None:
    if not value.is_finite() or value < 0:
        raise DoseError(f"{name} cannot be {value}.")
