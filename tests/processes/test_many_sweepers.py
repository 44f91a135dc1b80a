"""Real workers, beats and the standby over one database and one Redis: each thing is raised once, whoever is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.db import connection

from bench.bulk import running_stays
from core import clock
from core.children import signal_group, spawn, stop
from core.places import PROJECT
from core.procfile import environment_of, read_procfile, shell_argv
from monitoring.models import Alert, Prompt
from monitoring.sweeps import BATCH
from patients.models import Admission
from realtime.heartbeat import beat, marks
from tests.factories import protocol, ward
from tests.processes.processes import eventually

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

STAYS = 40
APART = timedelta(milliseconds=200)
UP_WITHIN_S = 60.0
MANY = 1000

Start = Callable[..., tuple[subprocess.Popen[bytes], Path]]


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Generator[Start, None, None]:
    """Start a process by the Procfile's own line; all are gone before the database is brought back."""
    with ExitStack() as started:

        def start_one(name: str, **environ: str) -> tuple[subprocess.Popen[bytes], Path]:
            log = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}.log"
            env = {**environment_of(name, os.environ), "WORKER_CONCURRENCY": "1", **environ}
            with log.open("wb") as output:
                child = spawn(shell_argv(read_procfile()[name]), env=env, output=output, cwd=PROJECT)
            started.callback(stop, child, first=signal.SIGTERM, grace_s=10)
            return child, log

        yield start_one
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.flushdb()


def workers_waiting() -> int:
    """How many workers wait at the queue. (They show in no other list: each task connects to PostgreSQL anew.)"""
    with redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as broker:
        ours = str(broker.connection_pool.connection_kwargs["db"])
        return sum(client["cmd"] == "brpop" and client["db"] == ours for client in broker.client_list())


def overdue_stays(count: int, *, in_s: float, apart: timedelta = timedelta(0)) -> list[int]:
    """So many stays, the first of which comes overdue in `in_s` seconds."""
    signed = protocol(at=clock.now())
    with connection.cursor() as cursor:
        running_stays(
            cursor,
            count,
            ward_id=ward().pk,
            protocol_id=signed.pk,
            signer_id=signed.signed_by_id,
            started_at=clock.now() - timedelta(minutes=25) + timedelta(seconds=in_s),
            apart=apart,
        )
    return sorted(Admission.objects.values_list("pk", flat=True))


def assert_each_rang_once(stays: list[int]) -> None:
    alerts = Alert.objects.filter(rule="set_overdue")
    assert sorted(alerts.values_list("admission_id", flat=True)) == stays
    assert Alert.objects.count() == len(stays)
    assert set(alerts.values_list("count", flat=True)) == {1}
    sets = Prompt.objects.filter(kind="full_set")
    assert sorted(sets.open().values_list("admission_id", flat=True)) == stays
    assert sets.count() == len(stays)


def test_four_workers_two_beats_and_a_standby_raise_each_overdue_set_once(start):
    logs = [start(name)[1] for name in ("worker",) * 4 + ("beat",) * 2 + ("watch",)]
    everybody_is_there = lambda: None not in (marks().chain, marks().standby) and workers_waiting() == 4  # noqa: E731
    assert eventually(everybody_is_there, within_s=UP_WITHIN_S), [log.read_text() for log in logs]
    # The chain's mark cannot be believed, so the standby sweeps beside a chain that does.
    beat(at=clock.now() + timedelta(hours=1))
    assert eventually(lambda: "standby.watches" in logs[-1].read_text())
    stays = overdue_stays(STAYS, in_s=2, apart=APART)
    assert len(stays) == STAYS
    assert not Alert.objects.exists()
    assert eventually(lambda: Alert.objects.count() >= STAYS, within_s=30)
    time.sleep(3)  # what would be raised twice would be by now: every worker has swept some more
    assert_each_rang_once(stays)
    lags = [alert.raised_at - alert.first_observed_at for alert in Alert.objects.all()]
    assert max(lags) < timedelta(seconds=10)
    assert [log.read_text() for log in logs if "Traceback" in log.read_text()] == []


SWEEPING = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'worker' AND datname = current_database() AND xact_start IS NOT NULL
"""


def is_sweeping() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SWEEPING)
        return bool(cursor.fetchone()[0])


def test_a_worker_killed_in_the_middle_of_a_sweep_loses_and_doubles_nothing(start):
    victim, log = start("worker")
    start("beat")
    assert eventually(lambda: marks().chain is not None, within_s=UP_WITHIN_S), log.read_text()
    stays = overdue_stays(MANY, in_s=1)
    until = time.monotonic() + 20
    while not (Alert.objects.exists() and is_sweeping()):
        assert time.monotonic() < until, "no sweep was seen at its work"
    signal_group(victim.pid, signal.SIGKILL)
    time.sleep(0.5)
    done = Alert.objects.count()
    assert 0 < done < MANY
    assert done % BATCH == 0, "what was in hand is rolled back as a whole"
    start("worker")
    assert eventually(lambda: Alert.objects.count() >= MANY, within_s=40)
    time.sleep(2)
    assert_each_rang_once(stays)


def test_the_standby_alone_raises_what_is_overdue_and_never_opens_redis(start):
    with socket.create_server(("127.0.0.1", 0)) as redis_port:
        redis_port.settimeout(0)
        address = f"redis://127.0.0.1:{redis_port.getsockname()[1]}/0"
        process, log = start("watch", REDIS_URL=address)
        assert eventually(lambda: marks().standby is not None, within_s=UP_WITHIN_S), log.read_text()
        stays = overdue_stays(3, in_s=1)
        assert eventually(lambda: Alert.objects.count() == 3, within_s=6)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'watch' AND datname = current_database()"
            )
            assert cursor.fetchall() == [(True,)]
        cut_at = clock.now()
        assert eventually(lambda: (marks().standby or cut_at) > cut_at, within_s=5), (
            "it came back after its connection was cut"
        )
        assert_each_rang_once(stays)
        assert marks().chain is None, "it does not speak for the chain"
        with pytest.raises(BlockingIOError):
            redis_port.accept()
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - asked < 3
        assert log.read_text().count("standby.cannot_come_round") == 1
