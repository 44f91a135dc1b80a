"""The rules of time: the bag, the days of the course, a pump set otherwise, a pause that is over, an act signed by one alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from infusion.domain.bag import run_out_at
from infusion.domain.course import CourseState
from infusion.domain.words import PumpCheckKind
from monitoring.domain.alert_rules import Direction, Finding, Rule, Severity
from monitoring.domain.condition import Condition
from monitoring.domain.stay import KnownAlert, StayFacts

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


def time_conditions(facts: StayFacts, *, at: datetime) -> Iterator[Condition]:
    """Those of time that hold at `at`."""
    for each in (
        _bag(facts, at),
        _course_length(facts, at),
        _pump_differs(facts),
        _pause_over(facts, at),
        _single_signed(facts),
    ):
        if each is not None:
            yield each


def time_instants(facts: StayFacts) -> Iterator[datetime]:
    """Every instant at which one of them begins or becomes graver."""
    empty_at = empty_bag_at(facts)
    if empty_at is not None:
        yield empty_at - facts.rules.alerts.bag_yellow
        yield empty_at - facts.rules.alerts.bag_red
    if facts.delivery is not None and facts.delivery.state is not CourseState.STOPPED:
        yield facts.delivery.first_started_at + facts.dosing.days.yellow
        yield facts.delivery.first_started_at + facts.dosing.days.red
    if facts.delivery is not None and facts.delivery.paused_until is not None:
        yield facts.delivery.paused_until


def empty_bag_at(facts: StayFacts) -> datetime | None:
    """When the bag is empty at the rate that runs; None where nothing flows or no bag hangs."""
    bag = facts.bag
    if bag is None or not bag.rate_ml_per_h:
        return None
    return run_out_at(bag.remaining_ml, bag.rate_ml_per_h, at=bag.since)


def why_it_ended(facts: StayFacts, alert: KnownAlert) -> str:
    """Why an alert of time is over, in words, seen from facts in which its condition no longer holds."""
    state = None if facts.delivery is None else facts.delivery.state
    if alert.rule is Rule.BAG_EMPTY:
        if facts.bag is None or facts.bag.id not in alert.evidence:
            return "the bag was changed"
        return "nothing flows" if empty_bag_at(facts) is None else "the bag lasts longer now"
    if alert.rule is Rule.COURSE_LENGTH:
        return "the infusion was stopped" if state is CourseState.STOPPED else "the start was corrected"
    if alert.rule is Rule.PAUSE_OVER:
        return "the pause goes on" if state is CourseState.PAUSED else "the pause is over"
    return "another person looked" if alert.rule is Rule.SINGLE_SIGNED else "the pump is set as recorded"


def _bag(facts: StayFacts, at: datetime) -> Condition | None:
    empty_at, rules = empty_bag_at(facts), facts.rules.alerts
    if empty_at is None or facts.bag is None or at < empty_at - rules.bag_yellow:
        return None
    is_red = at >= empty_at - rules.bag_red
    before = rules.bag_red if is_red else rules.bag_yellow
    since = empty_at - before
    severity = Severity.RED if is_red else Severity.YELLOW
    sentence = f"The bag is empty within {before // _MINUTE} min at the rate that runs."
    finding = Finding(Rule.BAG_EMPTY, Direction.NEITHER, severity, False, "", None, sentence)
    return Condition(finding, since, ((facts.bag.id, since),), rings_anew=True)


def _course_length(facts: StayFacts, at: datetime) -> Condition | None:
    delivery, days = facts.delivery, facts.dosing.days
    if delivery is None or delivery.state is CourseState.STOPPED or at < delivery.first_started_at + days.yellow:
        return None
    is_red = at >= delivery.first_started_at + days.red
    limit = days.red if is_red else days.yellow
    severity = Severity.RED if is_red else Severity.YELLOW
    hours = limit // _HOUR
    sentence = f"{hours} h since the first start (pauses included): a physician decides about the end of the course."
    finding = Finding(Rule.COURSE_LENGTH, Direction.NEITHER, severity, False, f"{hours} h", None, sentence)
    return Condition(finding, delivery.first_started_at + limit)


def _pump_differs(facts: StayFacts) -> Condition | None:
    if facts.differs_since is None:
        return None
    sentence = "The pump is set otherwise than ordered: look at it, set it right, and record what is done."
    finding = Finding(Rule.PUMP_DIFFERS, Direction.NEITHER, Severity.RED, False, "", None, sentence)
    return Condition(finding, facts.differs_since)


def _pause_over(facts: StayFacts, at: datetime) -> Condition | None:
    delivery = facts.delivery
    if delivery is None or delivery.state is not CourseState.PAUSED or delivery.paused_until is None:
        return None
    if at < delivery.paused_until:
        return None
    finding = Finding(
        Rule.PAUSE_OVER,
        Direction.NEITHER,
        Severity.YELLOW,
        False,
        "",
        None,
        "The pause has lasted as long as was said.",
    )
    return Condition(finding, delivery.paused_until)


def _single_signed(facts: StayFacts) -> Condition | None:
    alone = [each for each in facts.checks if each.kind is PumpCheckKind.SINGLE_SIGNED]
    if not alone:
        return None
    sentence = "Done by one person alone: another one looks at the pump within the hour."
    finding = Finding(Rule.SINGLE_SIGNED, Direction.NEITHER, Severity.YELLOW, False, "", None, sentence)
    evidence = tuple((each.id, each.opened_at) for each in alone)
    return Condition(finding, max(each.opened_at for each in alone), evidence, rings_anew=True)
