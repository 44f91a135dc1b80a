"""A bag from hanging to its account (DOMAIN 3, "Bags and the controlled drug"). Volumes in mL, amounts in mg."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.errors import Reason
from infusion.domain.delivery import SegmentFacts, cumulative_mg
from infusion.domain.dose import run_out_minutes


@dataclass(frozen=True, slots=True)
class BagFacts:
    """A hanging bag: its volume and what was lost of it in priming (mL), its concentration (mg/mL), since when."""

    volume_ml: Decimal
    primed_ml: Decimal
    concentration_mg_per_ml: Decimal
    hung_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Where a bag went: what is missing in mL and in mg (below 0: more came out than went in), and whether that matters."""

    missing_ml: Decimal
    missing_mg: Decimal
    is_incident: bool


def reconcile(
    bag: BagFacts,
    *,
    infused_ml: Decimal,
    wasted_ml: Decimal,
    left_ml: Decimal,
    tolerance_share: Decimal,
    tolerance_mg: Decimal,
) -> Account:
    """hung = infused + primed + wasted + left, within the larger of 5 % of what was hung or 10 mg [default].

    >>> bag = BagFacts(Decimal(250), Decimal(20), Decimal(1), datetime(2026, 9, 22))
    >>> reconcile(bag, infused_ml=Decimal(200), wasted_ml=Decimal(17), left_ml=Decimal(0),
    ...           tolerance_share=Decimal("0.05"), tolerance_mg=Decimal(10)).is_incident
    True
    """
    missing_ml = bag.volume_ml - infused_ml - bag.primed_ml - wasted_ml - left_ml
    missing_mg = missing_ml * bag.concentration_mg_per_ml
    hung_mg = bag.volume_ml * bag.concentration_mg_per_ml
    return Account(missing_ml, missing_mg, abs(missing_mg) > max(hung_mg * tolerance_share, tolerance_mg))


def remaining_ml(bag: BagFacts, flowed: Iterable[SegmentFacts], *, at: datetime) -> Decimal:
    """What the bag should still hold at `at` by what was delivered out of it since it was hung; never below 0.

    A rate is a volume of one mL in each mL: the volume is summed as an amount of a drug of 1 mg/mL.
    """
    since = [
        SegmentFacts(
            max(each.start, bag.hung_at), each.end, each.rate_ml_per_h, Decimal(1), each.dose_mg_per_kg_h, each.pump
        )
        for each in flowed
        if each.end is None or each.end > bag.hung_at
    ]
    return max(bag.volume_ml - bag.primed_ml - cumulative_mg(since, at), Decimal(0))


def run_out_at(remaining: Decimal, programmed_rate_ml_per_h: Decimal, *, at: datetime) -> datetime | None:
    """When the bag is empty at the programmed rate, in whole minutes and never too late; None while nothing flows."""
    minutes = run_out_minutes(remaining, programmed_rate_ml_per_h)
    return None if minutes is None else at + timedelta(minutes=minutes)


def reasons_of_new_concentration(
    before: Decimal | None, now: Decimal, *, line_is_new: bool, is_double_checked: bool
) -> list[Reason]:
    """A change of concentration needs a newly primed line and the full blind check: what is in the dead space of the old
    line would run at the new rate (10 mL after 5 -> 1 mg/mL: five times the dose for over an hour)."""
    if before is None or before == now:
        return []
    reasons = []
    words = f"From {before.normalize():f} to {now.normalize():f} mg/mL"
    if not line_is_new:
        reasons.append(Reason("line_not_new", f"{words}: the line has to be newly primed.", "line_is_new"))
    if not is_double_checked:
        reasons.append(
            Reason("double_check_missing", f"{words}: two people check rate and concentration, never one.", "second")
        )
    return reasons
