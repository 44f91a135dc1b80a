"""Sweeps side by side, with a stay that cannot be settled among many, and with nothing to do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from accounts.roles import Role
from bench.bulk import running_stays
from monitoring import settling, sweeps
from monitoring.actions import record_set
from monitoring.models import Alert, Prompt, StayClock
from monitoring.settling import settle_stays
from monitoring.sweeps import PUT_OFF, SWEEP, reevaluate_recent_sets, settle_due_stays
from patients.models import Admission
from tests.factories import MINUTE, MORNING, actor, entry, person, protocol, running, ward

OVERDUE = MORNING + 25 * MINUTE


def many(count):
    """So many stays whose first set comes overdue at 08:25."""
    signed = protocol()
    with connection.cursor() as cursor:
        running_stays(
            cursor,
            count,
            ward_id=ward().pk,
            protocol_id=signed.pk,
            signer_id=signed.signed_by_id,
            started_at=MORNING,
        )
    return list(Admission.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("hours", range(0, 24, 3))
def test_stays_written_by_the_thousand_stand_as_a_start_leaves_them(hours):
    started_at = MORNING + hours * 60 * MINUTE
    made = running(at=started_at)
    signed = protocol()
    with connection.cursor() as cursor:
        running_stays(
            cursor, 1, ward_id=made.ward.pk, protocol_id=signed.pk, signer_id=signed.signed_by_id, started_at=started_at
        )
    bulk = Admission.objects.exclude(pk=made.id).get()

    def prompts(stay):
        columns = ("kind", "due_at", "interval", "overdue_at", "about", "state", "opened_at")
        return list(Prompt.objects.filter(admission_id=stay).order_by("kind").values_list(*columns))

    assert prompts(bulk.pk) == prompts(made.id)
    assert settle_stays([bulk.pk], by=SWEEP, at=started_at + MINUTE) == {}
    assert StayClock.objects.get(admission=bulk).acts_at == StayClock.objects.get(admission_id=made.id).acts_at


def sweep_until_nothing_is_left(at):
    done = 0
    while claimed := settle_due_stays(at=at):
        done += claimed
    return done


@pytest.mark.django_db(transaction=True)
def test_four_sweepers_raise_each_of_a_thousand_overdue_sets_once():
    stays = many(1000)
    together = Barrier(4)

    def sweep(_number):
        together.wait()
        try:
            return sweep_until_nothing_is_left(OVERDUE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(sweep, range(4)))
    assert sum(done) == 1000
    assert sorted(Alert.objects.values_list("admission_id", flat=True)) == stays
    assert set(Alert.objects.values_list("rule", "severity", "count", "first_observed_at")) == {
        ("set_overdue", "yellow", 1, OVERDUE)
    }
    instants = set(StayClock.objects.values_list("acts_at", flat=True))
    assert instants == {MORNING + 30 * MINUTE}, "each stay waits for its next instant"
    assert Prompt.objects.filter(kind="full_set").count() == 1000
    assert not Prompt.objects.exclude(state="open").exists()


@pytest.mark.django_db
def test_a_batch_takes_the_longest_waiting_and_leaves_the_rest():
    stays = many(7)
    StayClock.objects.filter(admission_id=stays[-1]).update(acts_at=OVERDUE - MINUTE)
    assert settle_due_stays(at=OVERDUE, limit=3) == 3
    assert Alert.objects.filter(admission_id=stays[-1]).exists()
    assert Alert.objects.count() == 3
    assert sweep_until_nothing_is_left(OVERDUE) == 4


@pytest.mark.django_db
def test_a_poisoned_stay_is_put_off_with_its_error_and_does_not_stop_the_others(monkeypatch, caplog):
    stays = many(21)
    poisoned = stays[8]
    sound = settling.reconcile

    def refuses_one(facts, *, at):
        if facts.admission_id == poisoned:
            raise ZeroDivisionError("no such dose")
        return sound(facts, at=at)

    monkeypatch.setattr(settling, "reconcile", refuses_one)
    assert settle_due_stays(at=OVERDUE) == 21
    assert set(Alert.objects.values_list("admission_id", flat=True)) == set(stays) - {poisoned}
    aside = StayClock.objects.get(admission_id=poisoned)
    assert (aside.acts_at, aside.failures, aside.failed_at) == (OVERDUE + PUT_OFF, 1, OVERDUE)
    assert aside.error == "ZeroDivisionError"
    assert "stay could not be settled" in caplog.text
    assert f"{poisoned}" in caplog.text
    assert settle_due_stays(at=OVERDUE + PUT_OFF - timedelta(seconds=1)) == 0, "not again every second"
    monkeypatch.setattr(settling, "reconcile", sound)
    assert settle_due_stays(at=OVERDUE + PUT_OFF) == 1
    assert Alert.objects.get(admission_id=poisoned).first_observed_at == OVERDUE


@pytest.fixture
def poisoned(monkeypatch):
    """Makes stays impossible to settle, and well again: a set of their ids."""
    ids = set()
    sound = settling.reconcile

    def refuses_some(facts, *, at):
        if facts.admission_id in ids:
            raise ZeroDivisionError("no such dose")
        return sound(facts, at=at)

    monkeypatch.setattr(settling, "reconcile", refuses_some)
    return ids


@pytest.mark.django_db
def test_a_stay_that_goes_on_failing_is_tried_after_1_2_4_8_and_then_every_15_minutes(poisoned):
    (stay,) = many(1)
    poisoned.add(stay)
    at, waits = OVERDUE, []
    for _ in range(7):
        assert settle_due_stays(at=at) == 1
        put_off = StayClock.objects.get().acts_at
        waits.append((put_off - at) / MINUTE)
        assert settle_due_stays(at=put_off - timedelta(seconds=1)) == 0
        at = put_off
    assert waits == [1, 2, 4, 8, 15, 15, 15]
    clock = StayClock.objects.get()
    assert (clock.failures, clock.failed_at) == (7, OVERDUE), "since when it was set aside is the first of them"


@pytest.mark.django_db
def test_whoever_settles_a_stay_that_was_set_aside_takes_it_back(poisoned):
    patient = running()
    poisoned.add(patient.id)
    settle_due_stays(at=OVERDUE)
    assert StayClock.objects.get().failures == 1
    poisoned.clear()
    record_set(patient.id, entry=entry(OVERDUE), by=patient.by_nurse, at=OVERDUE)
    clock = StayClock.objects.get()
    assert (clock.failures, clock.failed_at, clock.error) == (0, None, "")


@pytest.mark.django_db
def test_a_stay_is_taken_back_though_it_waits_for_the_same_instant_as_before():
    patient = running()
    settle_due_stays(at=OVERDUE)
    clock = StayClock.objects.get()
    StayClock.objects.update(failures=3, failed_at=OVERDUE, error="ValueError")
    settle_stays([patient.id], by=SWEEP, at=OVERDUE + MINUTE)
    after = StayClock.objects.get()
    assert (after.acts_at, after.failures, after.failed_at, after.error) == (clock.acts_at, 0, None, "")


@pytest.mark.django_db
def test_pages_are_told_when_a_stay_is_set_aside_first_and_when_it_is_taken_back(poisoned):
    (stay,) = many(1)

    def version():
        return Admission.objects.get(pk=stay).version

    poisoned.add(stay)
    before = version()
    settle_due_stays(at=OVERDUE)
    assert version() == before + 1
    settle_due_stays(at=OVERDUE + PUT_OFF)
    assert version() == before + 1, "that it still fails is no news"
    poisoned.clear()
    settle_due_stays(at=OVERDUE + 3 * PUT_OFF)
    assert version() == before + 2


@pytest.mark.django_db
def test_a_stay_that_only_its_recent_sets_poison_keeps_the_instant_it_waits_for(poisoned):
    patient = running()
    charted_at = MORNING + 15 * MINUTE
    record_set(patient.id, entry=entry(charted_at), by=patient.by_nurse, at=charted_at)
    acts_at = StayClock.objects.get().acts_at
    assert acts_at == MORNING + 40 * MINUTE
    poisoned.add(patient.id)
    assert reevaluate_recent_sets(at=charted_at + MINUTE) == 1
    assert StayClock.objects.get().acts_at == charted_at + MINUTE + PUT_OFF, "tried sooner, never later"
    assert reevaluate_recent_sets(at=charted_at + MINUTE + timedelta(seconds=10)) == 0, (
        "left to the sweep of what is due"
    )
    StayClock.objects.update(acts_at=acts_at, failures=0, failed_at=None)
    assert reevaluate_recent_sets(at=acts_at - timedelta(seconds=16 * 60)) == 1
    assert StayClock.objects.get().acts_at <= acts_at


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_sets_nobody_aside(monkeypatch):
    many(4)

    def loses_the_connection(facts, *, at):
        connection.connection.close()
        raise ZeroDivisionError

    monkeypatch.setattr(settling, "reconcile", loses_the_connection)
    with pytest.raises(ZeroDivisionError):
        settle_due_stays(at=OVERDUE)
    connection.close()
    assert not StayClock.objects.exclude(failures=0).exists()


@pytest.mark.django_db
def test_recent_sets_are_claimed_a_hundred_at_a_time_and_none_is_left_out(monkeypatch):
    stays = many(7)
    at = MORNING + 15 * MINUTE
    nurse = person(Role.NURSE, ward=Admission.objects.get(pk=stays[0]).ward)
    for stay in stays:
        record_set(stay, entry=entry(at), by=actor(nurse), at=at)
    seen = []
    sound = sweeps.settle_stays
    monkeypatch.setattr(sweeps, "settle_stays", lambda ids, **how: seen.append(list(ids)) or sound(ids, **how))
    assert reevaluate_recent_sets(at=at + MINUTE, limit=3) == 7
    assert seen == [stays[:3], stays[3:6], stays[6:]]


@pytest.mark.django_db(transaction=True)
def test_a_stay_that_somebody_is_charting_is_left_for_the_next_second():
    stays = many(3)

    def sweep():
        try:
            return settle_due_stays(at=OVERDUE)
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        Admission.objects.select_for_update(no_key=True).get(pk=stays[0])
        assert other.submit(sweep).result(timeout=10) == 2
    assert settle_due_stays(at=OVERDUE) == 1
    assert Alert.objects.count() == 3


@pytest.mark.django_db
def test_a_sweep_with_nothing_to_do_is_one_statement(django_assert_num_queries):
    many(50)
    with django_assert_num_queries(1):
        assert settle_due_stays(at=OVERDUE - MINUTE) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 40])
def test_the_statements_of_a_sweep_do_not_grow_with_the_stays_that_are_due(django_assert_max_num_queries, count):
    many(count)
    with django_assert_max_num_queries(14):
        assert settle_due_stays(at=OVERDUE) == count


@pytest.mark.django_db
def test_sweeping_again_over_settled_stays_changes_nothing():
    patient = running()
    settle_due_stays(at=OVERDUE)
    versions = list(Admission.objects.values_list("version", flat=True))
    assert settle_due_stays(at=OVERDUE) == 0
    reevaluate_recent_sets(at=OVERDUE)
    assert list(Admission.objects.values_list("version", flat=True)) == versions
    assert Alert.objects.get(admission_id=patient.id).count == 1
