"""A board row's words, and who stands first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from monitoring.domain.severity import Severity
from monitoring.presenters.board import Rank, board, need, row, saying
from monitoring.presenters.spark import spark
from monitoring.selectors.board import (
    AlertFacts,
    BedFacts,
    CourseFacts,
    DoseStep,
    NewestScores,
    PersonFacts,
    PromptDue,
)
from tests.unit.seed_protocol import THRESHOLDS

AT = datetime(2026, 9, 22, 18, 32, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

PERSON = PersonFacts(7, 34, "7", 1, "Okafor", "Ngozi", date(1985, 1, 1), "female")
COURSE = CourseFacts(
    "running",
    AT - 30 * HOUR,
    AT - HOUR,
    Decimal("0.4500"),
    Decimal("15.30"),
    Decimal("1.0000"),
    AT + 20 * HOUR,
    1,
    Decimal(2),
)
PROMPT = PromptDue(AT + 12 * MINUTE, AT + 27 * MINUTE, AT - 3 * MINUTE, HOUR)
SCORES = NewestScores(0, {"pulse": 0}, AT - 3 * MINUTE, "poss", "1", AT - 3 * MINUTE, 5, None, AT - 3 * MINUTE)
ALERT = AlertFacts(
    id=1,
    rule="heart_rate",
    severity=Severity.RED,
    sentence="Heart rate 150 /min: red at 131 or more.",
    context="18 min after the increase to 0.45",
    stop_advised=True,
    retrospective=False,
    count=1,
    first_observed_at=AT - 3 * MINUTE,
    last_observed_at=AT - 3 * MINUTE,
    rang_at=AT - 3 * MINUTE,
    acknowledged_at=None,
    acknowledged_by="",
    recovered_at=None,
)
BED = BedFacts(PERSON, COURSE, PROMPT, SCORES, (DoseStep(AT - 30 * HOUR, None, Decimal("0.45")),), (), THRESHOLDS)
SEEN = replace(ALERT, acknowledged_at=AT - MINUTE, acknowledged_by="R. Reyes")
YELLOW = replace(ALERT, severity=Severity.YELLOW, stop_advised=False)
OVERDUE = replace(YELLOW, rule="set_overdue")
LATE = replace(PROMPT, due_at=AT - 19 * MINUTE, late_at=AT - 4 * MINUTE, counts_from=AT - 34 * MINUTE)


@pytest.mark.parametrize(
    ("alerts", "prompt", "rank", "look", "mark"),
    [
        ((ALERT, YELLOW), PROMPT, Rank.RED_UNSEEN, "red", "red"),
        ((SEEN, YELLOW), LATE, Rank.RED_SEEN, "red-seen", "red"),
        ((YELLOW,), PROMPT, Rank.LATE_OR_YELLOW_UNSEEN, "yellow", "yellow"),
        ((), LATE, Rank.LATE_OR_YELLOW_UNSEEN, "late", "late"),
        ((OVERDUE,), LATE, Rank.LATE_OR_YELLOW_UNSEEN, "late", "late"),
        ((replace(SEEN, severity=Severity.YELLOW),), PROMPT, Rank.YELLOW_SEEN, "yellow-seen", "yellow"),
        ((), PROMPT, Rank.CALM, "", "calm"),
        ((), None, Rank.CALM, "", "calm"),
    ],
)
def test_the_gravest_need_of_a_bed_is_shown(alerts, prompt, rank, look, mark):
    found = need(alerts, prompt, at=AT)
    assert (found.rank, found.look, found.mark) == (rank, look, mark)


def bed(number, **changed):
    return replace(BED, person=replace(PERSON, admission_id=number, position=number), **changed)


def test_the_board_stands_in_the_order_of_need_then_of_what_is_due_next():
    beds = [
        bed(1),
        bed(2, prompt=replace(PROMPT, due_at=AT + MINUTE)),
        bed(3, prompt=None),
        bed(4, alerts=(replace(SEEN, severity=Severity.YELLOW),)),
        bed(5, prompt=LATE),
        bed(6, alerts=(SEEN,)),
        bed(7, alerts=(ALERT,)),
    ]
    found = board(beds, zone=ZONE, at=AT)
    assert [each.admission_id for each in found.rows] == [7, 6, 5, 4, 2, 1, 3]
    assert found.running == 7
    assert [(each.mark, each.count) for each in found.tally] == [("red", 2), ("yellow", 1), ("late", 1), ("calm", 3)]


def test_a_row_says_who_what_dose_and_what_next():
    found = row(BED, zone=ZONE, at=AT)
    assert (found.name, found.person) == ("Okafor, Ngozi", "F 41, day 2")
    assert (found.dose, found.rate, found.course) == ("0.45", "15.3 mL/h", "Running")
    assert (found.due.words, found.due.detail, found.due.more) == ("in 12 min", "Set 14:44", ", hourly")
    assert [(each.shown, each.age) for each in found.scores] == [("0", "3 min"), ("1", "3 min"), ("5", "3 min")]


def test_a_stopped_infusion_shows_no_dose_as_if_it_still_flowed():
    stopped = replace(BED, course=replace(COURSE, state="stopped", changed_at=AT - 5 * MINUTE))
    found = row(stopped, zone=ZONE, at=AT)
    assert (found.dose, found.no_dose, found.rate, found.person) == ("", "stopped", "since 14:27", "F 41")


def test_an_order_that_has_ended_is_said_without_ending_the_delivery():
    ended = replace(BED, course=replace(COURSE, order_expires_at=AT - HOUR))
    found = row(ended, zone=ZONE, at=AT)
    assert (found.dose, found.course_detail) == ("0.45", "order ended 13:32")


def test_values_from_before_a_late_set_wear_the_mark_of_age():
    old = replace(BED, prompt=LATE, scores=replace(SCORES, news2_at=AT - 40 * MINUTE))
    news2, sedation, _pain = row(old, zone=ZONE, at=AT).scores
    assert (news2.is_old, news2.age) == (True, "40 min")
    assert not sedation.is_old


@pytest.mark.parametrize(
    ("changed", "shown", "severity"),
    [
        ({"news2_total": 7}, "7", "red"),
        ({"news2_total": 5}, "5", "yellow"),
        ({"news2_total": 4}, "4", ""),
        ({"news2_total": 3, "news2_parts": {"pulse": 3}}, "3", "yellow"),
        ({"news2_total": None, "news2_parts": {"pulse": 3}}, "incomplete", "yellow"),
        ({"news2_total": None, "news2_parts": {"pulse": 1}}, "incomplete", ""),
    ],
)
def test_news2_is_coloured_by_its_total_or_a_single_three(changed, shown, severity):
    score = row(replace(BED, scores=replace(SCORES, **changed)), zone=ZONE, at=AT).scores[0]
    assert (score.shown, score.severity) == (shown, severity)


@pytest.mark.parametrize(
    ("scale", "code", "severity"),
    [("poss", "S", ""), ("poss", "3", "yellow"), ("poss", "4", "red"), ("rass", "-2", "yellow"), ("rass", "-3", "red"),
     ("rass", "+3", "red"), ("rass", "0", "")],
)  # fmt: skip
def test_sedation_is_coloured_on_its_own_scale(scale, code, severity):
    scores = replace(SCORES, sedation_scale=scale, sedation=code)
    assert row(replace(BED, scores=scores), zone=ZONE, at=AT).scores[1].severity == severity


def test_pain_of_a_sleeping_patient_is_a_word_and_never_a_number():
    asleep = replace(SCORES, pain=None, pain_absent="asleep")
    assert row(replace(BED, scores=asleep), zone=ZONE, at=AT).scores[2].shown == "asleep"


def test_an_alert_says_whether_it_was_seen_and_by_whom():
    assert saying(ALERT, zone=ZONE, at=AT).title == "Red, not seen"
    assert saying(ALERT, zone=ZONE, at=AT).stop_words == "Stop rule met."
    assert saying(SEEN, zone=ZONE, at=AT).title == "Red, seen by R. Reyes"
    back = saying(replace(ALERT, recovered_at=AT), zone=ZONE, at=AT)
    assert (back.title, back.stop_words) == ("Red, recovered, not seen", "")


def test_a_row_changes_its_key_with_its_version_and_with_its_need():
    keys = {
        row(each, zone=ZONE, at=AT).key
        for each in (BED, replace(BED, person=replace(PERSON, version=35)), replace(BED, prompt=LATE))
    }
    assert len(keys) == 3


def test_the_drawing_has_a_gap_where_the_pump_stood_still():
    steps = (
        DoseStep(AT - 10 * HOUR, AT - 5 * HOUR, Decimal("0.1")),
        DoseStep(AT - 5 * HOUR, AT - 4 * HOUR, Decimal("0.2")),
        DoseStep(AT - 3 * HOUR, None, Decimal("0.2")),
    )
    drawn = spark(steps, maximum=Decimal(1), alerts=(ALERT,), at=AT)
    assert drawn.line.count("M") == 2
    assert drawn.line.endswith("H120.0")
    assert drawn.cap == "M0 5.0H120"
    assert [each.severity for each in drawn.marks] == ["red"]


def test_nothing_is_drawn_where_nothing_flowed():
    assert spark((), maximum=Decimal(1), at=AT).line == ""
