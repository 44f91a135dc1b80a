"""Pause, stop, resume, restart, taken back: what each takes, records, voids and answers (DOMAIN 2 and 3)."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from core.errors import Conflict, NotFound, Refused
from infusion.actions import call_second_person, say_why, stop_infusion, undo_tap
from infusion.domain.double_check import PumpReading
from infusion.domain.words import CheckedAct, PauseReason
from infusion.models import DeliveryEvent, PumpCheck
from monitoring.actions import acknowledge_alert
from monitoring.models import Alert
from tests.factories import signed
from tests.integration.infusion.at_the_pump import (
    after,
    approval_live,
    charted,
    codes,
    lower,
    pause,
    pending,
    prepared,
    request_waiting,
    restart_allowed,
    resume,
    segments,
    started,
    stop,
)

pytestmark = pytest.mark.django_db
WRONG = PumpReading(D("7.0"), D(2))


def test_a_pause_is_one_tap_and_counts_as_clinical_until_a_reason_is_said():
    made = started()
    request_waiting(made)
    act = pause(made, 30, None)
    assert (act.course.state, act.course.pause_reason, pending(made)) == ("paused", "", ["voided"])
    with pytest.raises(Refused) as refused:
        resume(made, 40)
    assert codes(refused) == ["clinical_pause"]
    said = say_why(act.event.pk, reason=PauseReason.IMAGING, until_at=after(60), by=made.by_nurse, at=after(35))
    assert (said.course.pause_reason, said.course.paused_until) == ("imaging", after(60))
    assert resume(made, 40).course.state == "running"
    assert segments(made) == [(0, 30, "0.1"), (40, None, "0.1")]


@pytest.mark.parametrize("reason", list(PauseReason))
def test_a_clinical_pause_voids_and_a_technical_one_does_not(reason):
    made = started()
    request_waiting(made)
    pause(made, 30, reason)
    assert pending(made) == ["waiting" if reason.is_technical else "voided"]


def test_a_pause_keeps_its_until_only_where_it_lies_ahead():
    made = started()
    assert pause(made, 30, until_at=after(20)).course.paused_until is None


def test_a_pause_of_a_halted_pump_changes_nothing():
    made = started()
    first = pause(made, 30)
    again = pause(made, 40, None)
    assert (again.event.pk, again.course.paused_at) == (first.event.pk, after(30))
    stop(made, 50)
    assert pause(made, 60).course.state == "stopped"
    assert DeliveryEvent.objects.count() == 3


def test_a_clinical_reason_does_not_become_a_technical_one():
    made = started()
    act = pause(made, 30, PauseReason.SEDATION)
    with pytest.raises(Refused) as refused:
        say_why(act.event.pk, reason=PauseReason.LINE, by=made.by_nurse, at=after(31))
    assert codes(refused) == ["reason_was_clinical"]
    other = started()
    act = pause(other, 30, PauseReason.LINE)
    request_waiting(other, 30)
    assert say_why(act.event.pk, reason=PauseReason.SEDATION, by=other.by_nurse, at=after(31)).course.pause_reason
    assert pending(other) == ["voided"]


def test_who_says_why_second_learns_that_somebody_was_first():
    made = started()
    act = pause(made, 30, None)
    say_why(act.event.pk, reason=PauseReason.LINE, by=made.by_nurse, at=after(31))
    with pytest.raises(Conflict) as conflict:
        say_why(act.event.pk, reason=PauseReason.IMAGING, by=made.by_nurse, at=after(32))
    assert conflict.value.code == "already_corrected"


def test_a_stop_acts_whatever_stands_and_voids_it():
    made = started()
    request_waiting(made)
    approval_live(made)
    lower(made, 10, "0.05")
    act = stop(made, 30, effective_at=after(5))
    assert (act.course.state, act.course.stopped_at, set(pending(made))) == ("stopped", after(10), {"voided"})
    assert PumpCheck.objects.get().close_reason == "the pump was stopped"
    assert stop(made, 40).event.pk == act.event.pk


def test_nothing_is_stopped_or_paused_that_never_ran():
    made = prepared()
    for act in (stop, pause):
        with pytest.raises(Refused) as refused:
            act(made, 10)
        assert refused.value.code == "not_started"


# Resume and restart.


@pytest.mark.parametrize(("minutes", "expected"), [(150, None), (151, ["long_pause"])])
def test_a_nurse_resumes_a_technical_pause_of_two_hours_and_no_longer(minutes, expected):
    made = started()
    pause(made, 30)
    if expected is None:
        assert resume(made, minutes).course.state == "running"
    else:
        with pytest.raises(Refused) as refused:
            resume(made, minutes)
        assert codes(refused) == expected


@pytest.mark.parametrize(("red_at", "needs"), [(14, False), (16, True), (29, True)])
def test_a_red_alert_at_or_within_15_min_before_the_pause_takes_a_physician(red_at, needs):
    made = started()
    charted(made, at=after(10), heart_rate=140)
    charted(made, at=after(red_at))
    alert = Alert.objects.get(rule="heart_rate")
    acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=made.by_nurse, at=after(red_at))
    assert Alert.objects.get(rule="heart_rate").closed_at == after(red_at)
    pause(made, 30)
    if needs:
        with pytest.raises(Refused) as refused:
            resume(made, 40)
        assert codes(refused) == ["red_alert_before_pause"]
    else:
        resume(made, 40)


def test_an_open_red_alert_takes_a_physician():
    made = started()
    charted(made, at=after(10), heart_rate=140)
    pause(made, 30)
    with pytest.raises(Refused) as refused:
        resume(made, 40)
    assert codes(refused) == ["red_alert_open"]


@pytest.mark.parametrize("halt", [stop, lambda made, minutes: pause(made, minutes, PauseReason.SEDATION)])
def test_a_physicians_restart_lets_it_flow_again_once_at_its_dose_or_less(halt):
    made = started()
    halt(made, 30)
    with pytest.raises(Refused):
        resume(made, 40)
    approval = restart_allowed(made, 45, "0.08")
    with pytest.raises(Refused) as refused:
        resume(made, 50, "0.09")
    assert codes(refused) == ["dose_above_previous"]
    act = resume(made, 50, "0.08")
    approval.refresh_from_db()
    assert (act.event.approval_id, approval.state) == (approval.pk, "used")
    assert segments(made) == [(0, 30, "0.1"), (50, None, "0.08")]
    stop(made, 60)
    with pytest.raises(Refused) as refused:
        resume(made, 70, "0.08")
    assert codes(refused) == ["after_stop"]


def test_who_allowed_the_restart_neither_carries_it_out_nor_checks_it():
    made = started()
    stop(made, 30)
    restart_allowed(made, 45)
    for how in ({"by": made.by_physician}, {"witness": signed(made.by_physician, at=after(50))}):
        with pytest.raises(Refused) as refused:
            resume(made, 50, **how)
        assert codes(refused) == ["approver_executes"]


@pytest.mark.parametrize(("dose", "fits"), [("0.10", True), ("0.05", True), ("0.1001", False), ("0", False)])
def test_it_runs_again_at_the_previous_dose_or_less(dose, fits):
    made = started()
    pause(made, 30)
    if fits:
        assert resume(made, 40, dose).course.dose_mg_per_kg_h == D(dose)
    else:
        with pytest.raises(Refused) as refused:
            resume(made, 40, dose)
        assert codes(refused) == ["dose_above_previous"]


def test_a_running_pump_is_not_resumed_and_a_resume_is_not_before_the_pause():
    made = started()
    with pytest.raises(Refused) as refused:
        resume(made, 10)
    assert refused.value.code == "not_paused"
    pause(made, 30)
    with pytest.raises(Refused) as refused:
        resume(made, 40, effective_at=after(29))
    assert codes(refused) == ["before_last_act"]


def alone(made, minutes, **changed):
    return resume(made, minutes, second=None, witness=None, **{"single_signed_reason": "nobody came", **changed})


@pytest.mark.parametrize(
    ("minutes", "code"), [(49, "called_just_now"), (50, None), (100, None), (101, "nobody_called")]
)
def test_one_alone_resumes_when_nobody_came_for_ten_minutes(minutes, code):
    made = started()
    pause(made, 30)
    call_second_person(made.id, act=CheckedAct.RESUME, by=made.by_nurse, at=after(40))
    if code is not None:
        with pytest.raises(Refused) as refused:
            alone(made, minutes)
        assert codes(refused) == [code]
        return
    act = alone(made, minutes)
    check = PumpCheck.objects.get(kind="single_signed")
    assert (act.event.single_signed_reason, act.event.second_checker_id) == ("nobody came", None)
    assert (check.event_id, check.due_at) == (act.event.pk, after(minutes + 60))


def test_one_alone_needs_a_reason_a_right_reading_and_no_physicians_restart():
    made = started()
    pause(made, 30)
    call_second_person(made.id, act=CheckedAct.RESUME, by=made.by_nurse, at=after(30))
    with pytest.raises(Refused) as refused:
        alone(made, 45, single_signed_reason=" ")
    assert codes(refused) == ["second_person_missing"]
    with pytest.raises(Refused) as refused:
        alone(made, 45, first=WRONG)
    assert codes(refused) == ["first_rate_differs"]
    stop(made, 46)
    restart_allowed(made, 47)
    with pytest.raises(Refused) as refused:
        alone(made, 48)
    assert "second_person_missing" in codes(refused)


# Taken back.


@pytest.mark.parametrize("halt", [pause, stop])
def test_a_mistaken_tap_leaves_no_gap_and_what_it_voided_stays_voided(halt):
    made = started()
    request_waiting(made)
    before = made.course
    act = halt(made, 30, effective_at=after(28)) if halt is stop else pause(made, 30, None, effective_at=after(28))
    undone = undo_tap(act.event.pk, by=made.by_nurse, at=after(35))
    assert segments(made) == [(0, None, "0.1")]
    assert (undone.course.state, undone.course.changed_at) == ("running", before.changed_at)
    assert pending(made) == ["voided"]
    assert "stay voided" in undone.sentence


def test_a_tap_is_taken_back_within_five_minutes_of_its_recording_also_when_a_reason_was_said():
    made = started()
    act = pause(made, 30, None)
    said = say_why(act.event.pk, reason=PauseReason.LINE, by=made.by_nurse, at=after(34))
    with pytest.raises(Refused) as refused:
        undo_tap(said.event.pk, by=made.by_nurse, at=after(35) + timedelta(seconds=1))
    assert codes(refused) == ["too_late_to_undo"]
    assert undo_tap(said.event.pk, by=made.by_nurse, at=after(35)).course.state == "running"


def test_only_the_last_halt_is_taken_back_and_only_once():
    made = started()
    begun = DeliveryEvent.objects.get()
    act = pause(made, 30)
    with pytest.raises(Refused) as refused:
        undo_tap(begun.pk, by=made.by_nurse, at=after(31))
    assert codes(refused) == ["not_a_halt"]
    resume(made, 31)
    with pytest.raises(Refused) as refused:
        undo_tap(act.event.pk, by=made.by_nurse, at=after(32))
    assert codes(refused) == ["acts_since"]
    act = stop(made, 33)
    undo_tap(act.event.pk, by=made.by_nurse, at=after(34))
    with pytest.raises(Conflict):
        undo_tap(act.event.pk, by=made.by_nurse, at=after(34))


def test_another_wards_pump_is_not_there():
    made, stranger = started(), started().by_nurse
    act = pause(made, 30)
    for attempt in (
        lambda: undo_tap(act.event.pk, by=stranger, at=after(31)),
        lambda: say_why(act.event.pk, reason=PauseReason.LINE, by=stranger, at=after(31)),
        lambda: stop_infusion(made.id, effective_at=after(31), by=stranger, at=after(31)),
        lambda: undo_tap(10**9, by=made.by_nurse, at=after(31)),
    ):
        with pytest.raises(NotFound):
            attempt()
