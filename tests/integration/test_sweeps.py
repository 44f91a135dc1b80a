"""Sweeps side by side, with a stay that cannot be settled among many, and with nothing to do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from bench.bulk import running_stays
from monitoring import settling
from monitoring.models import Alert, Prompt, StayClock
from monitoring.sweeps import PUT_OFF, raise_overdue_sets, reevaluate_recent_sets
from patients.models import Admission
from tests.factories import MINUTE, MORNING, protocol, running, ward

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


def sweep_until_nothing_is_left(at):
    done = 0
    while claimed := raise_overdue_sets(at=at):
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
    assert Prompt.objects.count() == 1000


@pytest.mark.django_db
def test_a_batch_takes_the_longest_waiting_and_leaves_the_rest():
    stays = many(7)
    StayClock.objects.filter(admission_id=stays[-1]).update(acts_at=OVERDUE - MINUTE)
    assert raise_overdue_sets(at=OVERDUE, limit=3) == 3
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
    assert raise_overdue_sets(at=OVERDUE) == 21
    assert set(Alert.objects.values_list("admission_id", flat=True)) == set(stays) - {poisoned}
    aside = StayClock.objects.get(admission_id=poisoned)
    assert (aside.acts_at, aside.failures, aside.failed_at) == (OVERDUE + PUT_OFF, 1, OVERDUE)
    assert aside.error == "ZeroDivisionError"
    assert "stay could not be settled" in caplog.text
    assert f"{poisoned}" in caplog.text
    assert raise_overdue_sets(at=OVERDUE + PUT_OFF - timedelta(seconds=1)) == 0, "not again every second"
    monkeypatch.setattr(settling, "reconcile", sound)
    assert raise_overdue_sets(at=OVERDUE + PUT_OFF) == 1
    assert Alert.objects.get(admission_id=poisoned).first_observed_at == OVERDUE


@pytest.mark.django_db(transaction=True)
def test_a_stay_that_somebody_is_charting_is_left_for_the_next_second():
    stays = many(3)

    def sweep():
        try:
            return raise_overdue_sets(at=OVERDUE)
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        Admission.objects.select_for_update(no_key=True).get(pk=stays[0])
        assert other.submit(sweep).result(timeout=10) == 2
    assert raise_overdue_sets(at=OVERDUE) == 1
    assert Alert.objects.count() == 3


@pytest.mark.django_db
def test_a_sweep_with_nothing_to_do_is_one_statement(django_assert_num_queries):
    many(50)
    with django_assert_num_queries(1):
        assert raise_overdue_sets(at=OVERDUE - MINUTE) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 40])
def test_the_statements_of_a_sweep_do_not_grow_with_the_stays_that_are_due(django_assert_max_num_queries, count):
    many(count)
    with django_assert_max_num_queries(12):
        assert raise_overdue_sets(at=OVERDUE) == count


@pytest.mark.django_db
def test_sweeping_again_over_settled_stays_changes_nothing():
    patient = running()
    raise_overdue_sets(at=OVERDUE)
    versions = list(Admission.objects.values_list("version", flat=True))
    assert raise_overdue_sets(at=OVERDUE) == 0
    reevaluate_recent_sets(at=OVERDUE)
    assert list(Admission.objects.values_list("version", flat=True)) == versions
    assert Alert.objects.get(admission_id=patient.id).count == 1
