"""What is due at the bedside beside the set, and on a board's row."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from infusion.domain.words import PumpCheckKind
from monitoring.domain.watching import PromptKind
from monitoring.presenters.dues import away_words, earliest_late, read_again
from monitoring.selectors.due import AwayFacts, OtherDue, away, others
from tests.unit.seed_protocol import SCHEDULE

ZONE = ZoneInfo("UTC")
AT = datetime(2026, 9, 22, 14, 32, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def row(kind, due_at, seconds, *, source="prompt", about=""):
    return {"source": source, "kind": kind, "about": about, "due_at": due_at.isoformat(), "seconds": seconds}


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("systolic diastolic", "blood pressure"),
        ("systolic heart_rate", "blood pressure and pulse"),
        ("systolic respiratory_rate heart_rate", "blood pressure, breathing and pulse"),
        ("pain", "pain"),
        ("", "the value"),
    ],
)
def test_a_second_reading_names_each_value_once(about, said):
    assert read_again(about) == said


def test_what_is_asked_once_a_day_is_late_after_half_an_hour_and_not_after_six():
    (liver,) = others({"others": [row("liver_enzymes", AT, 86_400)]}, SCHEDULE.lateness)
    assert liver.late_at == AT + 30 * MINUTE


def test_what_is_asked_every_hour_is_late_after_its_quarter():
    (item,) = others({"others": [row("reassessment", AT, 3600)]}, SCHEDULE.lateness)
    assert item.late_at == AT + 15 * MINUTE


def test_an_spo2_to_be_read_again_is_late_at_once_since_its_time_is_over_within_minutes():
    (item,) = others({"others": [row("recheck", AT, 180, about="spo2")]}, SCHEDULE.lateness)
    assert (item.kind, item.late_at, item.about) == (PromptKind.RECHECK, AT, "spo2")


def test_a_look_at_the_pump_is_late_at_once():
    (check,) = others({"others": [row("decrease", AT, 0, source="check")]}, SCHEDULE.lateness)
    assert (check.kind, check.late_at) == (PumpCheckKind.DECREASE, AT)


def test_the_board_says_the_one_that_is_late_first():
    liver = OtherDue(PromptKind.LIVER_ENZYMES, AT - 3 * HOUR, AT - 150 * MINUTE, 24 * HOUR)
    line = OtherDue(PromptKind.LINE_CHECK, AT - 10 * MINUTE, AT + 20 * MINUTE, 4 * HOUR)
    said = earliest_late((line, liver), at=AT)
    assert said is not None
    assert (said.words, said.state, said.detail) == ("3 h late", "late", "Liver enzymes")
    assert earliest_late((), at=AT) is None


def test_off_the_ward_says_where_and_with_whom():
    gone = away({"away_to": "MRI", "away_with": "A. Park", "away_since": AT - 22 * MINUTE})
    assert away_words(gone, zone=ZONE, at=AT) == "Off the ward since 14:10: MRI, with A. Park, who charts."
    alone = AwayFacts("MRI", "", AT)
    assert away_words(alone, zone=ZONE, at=AT) == "Off the ward since 14:32: MRI, nobody went along."
    assert away_words(away({"away_since": None}), zone=ZONE, at=AT) == ""
