"""What people do about an alert: look, put off, write, resolve; with real people on real wards, the clock moved by hand."""

import uuid

import pytest

from accounts.actor import Actor
from accounts.roles import Permission, Role
from core.errors import Conflict, DomainError, Forbidden, NotFound, Refused
from infusion.actions import stop_infusion
from monitoring.actions import acknowledge_alert, note_alert, resolve_alert, snooze_alert
from monitoring.models import Acknowledgement, AlertNote
from monitoring.settling import settle_stays
from monitoring.sweeps import SWEEP, settle_due_stays
from tests.factories import HOUR, MINUTE, MORNING, actor, person, running, ward
from tests.integration.a_ring import (
    RANG,
    SYSTOLIC,
    acknowledges,
    acts_at,
    after,
    alert_of,
    chart,
    codes,
    somebody_red,
    sweep,
    tiers,
    told,
)
from tests.integration.test_races import at_once, unexpected


@pytest.fixture
def patient():
    return somebody_red()


@pytest.mark.django_db
def test_a_look_stops_the_ladder_and_where_nothing_follows_it_rings_again_from_the_start(patient):
    sweep(after(5))
    alert = acknowledges(patient, after(6))
    assert (alert.next_escalation_at, alert.acknowledgement_expires_at) == (None, after(21))
    sweep(after(20, 59))
    assert len(told(patient)) == 3
    assert settle_stays([patient.id], by=SWEEP, at=after(21)) == {patient.id: True}, "a red ring does not wait"
    alert.refresh_from_db()
    assert (alert.rang_at, alert.acknowledged_at, alert.acknowledged_by) == (after(21), None, None)
    sweep(after(23))
    assert tiers(patient) == [(21, "nurse"), (23, "charge_nurse")]
    assert tiers(patient, rang_at=RANG) == [(0, "nurse"), (5, "charge_nurse"), (5, "physician")]


@pytest.mark.django_db
def test_two_who_look_in_turn_put_the_ring_off_no_further(patient):
    acknowledges(patient, after(6))
    assert acknowledges(patient, after(14), by=actor(patient.charge)).acknowledgement_expires_at == after(21)
    sweep(after(20, 59))
    assert alert_of(patient).rang_at == RANG
    sweep(after(21))
    assert alert_of(patient).rang_at == after(21)


def another_set(patient, at):
    chart(patient, at, **SYSTOLIC)


def an_act_at_the_pump(patient, at):
    stop_infusion(patient.id, effective_at=at, by=patient.by_nurse, at=at)


def a_call(patient, at):
    note_alert(alert_of(patient).pk, kind=AlertNote.Kind.CALL, text="Dr. X comes", by=patient.by_nurse, at=at)


def a_note_on_another_alert(patient, at):
    chart(patient, after(5), heart_rate=135, **SYSTOLIC)
    other = alert_of(patient, "heart_rate")
    note_alert(other.pk, kind=AlertNote.Kind.NOTE, text="the other", by=patient.by_nurse, at=at)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("follows", "rings"),
    [(another_set, False), (an_act_at_the_pump, False), (a_call, False), (a_note_on_another_alert, True)],
)
def test_a_look_counts_for_good_once_something_followed_it(patient, follows, rings):
    acknowledges(patient, after(6))
    follows(patient, after(12))
    settle_stays([patient.id], by=SWEEP, at=after(21))
    alert = alert_of(patient)
    assert (alert.acknowledged_at is None, alert.rang_at == after(21)) == (rings, rings)
    assert alert.acknowledgement_expires_at is None


@pytest.mark.django_db
def test_worsening_rings_though_it_was_seen_and_climbs_from_the_start(patient):
    sweep(after(2))
    acknowledges(patient, after(3))
    chart(patient, after(8), systolic=196)
    alert = alert_of(patient)
    assert (alert.rang_at, alert.acknowledged_at, alert.acknowledgement_expires_at) == (after(8), None, None)
    assert tiers(patient) == [(8, "nurse")]
    sweep(after(13))
    assert tiers(patient) == [(8, "nurse"), (13, "charge_nurse"), (13, "physician")], "both were due, swept late"


@pytest.mark.django_db
def test_who_charts_it_at_the_bedside_acknowledges_it_with_the_same_tap():
    made = running()
    chart(made, RANG, with_patient=True, **SYSTOLIC)
    alert = alert_of(made)
    assert (alert.acknowledged_at, alert.acknowledgement_expires_at) == (RANG, after(15))
    assert Acknowledgement.objects.get(alert=alert).with_patient
    assert acts_at(made) == after(15)
    sweep(after(14))
    assert tiers(made) == [(0, "nurse")]
    sweep(after(15))
    assert alert_of(made).rang_at == after(15)


@pytest.mark.django_db
def test_being_with_the_patient_says_nothing_of_what_this_set_does_not_show(patient):
    chart(patient, after(1), heart_rate=140, systolic=None, diastolic=None, with_patient=True)
    assert alert_of(patient, "heart_rate").acknowledged_at == after(1)
    assert alert_of(patient).acknowledged_at is None
    with pytest.raises(Forbidden, match="by a person"):
        chart(patient, after(2), by=Actor.process("import", Permission.CHART), with_patient=True)


@pytest.mark.django_db
def test_put_off_once_for_at_most_a_quarter_of_an_hour_then_it_rings_again(patient):
    alert = alert_of(patient)

    def put_off(minutes, at, **how):
        ring = alert_of(patient).rang_at
        return snooze_alert(alert.pk, minutes=minutes, **{"seen_rang_at": ring, "by": patient.by_nurse, **how}, at=at)

    for minutes in (0, 16):
        with pytest.raises(Refused) as refused:
            put_off(minutes, after(1))
        assert codes(refused) == ["too_long_put_off"]
    with pytest.raises(Conflict):
        put_off(15, after(1), seen_rang_at=None)
    name = uuid.uuid4()
    first = put_off(15, after(1), client_id=name)
    assert (first.snoozed_until, first.next_escalation_at, acts_at(patient) <= after(16)) == (after(16), None, True)
    assert put_off(15, after(1), client_id=name).snoozes == 1
    assert alert_of(patient).snoozed_until == after(16)
    sweep(after(15, 59))
    assert tiers(patient) == [(0, "nurse")]
    sweep(after(16))
    assert tiers(patient) == [(16, "nurse")]
    with pytest.raises(Refused) as refused:
        put_off(5, after(17))
    assert codes(refused) == ["put_off_already"]


@pytest.mark.django_db
def test_worsening_breaks_a_snooze_and_a_look_ends_it(patient):
    alert = alert_of(patient)
    snooze_alert(alert.pk, minutes=15, seen_rang_at=RANG, by=patient.by_nurse, at=after(1))
    chart(patient, after(3), systolic=196)
    assert (alert_of(patient).snoozed_until, alert_of(patient).rang_at) == (None, after(3))
    assert acknowledges(patient, after(4)).snoozed_until is None


@pytest.mark.django_db
def test_what_is_yellow_put_off_and_then_red_may_be_put_off_once_more():
    made = running()
    chart(made, RANG, spo2=93)
    yellow = alert_of(made, "spo2")
    snooze_alert(yellow.pk, minutes=60, seen_rang_at=RANG, by=made.by_nurse, at=after(1))
    chart(made, after(5), spo2=91)
    red = alert_of(made, "spo2")
    assert snooze_alert(red.pk, minutes=15, seen_rang_at=after(5), by=made.by_nurse, at=after(6)).snoozes == 1


@pytest.mark.django_db
def test_neither_what_should_stop_the_pump_nor_what_was_seen_or_is_back_is_put_off(patient):
    chart(patient, after(1), heart_rate=155, **SYSTOLIC)
    stop = alert_of(patient, "heart_rate")
    with pytest.raises(Refused) as refused:
        snooze_alert(stop.pk, minutes=5, seen_rang_at=stop.rang_at, by=patient.by_nurse, at=after(2))
    assert codes(refused) == ["stop_advised"]
    acknowledges(patient, after(2))
    with pytest.raises(Refused) as refused:
        snooze_alert(alert_of(patient).pk, minutes=5, seen_rang_at=RANG, by=patient.by_nurse, at=after(3))
    assert codes(refused) == ["seen_already"]
    chart(patient, after(4), heart_rate=80)
    with pytest.raises(Refused) as refused:
        snooze_alert(stop.pk, minutes=5, seen_rang_at=stop.rang_at, by=patient.by_nurse, at=after(5))
    assert codes(refused) == ["does_not_ring", "stop_advised"]


@pytest.mark.django_db
def test_a_nurse_resolves_what_is_back_in_range_and_a_physician_anything_with_a_note(patient):
    alert = alert_of(patient)
    how = {"seen_rang_at": RANG, "at": after(3)}
    with pytest.raises(Refused) as refused:
        resolve_alert(alert.pk, text=" ", by=patient.by_nurse, **how)
    assert codes(refused) == ["not_back_in_range", "words_missing"]
    with pytest.raises(Refused) as refused:
        resolve_alert(alert.pk, text="x" * 401, by=patient.by_physician, **how)
    assert codes(refused) == ["too_long"]
    name = uuid.uuid4()
    for _ in range(2):
        done = resolve_alert(alert.pk, text="known, treated", client_id=name, by=patient.by_physician, **how)
    assert (done.closed_at, done.closed_by, done.close_reason) == (after(3), patient.physician, "known, treated")
    assert (done.next_escalation_at, AlertNote.objects.get().kind) == (None, "resolution")
    sweep(after(12))
    assert tiers(patient) == [(0, "nurse")]
    with pytest.raises(Conflict, match="closed already"):
        resolve_alert(alert.pk, text="again", by=patient.by_physician, **how)
    chart(patient, after(13), **SYSTOLIC)
    assert alert_of(patient).rang_at == after(13), "the next red value is a new alert"


@pytest.mark.django_db
def test_a_nurse_writes_what_was_done_once_the_value_is_back(patient):
    chart(patient, after(3))
    done = resolve_alert(
        alert_of(patient).pk, text="lowered, lies down", seen_rang_at=RANG, by=patient.by_nurse, at=after(4)
    )
    assert (done.close_reason, done.closed_by) == ("lowered, lies down", patient.nurse)


@pytest.mark.django_db
def test_an_overdue_set_is_not_resolved_by_words():
    made = running()
    sweep(MORNING + 40 * MINUTE)
    alert = alert_of(made, "set_overdue")
    with pytest.raises(Refused) as refused:
        resolve_alert(alert.pk, text="later", seen_rang_at=alert.rang_at, by=made.by_physician, at=MORNING + HOUR)
    assert codes(refused) == ["ends_by_a_set"]


@pytest.mark.django_db
def test_notes_say_something_of_a_known_kind_once_though_they_are_sent_twice(patient):
    alert, name = alert_of(patient), uuid.uuid4()
    with pytest.raises(Refused) as refused:
        note_alert(alert.pk, kind=AlertNote.Kind.SNOOZE, text="", by=patient.by_nurse, at=after(1))
    assert codes(refused) == ["kind_unknown", "words_missing"]
    for _ in range(2):
        note_alert(alert.pk, kind=AlertNote.Kind.CALL, text="Dr. X", client_id=name, by=patient.by_nurse, at=after(1))
    assert AlertNote.objects.count() == 1
    with pytest.raises(Refused, match="used before"):
        note_alert(alert.pk, kind=AlertNote.Kind.NOTE, text="Dr. X", client_id=name, by=patient.by_nurse, at=after(1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda alert, **who: acknowledge_alert(alert, seen_rang_at=RANG, **who),
        lambda alert, **who: note_alert(alert, kind=AlertNote.Kind.NOTE, text="x", **who),
        lambda alert, **who: snooze_alert(alert, minutes=5, seen_rang_at=RANG, **who),
        lambda alert, **who: resolve_alert(alert, text="x", seen_rang_at=RANG, **who),
    ],
)
def test_other_wards_administrators_and_processes_do_nothing_to_an_alert(patient, act):
    alert = alert_of(patient)
    stranger, administrator = person(Role.PHYSICIAN, ward=ward()), person(Role.ADMINISTRATOR, ward=patient.ward)
    for who, refusal in (
        (actor(stranger), NotFound),
        (actor(administrator), Forbidden),
        (Actor.process("import", Permission.ACKNOWLEDGE_ALERT), Forbidden),
    ):
        with pytest.raises(refusal):
            act(alert.pk, by=who, at=after(1))
    with pytest.raises(NotFound):
        act(alert.pk + 1000, by=patient.by_physician, at=after(1))
    assert (AlertNote.objects.count(), Acknowledgement.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_two_people_who_look_at_once_are_both_kept_and_one_look_stands(turn, patient):
    other = actor(patient.charge)
    answers = at_once(lambda: acknowledges(patient, after(1)), lambda: acknowledges(patient, after(1), by=other))
    assert not unexpected(answers)
    assert Acknowledgement.objects.count() == 2
    assert alert_of(patient).acknowledgement_expires_at == after(16)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(4))
def test_a_look_and_a_sweep_at_once_either_tell_the_next_or_do_not_and_then_all_is_quiet(turn, patient):
    answers = at_once(lambda: settle_due_stays(at=after(2)), lambda: acknowledges(patient, after(2)))
    assert not unexpected(answers)
    assert not [each for each in answers if isinstance(each, DomainError)]
    sweep(after(16))
    assert tiers(patient)[:1] == [(0, "nurse")]
    assert tiers(patient)[1:] in ([], [(2, "charge_nurse")])
    assert alert_of(patient).acknowledged_at == after(2)
