"""What calls for closer watching than the ladders, and until when (DOMAIN 4, "Schedule"): red, POSS 3, NEWS2, a physician.

An episode begins with the set that showed it (or the event) and ends with so many sets in a row outside it, at the latest
after two hours [default]. Whoever is still outside then needs a physician, who says how often a set is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitoring.domain import alert_rules
from monitoring.domain.alert_rules import Direction, Key, Rule, Severity
from monitoring.domain.rules import CloserWatch
from monitoring.domain.schedule import Watch
from monitoring.domain.severity import OF_A_SET, STOP_LIST
from monitoring.domain.stay import KnownAlert, SeenSet, StayFacts
from monitoring.domain.values import completes_set_prompt
from monitoring.domain.watching import PromptKind

_NEWS2: Key = (Rule.NEWS2, Direction.NEITHER)
# What somebody recorded or found: it has no value of its own, so it is over when nothing else is red either.
_WITHOUT_VALUE = STOP_LIST | {Rule.PUMP_DIFFERS}

Bands = dict[Key, Severity | None]


@dataclass(frozen=True, slots=True)
class Episode:
    """Something outside since `since`; `is_open` unless its alert was closed."""

    since: datetime
    is_open: bool = True


def watches(facts: StayFacts, *, at: datetime) -> tuple[Watch, ...]:
    """Everything that calls for closer watching at `at`, for the schedule to take the shortest of."""
    rules = facts.rules.closer
    found = [Watch(each.since, each.since + rules.at_most, rules.every) for each in _episodes(facts)]
    found += _by_news2(facts, rules)
    own = facts.own_interval
    if own is not None and own.set_at <= at:
        found.append(Watch(own.set_at, own.until, own.every))
    return tuple(dict.fromkeys(found))


def asks_for_interval(facts: StayFacts, at: datetime) -> datetime | None:
    """Since when a physician is to say how often a set is due: what is outside for two hours, and nobody said since.

    None while closer watching goes on, or nothing is outside any more.
    """
    return min((each for each in _ends(facts) if each <= at), default=None)


def asks_for_interval_next(facts: StayFacts, at: datetime) -> datetime | None:
    """When `asks_for_interval` begins to ask if nothing comes between; None where it does not."""
    return min((each for each in _ends(facts) if each > at), default=None)


def begins_anew(facts: StayFacts, key: Key, seen: SeenSet) -> bool:
    """Is this set outside again after so many in a row were not that closer watching was over? What only left red goes on
    as one alert and is never back in range, but is watched from here on as anything red is."""
    before = [_bands(facts, each) for each in facts.sets if _in_order(each) < _in_order(seen)]
    carried = [bands[key] for bands in before if key in bands][-facts.rules.closer.calm_sets :]
    is_over = len(carried) == facts.rules.closer.calm_sets and not any(_is_outside(key, band) for band in carried)
    return is_over and _is_outside(key, _bands(facts, seen).get(key))


def _ends(facts: StayFacts) -> Iterator[datetime]:
    said = facts.done.get(PromptKind.SET_INTERVAL)
    for each in _episodes(facts):
        if each.is_open and (said is None or said.at < each.since):
            yield each.since + facts.rules.closer.at_most


def _episodes(facts: StayFacts) -> tuple[Episode, ...]:
    """What is outside, or was so too lately to be sure that it is over."""
    seen = sorted({each.id: each for each in (*facts.evidence, *facts.sets)}.values(), key=_in_order)
    shown = [(each, _bands(facts, each)) for each in seen]
    return (*_of_values(facts, shown), *_of_events(facts, shown))


def _in_order(seen: SeenSet) -> tuple[datetime, int]:
    return seen.observed_at, seen.id


def _bands(facts: StayFacts, seen: SeenSet) -> Bands:
    return alert_rules.bands(
        seen.reading.values,
        seen.reading.news2,
        scale=facts.scale,
        baseline_systolic=facts.baseline_systolic,
        thresholds=facts.thresholds,
    )


def _is_outside(key: Key, band: Severity | None) -> bool:
    """Red; of sedation, yellow as well (POSS 3)."""
    return band is Severity.RED or (band is not None and key[0] is Rule.SEDATION)


def _of_values(facts: StayFacts, shown: list[tuple[SeenSet, Bands]]) -> Iterator[Episode]:
    known = {alert.key: alert for alert in sorted(facts.alerts, key=_open_last) if alert.rule in OF_A_SET}
    keys = [key for key, alert in known.items() if _is_outside(key, alert.severity)]
    keys += [key for _, bands in shown for key, band in bands.items() if _is_outside(key, band)]
    for key in dict.fromkeys(keys):
        of_key = [(seen, bands[key]) for seen, bands in shown if key in bands]
        if (episode := _of_value(key, known.get(key), of_key, facts.rules.closer)) is not None:
            yield episode


def _open_last(alert: KnownAlert) -> tuple[bool, datetime]:
    return alert.is_open, alert.last_observed_at


def _of_value(
    key: Key, alert: KnownAlert | None, shown: list[tuple[SeenSet, Severity | None]], rules: CloserWatch
) -> Episode | None:
    """The episode of one rule: from what its alert remembers, on through the loaded sets that carry its value."""
    since, calm, is_back, is_open = _remembered(key, alert), 0, False, alert is None or alert.is_open
    back_at = None if alert is None else alert.recovered_at
    if back_at is not None and (not shown or back_at < shown[0][0].observed_at):
        calm, is_back, is_open = 1, True, False
    for seen, band in shown:
        if not _is_outside(key, band):
            calm, is_back = calm + 1, is_back or band is None
            continue
        is_new = alert is None or alert.is_open or seen.observed_at > alert.last_observed_at
        if since is None or is_back or calm >= rules.calm_sets or (is_new and not is_open):
            since = max(seen.observed_at, since or seen.observed_at)
        calm, is_back, is_open = 0, False, is_new
    return None if since is None or calm >= rules.calm_sets else Episode(since, is_open)


def _remembered(key: Key, alert: KnownAlert | None) -> datetime | None:
    """Since when it is outside, as its alert keeps it."""
    if alert is None or not _is_outside(key, alert.severity):
        return None
    return alert.red_since or alert.first_observed_at


def _of_events(facts: StayFacts, shown: list[tuple[SeenSet, Bands]]) -> Iterator[Episode]:
    found = [Episode(each.occurred_at) for each in facts.events if each.kind in STOP_LIST]
    found += [
        Episode(alert.last_observed_at, alert.is_open)
        for alert in facts.alerts
        if alert.rule in _WITHOUT_VALUE and not (alert.evidence and facts.withdrawn_events.issuperset(alert.evidence))
    ]
    if facts.differs_since is not None:
        found.append(Episode(facts.differs_since))
    for each in found:
        if not _is_calm_since(each.since, shown, facts.rules.closer):
            yield each


def _is_calm_since(since: datetime, shown: list[tuple[SeenSet, Bands]], rules: CloserWatch) -> bool:
    """Were so many complete sets in a row without anything red since then?"""
    calm = 0
    for seen, bands in shown:
        if seen.observed_at > since:
            if Severity.RED in bands.values():
                calm = 0
            elif completes_set_prompt(seen.reading.values):
                calm += 1
            if calm >= rules.calm_sets:
                return True
    return False


def _by_news2(facts: StayFacts, rules: CloserWatch) -> list[Watch]:
    """By the newest scored set. Where none is loaded, what its open alert says stands."""
    for seen in reversed(facts.sets):
        total = seen.reading.news2.total
        if total is not None and total >= rules.news2_high_from:
            return [Watch(seen.observed_at, None, rules.news2_high_every)]
        if total is not None and total >= rules.news2_medium_from:
            return [Watch(seen.observed_at, None, rules.news2_medium_every)]
        if seen.reading.news2.any_three:
            return [Watch(seen.observed_at, None, rules.news2_single_three_every)]
        if total is not None:
            return []
    alert = next((each for each in facts.alerts if each.is_open and each.key == _NEWS2), None)
    if alert is None or alert.recovered_at is not None:
        return []
    is_high = alert.severity is Severity.RED
    return [Watch(alert.last_observed_at, None, rules.news2_high_every if is_high else rules.news2_medium_every)]
