"""Start, resume, decrease, pause, stop, taken back: what each takes, records, voids and answers (DOMAIN 2 and 3)."""

import uuid
from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.models import Signature, SignatureMethod
from accounts.roles import Role
from core.errors import Conflict, Forbidden, Refused
from infusion.actions import (
    check_pump,
    start_infusion,
)
from infusion.domain.double_check import PumpReading
from infusion.models import DeliveryEvent, DoubleCheck, PumpCheck
from tests.factories import HOUR, MINUTE, MORNING, actor, person, signed
from tests.integration.infusion.at_the_pump import (
    BAG,
    STEPS,
    after,
    approval_live,
    bag_hung,
    charted,
    codes,
    falls_known,
    liver_known,
    lower,
    mood_known,
    pause,
    pending,
    prepared,
    request_waiting,
    restart_allowed,
    resume,
    segments,
    start,
    started,
    statements,
    stop,
)

pytestmark = pytest.mark.django_db
WRONG = PumpReading(D("7.0"), D(2))


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


@pytest.mark.parametrize(
    ("dose", "code"),
    [
        ("0.10", "not_a_decrease"),
        ("0.15", "not_a_decrease"),
        ("NaN", "dose_unreadable"),
        ("-0.01", "dose_unreadable"),
        ("0.01234", "dose_unreadable"),
        ("1E+30", "dose_unreadable"),
    ],
)
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
    assert check_pump(check.pk, reading=PumpReading(D(rate), D(2)), by=made.second, at=after(61)).closed_at == after(60)
    with pytest.raises(Conflict):
        check_pump(check.pk, reading=PumpReading(D("9.9"), D(2)), by=made.second, at=after(61))


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
