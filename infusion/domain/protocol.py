"""A protocol's content without its monitoring: what an order may ask for, as the hospital signed it (DOMAIN 1 to 3).

The numbers live in versioned protocol rows (the first of them from `infusion/seed/`); here is only what they mean and
when they contradict each other. The schedule and the alert limits of the same content are read by the monitoring app.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from infusion.domain.content import ContentError, Section
from infusion.domain.rules import (
    ActRules,
    ApprovalRules,
    BagRules,
    DayRules,
    GateRules,
    HoldRules,
    OrderRules,
    PauseRules,
    StartRules,
)
from infusion.domain.units import Rounding

__all__ = ["ContentError", "ProtocolContent"]

_SMALLEST = Decimal("0.0001")
_LARGEST = Decimal("10000")


@dataclass(frozen=True, slots=True)
class ProtocolContent:
    """One protocol's rules: doses in mg/kg/h, weights in kg, concentrations in mg/mL, rates in mL/h; the rest by section."""

    name: str
    drug: str
    route: str
    initial: Decimal
    increment: Decimal
    minimum: Decimal
    maximum: Decimal
    step_interval: timedelta
    target_hold: timedelta
    largest_step: Decimal
    largest_rise_in_24_h: Decimal
    ask_once_above: Decimal
    largest_with_unmeasured_weight: Decimal
    concentrations_mg_per_ml: tuple[Decimal, ...]
    weight_least_kg: Decimal
    weight_most_kg: Decimal
    weight_ask_from_kg: Decimal
    pump_resolution_ml_per_h: Decimal
    pump_rounding: Rounding
    order: OrderRules
    approval: ApprovalRules
    gate: GateRules
    start: StartRules
    hold: HoldRules
    days: DayRules
    pause: PauseRules
    acts: ActRules
    bag: BagRules

    @classmethod
    def from_content(cls, content: object) -> ProtocolContent:
        """Read all of a protocol but the schedule and the alert limits; raise `ContentError` with every problem."""
        root = Section.root(content)
        dose, pump = root.section("dose"), root.section("pump")
        weight = dose.section("weight_kg")
        dose.text("unit", one_of={"mg/kg/h"})
        rounding = pump.text("rounding", one_of=set(Rounding))
        protocol = cls(
            name=root.text("name"),
            drug=root.text("drug"),
            route=root.text("route"),
            initial=_positive(dose, "initial"),
            increment=_positive(dose, "increment"),
            minimum=_positive(dose, "minimum"),
            maximum=_positive(dose, "maximum"),
            step_interval=timedelta(minutes=dose.whole("step_interval_min", least=1, most=10080)),
            target_hold=timedelta(hours=dose.whole("target_hold_h", least=1, most=240)),
            largest_step=_positive(dose, "largest_step"),
            largest_rise_in_24_h=_positive(dose, "largest_rise_in_24_h"),
            ask_once_above=_positive(dose, "ask_once_above"),
            largest_with_unmeasured_weight=_positive(dose, "largest_with_unmeasured_weight"),
            concentrations_mg_per_ml=dose.numbers("concentrations_mg_per_ml", least=_SMALLEST, most=_LARGEST),
            weight_least_kg=_positive(weight, "least"),
            weight_most_kg=_positive(weight, "most"),
            weight_ask_from_kg=_positive(weight, "ask_from"),
            pump_resolution_ml_per_h=_positive(pump, "resolution_ml_per_h"),
            pump_rounding=Rounding(rounding or Rounding.DOWN),
            order=OrderRules.read(root.section("order")),
            approval=ApprovalRules.read(root.section("approval")),
            gate=GateRules.read(root.section("gate")),
            start=StartRules.read(root.section("start")),
            hold=HoldRules.read(root.section("hold")),
            days=DayRules.read(root.section("days")),
            pause=PauseRules.read(root.section("pause")),
            acts=ActRules.read(root.section("acts")),
            bag=BagRules.read(root.section("bag")),
        )
        if root.is_sound():
            protocol._complain_of_contradictions(root)
        root.finish()
        return protocol

    def _complain_of_contradictions(self, root: Section) -> None:
        if not self.minimum <= self.initial <= self.maximum:
            root.complain(f"dose.initial {self.initial} must lie from {self.minimum} to {self.maximum}.")
        if self.increment > self.largest_step:
            root.complain(f"dose.increment {self.increment} is above dose.largest_step {self.largest_step}.")
        if self.initial > self.largest_with_unmeasured_weight:
            root.complain("dose.largest_with_unmeasured_weight must be at least dose.initial.")
        if not self.weight_least_kg < self.weight_most_kg:
            root.complain("dose.weight_kg.least must be below dose.weight_kg.most.")
        if len(set(self.concentrations_mg_per_ml)) != len(self.concentrations_mg_per_ml):
            root.complain("dose.concentrations_mg_per_ml names one concentration twice.")


def _positive(section: Section, key: str) -> Decimal:
    return section.number(key, least=_SMALLEST, most=_LARGEST)
