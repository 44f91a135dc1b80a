"""The life of an alert that rings: who is told and when, how long a look counts, what a snooze puts off (DOMAIN 5).

Level-triggered: asked at any instants, each step of a ring is told once, and never before its time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitoring.domain.rules import Ladder, Step
from monitoring.domain.severity import STOP_LIST, LadderClass, Rule, Severity, Tier

_MINUTE = timedelta(minutes=1)
_CLASS_OF: Mapping[Rule, LadderClass] = {
    Rule.SET_OVERDUE: LadderClass.SET_OVERDUE,
    Rule.PAUSE_OVER: LadderClass.SET_OVERDUE,
    Rule.BAG_EMPTY: LadderClass.BAG,
    Rule.SUICIDE_RISK: LadderClass.SUICIDE_RISK,
    Rule.SINGLE_SIGNED: LadderClass.SINGLE_SIGNED,
    Rule.COURSE_LENGTH: LadderClass.TASK,
    Rule.LIVER: LadderClass.TASK,
}
# What has no value that could come back into range: somebody did something about it, and says what.
_WITHOUT_VALUE = STOP_LIST | {Rule.REFUSALS, Rule.SINGLE_SIGNED, Rule.PAUSE_OVER}
_WORDS = {Tier.CHARGE_NURSE: "charge nurse", Tier.RAPID_RESPONSE: "rapid-response team"}


def class_of(rule: Rule, severity: Severity) -> LadderClass:
    """The ladder that an alert climbs: by its rule where that has one of its own, else by its colour.

    >>> class_of(Rule.SYSTOLIC, Severity.RED)
    <LadderClass.PHYSIOLOGICAL_RED: 'physiological_red'>
    """
    if rule in STOP_LIST:
        return LadderClass.PHYSIOLOGICAL_RED
    if rule in _CLASS_OF:
        return _CLASS_OF[rule]
    if severity is Severity.RED:
        return LadderClass.PHYSIOLOGICAL_RED
    return LadderClass.SEDATION if rule is Rule.SEDATION else LadderClass.YELLOW


def words_of(tier: Tier) -> str:
    """A tier as people say it: charge nurse, rapid-response team."""
    return _WORDS.get(tier, tier.value)


def kept_for(ladder: Ladder, *, rapid_response: bool) -> Ladder:
    """The ladder as a ward climbs it: the step for a rapid-response team only where there is one."""
    steps = tuple(step for step in ladder.steps if rapid_response or step.tier is not Tier.RAPID_RESPONSE)
    return replace(ladder, steps=steps)


def as_json(ladder: Ladder) -> dict[str, Any]:
    """The ladder as an alert keeps it from its ring on, in the protocol's own form (minutes, times of the ward's day)."""
    kept: dict[str, Any] = {
        "steps": [{"tier": step.tier.value, "after_min": step.after // _MINUTE} for step in ladder.steps]
    }
    if ladder.from_time is not None and ladder.until_time is not None:
        kept |= {"from": f"{ladder.from_time:%H:%M}", "until": f"{ladder.until_time:%H:%M}"}
    return kept


def from_json(kept: Any) -> Ladder | None:
    """The ladder that an alert keeps; None where it has not rung yet."""
    if not kept:
        return None
    steps = tuple(Step(Tier(each["tier"]), each["after_min"] * _MINUTE) for each in kept["steps"])
    return Ladder(steps, _time(kept.get("from")), _time(kept.get("until")))


def told_from(due_at: datetime, ladder: Ladder, *, zone: ZoneInfo) -> datetime:
    """When a step that is due at `due_at` may be told: at once, or when the ladder's hours of the ward's day begin."""
    begins, ends = ladder.from_time, ladder.until_time
    if begins is None or ends is None:
        return due_at
    local = due_at.astimezone(zone)
    now = local.time()
    if (begins <= now < ends) if begins < ends else (now >= begins or now < ends):
        return due_at
    day = local.date() if now < begins else local.date() + timedelta(days=1)
    return datetime.combine(day, begins, zone).astimezone(UTC)


def is_resolved_by_action(rule: Rule, *, recovered: bool) -> bool:
    """Is it over once somebody wrote what was done: back in range, or of a rule without a value? Else it takes a physician."""
    return recovered or rule in _WITHOUT_VALUE


@dataclass(frozen=True, slots=True)
class LivingAlert:
    """An open alert as far as its life goes. `rang_at` None: it was back in range when it was charted, and tells nobody.

    `ladder` is None from a ring on until it was settled once; `told` is how many of its steps are done.
    """

    rule: Rule
    severity: Severity
    rang_at: datetime | None
    recovered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledgement_expires_at: datetime | None = None
    snoozed_until: datetime | None = None
    ladder_class: LadderClass | None = None
    ladder: Ladder | None = None
    told: int = 0
    next_escalation_at: datetime | None = None

    @property
    def climbs(self) -> bool:
        """Are people told of it: it rang, its value is still outside, nobody looked and nobody put it off?"""
        quiet = (self.recovered_at, self.acknowledged_at, self.snoozed_until)
        return self.rang_at is not None and all(each is None for each in quiet)

    @property
    def acts_at(self) -> datetime | None:
        """When the clock alone changes something about it."""
        instants = (self.next_escalation_at, self.acknowledgement_expires_at, self.snoozed_until)
        return min((each for each in instants if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that is done now: whom it told, or in words why there was nobody. `number` is its place in the ladder."""

    number: int
    tier: Tier
    people: tuple[int, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class LifeStep:
    """What an instant brings: the steps done at it, and the alert as it is from then on."""

    done: tuple[StepDone, ...]
    alert: LivingAlert
    rang_again: bool

    @property
    def acts_at(self) -> datetime | None:
        """When it is to be looked at next; always later than now."""
        return self.alert.acts_at


def step(
    alert: LivingAlert,
    *,
    ladder: Ladder,
    staffed: Mapping[Tier, Collection[int]],
    followed_at: datetime | None,
    moved_at: datetime | None = None,
    zone: ZoneInfo,
    rapid_response: bool,
    at: datetime,
) -> LifeStep:
    """What `at` brings to an open alert: it rings again, tells the steps that are due, or nothing.

    `ladder` is the protocol's for its class, taken when it rings; `staffed` are the people of the ward by tier.
    `followed_at`: when a set, an act at the pump, or a note, call or action on it was recorded last. `moved_at`: when this
    ward took the patient over; None where that was never.
    """
    awake, rang_again = _woken(alert, followed_at=followed_at, moved_at=moved_at, at=at)
    if awake.rang_at is None:
        return LifeStep((), awake, rang_again=False)
    if awake.ladder is None:
        kind = class_of(awake.rule, awake.severity)
        awake = replace(awake, ladder_class=kind, ladder=kept_for(ladder, rapid_response=rapid_response))
    done, next_at = _climbed(awake, staffed, zone=zone, at=at)
    told = awake.told + len(done)
    return LifeStep(done, replace(awake, told=told, next_escalation_at=next_at), rang_again)


def _woken(
    alert: LivingAlert, *, followed_at: datetime | None, moved_at: datetime | None, at: datetime
) -> tuple[LivingAlert, bool]:
    """The alert after its snooze, or what was put off by a look that nothing followed; and whether it rang again.

    A look counts for good once something followed; an overdue set is followed by the set alone, which ends it. What is back
    in range does not ring again: it waits to be seen. What nobody of the last ward saw rings from the start in the next one.
    """
    expires_at, until = alert.acknowledgement_expires_at, alert.snoozed_until
    if alert.acknowledged_at is not None:
        if expires_at is None or expires_at > at:
            return alert, False
        counts = alert.rule is not Rule.SET_OVERDUE
        followed = counts and followed_at is not None and followed_at > alert.acknowledged_at
        if followed or alert.recovered_at is not None:
            return replace(alert, acknowledgement_expires_at=None), False
    elif not _is_new_here(alert, moved_at, at):
        if until is None or until > at:
            return alert, False
        if alert.recovered_at is not None:
            return replace(alert, snoozed_until=None), False
    rung = LivingAlert(alert.rule, alert.severity, at if alert.rang_at is not None else None)
    return rung, rung.rang_at is not None


def _is_new_here(alert: LivingAlert, moved_at: datetime | None, at: datetime) -> bool:
    """Did the patient come to this ward while it rang?"""
    return alert.climbs and alert.rang_at is not None and moved_at is not None and alert.rang_at < moved_at <= at


def _climbed(
    alert: LivingAlert, staffed: Mapping[Tier, Collection[int]], *, zone: ZoneInfo, at: datetime
) -> tuple[tuple[StepDone, ...], datetime | None]:
    """The steps that are done by `at`, and when the next one is due (None: nobody is told any more, or for now).

    Where nobody works in a tier the next one is told in its place, at once; those after it keep their own times.
    """
    if not alert.climbs or alert.rang_at is None or alert.ladder is None:
        return (), None
    done: list[StepDone] = []
    in_place = False
    for number, each in enumerate(alert.ladder.steps[alert.told :], start=alert.told):
        due_at = told_from(alert.rang_at + each.after, alert.ladder, zone=zone)
        if due_at > at and not in_place:
            return tuple(done), due_at
        done.append(_told(number, each, tuple(staffed.get(each.tier, ()))))
        in_place = bool(done[-1].skipped)
    return tuple(done), None


def _told(number: int, each: Step, people: Sequence[int]) -> StepDone:
    # The team is called by a telephone, not a list of people: there is always somebody where the ward has one.
    if people or each.tier is Tier.RAPID_RESPONSE:
        return StepDone(number, each.tier, tuple(people))
    return StepDone(number, each.tier, skipped=f"no {words_of(each.tier)} works on this ward")


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)
