"""Start, resume, decrease, pause, stop, taken back: what each takes, records, voids and answers (DOMAIN 2 and 3)."""

import uuid
from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.models import Signature, SignatureMethod
from accounts.roles import Role
from core.errors import Conflict, Forbidden, NotFound, Refused
from infusion.actions import (
    call_second_person,
    check_pump,
    decrease,
    pause_infusion,
    say_why,
    start_infusion,
    stop_infusion,
    undo_tap,
)
from infusion.domain.double_check import PumpReading
from infusion.domain.words import CheckedAct, PauseReason
from infusion.models import Approval, DeliveryEvent, DoubleCheck, IncreaseRequest, PumpCheck, Segment
from tests.factories import HOUR, MINUTE, MORNING, actor, person, signed
from tests.integration.infusion.at_the_pump import (
    BAG,
    STEPS,
    after,
    bag_hung,
    charted,
    codes,
    falls_known,
    liver_known,
    mood_known,
    prepared,
    restart_allowed,
    resume,
    start,
    started,
    statements,
)

pytestmark = pytest.mark.django_db
WRONG = PumpReading(D("7.0"), D(2))


def segments(made):
    rows = Segment.objects.filter(admission_id=made.id).values_list("started_at", "ended_at", "dose_mg_per_kg_h")
    return [((a - MORNING) / MINUTE, b and (b - MORNING) / MINUTE, str(dose.normalize())) for a, b, dose in rows]


def request_waiting(made, minutes=0):
    return IncreaseRequest.objects.create(
        admission_id=made.id, order=made.order, dose_mg_per_kg_h=D("0.15"), requested_by=made.nurse,
        requested_at=after(minutes), view={},
    )  # fmt: skip


def approval_live(made, minutes=0):
    return Approval.objects.create(
        admission_id=made.id, order=made.order, kind="increase", ceiling_mg_per_kg_h=D("0.15"),
        approved_by=made.physician, approved_at=after(minutes), expires_at=after(minutes + 600), view={},
    )  # fmt: skip


def pending(made):
    """The states of everything that waits to be executed."""
    return [*IncreaseRequest.objects.values_list("state", flat=True), *Approval.objects.values_list("state", flat=True)]


def pause(made, minutes, reason=PauseReason.LINE, **changed):
    at = after(minutes)
    how = {"effective_at": at, "reason": reason, "by": made.by_nurse, "at": at}
    return pause_infusion(made.id, **{**how, **changed})


def stop(made, minutes, **changed):
    at = after(minutes)
    return stop_infusion(made.id, **{"effective_at": at, "by": made.by_nurse, "at": at, **changed})


def lower(made, minutes, dose, **changed):
    at = after(minutes)
    return decrease(
        made.id, **{"effective_at": at, "dose_mg_per_kg_h": D(dose), "by": made.by_nurse, "at": at, **changed}
    )


# The start gate.


def test_a_start_is_recorded_with_both_people_and_the_computed_rate():
    made = prepared()
    act = start(made)
    assert (act.course.state, act.course.dose_mg_per_kg_h, act.course.rate_ml_per_h) == ("running", D("0.10"), D("3.5"))
    assert (act.event.recorded_by_id, act.event.second_checker_id) == (made.nurse.pk, made.second.user_id)
    assert (act.event.double_check.agrees, act.event.bag.lot, act.event.pump) == (True, "L-1", "P-7")
    names = Signature.objects.filter(table_name="infusion_deliveryevent", row_id=act.event.pk)
    assert {(name.user_id, name.meaning) for name in names} == {
        (made.nurse.pk, "administered"),
        (made.second.user_id, "witnessed"),
    }
    assert segments(made) == [(0, None, "0.1")]


REASON_OF = {
    "screening": {"screening_undecided"},
    "consent": {"consent_missing"},
    "liver": {"liver_missing"},
    "mood": {"mood_missing"},
    "falls": {"falls_missing"},
    "set": {"full_set_missing"},
    "bag": {"no_bag"},
}


@pytest.mark.parametrize("lacking", list(REASON_OF))
def test_each_thing_that_a_start_needs_is_a_reason_when_it_lacks(lacking):
    made = prepared(without=[lacking])
    with pytest.raises(Refused) as refused:
        start(made)
    assert set(codes(refused)) == REASON_OF[lacking]
    assert not DeliveryEvent.objects.exists()


def test_all_that_lacks_is_said_at_once():
    made = prepared(without=[name for name in STEPS if name not in ("order", "bag")])
    with pytest.raises(Refused) as refused:
        start(made, line_checked=False, effective_at=after(3))
    everything = set().union(*(REASON_OF[name] for name in REASON_OF if name != "bag"))
    assert set(codes(refused)) == everything | {"line_not_checked", "in_the_future"}
    assert all(reason.sentence.endswith(".") for reason in refused.value.reasons)


def test_without_an_order_nothing_is_started():
    made = prepared(without=["order", "bag"])
    with pytest.raises(Refused) as refused:
        start(made)
    assert codes(refused) == ["no_order"]


@pytest.mark.parametrize(
    ("step", "renew", "limit", "code"),
    [
        ("liver", liver_known, 48 * HOUR, "liver_too_old"),
        ("mood", mood_known, 24 * HOUR, "mood_too_old"),
        ("falls", falls_known, 24 * HOUR, "falls_too_old"),
        ("set", charted, HOUR, "full_set_too_old"),
    ],
)
def test_what_a_start_rests_on_may_be_so_old_and_no_older(step, renew, limit, code):
    made = prepared(without=[step])
    seen_at = MORNING - HOUR
    renew(made, at=seen_at)
    started_at = seen_at + limit
    for other, again in (("liver", liver_known), ("mood", mood_known), ("falls", falls_known), ("set", charted)):
        if other != step:
            again(made, at=started_at - MINUTE)
    late = started_at + timedelta(seconds=1)
    with pytest.raises(Refused) as refused:
        start(made, at=late, witness=signed(made.second, at=late))
    assert code in codes(refused)
    if limit < 48 * HOUR:  # the weight of the admission is as old as the enzymes then
        start(made, at=started_at, witness=signed(made.second, at=started_at))
    else:
        assert set(codes(refused)) == {code, "weight_too_old"}


def test_the_bag_that_hangs_is_the_ordered_one_and_in_date():
    made = prepared(without=["bag"])
    last_day = BAG.__class__("L-2", MORNING.date(), D(250), D(2), D(10))
    bag_hung(made, at=MORNING - 5 * MINUTE, new=last_day)
    late = MORNING + 24 * HOUR
    for again in (liver_known, mood_known, falls_known, charted):
        again(made, at=late - MINUTE)
    with pytest.raises(Refused) as refused:
        start(made, at=late)
    assert codes(refused) == ["bag_out_of_date"]
    assert start(made).event.bag.lot == "L-2"


@pytest.mark.parametrize(
    ("first", "second"), [(WRONG, None), (None, WRONG), (WRONG, WRONG), (PumpReading(D("3.5"), D(1)), None)]
)
def test_readings_that_differ_stop_the_start_and_stay_recorded(first, second):
    made = prepared()
    right = made.reading("0.10")
    with pytest.raises(Refused, match="Nothing was changed"):
        start(made, first=first or right, second=second or right)
    assert DoubleCheck.objects.get().agrees is False
    assert not DeliveryEvent.objects.exists()
    start(made)
    assert [check.agrees for check in DoubleCheck.objects.order_by("id")] == [False, True]


def test_the_second_person_is_another_one_who_may_witness_and_typed_a_secret():
    made = prepared()
    for witness, code in (
        (signed(made.by_nurse, at=MORNING), "same_person"),
        (signed(made.second, at=MORNING, method=SignatureMethod.SESSION), "not_signed"),
        (signed(made.second, at=MORNING - 3 * MINUTE), "not_signed"),
        (signed(actor(person(Role.ADMINISTRATOR)), at=MORNING), "may_not_witness"),
    ):
        with pytest.raises(Forbidden) as forbidden:
            start(made, witness=witness)
        assert forbidden.value.code == code
    start(made, witness=signed(actor(person(Role.NURSE)), at=MORNING, method=SignatureMethod.PIN))


def test_a_stale_page_does_not_start():
    made = prepared()
    with pytest.raises(Conflict) as conflict:
        start(made, seen_version=2)
    assert conflict.value.code == "order_changed"


def test_the_same_start_sent_again_is_one_event():
    made, name = prepared(), uuid.uuid4()
    first, again = start(made, client_id=name), start(made, client_id=name)
    assert (first.event.pk, again.event.sent_again) == (again.event.pk, True)
    with pytest.raises(Refused) as refused:
        start(made, client_id=name, pump="P-8")
    assert refused.value.code == "client_id_reused"


def test_a_running_pump_is_not_started_again():
    made = started()
    with pytest.raises(Refused) as refused:
        start(made, at=after(1))
    assert "already_started" in codes(refused)


# Decrease.


@pytest.mark.parametrize(("dose", "rate"), [("0.05", "1.7"), ("0.0731", "2.5"), ("0", "0.0"), ("0.0999", "3.4")])
def test_a_decrease_acts_at_once_to_any_value(dose, rate):
    made = started()
    act = lower(made, 30, dose)
    assert (act.course.dose_mg_per_kg_h, act.course.rate_ml_per_h) == (D(dose), D(rate))
    check = PumpCheck.objects.get()
    assert (check.kind, check.due_at, check.event_id) == ("decrease", after(60), act.event.pk)


def test_a_decrease_voids_everything_that_waits():
    made = started()
    request_waiting(made)
    approval_live(made)
    lower(made, 30, "0.05")
    assert pending(made) == ["voided", "voided"]


@pytest.mark.parametrize(("dose", "code"), [("0.10", "not_a_decrease"), ("0.15", "not_a_decrease")])
def test_what_is_no_decrease_is_refused(dose, code):
    made = started()
    with pytest.raises(Refused) as refused:
        lower(made, 30, dose)
    assert codes(refused) == [code]


def test_a_decrease_of_a_halted_pump_says_so():
    made = started()
    pause(made, 10)
    with pytest.raises(Refused) as refused:
        lower(made, 30, "0.05")
    assert codes(refused) == ["not_running"]


def test_a_decrease_told_before_the_last_act_counts_from_it():
    made = started()
    lower(made, 30, "0.08")
    act = lower(made, 40, "0.05", effective_at=after(10))
    assert act.event.effective_at == after(30)
    assert segments(made) == [(0, 30, "0.1"), (30, None, "0.05")]


def test_the_newer_decrease_is_the_one_to_look_at():
    made = started()
    lower(made, 30, "0.08")
    lower(made, 40, "0.05")
    assert list(PumpCheck.objects.order_by("id").values_list("close_reason", "due_at")) == [
        ("the dose was lowered", after(60)),
        ("", after(70)),
    ]


# Pause and stop.


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
    from monitoring.actions import acknowledge_alert
    from monitoring.models import Alert

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


# Looking at the pump afterwards.


@pytest.mark.parametrize(("rate", "agrees"), [("1.7", True), ("3.5", False)])
def test_another_person_looks_at_the_pump_and_what_differs_stays_so(rate, agrees):
    made = started()
    lower(made, 30, "0.05")
    check = PumpCheck.objects.get()
    with pytest.raises(Forbidden) as forbidden:
        check_pump(check.pk, reading=PumpReading(D(rate), D(2)), by=made.by_nurse, at=after(60))
    assert forbidden.value.code == "same_person"
    looked = check_pump(check.pk, reading=PumpReading(D(rate), D(2)), by=made.second, at=after(60))
    assert (looked.agrees, looked.closed_by_id) == (agrees, made.second.user_id)
    with pytest.raises(Conflict):
        check_pump(check.pk, reading=PumpReading(D(rate), D(2)), by=made.second, at=after(61))


# What it costs.

MOST = 15


def history(made):
    """Enough behind it that a statement a row would show."""
    for number in range(12):
        pause(made, 10 + 4 * number)
        resume(made, 12 + 4 * number)


def test_any_act_takes_few_statements_however_long_the_course():
    made = started()
    history(made)
    request_waiting(made, 60)
    name = uuid.uuid4()
    acts = [
        ("pause", lambda: pause(made, 70, client_id=name)),
        ("resume", lambda: resume(made, 80, client_id=uuid.uuid4())),
        ("decrease", lambda: lower(made, 90, "0.05", client_id=uuid.uuid4())),
        ("stop", lambda: stop(made, 100, client_id=uuid.uuid4())),
    ]
    for what, act in acts:
        made_by, _ = statements(act)
        # The test's own reading of order and witness is counted with the resume.
        allowed = MOST + (3 if what == "resume" else 0)
        assert len(made_by) <= allowed, f"{what}: {len(made_by)}\n" + "\n".join(each[:110] for each in made_by)


def test_a_start_and_a_restart_take_few_statements():
    made = prepared()
    right, witness = made.reading("0.10"), made.witness(MORNING)
    by, number = made.by_nurse, made.id
    taken, _ = statements(
        lambda: start_infusion(
            number, effective_at=MORNING, pump="P", first=right, second=right, witness=witness, line_checked=True,
            seen_version=1, client_id=uuid.uuid4(), by=by, at=MORNING,
        )
    )  # fmt: skip
    assert len(taken) <= MOST + 2, "\n".join(each[:110] for each in taken)
    stop(made, 30)
    restart_allowed(made, 40)
    taken, _ = statements(lambda: resume(made, 50, client_id=uuid.uuid4()))
    assert len(taken) <= MOST + 5, "\n".join(each[:110] for each in taken)
