"""The parts of a protocol's content beside the dose itself: orders, approvals, the gate, hold, pauses, bags (DOMAIN 1 to 3).

One frozen dataclass a section; each attribute is named as its key, without the unit where it became a duration.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal

from infusion.domain.content import Section
from infusion.domain.words import Stage

_NOTHING = Decimal(0)
_WHOLE = Decimal(1)
_LARGEST = Decimal("10000")
_POSS = frozenset({"S", "1", "2", "3", "4"})
_TEN_DAYS_H = 240
_MONTH_H = 744
_WEEK_MIN = 10080


@dataclass(frozen=True, slots=True)
class OrderRules:
    """How long an order lives, what of the weight and the liver enzymes it rests on, what is asked about the fluid."""

    lifetime: timedelta
    tasks_before_expiry: tuple[timedelta, ...]
    planned_days_least: int
    planned_days_most: int
    weight_change_share: Decimal
    reweigh_within: timedelta
    liver_max_age: timedelta
    liver_extended: timedelta
    fluid_l_per_day: Decimal
    tick_share: Decimal

    @classmethod
    def read(cls, part: Section) -> OrderRules:
        """From the section `order`."""
        days = part.section("planned_days")
        rules = cls(
            lifetime=_hours(part, "lifetime_h", most=_MONTH_H),
            tasks_before_expiry=tuple(
                timedelta(hours=hours) for hours in sorted(part.wholes("tasks_before_expiry_h", one_of=range(1, 169)))
            )[::-1],
            planned_days_least=days.whole("least", least=1, most=60),
            planned_days_most=days.whole("most", least=1, most=60),
            weight_change_share=part.number("weight_change_share", least=Decimal("0.001"), most=_WHOLE),
            reweigh_within=_hours(part, "reweigh_within_h"),
            liver_max_age=_hours(part, "liver_max_age_h"),
            liver_extended=_hours(part, "liver_extended_h"),
            fluid_l_per_day=part.number("fluid_l_per_day", least=Decimal("0.1"), most=Decimal(20)),
            tick_share=part.number("tick_share", least=Decimal("0.001"), most=_WHOLE),
        )
        if rules.planned_days_least > rules.planned_days_most:
            days.complain("order.planned_days.least must not be above order.planned_days.most.")
        if rules.liver_extended < rules.liver_max_age:
            part.complain("order.liver_extended_h must be at least order.liver_max_age_h.")
        return rules


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """For how long a ceiling, and a restart, is allowed where the physician names no time."""

    valid: timedelta
    restart_valid: timedelta

    @classmethod
    def read(cls, part: Section) -> ApprovalRules:
        """From the section `approval`."""
        return cls(_minutes(part, "valid_min"), _minutes(part, "restart_valid_min"))


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the bedside must show before a dose is raised."""

    full_set_at_request: timedelta
    full_set_at_approval: timedelta
    full_set_at_execution: timedelta
    poss: frozenset[str]
    rass_least: int
    rass_most: int
    psychotomimetic_most: int
    liver_soft_uln: Decimal
    liver_hard_uln: Decimal

    @classmethod
    def read(cls, part: Section) -> GateRules:
        """From the section `gate`."""
        age, rass = part.section("full_set_max_age_min"), part.section("rass")
        rules = cls(
            full_set_at_request=_minutes(age, "request", most=1440),
            full_set_at_approval=_minutes(age, "approval", most=1440),
            full_set_at_execution=_minutes(age, "execution", most=1440),
            poss=part.codes("poss", one_of=_POSS - {"S"}),
            rass_least=rass.whole("least", least=-5, most=4),
            rass_most=rass.whole("most", least=-5, most=4),
            psychotomimetic_most=part.whole("psychotomimetic_most", least=0, most=3),
            liver_soft_uln=part.number("liver_soft_uln", least=_WHOLE, most=Decimal(100)),
            liver_hard_uln=part.number("liver_hard_uln", least=_WHOLE, most=Decimal(100)),
        )
        if rules.rass_least > rules.rass_most:
            rass.complain("gate.rass.least must not be above gate.rass.most.")
        if rules.liver_soft_uln > rules.liver_hard_uln:
            part.complain("gate.liver_soft_uln must not be above gate.liver_hard_uln.")
        return rules

    def full_set_max_age(self, stage: Stage) -> timedelta:
        """How old the newest full set may be at this stage."""
        return {
            Stage.REQUEST: self.full_set_at_request,
            Stage.APPROVAL: self.full_set_at_approval,
            Stage.EXECUTION: self.full_set_at_execution,
        }[stage]


@dataclass(frozen=True, slots=True)
class StartRules:
    """How old what a start rests on may be."""

    weight: timedelta
    liver: timedelta
    full_set: timedelta
    mood: timedelta
    falls: timedelta

    @classmethod
    def read(cls, part: Section) -> StartRules:
        """From the section `start`."""
        return cls(
            weight=_hours(part, "weight_h"),
            liver=_hours(part, "liver_h"),
            full_set=_minutes(part, "full_set_min"),
            mood=_hours(part, "mood_h"),
            falls=_hours(part, "falls_h"),
        )


@dataclass(frozen=True, slots=True)
class HoldRules:
    """What resets the hold at the target, and where a reassessment at night moves (the ward's own time)."""

    reset_pause: timedelta
    night_from: time
    night_until: time
    moved_to: time
    awake_pain: int

    @classmethod
    def read(cls, part: Section) -> HoldRules:
        """From the section `hold`."""
        return cls(
            reset_pause=_minutes(part, "reset_pause_min"),
            night_from=_time(part, "night_from"),
            night_until=_time(part, "night_until"),
            moved_to=_time(part, "moved_to"),
            awake_pain=part.whole("awake_pain", least=0, most=10),
        )


@dataclass(frozen=True, slots=True)
class DayRules:
    """After how many hours since the first start a long course asks for a physician, yellow, red."""

    task: timedelta
    yellow: timedelta
    red: timedelta

    @classmethod
    def read(cls, part: Section) -> DayRules:
        """From the section `days`."""
        rules = cls(*(_hours(part, key, most=_MONTH_H) for key in ("task_h", "yellow_h", "red_h")))
        if not rules.task <= rules.yellow <= rules.red:
            part.complain("days.task_h, days.yellow_h and days.red_h must follow each other.")
        return rules


@dataclass(frozen=True, slots=True)
class PauseRules:
    """When the pump may only flow again by a physician's restart."""

    restart_after: timedelta
    red_within: timedelta

    @classmethod
    def read(cls, part: Section) -> PauseRules:
        """From the section `pause`."""
        return cls(_minutes(part, "restart_after_min"), _minutes(part, "red_within_min"))


@dataclass(frozen=True, slots=True)
class ActRules:
    """Times around acts at the pump: mistaken taps, checks afterwards, a second person that does not come."""

    mistaken_tap: timedelta
    decrease_check: timedelta
    single_signed_wait: timedelta
    single_signed_check: timedelta
    discharge_after_stop: timedelta
    future_skew: timedelta

    @classmethod
    def read(cls, part: Section) -> ActRules:
        """From the section `acts`."""
        return cls(
            mistaken_tap=_minutes(part, "mistaken_tap_min"),
            decrease_check=_minutes(part, "decrease_check_min"),
            single_signed_wait=_minutes(part, "single_signed_wait_min"),
            single_signed_check=_minutes(part, "single_signed_check_min"),
            discharge_after_stop=_hours(part, "discharge_after_stop_h"),
            future_skew=_minutes(part, "future_skew_min"),
        )


@dataclass(frozen=True, slots=True)
class BagRules:
    """How far the account of a bag may be out, and how much priming a line takes at most (mL)."""

    tolerance_share: Decimal
    tolerance_mg: Decimal
    prime_ml_max: Decimal

    @classmethod
    def read(cls, part: Section) -> BagRules:
        """From the section `bag`."""
        return cls(
            tolerance_share=part.number("tolerance_share", least=_NOTHING, most=_WHOLE),
            tolerance_mg=part.number("tolerance_mg", least=_NOTHING, most=_LARGEST),
            prime_ml_max=part.number("prime_ml_max", least=_NOTHING, most=_LARGEST),
        )


# Sections that came after the first signed protocols: an older one is read with the shipped default for each.
LATER_SECTIONS = ("order", "approval", "gate", "start", "hold", "days", "pause", "acts", "bag")


def _minutes(part: Section, key: str, *, most: int = _WEEK_MIN) -> timedelta:
    return timedelta(minutes=part.whole(key, least=1, most=most))


def _hours(part: Section, key: str, *, most: int = _TEN_DAYS_H) -> timedelta:
    return timedelta(hours=part.whole(key, least=1, most=most))


_CLOCK: Callable[[str], re.Match[str] | None] = re.compile(r"([01]\d|2[0-3]):([0-5]\d)").fullmatch


def _time(part: Section, key: str) -> time:
    before = part.problem_count()
    text = part.text(key)
    clock = _CLOCK(text)
    if clock is None:
        if part.problem_count() == before:
            part.complain(f'{part.path}.{key} must be a time of day like "22:00".')
        return time(0)
    return time(int(clock[1]), int(clock[2]))
