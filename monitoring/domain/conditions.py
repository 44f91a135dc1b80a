"""The rules that rest on other records than one value of a set: events, liver enzymes, mood, vomiting, refusals (DOMAIN 5).

Those of time (bag, days, pump, pause, a check that nobody made) are in `time_conditions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from infusion.domain.course import CourseState
from monitoring.domain.alert_rules import Direction, Finding, Rule, Severity
from monitoring.domain.assessments import Analyte
from monitoring.domain.condition import Condition
from monitoring.domain.entry import LATE
from monitoring.domain.limits import limit_ends
from monitoring.domain.rules import CourseAlerts
from monitoring.domain.second_readings import next_unanswered_at
from monitoring.domain.stay import SeenLiver, SeenSet, StayFacts
from monitoring.domain.time_conditions import time_conditions, time_instants
from monitoring.domain.values import AbsentReason, Parameter

# Of these a sleeping patient is asked too: a set that carries none of them shows nothing of what can kill (DOMAIN 4).
_VITAL = (Parameter.RESPIRATORY_RATE, Parameter.SPO2, Parameter.SEDATION)
# C-SSRS screener: what is yellow, what is red; a lifetime yes to 6 alone is neither (DOMAIN 5).
_CSSRS_YELLOW, _CSSRS_RED, _CSSRS_RED_IF_RECENT = frozenset({2, 3}), frozenset({4, 5}), 6
# The most that an alert keeps as its number: a mistyped upper limit makes multiples of millions, and is to ring, not to fail.
_MOST = Decimal("99999.9")
ENZYMES = (Analyte.ALT, Analyte.AST, Analyte.ALP, Analyte.GGT)


def conditions(facts: StayFacts, *, at: datetime) -> tuple[Condition, ...]:
    """Everything of this kind that holds at `at`, told already or not; at most one for each rule and side."""
    if not facts.is_present:
        return ()
    found = (*_events(facts), _liver(facts), _suicide_risk(facts), _vomiting(facts, at), _refusals(facts))
    return (*(each for each in found if each is not None), *time_conditions(facts, at=at))


def next_condition_at(facts: StayFacts, *, at: datetime) -> datetime | None:
    """When the clock alone next changes something here, always after `at`; None where it never does.

    A second reading that does not come, own limits that end, a bag, a day, a pause, six hours without vomiting.
    """
    if not facts.is_present:
        return None
    instants = [
        *limit_ends(facts.own_limits, at=at),
        *time_instants(facts),
        *_quiet(facts),
        *filter(None, [next_unanswered_at(facts, at=at)]),
    ]
    return min((each for each in instants if each > at), default=None)


def _events(facts: StayFacts) -> Iterator[Condition]:
    """Adverse events of the stop list: red at once, and every new one of a kind is a new happening."""
    by_kind: dict[Rule, list[tuple[int, datetime]]] = {}
    for event in facts.events:
        by_kind.setdefault(event.kind, []).append((event.id, event.occurred_at))
    for kind, evidence in by_kind.items():
        newest = max((each for each in facts.events if each.kind is kind), key=lambda each: (each.occurred_at, each.id))
        words = str(kind).replace("_", " ").capitalize()
        said = f"{words}: {newest.note}" if newest.note else words
        finding = Finding(kind, Direction.NEITHER, Severity.RED, True, "", None, f"{said[:390].rstrip('.')}.")
        is_late = newest.recorded_at - newest.occurred_at > LATE
        yield Condition(finding, newest.occurred_at, tuple(evidence), is_late, told_once=True, rings_anew=True)


def _liver(facts: StayFacts) -> Condition | None:
    panel, rules = facts.liver, facts.rules.alerts
    if panel is None:
        return None
    worst = max((each for each in ENZYMES if each in panel.multiples), key=lambda a: panel.multiples[a], default=None)
    if worst is None:
        return None
    multiple, doubled = panel.multiples[worst], doubled_enzymes(panel, facts.liver_baseline, rules)
    if multiple >= rules.liver_red:
        severity, limit = Severity.RED, f"red at {rules.liver_red} times or more"
    elif multiple >= rules.liver_yellow:
        severity, limit = Severity.YELLOW, f"yellow at {rules.liver_yellow} times or more"
    elif doubled:
        worst = max(doubled, key=lambda each: panel.multiples[each])
        multiple, severity = panel.multiples[worst], Severity.YELLOW
        limit = f"doubled since the first panel, yellow at {rules.liver_doubled} times it and above the limit"
    else:
        return None
    company = _company(facts, panel)
    stops = multiple >= rules.liver_stop or (multiple >= rules.liver_stop_with_company and bool(company))
    shown = f"{multiple:.1f} x ULN"
    with_it = f" with {' and '.join(company)}" if stops and company else ""
    sentence = f"{worst.name} {shown}{with_it}: {limit}. A physician decides."
    finding = Finding(
        Rule.LIVER, Direction.HIGH, severity, stops, f"{worst.name} {shown}", min(round(multiple, 1), _MOST), sentence
    )
    return Condition(finding, panel.collected_at, ((panel.id, panel.collected_at),))


def doubled_enzymes(panel: SeenLiver, first: SeenLiver | None, rules: CourseAlerts) -> tuple[Analyte, ...]:
    """The enzymes that are twice what the first panel showed, or more, and above their limit."""
    if first is None or first.id == panel.id:
        return ()
    return tuple(each for each in ENZYMES if panel.multiples.get(each, 0) > 1 and _rose(each, panel, first, rules))


def _rose(enzyme: Analyte, panel: SeenLiver, first: SeenLiver, rules: CourseAlerts) -> bool:
    before: Mapping[Analyte, Decimal] = first.values
    return enzyme in before and panel.values[enzyme] >= rules.liver_doubled * before[enzyme]


def _company(facts: StayFacts, panel: SeenLiver) -> list[str]:
    """What makes threefold enzymes a reason to stop: bilirubin, rash, fever (asked with the panel, or measured)."""
    company = []
    if panel.multiples.get(Analyte.BILIRUBIN, Decimal(0)) >= facts.rules.alerts.bilirubin_company:
        company.append(f"bilirubin {panel.multiples[Analyte.BILIRUBIN]:.1f} x ULN")
    if panel.rash:
        company.append("rash")
    warm = (each.reading.values.temperature for each in facts.sets)
    if panel.fever or any(each is not None and facts.thresholds.temperature_high.severity(each) for each in warm):
        company.append("fever")
    return company


def _suicide_risk(facts: StayFacts) -> Condition | None:
    screen = facts.mood
    if screen is None:
        return None
    red = screen.yes & _CSSRS_RED
    if _CSSRS_RED_IF_RECENT in screen.yes and screen.six_is_recent:
        red |= {_CSSRS_RED_IF_RECENT}
    answers = red or screen.yes & _CSSRS_YELLOW
    if not answers:
        return None
    severity = Severity.RED if red else Severity.YELLOW
    questions = " and ".join(str(number) for number in sorted(answers))
    what = "Stay with the patient 1:1. A physician decides." if red else "A physician is to know."
    said = f"C-SSRS: yes to question {questions}. {what}"
    finding = Finding(Rule.SUICIDE_RISK, Direction.NEITHER, severity, False, f"yes to {questions}", None, said)
    is_late = screen.recorded_at - screen.observed_at > LATE
    return Condition(finding, screen.observed_at, ((screen.id, screen.observed_at),), is_late)


def _vomiting(facts: StayFacts, at: datetime) -> Condition | None:
    """Twice within six hours, counted back from the last time; over when as long passed without."""
    rules = facts.rules.alerts
    if not facts.vomited:
        return None
    last = facts.vomited[-1][1]
    recent = tuple(each for each in facts.vomited if last - each[1] <= rules.vomiting_within)
    if len(recent) < rules.vomiting_times:
        return None
    hours = rules.vomiting_within // timedelta(hours=1)
    sentence = f"Vomited in {len(recent)} sets within {hours} h: yellow at {rules.vomiting_times}."
    finding = Finding(Rule.VOMITING, Direction.NEITHER, Severity.YELLOW, False, f"{len(recent)} times", None, sentence)
    over_at = last + rules.vomiting_within
    return Condition(
        finding,
        last,
        recent,
        needs=rules.vomiting_times,
        told_once=True,
        recovered_at=over_at if at >= over_at else None,
    )


def _quiet(facts: StayFacts) -> Iterator[datetime]:
    """When six hours have passed without vomiting."""
    within = facts.rules.alerts.vomiting_within
    if facts.vomited:
        yield facts.vomited[-1][1] + within
    yield from (each.last_observed_at + within for each in facts.alerts if each.is_open and each.rule is Rule.VOMITING)


def _refusals(facts: StayFacts) -> Condition | None:
    """While the pump runs, the newest sets in a row that show nothing vital because the patient refused."""
    times = facts.rules.alerts.refusals
    newest = facts.runs[-1][-times:] if facts.runs else ()
    runs = facts.delivery is not None and facts.delivery.state is CourseState.RUNNING
    if not runs or len(newest) < times or not all(is_refusal(each) for each in newest):
        return None
    sentence = f"{times} sets running refused while the pump runs. A physician decides how it goes on."
    finding = Finding(Rule.REFUSALS, Direction.NEITHER, Severity.YELLOW, False, f"{times} sets", None, sentence)
    evidence = tuple((each.id, each.observed_at) for each in newest)
    return Condition(finding, newest[-1].observed_at, evidence, needs=times, told_once=True)


def is_refusal(seen: SeenSet) -> bool:
    """Did the patient refuse this set: neither respiration nor SpO2 nor sedation is there, and one of them was refused?"""
    if shows_vital_signs(seen):
        return False
    return any((each, AbsentReason.REFUSED) in seen.reading.absent for each in _VITAL)


def shows_vital_signs(seen: SeenSet) -> bool:
    """Does the set carry any of what no patient may be without: respiration, SpO2, sedation?"""
    return any(getattr(seen.reading.values, each) is not None for each in _VITAL)
