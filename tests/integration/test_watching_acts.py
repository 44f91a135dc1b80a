"""Events, own limits and intervals, looks, time off the ward, co-signatures: kept, refused, sent again, turned away."""

import uuid
from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.actor import Actor
from accounts.models import Signature, SignatureMethod
from accounts.roles import Permission, Role
from core.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from infusion.actions import pause_infusion, stop_infusion
from infusion.domain.double_check import PumpReading
from monitoring.actions import (
    come_back,
    end_interval,
    end_limit,
    leave_ward,
    record_adverse_event,
    record_line_check,
    record_review,
    record_set,
    set_interval,
    set_limit,
    withdraw_adverse_event,
)
from monitoring.domain.line_check import LineCheckEntry
from monitoring.domain.severity import Direction, Rule
from monitoring.domain.values import Source, WarningSymptom
from monitoring.domain.watching import ReviewKind, ReviewOutcome
from monitoring.models import (
    AdverseEvent,
    LineCheck,
    OffWard,
    PatientLimit,
    Review,
    SetInterval,
)
from monitoring.selectors.board import ward_board
from monitoring.selectors.facts import stay_facts
from patients.actions import discharge_patient
from patients.models import Disposition
from tests.factories import HOUR, MINUTE, MORNING, actor, entry, person, running, signed, stay

pytestmark = pytest.mark.django_db
NINE = MORNING + HOUR
SET, STANDS = PumpReading(D("3.5"), D(2)), PumpReading(D(0), D(2))


@pytest.fixture
def patient():
    """The infusion runs since 08:00 at 3.5 mL/h of 2 mg/mL."""
    return running()


def codes(caught):
    return [reason.code for reason in caught.value.reasons]


def facts(patient, *, at=NINE):
    (found,) = stay_facts([patient.id], at=at)
    return found


# ---- the acts with their usual people and content ----


def event(patient, **changed):
    return record_adverse_event(patient.id, **{"kind": Rule.FALL, "by": patient.by_nurse, "at": NINE, **changed})


def limit(patient, *, by=None, at=NINE, **changed):
    by = by or patient.by_physician
    own = {"rule": Rule.SYSTOLIC, "direction": Direction.HIGH, "yellow": D(170), "red": D(190), "reason": "usual"}
    return set_limit(patient.id, **{**own, "signed": signed(by, at=at), **changed}, by=by, at=at)


def interval(patient, *, by=None, at=NINE, **changed):
    by = by or patient.by_physician
    own = {"every_min": 30, "reason": "drowsy", "signed": signed(by, at=at)}
    return set_interval(patient.id, **{**own, **changed}, by=by, at=at)


def review(patient, kind=ReviewKind.REASSESSMENT, **changed):
    own = {"kind": kind, "outcome": ReviewOutcome.CONTINUE, "reviewed_at": NINE, "by": patient.by_nurse, "at": NINE}
    return record_review(patient.id, **{**own, **changed})


def look(patient, reading=SET, *, checked_at=NINE, by=None, at=NINE, client_id=None):
    seen = LineCheckEntry(checked_at, reading, True, True, True, True, True)
    return record_line_check(patient.id, entry=seen, client_id=client_id, by=by or patient.by_nurse, at=at)


def leave(patient, **changed):
    own = {"destination": "MRI", "escort": "Nurse Two", "left_at": NINE, "by": patient.by_nurse, "at": NINE}
    return leave_ward(patient.id, **{**own, **changed})


RECORDED = {
    "event": (AdverseEvent, event),
    "limit": (PatientLimit, limit),
    "interval": (SetInterval, interval),
    "review": (Review, review),
    "look": (LineCheck, look),
    "leave": (OffWard, leave),
}
each_act = pytest.mark.parametrize(("model", "act"), RECORDED.values(), ids=RECORDED)


@each_act
def test_the_same_sent_again_is_one_row(patient, model, act):
    name = uuid.uuid4()
    first, again = act(patient, client_id=name), act(patient, client_id=name)
    assert (first.pk, first.sent_again, again.sent_again) == (again.pk, False, True)
    with pytest.raises(Refused, match="used before, with other content"):
        act(running(on=patient.ward), client_id=name)
    assert model.objects.count() == 1


@each_act
def test_another_ward_another_role_and_a_process_are_turned_away(patient, model, act):
    elsewhere = stay()
    stranger = elsewhere.by_physician if act in (limit, interval) else elsewhere.by_nurse
    for by, refusal in (
        (stranger, NotFound),
        (actor(person(Role.ADMINISTRATOR, ward=patient.ward)), Forbidden),
        (Actor.process("import", *Permission), Forbidden),
    ):
        how = {"signed": signed(patient.by_physician, at=NINE)} if by.is_process and act in (limit, interval) else {}
        with pytest.raises(refusal):
            act(patient, by=by, **how)
    assert not model.objects.exists()


@each_act
def test_nothing_is_recorded_of_who_left(patient, model, act):
    stop_infusion(patient.id, effective_at=NINE - HOUR / 2, by=patient.by_nurse, at=NINE - HOUR / 2)
    discharge_patient(
        patient.id, disposition=Disposition.ICU, reason="worse", by=patient.by_physician, at=NINE - MINUTE
    )
    with pytest.raises(Refused, match="the chart is closed"):
        act(patient)


# ---- events ----


def test_an_event_takes_one_word_and_happened_now(patient):
    made = event(patient)
    assert (made.kind, made.occurred_at, made.note, made.recorded_by_id) == ("fall", NINE, "", patient.nurse.pk)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"kind": Rule.SYSTOLIC}, ["not_an_event"]),
        ({"occurred_at": NINE + 3 * MINUTE, "note": "x" * 501}, ["in_the_future", "too_long"]),
        ({"occurred_at": MORNING - 3 * HOUR}, ["before_admission"]),
    ],
)
def test_what_cannot_have_happened_is_refused_with_every_reason(patient, changed, found):
    with pytest.raises(Refused) as caught:
        event(patient, **changed)
    assert codes(caught) == found
    assert not AdverseEvent.objects.exists()


def test_an_event_recorded_by_mistake_is_withdrawn_once_with_its_reason(patient):
    made, own = event(patient), {"by": patient.by_physician, "at": NINE + MINUTE}
    with pytest.raises(Refused) as caught:
        withdraw_adverse_event(made.pk, reason=" ", **own)
    assert codes(caught) == ["reason_missing"]
    name = uuid.uuid4()
    gone, again = (withdraw_adverse_event(made.pk, reason=" the next bed ", client_id=name, **own) for _ in range(2))
    assert (gone.pk, gone.withdraws_id, gone.note, gone.kind) == (again.pk, made.pk, "the next bed", "fall")
    for each in (made, gone):
        with pytest.raises(Conflict, match="withdrew this event already"):
            withdraw_adverse_event(each.pk, reason="again", **own)
    assert made.pk in facts(patient).withdrawn_events
    for by, refusal in ((stay().by_nurse, NotFound), (actor(person(Role.ADMINISTRATOR)), Forbidden)):
        with pytest.raises(refusal):
            withdraw_adverse_event(made.pk, reason="x", by=by, at=NINE)
    with pytest.raises(NotFound):
        withdraw_adverse_event(10**9, reason="x", **own)


# ---- own limits and intervals ----


def test_a_limit_holds_until_noon_of_the_next_day_and_is_signed(patient):
    made = limit(patient)
    assert made.until.isoformat() == "2026-09-23T16:00:00+00:00", "12:00 in New York"
    name = Signature.objects.get(table_name="monitoring_patientlimit", row_id=made.pk)
    assert (name.user_id, name.meaning, name.method) == (patient.physician.pk, "decided", "password")
    (own,) = facts(patient).own_limits
    assert (own.rule, own.direction, own.yellow, own.red) == (Rule.SYSTOLIC, Direction.HIGH, 170, 190)


def test_a_limit_that_the_protocol_does_not_allow_hears_every_reason(patient):
    with pytest.raises(Refused) as caught:
        limit(patient, yellow=D(210), red=D(205), reason=" ", until=NINE)
    assert codes(caught) == ["reason_missing", "until_over", "yellow_not_before_red", "beyond_the_stop_limit"]
    assert not PatientLimit.objects.exists()


def test_a_new_limit_ends_the_one_before_and_leaves_other_sides(patient):
    first, low = limit(patient), limit(patient, direction=Direction.LOW, yellow=D(95), red=D(85))
    second = limit(patient, at=NINE + MINUTE, yellow=D(165))
    first.refresh_from_db()
    assert (first.ended_at, first.ended_by_id) == (NINE + MINUTE, patient.physician.pk)
    assert set(PatientLimit.objects.filter(ended_at=None)) == {low, second}


def test_one_whose_time_was_over_ended_then_and_by_nobody(patient):
    first = limit(patient, until=NINE + HOUR)
    own = interval(patient, until=NINE + HOUR)
    limit(patient, at=NINE + 2 * HOUR)
    interval(patient, at=NINE + 2 * HOUR)
    for row in (first, own):
        row.refresh_from_db()
        assert (row.ended_at, row.ended_by_id) == (NINE + HOUR, None)


@pytest.mark.parametrize(("act", "end", "what"), [(limit, end_limit, "limit"), (interval, end_interval, "interval")])
def test_a_physician_goes_back_to_the_protocol_once(patient, act, end, what):
    made, own = act(patient), {"by": patient.by_physician, "at": NINE + MINUTE}
    with pytest.raises(Forbidden):
        end(made.pk, by=patient.by_nurse, at=NINE)
    with pytest.raises(NotFound):
        end(made.pk, by=stay().by_physician, at=NINE)
    with pytest.raises(NotFound):
        end(10**9, **own)
    ended = end(made.pk, **own)
    assert end(made.pk, by=patient.by_physician, at=NINE + HOUR).ended_at == ended.ended_at == NINE + MINUTE
    other = actor(person(Role.PHYSICIAN, ward=patient.ward))
    with pytest.raises(Conflict, match=f"This {what} does not hold any more"):
        end(made.pk, by=other, at=NINE + HOUR)
    short = act(patient, until=NINE + HOUR)
    with pytest.raises(Conflict, match=f"This {what} does not hold any more"):
        end(short.pk, by=patient.by_physician, at=NINE + HOUR)


@pytest.mark.parametrize("act", [limit, interval])
def test_a_physician_signs_it_with_their_own_password(patient, act):
    by = patient.by_physician
    for name in (
        signed(by, at=NINE, method=SignatureMethod.SESSION),
        signed(by, at=NINE - 3 * MINUTE),
        signed(actor(person(Role.PHYSICIAN, ward=patient.ward)), at=NINE),
    ):
        with pytest.raises(Forbidden, match="your own password"):
            act(patient, signed=name)
    with pytest.raises(Forbidden, match="It takes a physician"):
        act(patient, by=patient.by_nurse)


def test_an_interval_holds_until_it_is_ended_and_answers_what_asked_for_it(patient):
    made = interval(patient)
    found = facts(patient)
    assert (found.own_interval.every, found.own_interval.until) == (timedelta(minutes=30), None)
    newer = interval(patient, at=NINE + MINUTE, every_min=60)
    made.refresh_from_db()
    assert (made.ended_at, made.ended_by_id) == (NINE + MINUTE, patient.physician.pk)
    assert facts(patient).done["set_interval"].record_id == newer.pk
    with pytest.raises(Refused) as caught:
        interval(patient, every_min=4, reason="", until=NINE)
    assert codes(caught) == ["interval_impossible", "reason_missing", "until_over"]


# ---- looks ----


@pytest.mark.parametrize("kind", list(ReviewKind))
@pytest.mark.parametrize("role", [Role.NURSE, Role.CHARGE_NURSE, Role.PHYSICIAN])
def test_the_daily_review_is_a_physicians_and_the_reassessment_anybodys(patient, kind, role):
    by = actor(person(role, ward=patient.ward))
    if kind is ReviewKind.DAILY and role is not Role.PHYSICIAN:
        with pytest.raises(Forbidden, match="may not record the daily review"):
            review(patient, kind, by=by)
        return
    made = review(patient, kind, by=by, note=" clear ")
    assert (made.kind, made.note, made.reviewed_by_id) == (str(kind), "clear", by.user_id)


def test_a_look_ahead_of_the_clock_or_with_too_many_words_is_refused(patient):
    with pytest.raises(Refused) as caught:
        review(patient, reviewed_at=NINE + 3 * MINUTE, note="x" * 1001)
    assert codes(caught) == ["in_the_future", "too_long"]
    with pytest.raises(Refused) as caught:
        look(patient, checked_at=NINE + 3 * MINUTE)
    assert codes(caught) == ["in_the_future"]


@pytest.mark.parametrize("reading", [PumpReading(D("3.555"), D(2)), PumpReading(D(-1), D(2)), PumpReading(D(1), D(0))])
def test_what_nobody_can_have_read_is_malformed(patient, reading):
    with pytest.raises(Malformed, match="cannot be read on a pump"):
        look(patient, reading)


def test_a_look_is_compared_with_what_was_recorded_to_run_then(patient):
    pause_infusion(patient.id, effective_at=NINE, by=patient.by_nurse, at=NINE)
    ten = NINE + HOUR
    looks = {
        (NINE - MINUTE, SET): True,
        (NINE - MINUTE, STANDS): False,
        (NINE - MINUTE, PumpReading(D("3.5"), D(1))): False,
        (ten, STANDS): None,
        (ten, SET): False,
        (MORNING - MINUTE, STANDS): None,
        (MORNING - MINUTE, SET): False,
    }
    found = {(when, read): look(patient, read, checked_at=when, at=ten).agrees for when, read in looks}
    assert found == looks


def test_a_look_that_differs_is_kept_and_known_to_the_alerts(patient):
    look(patient, PumpReading(D(35), D(2)))
    assert facts(patient).differs_since == NINE
    look(patient, checked_at=NINE + MINUTE, at=NINE + MINUTE)
    assert facts(patient).differs_since is None


# ---- off the ward ----


def test_an_escort_is_known_by_sign_in_name_or_by_name(patient):
    second = person(Role.NURSE, ward=patient.ward)
    made = leave(patient, escort=second.username.upper())
    assert (made.escort_id, made.escort_name) == (second.pk, "")
    (shown,) = ward_board(patient.ward.pk, at=NINE, admission_id=patient.id)
    assert (shown.away.escort, shown.away.destination) == (second.display_name, "MRI")
    come_back(made.pk, by=patient.by_nurse, at=NINE + MINUTE)
    clerk = person(Role.ADMINISTRATOR)
    named = leave(patient, escort=clerk.username, left_at=NINE + MINUTE, at=NINE + MINUTE)
    assert (named.escort_id, named.escort_name) == (None, clerk.username), "who charts nothing is only a name"


def test_a_running_pump_does_not_leave_the_ward_alone_and_a_paused_one_may(patient):
    with pytest.raises(Refused) as caught:
        leave(patient, escort=" ", destination=" ")
    assert codes(caught) == ["destination_missing", "escort_missing"]
    pause_infusion(patient.id, by=patient.by_nurse, at=NINE)
    assert leave(patient, escort="").escort_name == ""


def test_two_times_off_the_ward_do_not_overlap(patient):
    away = leave(patient)
    with pytest.raises(Refused) as caught:
        leave(patient, left_at=NINE + MINUTE, at=NINE + MINUTE)
    assert codes(caught) == ["already_off_ward"]
    come_back(away.pk, back_at=NINE + 20 * MINUTE, by=patient.by_nurse, at=NINE + HOUR)
    with pytest.raises(Refused) as caught:
        leave(patient, left_at=NINE + 19 * MINUTE, at=NINE + HOUR)
    assert codes(caught) == ["before_last_return"]
    assert leave(patient, left_at=NINE + 20 * MINUTE, at=NINE + HOUR).back_at is None


def test_coming_back_is_recorded_once(patient):
    away, own = leave(patient), {"by": patient.by_nurse, "at": NINE + HOUR}
    for when, code in ((NINE - MINUTE, "before_leaving"), (NINE + HOUR + 3 * MINUTE, "in_the_future")):
        with pytest.raises(Refused) as caught:
            come_back(away.pk, back_at=when, **own)
        assert codes(caught) == [code]
    back = come_back(away.pk, **own)
    assert (back.back_at, back.back_recorded_by_id) == (NINE + HOUR, patient.nurse.pk)
    assert come_back(away.pk, by=patient.by_nurse, at=NINE + 2 * HOUR).back_at == NINE + HOUR
    with pytest.raises(Conflict, match="recorded already"):
        come_back(away.pk, by=patient.by_physician, at=NINE + HOUR)
    with pytest.raises(Conflict, match="recorded already"):
        come_back(away.pk, back_at=NINE + MINUTE, **own)
    for by, refusal in ((stay().by_nurse, NotFound), (actor(person(Role.ADMINISTRATOR)), Forbidden)):
        with pytest.raises(refusal):
            come_back(away.pk, by=by, at=NINE)
    with pytest.raises(NotFound):
        come_back(10**9, **own)


def test_an_escort_charts_what_was_seen_off_the_ward_also_afterwards(patient):
    at = NINE + HOUR

    def chart(minutes):
        seen = entry(NINE + minutes * MINUTE, source=Source.ESCORT, late_reason="at the scanner")
        return record_set(patient.id, entry=seen, by=patient.by_nurse, at=at).set

    with pytest.raises(Refused) as caught:
        chart(10)
    assert codes(caught) == ["not_off_ward"]
    come_back(leave(patient).pk, back_at=NINE + 20 * MINUTE, by=patient.by_nurse, at=at)
    assert chart(20).source == "escort"
    with pytest.raises(Refused) as caught:
        chart(21)
    assert codes(caught) == ["not_off_ward"]


def test_warning_symptoms_are_kept_as_they_were_asked(patient):
    asked = {None: None, (): [], ("syncope", "chest_pain", "syncope"): ["chest_pain", "syncope"]}
    for told, kept in asked.items():
        told = None if told is None else tuple(WarningSymptom(each) for each in told)
        seen = entry(NINE, warning_symptoms=told)
        row = record_set(patient.id, entry=seen, by=patient.by_nurse, at=NINE).set
        row.refresh_from_db()
        assert row.warning_symptoms == kept
