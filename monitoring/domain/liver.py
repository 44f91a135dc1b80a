"""Liver enzymes as a laboratory reports them: each value with the upper limit of the one that measured it (DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.errors import Reason
from monitoring.domain.assessments import Analyte
from patients.domain.times import reasons_of_time

MOST = Decimal(100_000)  # beyond what any laboratory reports
_PLACES = Decimal("0.01")
_WORDS = {analyte: "Bilirubin" if analyte is Analyte.BILIRUBIN else analyte.name for analyte in Analyte}


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and the upper limit of normal of its laboratory: enzymes in U/L, bilirubin in the laboratory's own unit."""

    value: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LiverEntry:
    """One collection as it is handed in; an analyte that is left out was not measured.

    Rash and fever make raised enzymes a reason to stop (DOMAIN 5); None: not asked.
    """

    collected_at: datetime
    measured: Mapping[Analyte, Measured] = field(default_factory=dict)
    rash: bool | None = None
    fever: bool | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """When it was collected, value and limit of every analyte, and what was asked with it, by the name of their column."""
        # Left out where nobody asked: what was sent before these questions existed is still the same content.
        asked = {name: value for name, value in (("rash", self.rash), ("fever", self.fever)) if value is not None}
        return {"collected_at": self.collected_at, **self._numbers(), **asked}

    def _numbers(self) -> dict[str, Decimal | None]:
        columns: dict[str, Decimal | None] = {}
        for analyte in Analyte:
            measured = self.measured.get(analyte, Measured())
            columns |= {analyte.value: measured.value, f"{analyte.value}_upper": measured.upper}
        return columns

    def reasons_not_to_take(self, *, admitted_at: datetime, at: datetime) -> list[Reason]:
        """Every reason at once: times and numbers that cannot be, a value without its limit, an empty panel.

        Blood that was collected up to 30 days before the admission is taken; whether it is new enough is the gate's to say.
        """
        reasons = reasons_of_time(
            self.collected_at, field="collected_at", words="The collection", admitted_at=admitted_at, at=at
        )
        for analyte in Analyte:
            reasons += _of_analyte(analyte, self.measured.get(analyte, Measured()))
        if all(number is None for number in self._numbers().values()):
            reasons.append(Reason("empty", "Nothing was measured. Enter at least one value with its limit."))
        return reasons


def _of_analyte(analyte: Analyte, measured: Measured) -> list[Reason]:
    words, reasons = _WORDS[analyte], []
    if measured.value is not None and measured.upper is None:
        sentence = f"{words} needs the upper limit of the laboratory that measured it."
        reasons.append(Reason("limit_missing", sentence, f"{analyte}_upper"))
    if measured.value is None and measured.upper is not None:
        reasons.append(Reason("value_missing", f"{words} has a limit and no value.", analyte.value))
    if measured.value is not None and not 0 <= measured.value <= MOST:
        sentence = f"{words} {measured.value} is not possible: 0 to {MOST} can be entered."
        reasons.append(Reason("impossible", sentence, analyte.value))
    if measured.upper is not None and not 0 < measured.upper <= MOST:
        sentence = f"An upper limit of {measured.upper} for {words} is not possible: it is above 0 and at most {MOST}."
        reasons.append(Reason("impossible", sentence, f"{analyte}_upper"))
    for name, number in ((analyte.value, measured.value), (f"{analyte}_upper", measured.upper)):
        if number is not None and 0 <= number <= MOST and number != number.quantize(_PLACES):
            sentence = f"{words} {number} has too many digits: two after the point are kept."
            reasons.append(Reason("too_precise", sentence, name))
    return reasons
