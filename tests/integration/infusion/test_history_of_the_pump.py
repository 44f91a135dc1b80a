"""What really was: pumps found, entries from paper, corrections; and the projection against random histories (DOMAIN 3)."""

import random
import uuid
from dataclasses import replace
from decimal import Decimal as D

import pytest
from django.db import transaction

from accounts.models import Signature
from core.errors import Conflict, DomainError, Malformed, NotFound, Refused
from infusion.actions import UsedBag, change_bag, correct_event, enter_afterwards, record_found
from infusion.domain.course import course
from infusion.domain.delivery import DeliveryKind, cumulative_mg, segments
from infusion.domain.double_check import PumpReading
from infusion.domain.hold import hold
from infusion.domain.words import PauseReason, TargetKind
from infusion.models import Course, DeliveryEvent, PumpCheck, Segment
from infusion.projection import project
from infusion.selectors.figures import figures_of
from infusion.selectors.pump import pump_of
from tests.factories import HOUR, MINUTE, MORNING
from tests.integration.infusion.at_the_pump import (
    BAG,
    after,
    approval_live,
    codes,
    hanging,
    lower,
    pause,
    pending,
    prepared,
    restart_allowed,
    resume,
    started,
    statements,
    stop,
)
from tests.integration.infusion.at_the_pump import segments as spans

pytestmark = pytest.mark.django_db
TEN_TIMES = PumpReading(D("35.0"), D(2))


def found(made, minutes, reading=TEN_TIMES, **changed):
    at = after(minutes)
    return record_found(made.id, **{"reading": reading, "effective_at": at, "by": made.by_nurse, "at": at, **changed})


def entered(made, kind, minutes, *, told=None, **changed):
    at = after(minutes if told is None else told)
    how = {"kind": kind, "effective_at": after(minutes), "note": "paper sheet 3", "by": made.by_nurse, "at": at}
    return enter_afterwards(made.id, **{**how, **changed})


def corrected(made, event_id, minutes, **changed):
    return correct_event(event_id, **{"reason": "typed wrong", "by": made.by_nurse, "at": after(minutes), **changed})


def test_a_pump_found_at_ten_times_the_rate_is_recorded_as_it_was():
    made = started()
    act = found(made, 30, effective_at=after(20))
    assert (act.course.dose_mg_per_kg_h, act.course.found_differing_at) == (D("1.0000"), after(20))
    assert spans(made) == [(0, 20, "0.1"), (20, None, "1")]
    check = PumpCheck.objects.get()
    assert (check.kind, check.due_at) == ("found", after(90))
    down = lower(made, 32, "0.10")
    assert (down.course.found_differing_at, down.course.rate_ml_per_h) == (None, D("3.5"))


def test_a_pump_found_as_it_was_set_keeps_dose_and_hold():
    made = started()
    act = found(made, 30, PumpReading(D("3.50"), D("2.000")))
    assert (act.course.dose_mg_per_kg_h, act.course.found_differing_at) == (D("0.10"), None)


def test_a_pump_found_running_in_a_pause_differs_until_it_is_stopped():
    made = started()
    pause(made, 30)
    act = found(made, 40, PumpReading(D("3.5"), D(2)))
    assert (act.course.state, act.course.found_differing_at) == ("running", after(40))
    assert stop(made, 41).course.found_differing_at is None


def test_after_a_pump_found_wrong_it_runs_again_at_the_ordered_dose_at_most():
    made = started()
    found(made, 30)
    pause(made, 31)
    with pytest.raises(Refused) as refused:
        resume(made, 40, "0.1001")
    # Found otherwise is red, and a red alert just before the pause takes a physician, however technical the pause is.
    assert codes(refused) == ["dose_above_previous", "red_alert_before_pause"]
    with pytest.raises(Refused) as refused:
        resume(made, 40, "0.10")
    assert codes(refused) == ["red_alert_before_pause"]
    with pytest.raises(Refused) as refused:
        restart_allowed(made, 41, "0.1001")
    assert codes(refused) == ["above_previous"]
    restart_allowed(made, 41, "0.10")
    with pytest.raises(Refused) as refused:
        resume(made, 42, "0.1001")
    assert codes(refused) == ["dose_above_previous"]
    assert resume(made, 42, "0.10").course.found_differing_at is None


@pytest.mark.parametrize(("dose", "allowed"), [("0.10", True), ("0.1001", False), ("1.00", False)])
def test_a_bag_hung_while_the_pump_ran_as_it_was_found_orders_nothing(dose, allowed):
    made = started()
    found(made, 30, PumpReading(D("35.0"), D(2)))
    change_of_bag(made, 35)
    pause(made, 40)
    restart_allowed(made, 45, "0.10")
    if allowed:
        assert resume(made, 50, dose).course.found_differing_at is None
        return
    with pytest.raises(Refused) as refused:
        resume(made, 50, dose)
    assert codes(refused) == ["dose_above_previous"]


def change_of_bag(made, minutes):
    at = after(minutes)
    change_bag(
        made.id, new=BAG, used=UsedBag(D(4), D(0), D(236)), changed_at=at, witness=made.witness(at), seen_version=1,
        seen_bag=hanging(made), by=made.by_nurse, at=at,
    )  # fmt: skip
    assert DeliveryEvent.objects.filter(kind="bag_changed").exists()


def test_a_pump_that_nobody_started_is_found():
    made = prepared()
    act = found(made, 5)
    assert (act.course.first_started_at, act.course.found_differing_at) == (after(5), after(5))


@pytest.mark.parametrize(
    "reading", [PumpReading(D("-1"), D(2)), PumpReading(D("3.5"), D(0)), PumpReading(D("1e7"), D(2))]
)
def test_what_no_pump_shows_is_not_found(reading):
    made = started()
    with pytest.raises(Malformed):
        found(made, 5, reading)


def test_what_was_on_paper_is_entered_as_it_was_and_countersigned():
    made = started()
    act = entered(made, DeliveryKind.PAUSED, 60, told=300, pause_reason=PauseReason.TRANSPORT)
    assert (act.event.source, act.event.effective_at, act.event.recorded_at) == ("downtime", after(60), after(300))
    assert PumpCheck.objects.get().kind == "found"
    approval_live(made)
    again = entered(
        made, DeliveryKind.RESUMED, 90, told=300, reading=PumpReading(D("5.2"), D(2)), dose_mg_per_kg_h=D("0.15"),
        witness=made.witness(after(300)),
    )  # fmt: skip
    assert PumpCheck.objects.count() == 1
    assert Signature.objects.get(row_id=again.event.pk, meaning="countersigned").user_id == made.second.user_id
    assert spans(made) == [(0, 60, "0.1"), (90, None, "0.15")], "a rate as computed is the dose that was approved then"
    odd = entered(made, DeliveryKind.RATE_CHANGED, 120, told=300, reading=PumpReading(D("6.0"), D(2)))
    assert (odd.event.kind, odd.course.dose_mg_per_kg_h) == ("found", D("0.1714"))
    assert odd.course.found_differing_at == after(90), (
        "nobody allowed 0.15 here, and a dose that gives 6.0 mL/h nowhere"
    )


def test_an_entry_from_paper_may_lie_between_what_is_known():
    made = started()
    lower(made, 100, "0.05")
    entered(made, DeliveryKind.PAUSED, 30, told=200, pause_reason=PauseReason.LINE)
    entered(made, DeliveryKind.RESUMED, 40, told=200, reading=PumpReading(D("3.5"), D(2)))
    assert spans(made) == [(0, 30, "0.1"), (40, 100, "0.1"), (100, None, "0.05")]


@pytest.mark.parametrize(
    ("kind", "changed", "code"),
    [
        (DeliveryKind.RESUMED, {}, "reading_missing"),
        (DeliveryKind.STOPPED, {"reading": TEN_TIMES}, "reading_not_asked"),
        (DeliveryKind.WITHDRAWN, {}, "kind_not_entered"),
        (DeliveryKind.FOUND, {}, "kind_not_entered"),
        (DeliveryKind.STOPPED, {"note": " "}, "note_missing"),
        (DeliveryKind.STOPPED, {"effective_at": after(63)}, "in_the_future"),
        (DeliveryKind.STOPPED, {"effective_at": after(-16)}, "before_signature"),
    ],
)
def test_what_cannot_have_been_is_not_entered(kind, changed, code):
    made = started()
    with pytest.raises(Refused) as refused:
        entered(made, kind, 60, **changed)
    assert codes(refused) == [code]


def test_a_stop_from_paper_voids_what_waits():
    made = started()
    approval_live(made)
    entered(made, DeliveryKind.STOPPED, 60, told=100)
    assert pending(made) == ["voided"]


def test_a_correction_supersedes_and_everything_is_as_had_it_been_told_so():
    made = started()
    wrong = lower(made, 60, "0.05").event
    act = corrected(made, wrong.pk, 90, effective_at=after(50))
    assert (act.event.supersedes_id, act.event.kind) == (wrong.pk, "rate_changed")
    assert spans(made) == [(0, 50, "0.1"), (50, None, "0.05")]
    act = corrected(made, act.event.pk, 95, reading=PumpReading(D("2.8"), D(2)), dose_mg_per_kg_h=D("0.08"))
    assert spans(made) == [(0, 50, "0.1"), (50, None, "0.08")]
    assert PumpCheck.objects.filter(kind="found", event=act.event).exists()
    assert DeliveryEvent.objects.count() == 4


def test_a_correction_to_a_rate_that_nobody_ordered_says_that_the_pump_differs():
    made = started()
    begun = DeliveryEvent.objects.get()
    act = corrected(made, begun.pk, 30, reading=TEN_TIMES)
    assert (act.event.kind, act.course.found_differing_at) == ("found", after(0))
    assert (act.course.first_started_at, act.course.dose_mg_per_kg_h) == (after(0), D("1.0000"))


def test_a_second_correction_of_the_same_version_is_a_conflict():
    made = started()
    wrong = lower(made, 60, "0.05").event
    corrected(made, wrong.pk, 90, effective_at=after(50))
    with pytest.raises(Conflict) as conflict:
        corrected(made, wrong.pk, 91, effective_at=after(51))
    assert conflict.value.code == "already_corrected"
    with pytest.raises(NotFound):
        corrected(made, 10**9, 91)


def test_a_correction_has_a_reason_and_a_halt_has_no_rate():
    made = started()
    halted = pause(made, 60).event
    with pytest.raises(Refused) as refused:
        corrected(made, halted.pk, 90, reason="", reading=TEN_TIMES)
    assert codes(refused) == ["reading_not_asked", "reason_missing"]


def test_the_same_entry_sent_again_is_one():
    made, name = started(), uuid.uuid4()
    one, two = found(made, 30, client_id=name), found(made, 30, client_id=name)
    assert one.event.pk == two.event.pk
    one, two = (entered(made, DeliveryKind.STOPPED, 40, client_id=name.__class__(int=7)) for _ in range(2))
    assert one.event.pk == two.event.pk
    one, two = (corrected(made, one.event.pk, 50, client_id=name.__class__(int=8)) for _ in range(2))
    assert one.event.pk == two.event.pk


def test_setting_the_pump_before_the_last_act_is_refused_whoever_records_it():
    from infusion.recording import record_event

    made = started()
    found(made, 30, PumpReading(D("3.5"), D(2)))
    with pytest.raises(Refused) as refused:
        record_event(
            made.admission, made.order, kind=DeliveryKind.RATE_CHANGED, effective_at=after(20), dose=D("0.15"),
            rate=D("5.2"), by=made.by_nurse, at=after(40),
        )  # fmt: skip
    assert codes(refused) == ["before_last_act"]


ACTS = ("pause", "technical", "resume", "stop", "restart", "lower", "found", "enter", "correct", "undo", "project")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_recorded_the_stored_course_is_the_replay_of_its_events(seed):
    """Random acts, some refused: rows, hold and sums are what the pure functions make of the events, from any prefix."""
    from infusion.actions import declare_target, undo_tap

    luck, made, minutes = random.Random(seed), started(), 5
    declare_target(made.id, kind=TargetKind.RELIEF, pain=2, seen_version=1, by=made.by_nurse, at=after(2))
    for _ in range(25):
        minutes += luck.randint(1, 40)
        kind = luck.choice(ACTS)
        last = DeliveryEvent.objects.order_by("id").last()
        try:
            with transaction.atomic():
                match kind:
                    case "pause":
                        pause(made, minutes, None)
                    case "technical":
                        pause(made, minutes)
                    case "resume":
                        resume(made, minutes, luck.choice(["0.10", "0.05"]))
                    case "stop":
                        stop(made, minutes)
                    case "restart":
                        restart_allowed(made, minutes, "0.05")
                    case "lower":
                        lower(made, minutes, luck.choice(["0.07", "0.03"]))
                    case "found":
                        found(made, minutes, PumpReading(D(luck.choice(["3.5", "1.7", "9.9"])), D(2)))
                    case "enter":
                        entered(made, DeliveryKind.PAUSED, max(minutes - 30, 0), told=minutes)
                    case "correct":
                        corrected(made, last.pk, minutes, effective_at=after(minutes - 1))
                    case "undo":
                        undo_tap(last.pk, by=made.by_nurse, at=last.recorded_at + MINUTE)
                    case "project":
                        written, _ = statements(lambda: project(made.admission, order=made.course.order))
                        assert len(written) <= 4, "projecting what is projected writes nothing"
        except DomainError:
            continue
        _compare(made)


def _compare(made):
    pump = pump_of(made.id)
    flowed, facts, row = segments(pump.events), course(pump.events), Course.objects.get(admission_id=made.id)
    kept = Segment.objects.filter(admission_id=made.id).values_list(
        "started_at", "ended_at", "rate_ml_per_h", "concentration_mg_per_ml", "dose_mg_per_kg_h"
    )
    assert list(kept) == [
        (s.start, s.end, s.rate_ml_per_h, s.concentration_mg_per_ml, s.dose_mg_per_kg_h) for s in flowed
    ]
    assert all(getattr(row, name) == getattr(facts, name) for name in facts.__slots__)
    counted = hold(pump.target, pump.events, reset_pause=HOUR)
    assert (row.held, row.held_until, row.hold_is_counting, row.hold_ended_at) == (
        counted.held, counted.held_until, counted.is_counting, counted.ended_at,
    )  # fmt: skip
    at = MORNING + 24 * HOUR
    assert figures_of(made.id, at=at).cumulative_mg == cumulative_mg(flowed, at)


def test_no_other_concentration_is_hung_on_a_pump_that_runs_at_what_nobody_ordered():
    made = started()
    found(made, 30)
    at = after(35)
    with pytest.raises(Refused) as refused:
        change_bag(
            made.id, new=replace(BAG, concentration_mg_per_ml=D(5)), used=UsedBag(D(4), D(0), D(236)), changed_at=at,
            witness=made.witness(at), seen_version=1, seen_bag=hanging(made), by=made.by_nurse, at=at,
        )  # fmt: skip
    assert "pump_differs" in codes(refused)
