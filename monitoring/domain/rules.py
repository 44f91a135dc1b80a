"""What a protocol says about watching beyond the schedule's ladders and the limits of values (DOMAIN 4 and 5): read once.

One frozen dataclass a section; each attribute is named as its key, without the unit where it became a duration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from itertools import pairwise

from infusion.domain.content import Section
from monitoring.domain import reach
from monitoring.domain.severity import LadderClass, Severity, Tier

# Sections that came after the first protocols were signed: those are read with the shipped default.
SECTIONS = ("closer_watch", "prompts", "course_alerts", "alert_life", "ladders")

_DAY_MIN = 24 * 60
_MINUTE = timedelta(minutes=1)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class CloserWatch:
    """After a red alert or POSS 3: how often, how long at most, and how many sets outside it in a row end it. By NEWS2."""

    every: timedelta
    at_most: timedelta
    calm_sets: int
    news2_high_from: int
    news2_high_every: timedelta
    news2_medium_from: int
    news2_medium_every: timedelta
    news2_single_three_every: timedelta

    @classmethod
    def read(cls, part: Section) -> CloserWatch:
        """From the section `closer_watch`."""
        news2 = part.section("news2")
        rules = cls(
            every=_minutes(part, "every_min"),
            at_most=_minutes(part, "at_most_min", most=reach.CLOSED_ALERTS // _MINUTE),
            calm_sets=part.whole("calm_sets", least=1, most=reach.SETS),
            news2_high_from=news2.whole("high_from", least=1, most=20),
            news2_high_every=_minutes(news2, "high_every_min"),
            news2_medium_from=news2.whole("medium_from", least=1, most=20),
            news2_medium_every=_minutes(news2, "medium_every_min"),
            news2_single_three_every=_minutes(news2, "single_three_every_min"),
        )
        if rules.news2_medium_from >= rules.news2_high_from and news2.is_sound():
            news2.complain("closer_watch.news2.medium_from must be below high_from.")
        return rules


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often something other than a set is due: so long after the last, and at these times of the ward's day.

    What was done up to `early` before a time counts for it. `every` None: only at the times.
    """

    every: timedelta | None
    at: tuple[time, ...]
    early: timedelta

    @classmethod
    def read(cls, part: Section) -> Rhythm:
        """From one entry of the section `prompts`."""
        every = part.whole_or_none("every_min", least=30, most=7 * _DAY_MIN)
        rhythm = cls(
            every=None if every is None else timedelta(minutes=every),
            at=_times(part, "at"),
            early=timedelta(minutes=part.whole("early_min", least=0, most=_DAY_MIN)),
        )
        if rhythm.every is None and not rhythm.at:
            part.complain(f"{part.path} needs every_min or at.")
        return rhythm


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is due beside the sets. `reassessment`: how long after its time it is asked for once more."""

    line_check: Rhythm
    mood: Rhythm
    falls: Rhythm
    physician_review: Rhythm
    liver_enzymes: Rhythm
    reassessment_every: timedelta
    temperature_every: timedelta

    @classmethod
    def read(cls, part: Section) -> Prompts:
        """From the section `prompts`."""
        return cls(
            line_check=Rhythm.read(part.section("line_check")),
            mood=Rhythm.read(part.section("mood")),
            falls=Rhythm.read(part.section("falls")),
            physician_review=Rhythm.read(part.section("physician_review")),
            liver_enzymes=Rhythm.read(part.section("liver_enzymes")),
            reassessment_every=_minutes(part, "reassessment_every_min"),
            temperature_every=_minutes(part, "temperature_every_min"),
        )


@dataclass(frozen=True, slots=True)
class CourseAlerts:
    """Limits of the rules that do not rest on one value of a set alone. Multiples are of the upper limit of normal."""

    pain_above_declared: int
    vomiting_times: int
    vomiting_within: timedelta
    refusals: int
    liver_yellow: Decimal
    liver_doubled: Decimal
    liver_red: Decimal
    liver_stop: Decimal
    liver_stop_with_company: Decimal
    bilirubin_company: Decimal
    bag_yellow: timedelta
    bag_red: timedelta

    @classmethod
    def read(cls, part: Section) -> CourseAlerts:
        """From the section `course_alerts`."""
        vomiting, liver, bag = (part.section(key) for key in ("vomiting", "liver", "bag"))
        rules = cls(
            pain_above_declared=part.whole("pain_above_declared", least=1, most=10),
            vomiting_times=vomiting.whole("times", least=2, most=10),
            vomiting_within=_minutes(vomiting, "within_min", most=reach.VOMITING // _MINUTE),
            refusals=part.whole("refusals", least=1, most=reach.SETS),
            liver_yellow=_multiple(liver, "yellow_uln"),
            liver_doubled=_multiple(liver, "doubled"),
            liver_red=_multiple(liver, "red_uln"),
            liver_stop=_multiple(liver, "stop_uln"),
            liver_stop_with_company=_multiple(liver, "stop_with_company_uln"),
            bilirubin_company=_multiple(liver, "company_bilirubin_uln"),
            bag_yellow=_minutes(bag, "yellow_min"),
            bag_red=_minutes(bag, "red_min"),
        )
        if part.is_sound() and not rules.liver_yellow < rules.liver_red <= rules.liver_stop:
            liver.complain("course_alerts.liver: yellow_uln, red_uln and stop_uln must rise.")
        if part.is_sound() and rules.bag_red >= rules.bag_yellow:
            bag.complain("course_alerts.bag.red_min must be below yellow_min.")
        return rules


@dataclass(frozen=True, slots=True)
class AlertLife:
    """How long an acknowledgement holds with nothing following, and how long and how often a ring may be put off."""

    acknowledged_red: timedelta
    acknowledged_yellow: timedelta
    snooze_red: timedelta
    snooze_yellow: timedelta
    snoozes: int

    @classmethod
    def read(cls, part: Section) -> AlertLife:
        """From the section `alert_life`."""
        acknowledged, snooze = part.section("acknowledged_min"), part.section("snooze_min")
        return cls(
            acknowledged_red=_minutes(acknowledged, "red"),
            acknowledged_yellow=_minutes(acknowledged, "yellow"),
            snooze_red=_minutes(snooze, "red", most=15),
            snooze_yellow=_minutes(snooze, "yellow", most=60),
            snoozes=part.whole("snoozes", least=0, most=1),
        )

    def acknowledged_for(self, severity: Severity) -> timedelta:
        """How long somebody's look counts while nothing follows."""
        return self.acknowledged_red if severity is Severity.RED else self.acknowledged_yellow

    def snooze_for(self, severity: Severity) -> timedelta:
        """The longest time for which a ring may be put off."""
        return self.snooze_red if severity is Severity.RED else self.snooze_yellow


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: whom it tells, so long after the ring."""

    tier: Tier
    after: timedelta


@dataclass(frozen=True, slots=True)
class Ladder:
    """Who is told, in order of time. `from_time`..`until_time` of the ward's day: outside it nobody is, until it begins."""

    steps: tuple[Step, ...]
    from_time: time | None = None
    until_time: time | None = None

    @classmethod
    def read(cls, part: Section) -> Ladder:
        """From one entry of the section `ladders`."""
        steps = tuple(
            Step(Tier(entry.text("tier", one_of=set(Tier)) or Tier.NURSE), _minutes(entry, "after_min", least=0))
            for entry in part.sections("steps")
        )
        from_time, until_time = _time(part, "from"), _time(part, "until")
        if (from_time is None) != (until_time is None):
            part.complain(f"{part.path}: from and until go together.")
        if any(later.after < earlier.after for earlier, later in pairwise(steps)):
            part.complain(f"{part.path}.steps must be in order of after_min.")
        return cls(steps, from_time, until_time)


@dataclass(frozen=True, slots=True)
class WatchRules:
    """All of it."""

    closer: CloserWatch
    prompts: Prompts
    alerts: CourseAlerts
    life: AlertLife
    ladders: Mapping[LadderClass, Ladder]

    @classmethod
    def from_content(cls, content: object) -> WatchRules:
        """Read `SECTIONS` of a protocol's content; raise `ContentError` with everything that is wrong in them."""
        root = Section.root(content)
        ladders = root.section("ladders")
        rules = cls(
            closer=CloserWatch.read(root.section("closer_watch")),
            prompts=Prompts.read(root.section("prompts")),
            alerts=CourseAlerts.read(root.section("course_alerts")),
            life=AlertLife.read(root.section("alert_life")),
            ladders={each: Ladder.read(ladders.section(each)) for each in LadderClass},
        )
        root.finish()
        return rules


def _minutes(part: Section, key: str, *, least: int = 1, most: int = 7 * _DAY_MIN) -> timedelta:
    return timedelta(minutes=part.whole(key, least=least, most=most))


def _multiple(part: Section, key: str) -> Decimal:
    return part.number(key, least=Decimal(1), most=Decimal(100))


def _times(part: Section, key: str) -> tuple[time, ...]:
    return tuple(sorted(_as_time(text) for text in part.texts(key, pattern=_TIME)))


def _time(part: Section, key: str) -> time | None:
    if not part.has(key):
        part.whole_or_none(key, least=0, most=0)  # it may be left out, or be null
        return None
    text = part.text(key)
    if _TIME.fullmatch(text):
        return _as_time(text)
    part.complain(f'{part.path}.{key} must be a time like "07:00".')
    return None


def _as_time(text: str) -> time:
    return time(int(text[:2]), int(text[3:]))
