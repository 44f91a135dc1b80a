"""The flowsheet: every version stays in sight."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from monitoring.domain.values import Values
from monitoring.presenters.flowsheet import flowsheet
from monitoring.selectors.bedside import SetFacts
from monitoring.selectors.board import DoseStep
from tests.unit.seed_protocol import THRESHOLDS

AT = datetime(2026, 9, 22, 18, 32, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)


def seen(number: int, minutes_ago: int, **changed: Any) -> SetFacts:
    observed_at = AT - minutes_ago * MINUTE
    values = {name: changed.pop(name) for name in list(changed) if name in Values.__dataclass_fields__}
    facts: dict[str, Any] = {
        "id": number,
        "corrects_id": None,
        "is_current": True,
        "observed_at": observed_at,
        "recorded_at": observed_at,
        "recorded_by": "R. Reyes",
        "source": "bedside",
        "values": Values(**values),
        "absent": {},
        "symptoms": (),
        "mobility": "",
        "comment": "",
        "news2_total": None,
        "news2_parts": {},
        "correction_reason": "",
        "late_reason": "",
        "warning_symptoms": None,
    }
    return SetFacts(**facts | changed)


def drawn(*sets: SetFacts, steps=()):
    return flowsheet(sets, steps=steps, scale=1, thresholds=THRESHOLDS, zone=ZONE, at=AT)


def cells(sheet, name):
    return next(line.cells for line in sheet.lines if line.name == name)


def test_a_corrected_value_is_struck_through_beside_the_new_one():
    sheet = drawn(
        seen(1, 30, systolic=184, diastolic=86, heart_rate=70, is_current=False),
        seen(2, 30, systolic=148, diastolic=86, heart_rate=70, corrects_id=1, correction_reason="typed wrong"),
    )
    assert len(sheet.columns) == 1
    pressure, pulse = cells(sheet, "Blood pressure")[0], cells(sheet, "Pulse")[0]
    assert (pressure.value, pressure.struck, pressure.severity) == ("148/86", ("184/86",), "")
    assert (pulse.value, pulse.struck) == ("70", ())
    assert sheet.corrections == ("Set of 14:02: corrected by R. Reyes at 14:02. Reason: typed wrong",)


def test_a_value_corrected_twice_shows_both_earlier_ones():
    sheet = drawn(
        seen(1, 30, pain=9, is_current=False),
        seen(2, 30, pain=6, corrects_id=1, is_current=False),
        seen(3, 30, pain=5, corrects_id=2),
    )
    assert cells(sheet, "Pain")[0].struck == ("6", "9")


def test_a_missing_value_says_why_and_is_never_filled_in():
    sheet = drawn(seen(1, 60, pain=5), seen(2, 30, absent={"pain": "asleep", "temperature": "off_ward"}))
    assert [(each.value, each.is_missing) for each in cells(sheet, "Pain")] == [("5", False), ("asleep", True)]
    assert cells(sheet, "Temperature")[1].value == "off ward"
    assert cells(sheet, "SpO2")[0].value == "–"


def test_red_and_yellow_values_are_coloured_breathing_at_ten_too():
    sheet = drawn(seen(1, 30, respiratory_rate=10, systolic=120, diastolic=112, spo2=97))
    assert cells(sheet, "Breathing")[0].severity == "yellow"
    assert cells(sheet, "Blood pressure")[0].severity == "red"
    assert cells(sheet, "SpO2")[0].severity == ""


def test_late_and_foreign_sets_say_so_under_their_time():
    late = seen(1, 90, pain=5, recorded_at=AT - 50 * MINUTE)
    sheet = drawn(late, seen(2, 30, pain=5, source="replay"))
    assert [[tag.words for tag in column.tags] for column in sheet.columns] == [["charted 40 min late"], ["replay"]]


def test_each_set_shows_the_dose_that_flowed_when_it_was_seen():
    steps = (
        DoseStep(AT - 60 * MINUTE, AT - 30 * MINUTE, Decimal("0.10")),
        DoseStep(AT - 20 * MINUTE, None, Decimal("0.15")),
    )
    sheet = drawn(seen(1, 90, pain=5), seen(2, 60, pain=5), seen(3, 25, pain=5), seen(4, 10, pain=5), steps=steps)
    assert [each.value for each in cells(sheet, "Dose")] == ["–", "0.10", "–", "0.15"]


def test_lines_that_nobody_filled_take_no_room():
    names = {line.name for line in drawn(seen(1, 30, pain=5)).lines}
    assert "Comment" not in names
    assert "Symptoms" in {line.name for line in drawn(seen(1, 30, symptoms=("nausea",))).lines}
    assert drawn().columns == ()
