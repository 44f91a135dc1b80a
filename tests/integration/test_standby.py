"""The standby: it rests while the chain lives, does beat's work while it does not, and never speaks for the chain."""

from datetime import timedelta

import pytest
from django.conf import settings

from monitoring import standby as standbys
from monitoring.models import Alert
from monitoring.standby import SWEEPS, Standby
from realtime.heartbeat import Marks, beat, marks
from tests.factories import MINUTE, MORNING, running

pytestmark = pytest.mark.django_db

OVERDUE = MORNING + 25 * MINUTE
SECOND = timedelta(seconds=1)


def test_it_stands_in_for_every_line_of_beats_schedule_but_the_heartbeat():
    scheduled = {
        line["task"]: timedelta(seconds=line["schedule"])
        for line in settings.CELERY_BEAT_SCHEDULE.values()
        if line["task"] != "realtime.heartbeat"
    }
    assert {sweep.task: sweep.every for sweep in SWEEPS} == scheduled


def test_while_the_chain_beats_it_only_leaves_its_own_mark():
    running()
    beat(at=OVERDUE - 2 * SECOND)
    assert Standby().come_round(at=OVERDUE) is False
    assert marks() == Marks(chain=OVERDUE - 2 * SECOND, standby=OVERDUE)
    assert not Alert.objects.exists()


@pytest.mark.parametrize("chain", [OVERDUE - 3 * SECOND, OVERDUE - 60 * MINUTE, None])
def test_where_the_chain_does_not_it_raises_what_is_overdue_and_leaves_the_chains_mark_alone(chain):
    patient = running()
    if chain is not None:
        beat(at=chain)
    standby = Standby()
    assert standby.come_round(at=OVERDUE) is True, "there may be more"
    assert standby.come_round(at=OVERDUE) is False
    assert Alert.objects.get(admission_id=patient.id).rule == "set_overdue"
    assert marks() == Marks(chain=chain, standby=OVERDUE)


def test_it_gives_the_work_back_as_soon_as_the_chain_beats_again():
    running()
    standby = Standby()
    standby.come_round(at=MORNING)
    assert standby.is_watching
    beat(at=OVERDUE)
    standby.come_round(at=OVERDUE)
    assert not standby.is_watching
    assert not Alert.objects.exists()


@pytest.fixture
def swept(monkeypatch):
    """Which sweeps ran when, in place of the sweeps themselves; one of them may be told to fail."""
    runs = []
    failing = set()

    def pretend(sweep):
        def run(*, at):
            runs.append((sweep.task.partition(".")[2], (at - MORNING) // SECOND))
            if sweep.task in failing:
                raise ZeroDivisionError(sweep.task)
            return 0

        return standbys.Sweep(sweep.task, sweep.every, run, sweep.in_batches)

    monkeypatch.setattr(standbys, "SWEEPS", tuple(pretend(sweep) for sweep in SWEEPS))
    return runs, failing


def test_each_sweep_keeps_beats_period_though_rounds_come_a_little_early_or_late(swept):
    runs, _ = swept
    standby = Standby()
    for number in range(21):
        standby.come_round(at=MORNING + number * SECOND + (number % 3) * timedelta(milliseconds=30))
    assert [at for name, at in runs if name == "settle_due_stays"] == list(range(21))
    assert [at for name, at in runs if name == "reevaluate_recent_sets"] == [0, 10, 20]
    assert [at for name, at in runs if name == "end_emergency_access"] == [0, 10, 20]


def test_a_sweep_that_fails_keeps_no_other_from_its_turn_and_no_mark_says_that_somebody_watches(swept):
    runs, failing = swept
    failing.add("monitoring.settle_due_stays")
    with pytest.raises(ZeroDivisionError):
        Standby().come_round(at=MORNING)
    assert {name for name, _ in runs} == {"settle_due_stays", "reevaluate_recent_sets", "end_emergency_access"}
    assert marks().standby is None
