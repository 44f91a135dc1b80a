"""A pump that runs otherwise than recorded rings red from when it is known, and is quiet by itself once nothing differs."""

from decimal import Decimal as D

import pytest

from core.errors import Refused
from infusion.actions import correct_event, record_found, undo_tap
from infusion.domain.double_check import PumpReading
from infusion.domain.words import PauseReason
from monitoring.actions import record_line_check
from monitoring.domain.line_check import LineCheckEntry
from monitoring.models import Alert
from monitoring.settling import settle_stays
from monitoring.sweeps import SWEEP
from tests.integration.infusion.at_the_pump import (
    after,
    charted,
    codes,
    lower,
    pause,
    restart_allowed,
    resume,
    started,
    stop,
)
from tests.integration.infusion.test_set_back import back

pytestmark = pytest.mark.django_db
# 0.10 mg/kg/h is ordered: 3.5 mL/h of 2 mg/mL.
SET, LOW, HIGH, STANDS = (PumpReading(D(rate), D(2)) for rate in ("3.5", "1.7", "10.5", "0"))


def found(made, minutes, reading):
    at = after(minutes)
    return record_found(made.id, reading=reading, effective_at=at, by=made.by_nurse, at=at)


def look(made, minutes, reading):
    entry = LineCheckEntry(after(minutes), reading, True, True, True, True, True)
    return record_line_check(made.id, entry=entry, by=made.by_nurse, at=after(minutes))


def is_red(made, minutes):
    """Is it open now; and is that all there is to settle?"""
    settle_stays([made.id], by=SWEEP, at=after(minutes))
    open_alerts = Alert.objects.filter(admission_id=made.id, rule="pump_differs", closed_at=None)
    return [each.severity for each in open_alerts] == ["red"]


def why_closed():
    return Alert.objects.get(rule="pump_differs").close_reason


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        (LOW, lambda made: (charted(made, at=after(31)), back(made, 32))),
        (LOW, lambda made: found(made, 32, SET)),
        (HIGH, lambda made: lower(made, 32, "0.10")),
        (HIGH, lambda made: lower(made, 32, "0.05")),
        (HIGH, lambda made: pause(made, 32)),
        (HIGH, lambda made: pause(made, 32, PauseReason.SEDATION)),
        (HIGH, lambda made: stop(made, 32)),
    ],
)
def test_what_sets_a_found_pump_right_or_still_is_never_blocked_and_ends_the_alert(read, answer):
    made = started()
    found(made, 30, read)
    assert is_red(made, 30)
    answer(made)
    assert why_closed() == "the pump is set as recorded"
    assert not is_red(made, 33)


def test_lowered_but_still_above_what_was_ordered_it_goes_on_ringing():
    made = started()
    found(made, 30, HIGH)
    lower(made, 31, "0.20")
    assert is_red(made, 32)
    lower(made, 33, "0.10")
    assert not is_red(made, 33)


def test_a_found_pump_is_lowered_paused_and_runs_again_by_a_physicians_restart_and_rings_no_more():
    made = started()
    found(made, 30, HIGH)
    lower(made, 31, "0.20")
    pause(made, 32)
    assert not is_red(made, 33)
    with pytest.raises(Refused) as refused:
        resume(made, 34)
    assert codes(refused) == ["red_alert_before_pause"]
    restart_allowed(made, 35)
    assert resume(made, 36).course.found_differing_at is None
    assert not is_red(made, 37)
    assert Alert.objects.filter(rule="pump_differs").count() == 1


@pytest.mark.parametrize("read", [LOW, HIGH])
def test_a_found_pump_that_was_paused_runs_again_at_what_was_ordered_and_no_higher(read):
    made = started()
    found(made, 30, read)
    pause(made, 31)
    with pytest.raises(Refused) as refused:
        restart_allowed(made, 35, "0.1001")
    assert codes(refused) == ["above_previous"]
    restart_allowed(made, 35, "0.10")
    act = resume(made, 36, "0.10")
    assert (act.course.rate_ml_per_h, act.course.found_differing_at) == (D("3.5"), None)
    assert not is_red(made, 36)


def test_sixteen_minutes_after_it_was_set_right_a_nurse_resumes_a_technical_pause_again():
    made = started()
    found(made, 30, HIGH)
    lower(made, 31, "0.10")
    pause(made, 47)
    assert resume(made, 50).course.state == "running"


def test_a_pump_found_running_in_a_pause_rings_until_it_stands_and_takes_a_physician_to_run_again():
    made = started()
    pause(made, 20)
    found(made, 30, SET)
    assert is_red(made, 30)
    pause(made, 31)
    assert not is_red(made, 31)
    with pytest.raises(Refused) as refused:
        resume(made, 35)
    assert codes(refused) == ["red_alert_before_pause"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda made: look(made, 32, SET),
        lambda made: found(made, 32, SET),
        lambda made: lower(made, 32, "0.05"),
        lambda made: pause(made, 32),
        lambda made: stop(made, 32),
        lambda made: (found(made, 31, LOW), charted(made, at=after(31)), back(made, 32)),
    ],
)
def test_a_look_that_differs_rings_until_something_is_done_at_the_pump_or_it_is_seen_right(answer):
    made = started()
    look(made, 30, LOW)
    assert is_red(made, 30)
    answer(made)
    assert not is_red(made, 33)
    assert why_closed() == "the pump is set as recorded"


def test_a_second_look_that_differs_and_a_set_change_nothing_about_it():
    made = started()
    look(made, 30, LOW)
    look(made, 31, LOW)
    charted(made, at=after(32))
    assert is_red(made, 32)


def test_a_look_that_saw_it_run_agrees_once_the_tap_by_mistake_is_taken_back():
    made = started()
    tap = pause(made, 30)
    look(made, 32, SET)
    assert is_red(made, 32)
    undo_tap(tap.event.pk, by=made.by_nurse, at=after(33))
    assert not is_red(made, 33)


def test_a_look_that_saw_what_is_recorded_late_agrees_then():
    made = started()
    look(made, 30, STANDS)
    assert is_red(made, 30)
    pause(made, 31, effective_at=after(25))
    assert not is_red(made, 31)


def test_a_look_that_saw_the_rate_of_a_correction_agrees_then():
    made = started()
    done = lower(made, 20, "0.05").event
    look(made, 30, PumpReading(D("2.8"), D(2)))
    assert is_red(made, 30)
    correct_event(
        done.pk, reading=PumpReading(D("2.8"), D(2)), dose_mg_per_kg_h=D("0.08"), reason="typed wrong", by=made.by_nurse,
        at=after(31),
    )  # fmt: skip
    assert not is_red(made, 31)
