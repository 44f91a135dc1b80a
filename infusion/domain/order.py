"""What an order must say before it can be signed, how long it lives, and when its weight no longer holds (DOMAIN 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from core.errors import Reason
from infusion.domain.protocol import ProtocolContent
from infusion.domain.rules import OrderRules
from infusion.domain.shown import dose_words, number_words, span_words
from infusion.domain.words import OrderState

# What the columns of a dose keep; a finer one would be another dose once it is stored.
DOSE_PLACES = 4
LONGEST_TEXT = 200
_LONGEST_INTERVAL = timedelta(days=7)

# A renewal is a new version, so an expired one never becomes active again.
ORDER_MAY_BECOME: Mapping[OrderState, frozenset[OrderState]] = MappingProxyType(
    {
        OrderState.ACTIVE: frozenset({OrderState.EXPIRED, OrderState.ENDED}),
        OrderState.EXPIRED: frozenset({OrderState.ENDED}),
        OrderState.ENDED: frozenset(),
    }
)


def order_state(*, expires_at: datetime, ended_at: datetime | None, at: datetime) -> OrderState:
    """What an order version is at `at`; it has expired at the very instant of `expires_at`."""
    if ended_at is not None:
        return OrderState.ENDED
    return OrderState.EXPIRED if at >= expires_at else OrderState.ACTIVE


def order_may_become(state: OrderState, following: OrderState) -> bool:
    """Whether an order version in `state` may become `following`."""
    return following in ORDER_MAY_BECOME[state]


def expiry_tasks(expires_at: datetime, rules: OrderRules) -> tuple[datetime, ...]:
    """When a physician is reminded that an order runs out, earliest first [default: 12 h and 4 h before]."""
    return tuple(sorted(expires_at - before for before in rules.tasks_before_expiry))


def weight_has_changed(dosing_kg: Decimal, newest_kg: Decimal, rules: OrderRules) -> bool:
    """Whether a newer weight differs from the order's by the share that blocks increases [default 5 %, exactly 5 % counts].

    The running rate is never touched by it: only a new version of the order takes the new weight.
    """
    return abs(newest_kg - dosing_kg) >= rules.weight_change_share * dosing_kg


@dataclass(frozen=True, slots=True)
class DosingWeight:
    """The weight that an order is to rest on; `is_measured` is false for one that was stated or estimated."""

    kg: Decimal
    is_measured: bool


@dataclass(frozen=True, slots=True)
class OrderElements:
    """What the physician orders: the seven elements of a titration order (Joint Commission MM.04.01.01 EP 2) and the rest.

    Doses in mg/kg/h, concentration in mg/mL. None is what was not said; nothing is filled in silently.
    """

    drug: str | None = None
    route: str | None = None
    initial_dose_mg_per_kg_h: Decimal | None = None
    increment_mg_per_kg_h: Decimal | None = None
    step_interval: timedelta | None = None
    maximum_dose_mg_per_kg_h: Decimal | None = None
    pain_goal: int | None = None
    concentration_mg_per_ml: Decimal | None = None
    planned_days: int | None = None
    liver_max_age: timedelta | None = None
    endpoint: str = ""

    @classmethod
    def proposed(
        cls, rules: ProtocolContent, *, concentration_mg_per_ml: Decimal, pain_goal: int = 3, planned_days: int = 5
    ) -> OrderElements:
        """What the form shows before the physician changes anything: the protocol's own numbers, each to be signed by name."""
        return cls(
            drug=rules.drug,
            route=rules.route,
            initial_dose_mg_per_kg_h=rules.initial,
            increment_mg_per_kg_h=rules.increment,
            step_interval=rules.step_interval,
            maximum_dose_mg_per_kg_h=rules.maximum,
            pain_goal=pain_goal,
            concentration_mg_per_ml=concentration_mg_per_ml,
            planned_days=planned_days,
            liver_max_age=rules.order.liver_max_age,
        )


# What has to be said, in the words of the sentence that misses it.
_NAMED = MappingProxyType(
    {
        "drug": "the drug",
        "route": "the route",
        "initial_dose_mg_per_kg_h": "the initial rate",
        "increment_mg_per_kg_h": "the increment",
        "step_interval": "how often the dose may be raised",
        "maximum_dose_mg_per_kg_h": "the maximum rate",
        "pain_goal": "the objective endpoint (pain at or below which number)",
        "concentration_mg_per_ml": "the concentration",
        "planned_days": "the planned days",
        "liver_max_age": "how old liver enzymes may be",
    }
)


def reasons_not_to_sign(
    elements: OrderElements, *, rules: ProtocolContent, weight: DosingWeight | None, unmeasured_weight_reason: str = ""
) -> tuple[Reason, ...]:
    """Every reason why this order cannot be signed under these rules: what is missing, and what lies outside the limits."""
    return (
        *_missing(elements),
        *_of_drug(elements, rules),
        *_of_doses(elements, rules),
        *_of_plan(elements, rules),
        *_of_weight(elements, rules, weight, unmeasured_weight_reason.strip()),
    )


def _missing(elements: OrderElements) -> Iterator[Reason]:
    for field, words in _NAMED.items():
        if getattr(elements, field) in (None, ""):
            yield Reason(f"{field}_missing", f"The order does not say {words}.", field)


def _of_drug(elements: OrderElements, rules: ProtocolContent) -> Iterator[Reason]:
    for field, asked, allowed in (("drug", elements.drug, rules.drug), ("route", elements.route, rules.route)):
        if asked and asked != allowed:
            yield Reason(f"{field}_not_of_protocol", f"The protocol is for {allowed}, not {asked}.", field)
    concentration = elements.concentration_mg_per_ml
    if concentration is not None and concentration not in rules.concentrations_mg_per_ml:
        known = ", ".join(number_words(each) for each in rules.concentrations_mg_per_ml)
        yield Reason(
            "concentration_unknown",
            f"{number_words(concentration)} mg/mL is not one of {known} mg/mL.",
            "concentration_mg_per_ml",
        )


def _of_doses(elements: OrderElements, rules: ProtocolContent) -> Iterator[Reason]:
    initial, maximum = elements.initial_dose_mg_per_kg_h, elements.maximum_dose_mg_per_kg_h
    lowest_maximum = rules.minimum if initial is None or is_too_fine(initial) else max(rules.minimum, initial)
    yield from _outside("initial", initial, rules.minimum, rules.maximum, "initial_dose_mg_per_kg_h")
    yield from _outside("maximum", maximum, lowest_maximum, rules.maximum, "maximum_dose_mg_per_kg_h")
    smallest = Decimal(1).scaleb(-DOSE_PLACES)
    yield from _outside("increment", elements.increment_mg_per_kg_h, smallest, rules.increment, "increment_mg_per_kg_h")
    interval = elements.step_interval
    if interval is not None and not rules.step_interval <= interval <= _LONGEST_INTERVAL:
        yield Reason(
            "step_interval_outside_limits",
            f"The dose may be raised every {span_words(rules.step_interval)} at most, and at least once in 7 days.",
            "step_interval",
        )


def _outside(name: str, dose: Decimal | None, least: Decimal, most: Decimal, field: str) -> Iterator[Reason]:
    if dose is None:
        return
    if is_too_fine(dose):
        yield Reason(f"{name}_too_fine", f"A dose is written with at most {DOSE_PLACES} places.", field)
    elif not least <= dose <= most:
        yield Reason(
            f"{name}_outside_limits",
            f"The {name} of {dose_words(dose)} mg/kg/h lies outside {dose_words(least)} to {dose_words(most)}.",
            field,
        )


def is_too_fine(dose: Decimal) -> bool:
    """Whether a dose is no number, or has more places than are kept."""
    return not dose.is_finite() or (Fraction(dose) * 10**DOSE_PLACES).denominator != 1


def _of_plan(elements: OrderElements, rules: ProtocolContent) -> Iterator[Reason]:
    days, goal, age = elements.planned_days, elements.pain_goal, elements.liver_max_age
    least, most = rules.order.planned_days_least, rules.order.planned_days_most
    if days is not None and not least <= days <= most:
        yield Reason("planned_days_outside_limits", f"{days} days lie outside {least} to {most}.", "planned_days")
    if goal is not None and not 0 <= goal <= 10:
        yield Reason("pain_goal_outside_limits", f"Pain is rated from 0 to 10, not {goal}.", "pain_goal")
    if age is not None and not timedelta(0) < age <= rules.order.liver_extended:
        longest = span_words(rules.order.liver_extended)
        yield Reason("liver_max_age_outside_limits", f"Liver enzymes may be {longest} old at most.", "liver_max_age")
    if len(elements.endpoint) > LONGEST_TEXT:
        yield Reason("too_long", f"The endpoint is longer than {LONGEST_TEXT} characters.", "endpoint")


def _of_weight(
    elements: OrderElements, rules: ProtocolContent, weight: DosingWeight | None, unmeasured_reason: str
) -> Iterator[Reason]:
    if weight is None:
        yield Reason("weight_missing", "No weight is recorded for this stay.", "weight")
        return
    if not rules.weight_least_kg <= weight.kg <= rules.weight_most_kg:
        limits = f"{number_words(rules.weight_least_kg)} to {number_words(rules.weight_most_kg)} kg"
        yield Reason(
            "weight_outside_limits", f"The weight of {number_words(weight.kg)} kg lies outside {limits}.", "weight"
        )
    if weight.is_measured:
        return
    initial, most = elements.initial_dose_mg_per_kg_h, rules.largest_with_unmeasured_weight
    if not unmeasured_reason:
        yield Reason(
            "unmeasured_weight_reason_missing",
            "The weight is not measured: say why it is ordered all the same.",
            "unmeasured_weight_reason",
        )
    if len(unmeasured_reason) > LONGEST_TEXT:
        yield Reason("too_long", f"The reason is longer than {LONGEST_TEXT} characters.", "unmeasured_weight_reason")
    if initial is not None and initial.is_finite() and initial > most:
        yield Reason(
            "weight_unmeasured",
            f"Until the patient is weighed no dose may be over {dose_words(most)} mg/kg/h.",
            "initial_dose_mg_per_kg_h",
        )
