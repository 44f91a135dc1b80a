"""Two people, or four sweepers, at the same instant on the same stay: one after the other, or a sentence."""

import threading
import uuid
from functools import partial

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts.actor import Actor
from accounts.middleware import as_refusal
from accounts.roles import Permission, Role
from core.errors import Conflict, DomainError, Refused
from infusion.actions import stop_infusion
from infusion.models import DeliveryEvent, Segment
from monitoring.actions import (
    acknowledge_alert,
    correct_set,
    record_adverse_event,
    record_set,
    resolve_alert,
    snooze_alert,
)
from monitoring.domain.severity import Rule
from monitoring.models import Acknowledgement, AdverseEvent, Alert, Notification, ObservationSet, Prompt
from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays
from patients.actions import discharge_patient
from patients.models import Admission, Disposition
from patients.selectors import lock_admission
from tests.factories import HOUR, MINUTE, MORNING, actor, entry, person, running, ward

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """What each act answered or raised, all of them let go at the same instant, each on a connection of its own."""
    answers, gate = [None] * len(acts), threading.Barrier(len(acts))

    def run(number, act):
        try:
            connection.ensure_connection()
            gate.wait(10)
            answers[number] = act()
        except Exception as error:
            answers[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return answers


def unexpected(answers):
    """What nobody should see at the edge: an error that is neither a refusal nor a row held too long."""
    return [each for each in answers if isinstance(each, BaseException) and as_refusal(each) is None]


def another_nurse(patient):
    return actor(person(Role.NURSE, ward=patient.ward))


def chart(patient, at, *, by=None, **changed):
    by = by or patient.by_nurse
    return lambda: record_set(patient.id, entry=entry(at, **changed), by=by, at=at)


@pytest.mark.parametrize("turn", range(3))
def test_two_nurses_who_chart_at_once_are_both_kept_and_end_one_prompt(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    answers = at_once(chart(patient, at), chart(patient, at, by=another_nurse(patient), pain=3))
    assert not unexpected(answers)
    assert len({each.set.pk for each in answers}) == ObservationSet.objects.count() == 2
    assert [p.due_at for p in Prompt.objects.filter(kind="full_set", state="done")] == [MORNING + 15 * MINUTE]
    assert [p.due_at for p in Prompt.objects.filter(kind="full_set", state="open")] == [at + 15 * MINUTE]


@pytest.mark.parametrize("turn", range(3))
def test_two_nurses_who_see_the_same_red_value_raise_one_alert_with_two_sets(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    answers = at_once(chart(patient, at, spo2=88), chart(patient, at, spo2=89, by=another_nurse(patient)))
    assert not unexpected(answers)
    alert = Alert.objects.get(rule="spo2")
    assert (alert.count, sorted(alert.evidence)) == (2, sorted(each.set.pk for each in answers))


@pytest.mark.parametrize("turn", range(3))
def test_the_same_set_sent_twice_at_once_is_one_row(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    same = entry(at, client_id=uuid.uuid4())
    answers = at_once(*[lambda: record_set(patient.id, entry=same, by=patient.by_nurse, at=at)] * 3)
    assert not unexpected(answers)
    assert sorted(each.is_new for each in answers) == [False, False, True]
    assert len({each.set.pk for each in answers}) == ObservationSet.objects.count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_the_same_id_for_two_patients_at_once_is_refused_to_one(turn):
    place = ward()
    one, other = running(on=place), running(on=place)
    same, at = entry(MORNING + 15 * MINUTE), MORNING + 15 * MINUTE
    answers = at_once(
        lambda: record_set(one.id, entry=same, by=one.by_nurse, at=at),
        lambda: record_set(other.id, entry=same, by=other.by_nurse, at=at),
    )
    (refused,) = [each for each in answers if isinstance(each, Exception)]
    assert isinstance(refused, Refused)
    assert refused.code == "client_id_reused"
    assert ObservationSet.objects.count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_a_stop_and_a_set_at_once_are_both_kept(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    answers = at_once(
        chart(patient, at), lambda: stop_infusion(patient.id, effective_at=at, by=another_nurse(patient), at=at)
    )
    assert not [each for each in answers if isinstance(each, Exception)]
    assert Segment.objects.get().ended_at == at
    assert Prompt.objects.get(kind="full_set", state="open").due_at == at + 30 * MINUTE


@pytest.mark.parametrize("turn", range(3))
def test_two_stops_at_once_are_one(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    stop = [
        lambda by=by: stop_infusion(patient.id, effective_at=at, by=by, at=at)
        for by in (patient.by_nurse, another_nurse(patient))
    ]
    assert not [each for each in at_once(*stop) if isinstance(each, Exception)]
    assert DeliveryEvent.objects.filter(kind="stopped").count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_of_a_set_and_a_discharge_at_once_either_comes_first(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    stop_infusion(patient.id, effective_at=MORNING, by=patient.by_nurse, at=MORNING + MINUTE)
    charted, left = at_once(
        chart(patient, at, heart_rate=140),
        lambda: discharge_patient(
            patient.id, disposition=Disposition.ICU, reason="worse", by=patient.by_physician, at=at
        ),
    )
    assert isinstance(left, Admission), "the patient leaves whatever is charted"
    assert not Prompt.objects.filter(state="open").exists()
    assert not Alert.objects.filter(closed_at=None).exists()
    if isinstance(charted, Exception):
        assert isinstance(charted, Refused)
        assert "the chart is closed" in charted.sentence
        assert not ObservationSet.objects.exists()
    else:
        assert Alert.objects.get(rule="heart_rate").close_reason == "the patient left: intensive care"


@pytest.mark.parametrize("turn", range(3))
def test_of_two_corrections_of_one_set_one_is_a_conflict(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    wrong = record_set(patient.id, entry=entry(at, heart_rate=184), by=patient.by_nurse, at=at).set
    corrections = [
        lambda by=by: correct_set(wrong.pk, entry=entry(at), reason="typed wrong", by=by, at=at + MINUTE)
        for by in (patient.by_nurse, another_nurse(patient))
    ]
    (conflict,) = [each for each in at_once(*corrections) if isinstance(each, Exception)]
    assert isinstance(conflict, Conflict)
    assert conflict.code == "already_corrected"
    assert ObservationSet.objects.filter(corrects=wrong).count() == 1


@pytest.mark.parametrize("turn", range(4))
def test_nobody_acknowledges_a_worsening_that_they_did_not_see(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(at, heart_rate=135), by=patient.by_nurse, at=at)
    alert, later = Alert.objects.get(rule="heart_rate"), at + 10 * MINUTE
    looked, _worse = at_once(
        lambda: acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=another_nurse(patient), at=later),
        chart(patient, later, heart_rate=150),
    )
    alert.refresh_from_db()
    assert (alert.rang_at, alert.acknowledged_at, alert.number) == (later, None, 150)
    if isinstance(looked, Exception):
        assert isinstance(looked, Conflict)
        assert not Acknowledgement.objects.exists()
    else:
        assert Acknowledgement.objects.get().number == 135


def test_four_sweepers_raise_each_overdue_set_once():
    place = ward()
    patients = [running(on=place) for _ in range(12)]
    answers = at_once(*[lambda: settle_due_stays(at=MORNING + 26 * MINUTE)] * 4)
    assert not unexpected(answers)
    assert sum(answers) >= len(patients)
    assert settle_due_stays(at=MORNING + 26 * MINUTE) == 0
    assert Alert.objects.filter(rule="set_overdue").count() == len(patients)
    answers = at_once(*[lambda: settle_due_stays(at=MORNING + 3 * HOUR)] * 4)
    assert not unexpected(answers)
    assert Alert.objects.filter(rule="set_overdue").count() == len(patients)
    assert Prompt.objects.filter(kind="full_set", state="missed").count() == 7 * len(patients)
    assert Prompt.objects.open().filter(kind="full_set").count() == len(patients)


def test_sweepers_and_nurses_do_not_wait_for_each_other_for_ever():
    place = ward()
    patients = [running(on=place) for _ in range(4)]
    at = MORNING + 26 * MINUTE
    for patient in patients:
        record_set(patient.id, entry=entry(at, sedation=None, spo2=88), by=patient.by_nurse, at=at)
    answers = at_once(
        *[chart(patient, at, heart_rate=140) for patient in patients],
        *[lambda: settle_due_stays(at=at)] * 2,
        *[lambda: reevaluate_recent_sets(at=at)] * 2,
    )
    assert not [each for each in answers if isinstance(each, Exception)]
    assert Alert.objects.filter(rule="heart_rate", count=1).count() == len(patients)
    assert Alert.objects.filter(rule="set_overdue").count() <= len(patients)
    assert not Alert.objects.filter(rule="set_overdue", closed_at=None).exists()


def test_a_row_that_somebody_holds_too_long_is_a_conflict_in_plain_words():
    patient, at = running(), MORNING + 15 * MINUTE
    holds, let_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            lock_admission(patient.id, by=Actor.process("test", Permission.CHART), may=Permission.CHART)
            holds.set()
            let_go.wait(20)

    def wait():
        holds.wait(10)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '150ms'")
            return chart(patient, at)()
        finally:
            let_go.set()

    _, refused = at_once(hold, wait)
    assert isinstance(refused, OperationalError)
    conflict = as_refusal(refused)
    assert isinstance(conflict, Conflict)
    assert (conflict.status, conflict.code) == (409, "held_by_another")
    assert conflict.sentence.endswith("Nothing was saved; try again.")
    assert not ObservationSet.objects.exists()


def test_every_connection_gives_up_on_a_held_row_after_three_seconds():
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)


def test_an_error_that_is_no_refusal_stays_one():
    assert as_refusal(OperationalError("the server closed the connection")) is None
    assert isinstance(as_refusal(Conflict("a", "b")), DomainError)


@pytest.mark.parametrize("turn", range(2))
def test_an_event_tapped_twice_at_once_is_one_event_and_one_ring(turn):
    patient, at, name = running(), MORNING + 15 * MINUTE, uuid.uuid4()
    tap = partial(record_adverse_event, patient.id, kind=Rule.FALL, client_id=name, by=patient.by_nurse, at=at)
    assert not unexpected(at_once(tap, tap))
    assert (AdverseEvent.objects.count(), Alert.objects.filter(rule="fall").count()) == (1, 1)
    assert Notification.objects.filter(alert__rule="fall").count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_a_resolution_and_a_new_red_value_at_once_leave_a_red_alert_for_what_came_last(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    chart(patient, at, systolic=184)()
    alert = Alert.objects.get(rule="systolic")
    later = at + 5 * MINUTE
    done = partial(resolve_alert, alert.pk, text="seen", seen_rang_at=alert.rang_at, by=patient.by_physician, at=later)
    answers = at_once(done, chart(patient, later, systolic=196))
    assert not unexpected(answers)
    newest = ObservationSet.objects.latest("id").pk
    (of_newest,) = Alert.objects.filter(rule="systolic", evidence__contains=[newest])
    assert (of_newest.closed_at, of_newest.rang_at) == (None, later)
    assert isinstance(answers[0], Conflict) is (of_newest.pk == alert.pk)


@pytest.mark.parametrize("turn", range(3))
def test_a_snooze_and_a_sweep_at_once_lose_no_ring(turn):
    patient, at = running(), MORNING + 15 * MINUTE
    chart(patient, at, systolic=184)()
    alert, later = Alert.objects.get(rule="systolic"), at + 2 * MINUTE
    off = partial(snooze_alert, alert.pk, minutes=10, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=later)
    assert not unexpected(at_once(off, partial(settle_due_stays, at=later), partial(settle_due_stays, at=later)))
    while settle_due_stays(at=later + 10 * MINUTE):
        pass
    alert.refresh_from_db()
    assert (alert.rang_at, alert.snoozed_until, alert.told) == (later + 10 * MINUTE, None, 1)
