"""What the pump did, told a second time from the rows alone: slow, plain, and with none of the product's own rules.

At every instant all that was done until then is gone through from the beginning. Nothing here may import what it checks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
LONGEST_PAUSE_OF_A_HOLD = timedelta(minutes=60)


@dataclass(frozen=True)
class Setting:
    """What the pump did at an instant."""

    state: str = "never started"
    rate: Decimal | None = None
    concentration: Decimal | None = None
    dose: Decimal | None = None

    @property
    def flows(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True)
class Flow:
    """A stretch at one rate, one concentration, one dose; `end` None while it runs."""

    start: datetime
    end: datetime | None
    rate: Decimal
    concentration: Decimal
    dose: Decimal


def that_stand(events):
    """What was neither replaced nor taken back, in the order of the deeds; a correction stands where the first word stood."""
    by_id = {event.id: event for event in events}
    replaced = {event.supersedes_id for event in events}

    def place(event):
        first = event
        while first.supersedes_id is not None:
            first = by_id[first.supersedes_id]
        return event.effective_at, first.id, event.id

    return sorted((e for e in events if e.id not in replaced and e.kind != "withdrawn"), key=place)


def setting_at(events, instant=None) -> Setting:
    """The pump at `instant` (None: after everything)."""
    return _after([each for each in that_stand(events) if instant is None or each.effective_at <= instant])


def settings(events) -> list[Setting]:
    """The pump after each deed, one by one, even where two were done at one instant."""
    stands = that_stand(events)
    return [_after(stands[:number]) for number in range(1, len(stands) + 1)]


def _after(stands) -> Setting:
    now = Setting()
    for event in stands:
        state = {
            "started": "running", "resumed": "running", "found": "running", "paused": "paused", "stopped": "stopped",
        }.get(event.kind, now.state)  # fmt: skip
        now = Setting(
            state,
            now.rate if event.rate_ml_per_h is None else event.rate_ml_per_h,
            now.concentration if event.concentration_mg_per_ml is None else event.concentration_mg_per_ml,
            now.dose if event.dose_mg_per_kg_h is None else event.dose_mg_per_kg_h,
        )
    return now


def flows(events) -> list[Flow]:
    """Everything that flowed, neighbours alike put together."""
    instants = sorted({event.effective_at for event in that_stand(events)})
    found = []
    for start, end in zip(instants, [*instants[1:], None], strict=True):
        now = setting_at(events, start)
        if now.flows:
            found.append(Flow(start, end, now.rate, now.concentration, now.dose))
    return joined(found)


def joined(stretches) -> list[Flow]:
    """Stretches that touch and are alike are one: it must not matter how they were split."""
    made: list[Flow] = []
    for each in stretches:
        last = made[-1] if made else None
        alike = last and (last.end, last.rate, last.concentration, last.dose) == (
            each.start, each.rate, each.concentration, each.dose,
        )  # fmt: skip
        if last and alike:
            made[-1] = Flow(last.start, each.end, last.rate, last.concentration, last.dose)
        else:
            made.append(each)
    return made


def milligrams(stretches, until) -> Fraction:
    """All that was delivered, as an exact fraction."""
    total = Fraction(0)
    for each in stretches:
        end = until if each.end is None else min(each.end, until)
        if end > each.start:
            hours = Fraction((end - each.start) // MICROSECOND, HOUR // MICROSECOND)
            total += Fraction(each.rate) * Fraction(each.concentration) * hours
    return total


def held(events, *, dose, declared_at, ended_at, until) -> timedelta:
    """How long the target was held until `until`: only what flowed at it, and nothing after it was broken."""
    last = until if ended_at is None else min(until, ended_at)
    instants = sorted(
        {declared_at, last, *(e.effective_at for e in that_stand(events) if declared_at < e.effective_at < last)}
    )
    total = still = timedelta(0)
    for start, end in pairwise(instants):
        now = setting_at(events, start)
        if now.flows and (now.dose != dose or still > LONGEST_PAUSE_OF_A_HOLD):
            break
        if now.flows:
            total, still = total + (end - start), timedelta(0)
        elif now.state == "stopped":
            break
        else:
            still += end - start
    return total


def dose_meant(events) -> Decimal | None:
    """The highest dose that anybody may think was ordered to run now.

    What the pump was found at is none, nor what a bag was hung at; lowering never makes it higher. What is told
    afterwards, from paper or as a correction, is history and taken as it was told.
    """
    meant = None
    for event in that_stand(events):
        if event.dose_mg_per_kg_h is None or event.kind in ("found", "bag_changed"):
            continue
        only_lowered = event.kind == "rate_changed" and event.approval_id is None
        only_lowered = only_lowered and event.source == "bedside" and event.supersedes_id is None
        meant = min(meant, event.dose_mg_per_kg_h) if only_lowered and meant is not None else event.dose_mg_per_kg_h
    return meant
