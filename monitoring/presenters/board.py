"""The ward board: one row a bed, who needs someone first."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from django.urls import reverse

from monitoring.domain.severity import Severity
from monitoring.presenters import colours, words
from monitoring.presenters.dues import away_words, earliest_late
from monitoring.presenters.ladders import short_words
from monitoring.presenters.spark import Spark, spark
from monitoring.selectors.board import AlertFacts, BedFacts, PromptDue

NO_SET = "no set yet"
NOT_WATCHED = "Plateau cannot watch this bed. Watch it by hand."
_TALLY = (("red", "sev sev-red"), ("yellow", "sev sev-yellow"), ("late", "sev sev-late"), ("calm", "muted"))


class Rank(IntEnum):
    """The order of the board; within a rank what is due next comes first."""

    RED_UNSEEN = 0
    RED_SEEN = 1
    LATE_OR_YELLOW_UNSEEN = 2
    YELLOW_SEEN = 3
    CALM = 5


@dataclass(frozen=True, slots=True)
class Need:
    """Why a bed needs someone: its rank, the look of its tile, the word beside it, and what the tally counts it as."""

    rank: Rank
    look: str = ""
    words: str = ""
    mark: str = "calm"


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its age; `old_at` is the instant from which it is older than the schedule allows."""

    name: str
    value: str
    shown: str
    severity: str = ""
    at: str = ""
    age: str = ""
    old_at: str = ""
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """An open alert in one line."""

    severity: str
    is_seen: bool
    title: str
    sentence: str
    context: str
    stop_words: str
    at: str
    clock: str
    age: str
    told: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One bed."""

    admission_id: int
    key: str
    rank: int
    position: int
    marks: str
    href: str
    bed: str
    need: str
    need_words: str
    name: str
    person: str
    dose: str
    no_dose: str
    rate: str
    spark: Spark
    course: str
    course_detail: str
    scores: tuple[Score, ...]
    due: words.Due
    other: words.Due | None
    sayings: tuple[Saying, ...]
    more_alerts: str
    not_watched: str
    away: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One count of the tally."""

    mark: str
    count: int
    words: str
    look: str


@dataclass(frozen=True, slots=True)
class Board:
    """The page's middle."""

    running: int
    tally: tuple[Figure, ...]
    rows: tuple[Row, ...]
    empty: str = "No patient lies on this ward."


def board(beds: Sequence[BedFacts], *, zone: ZoneInfo, at: datetime) -> Board:
    """All rows in the order of need, and the figures above them."""
    rows = sorted((row(bed, zone=zone, at=at) for bed in beds), key=_order)
    marks = [each.marks.split() for each in rows]
    return Board(
        running=sum("running" in each for each in marks),
        tally=tuple(Figure(mark, sum(mark in each for each in marks), mark, look) for mark, look in _TALLY),
        rows=tuple(rows),
    )


def _order(row: Row) -> tuple[int, bool, str, int]:
    return row.rank, not row.due.at, row.due.at, row.position


def row(bed: BedFacts, *, zone: ZoneInfo, at: datetime) -> Row:
    """One bed's row as it is at `at`."""
    person, course = bed.person, bed.course
    felt = need(bed.alerts, bed.prompt, at=at)
    state = course.state if course else ""
    who, ordered = _person(bed, zone=zone, at=at), _order_words(bed, zone=zone, at=at)
    # What changes with the day alone; minutes are counted in the browser.
    said = f"{who} {ordered} {words.day(at, zone)}"
    return Row(
        admission_id=person.admission_id,
        key=f"{person.version}.{felt.look}.{zlib.crc32(said.encode()):x}",
        # What nobody watches is looked at by hand: it stands no lower than a late set.
        rank=min(felt.rank, Rank.LATE_OR_YELLOW_UNSEEN) if bed.is_set_aside else felt.rank,
        position=person.position,
        marks=f"{felt.mark} {state}".strip(),
        href=reverse("monitoring:bedside", args=[person.admission_id]),
        bed=person.bed,
        need=felt.look or ("paused" if state == "paused" else ""),
        need_words=felt.words,
        name=f"{person.family_name}, {person.given_name}",
        person=who,
        dose=words.dose(course.dose) if course and state != "stopped" else "",
        no_dose="stopped" if course else "not started",
        rate=_rate(bed, zone=zone, at=at),
        spark=spark(bed.steps, maximum=course.maximum_dose if course else None, alerts=bed.alerts, at=at),
        course=_course(bed),
        course_detail=ordered,
        scores=scores(bed, at=at),
        due=set_due(bed.prompt, zone=zone, at=at),
        other=earliest_late(bed.others, at=at),
        sayings=tuple(saying(alert, zone=zone, at=at) for alert in bed.alerts[:2]),
        more_alerts=f"and {len(bed.alerts) - 2} more" if len(bed.alerts) > 2 else "",
        not_watched=NOT_WATCHED if bed.is_set_aside else "",
        away=away_words(bed.away, zone=zone, at=at),
    )


def need(alerts: Sequence[AlertFacts], prompt: PromptDue | None, *, at: datetime) -> Need:
    """What is gravest: red before yellow, unseen before seen; a late set weighs as a yellow nobody has seen."""
    red = [alert for alert in alerts if alert.severity is Severity.RED]
    yellow = [alert for alert in alerts if alert.severity is Severity.YELLOW]
    if any(alert.acknowledged_at is None for alert in red):
        return Need(Rank.RED_UNSEEN, "red", "Red alert, not seen", "red")
    if red:
        return Need(Rank.RED_SEEN, "red-seen", "Red alert, seen", "red")
    is_late = prompt is not None and at > prompt.late_at
    if any(alert.acknowledged_at is None and alert.rule != "set_overdue" for alert in yellow):
        return Need(Rank.LATE_OR_YELLOW_UNSEEN, "yellow", "Yellow alert, not seen", "yellow")
    if is_late:
        return Need(Rank.LATE_OR_YELLOW_UNSEEN, "late", "Observations late", "late")
    if any(alert.acknowledged_at is None for alert in yellow):
        return Need(Rank.LATE_OR_YELLOW_UNSEEN, "yellow", "Yellow alert, not seen", "yellow")
    if yellow:
        return Need(Rank.YELLOW_SEEN, "yellow-seen", "Yellow alert, seen", "yellow")
    return Need(Rank.CALM)


def set_due(prompt: PromptDue | None, *, zone: ZoneInfo, at: datetime) -> words.Due:
    """The set prompt in words; an empty place where nothing more is due."""
    if prompt is None:
        return words.Due("no set due")
    detail = f"Set {words.clock(prompt.due_at, zone, now=at)}"
    return words.due(prompt.due_at, prompt.late_at, at=at, detail=detail, more=f", {words.every(prompt.interval)}")


def saying(alert: AlertFacts, *, zone: ZoneInfo, at: datetime) -> Saying:
    """An alert as the board says it."""
    seen = alert.acknowledged_at is not None
    colour = str(alert.severity).capitalize()
    title = f"{colour}, seen by {alert.acknowledged_by}" if seen else f"{colour}, not seen"
    told, coming = short_words(alert.ladder, zone=zone, at=at) if alert.ladder and not seen else ("", "")
    if not seen and alert.snoozed_until is not None and alert.snoozed_until > at:
        coming = f"Snoozed, rings again {words.clock(alert.snoozed_until, zone, now=at)}."
    if alert.recovered_at is not None and not seen:
        title = f"{colour}, recovered, not seen"
    return Saying(
        severity=str(alert.severity),
        is_seen=seen,
        title=title,
        sentence=alert.sentence,
        context=f"{alert.context[:1].upper()}{alert.context[1:]}." if alert.context else "",
        stop_words="Stop rule met." if alert.stop_advised and alert.recovered_at is None else "",
        at=words.iso(alert.last_observed_at),
        clock=words.clock(alert.last_observed_at, zone, now=at),
        age=words.span(at - alert.last_observed_at),
        told=told,
        next=coming,
    )


def scores(bed: BedFacts, *, at: datetime) -> tuple[Score, Score, Score]:
    """NEWS2, sedation and pain, each of the newest set that says something about it, with its own age."""
    newest, prompt, thresholds = bed.scores, bed.prompt, bed.thresholds

    def score(name: str, value: str, shown: str, seen_at: datetime | None, severity: str = "") -> Score:
        if seen_at is None:
            return Score(name, "", NO_SET)
        is_before = prompt is not None and seen_at < prompt.counts_from
        old_at = prompt.late_at if prompt is not None and is_before else None
        return Score(
            name,
            value,
            shown,
            severity,
            words.iso(seen_at),
            words.span(at - seen_at),
            words.iso(old_at),
            old_at is not None and at > old_at,
        )

    total = "" if newest.news2_total is None else str(newest.news2_total)
    pain = "" if newest.pain is None else str(newest.pain)
    news2_colour = colours.of_news2(newest.news2_total, newest.news2_parts, thresholds)
    sedation_colour = colours.of_sedation(newest.sedation_scale, newest.sedation, thresholds)
    return (
        score("NEWS2", total, total or "incomplete", newest.news2_at, news2_colour),
        score("Sedation", newest.sedation, newest.sedation, newest.sedation_at, sedation_colour),
        score("Pain", pain, pain or (newest.pain_absent or "").replace("_", " "), newest.pain_at),
    )


def _person(bed: BedFacts, *, zone: ZoneInfo, at: datetime) -> str:
    person, course = bed.person, bed.course
    who = words.sex_and_age(person.gender, person.birth_date, at.astimezone(zone).date())
    if course is None or course.state == "stopped":
        return who
    return f"{who}, day {words.day_of_course(course.first_started_at, at)}"


def _rate(bed: BedFacts, *, zone: ZoneInfo, at: datetime) -> str:
    course = bed.course
    if course is None:
        return ""
    if course.state == "running":
        return f"{words.number(course.rate, 2)} mL/h"
    since = words.clock(course.changed_at, zone, now=at)
    return f"since {since}" if course.state == "stopped" else f"{course.state} {since}"


def _course(bed: BedFacts) -> str:
    if bed.course is None:
        return "Not started"
    return {"running": "Running", "paused": "Paused", "stopped": "Stopped"}[bed.course.state]


def _order_words(bed: BedFacts, *, zone: ZoneInfo, at: datetime) -> str:
    course = bed.course
    if course is None:
        return ""
    if course.order_expires_at <= at:
        return f"order ended {words.clock(course.order_expires_at, zone, now=at)}"
    return f"order maximum {words.dose(course.maximum_dose)}"
