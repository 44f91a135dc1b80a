"""One stay as the reconciliation sees it, and what settling makes of it: facts in, changed facts out, no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitoring.domain.alert_change import AlertChange
from monitoring.domain.alert_rules import Direction, Reading, Rule, Severity
from monitoring.domain.news2 import news2
from monitoring.domain.reconcile import reconcile
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.schedule import Course
from monitoring.domain.stay import Ending, KnownAlert, OpenPrompt, SeenSet, StayFacts
from monitoring.domain.values import Consciousness, SedationScale, Values, completes_set_prompt
from monitoring.domain.watching import PromptKind
from tests.unit.seed_protocol import DOSING, RULES, SCHEDULE, THRESHOLDS

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
CALM = {
    "heart_rate": 72,
    "systolic": 124,
    "diastolic": 78,
    "respiratory_rate": 16,
    "spo2": 97,
    "on_oxygen": False,
    "consciousness": Consciousness.A,
    "sedation_scale": SedationScale.POSS,
    "sedation": "1",
    "psychotomimetic": 0,
}


def after(minutes):
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def seen(number, minutes, *, recorded=None, **changed):
    """A calm set (without temperature) seen so many minutes after the start, with some values changed."""
    values = Values(**{**CALM, **changed})
    at = after(minutes)
    return SeenSet(number, Reading(at, values, news2(values, scale=1)), at if recorded is None else after(recorded))


def only(number, minutes, *, recorded=None, **values):
    """A set with these values and nothing else, unscored: it speaks of no rule but theirs."""
    full = seen(number, minutes, recorded=recorded, **{**dict.fromkeys(CALM), **values})
    return replace(full, reading=replace(full.reading, news2=news2(Values(), scale=1)))


def alert(
    rule=Rule.HEART_RATE, direction=Direction.HIGH, severity=Severity.RED, *, evidence=(), number=None, **changed
):
    """An open alert of sets (number, minutes), unseen unless something else is said."""
    ids = tuple(number for number, _ in evidence)
    times = [after(minutes) for _, minutes in evidence] or [START]
    known = KnownAlert(
        id=1,
        rule=rule,
        direction=direction,
        severity=severity,
        number=number,
        stop_advised=False,
        count=max(1, len(ids)),
        acknowledged=False,
        seen_severity=None,
        seen_number=None,
        recovered_at=None,
        recovery_stands=True,
        is_open=True,
        close_reason="",
        first_observed_at=min(times),
        last_observed_at=max(times),
        evidence=ids,
        standing=ids,
    )
    return replace(known, **changed)


def acknowledged(known):
    """The alert after somebody looked at it as it is."""
    return replace(known, acknowledged=True, seen_severity=known.severity, seen_number=known.number)


def prompt(due, interval, *, opened=0):
    """An open prompt, its times in minutes after the start."""
    return OpenPrompt(1, after(due), interval * MINUTE, after(opened))


def stay(*sets, open_prompt=None, alerts=(), course=None, **changed):
    """A stay whose pump runs since START, unless something else is said; its sets are neighbours."""
    facts = StayFacts(
        admission_id=1,
        is_present=True,
        scale=1,
        course=Course(first_started_at=START) if course is None else course,
        delivery=None,
        schedule=SCHEDULE,
        thresholds=THRESHOLDS,
        rules=RULES,
        dosing=DOSING,
        open_prompt=open_prompt,
        alerts=tuple(alerts),
    )
    return replace(charted(facts, *sets), **changed)


def charted(facts, *sets):
    """The stay after these sets were charted: the newest three are known, and the newest complete one."""
    known = sorted(
        {each.id: each for each in (*facts.sets, *sets)}.values(), key=lambda each: (each.observed_at, each.id)
    )
    since = facts.last_done_at or (facts.course.first_started_at if facts.course else START)
    complete = [each for each in known if completes_set_prompt(each.reading.values) and each.observed_at > since]
    newest = complete[-1] if complete else None
    return replace(
        facts,
        runs=(tuple(known),) if known else (),
        newest_complete_at=newest and newest.observed_at,
        newest_complete_id=newest and newest.id,
    )


def replaced(facts, old, new):
    """The stay after the set numbered `old` was corrected to `new`."""
    left = charted(replace(facts, runs=(tuple(each for each in facts.sets if each.id != old),)), new)
    times = {each.observed_at for each in left.sets}
    alerts = (
        replace(
            each,
            standing=tuple(number for number in each.standing if number != old),
            recovery_stands=each.recovered_at is None or each.recovered_at in times,
        )
        for each in facts.alerts
    )
    return replace(left, alerts=tuple(alerts))


def settled(facts, *, at):
    """Both changes, and the facts as they are when both are written."""
    change = reconcile(facts, at=at)
    of_prompt, of_alerts = change.prompts[PromptKind.FULL_SET], change.alerts
    written = _with_alerts(_with_prompt(facts, of_prompt, at=at), of_alerts, at=at)
    return of_prompt, of_alerts, written


def as_charted(facts):
    """The instant at which the last of its sets was charted: no time has passed since."""
    return max((each.recorded_at for each in facts.sets), default=START)


def minutes_of(instant):
    """The instant in minutes after the start."""
    return None if instant is None else (instant - START) / MINUTE


def _with_prompt(facts: StayFacts, change: PromptChange, *, at: datetime) -> StayFacts:
    was = facts.open_prompt
    ended = [(each.facts, each.ending) for each in change.past]
    if was is not None and change.ends is not None:
        ended.insert(0, (was.facts, change.ends))
    now = was if change.ends is None else None
    if change.open is not None:
        assert now is None, "two open prompts"
        now = OpenPrompt(2, change.open.due_at, change.open.interval, at)
    missed = [each for each, ending in ended if ending is Ending.MISSED]
    facts = replace(facts, open_prompt=now, missed=missed[-1] if missed else facts.missed)
    if change.was_answered:
        facts = replace(facts, last_done_at=facts.newest_complete_at, newest_complete_at=None, newest_complete_id=None)
    return facts


def _with_alerts(facts: StayFacts, change: AlertChange, *, at: datetime) -> StayFacts:
    alerts = {each.id: each for each in facts.alerts}
    for each in change.raised:
        known = next((a for a in alerts.values() if a.is_open and a.key == each.finding.key), None)
        made = _raised(known, each, number=len(alerts) + 1)
        alerts[made.id] = made
    for number, says in change.restated:
        figures = {name: getattr(says, name) for name in says.__slots__ if name not in ("value", "sentence")}
        alerts[number] = replace(alerts[number], **figures, standing=says.evidence)
    for number, mend in change.mended:
        alerts[number] = replace(
            alerts[number],
            recovered_at=mend.recovered_at,
            recovery_stands=True,
            close_reason=mend.close_reason,
            is_open=not mend.close_reason,
        )
    return replace(facts, alerts=tuple(alerts.values()))


def _red_since(known, new, each):
    if known.recovered_at is not None or known.red_since is None or new is None:
        return new if known.recovered_at is not None else known.red_since or new
    return max(known.red_since, new) if each.begins_anew else known.red_since


def _raised(known, each, *, number):
    finding = each.finding
    ids = (each.row_id,) if each.row_id is not None and each.counts else ()
    is_outside = finding.severity is Severity.RED or finding.rule is Rule.SEDATION
    red_since = each.observed_at if is_outside else None
    if known is None:
        return KnownAlert(
            number, finding.rule, finding.direction, finding.severity, finding.number, finding.stop_advised, 1, False,
            None, None, each.recovered_at, True, True, "", each.observed_at, each.observed_at, ids, ids,
            red_since=red_since,
        )  # fmt: skip
    numbers = [n for n in (known.number, finding.number) if n is not None]
    worst = (min if finding.direction is Direction.LOW else max)(numbers) if numbers else None
    return replace(
        known,
        severity=max(known.severity, finding.severity, key=lambda s: s.rank),
        number=worst,
        stop_advised=known.stop_advised or finding.stop_advised,
        count=known.count + each.counts,
        evidence=(*known.evidence, *ids),
        standing=(*known.standing, *ids),
        last_observed_at=max(known.last_observed_at, each.observed_at),
        first_observed_at=min(known.first_observed_at, each.observed_at),
        recovered_at=each.recovered_at,
        acknowledged=known.acknowledged and not each.rings,
        red_since=_red_since(known, red_since, each),
    )
