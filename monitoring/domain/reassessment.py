"""When it is asked whether the dose is to be raised: after the hold at the target, not in the night (DOMAIN 1) [default]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from infusion.domain.hold import Hold, broken_at, reassessment_at
from monitoring.domain import schedule
from monitoring.domain.rhythms import Following
from monitoring.domain.schedule import PromptFacts
from monitoring.domain.stay import Done, OpenPrompt, StayFacts
from monitoring.domain.values import AbsentReason, SedationScale
from monitoring.domain.watching import PromptKind

NO_TARGET = "no target is held"
NO_LONGER_HELD = "the target is no longer held"
STANDS_STILL = "the hold stands still while the pump is paused"
MOVED = "the hold is full at another time"

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """When a reassessment is due (None: not yet known, or not at all, for `reason`), and the review that answered it.

    `is_over`: the target is not held any more. `over_at`: when it is over if the pump stays paused.
    """

    due_at: datetime | None = None
    answered_by: Done | None = None
    is_over: bool = False
    over_at: datetime | None = None
    reason: str = ""


def asked(facts: StayFacts, *, at: datetime) -> Asked:
    """Whether the hold of this stay asks for a reassessment, and when."""
    hold, rule = facts.hold, facts.dosing.hold
    if hold is None:
        return Asked(is_over=True, reason=NO_TARGET)
    if broken_at(hold, at=at, reset_pause=rule.reset_pause) is not None:
        return Asked(is_over=True, reason=NO_LONGER_HELD)
    over_at = None if hold.is_counting else hold.held_until + rule.reset_pause + _INSTANT
    full_at = _full_at(hold, facts.dosing.target_hold)
    if full_at is None:
        return Asked(over_at=over_at, reason=STANDS_STILL)
    return Asked(_due_at(facts, full_at), _answer(facts, hold, full_at), over_at=over_at)


def following(facts: StayFacts) -> Following:
    """When it is asked for once more after it was due: an interval later, but not in the night."""
    every, pain = facts.rules.prompts.reassessment_every, _awake_pain(facts)[0]
    return lambda due_at: _moved(facts, due_at + every, pain)


def belongs(facts: StayFacts, prompt: OpenPrompt) -> bool:
    """Whether the open prompt is about the target that is held now: none is due sooner than its hold is full."""
    return facts.target is None or prompt.due_at >= facts.target.declared_at + facts.dosing.target_hold


def _full_at(hold: Hold, target_hold: timedelta) -> datetime | None:
    """When the hold is full, or was; None while it stands still before that."""
    if hold.is_counting or hold.held >= target_hold:
        return hold.held_until + (target_hold - hold.held)
    return None


def _answer(facts: StayFacts, hold: Hold, full_at: datetime) -> Done | None:
    """The review that answers: from a quarter of the interval before the hold is full, as of a set.

    Once it is full, a pause behind that does not make an answer too early: then it counts from when it could be full.
    """
    review = facts.done.get(PromptKind.REASSESSMENT)
    if facts.target is not None and hold.held >= facts.dosing.target_hold:
        full_at = min(full_at, facts.target.declared_at + facts.dosing.target_hold)
    prompt = PromptFacts(full_at, facts.rules.prompts.reassessment_every)
    if review is None or review.at < schedule.earliest_satisfying(prompt, facts.schedule.lateness):
        return None
    return review


def _due_at(facts: StayFacts, full_at: datetime) -> datetime:
    """After the night, or as soon as the patient is awake in pain."""
    pain, seen_at = _awake_pain(facts)
    morning, now = _moved(facts, full_at, None), _moved(facts, full_at, pain)
    return now if now == morning or seen_at is None else min(morning, max(now, seen_at))


def _moved(facts: StayFacts, at: datetime, awake_pain: int | None) -> datetime:
    return reassessment_at(at, zone=ZoneInfo(facts.zone), awake_pain=awake_pain, rule=facts.dosing.hold)


def _awake_pain(facts: StayFacts) -> tuple[int | None, datetime | None]:
    """The pain of the newest set that says anything about it, and when; None asleep."""
    for seen in reversed(facts.sets):
        values = seen.reading.values
        is_asleep = values.sedation_scale == SedationScale.POSS and values.sedation == "S"
        if is_asleep or ("pain", AbsentReason.ASLEEP) in seen.reading.absent:
            return None, seen.observed_at
        if values.pain is not None:
            return values.pain, seen.observed_at
    return None, None
