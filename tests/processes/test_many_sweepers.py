"""Four real workers and two real beats over one database and one Redis: each thing is raised once."""

from __future__ import annotations

import os
import signal
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
from core.children import spawn, stop
from core.places import PROJECT
from core.procfile import environment_of, read_procfile, shell_argv
from monitoring.models import Alert, Prompt
from patients.models import Admission
from realtime.heartbeat import marks
from tests.factories import protocol, ward
from tests.processes.processes import eventually

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

STAYS = 40
APART = timedelta(milliseconds=200)
UP_WITHIN_S = 60.0


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Generator[Callable[[str], Path], None, None]:
    """Start a process by the Procfile's own line; all are gone before the database is brought back."""
    with ExitStack() as started:

        def start_one(name: str) -> Path:
            log = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}.log"
            env = {**environment_of(name, os.environ), "WORKER_CONCURRENCY": "1"}
            with log.open("wb") as output:
                child = spawn(shell_argv(read_procfile()[name]), env=env, output=output, cwd=PROJECT)
            started.callback(stop, child, first=signal.SIGTERM, grace_s=10)
            return log

        yield start_one
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.flushdb()


def workers_waiting() -> int:
    """How many workers wait at the queue. (They show in no other list: each task connects to PostgreSQL anew.)"""
    with redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as broker:
        ours = str(broker.connection_pool.connection_kwargs["db"])
        return sum(client["cmd"] == "brpop" and client["db"] == ours for client in broker.client_list())


def test_four_workers_and_two_beats_raise_each_overdue_set_once(start):
    logs = [start(name) for name in ("worker",) * 4 + ("beat",) * 2]
    assert eventually(lambda: marks().chain is not None and workers_waiting() == 4, within_s=UP_WITHIN_S), [
        log.read_text() for log in logs
    ]
    signed = protocol(at=clock.now())
    with connection.cursor() as cursor:
        running_stays(
            cursor,
            STAYS,
            ward_id=ward().pk,
            protocol_id=signed.pk,
            signer_id=signed.signed_by_id,
            # The first comes overdue in two seconds, the last 8 s later.
            started_at=clock.now() - timedelta(minutes=25) + timedelta(seconds=2),
            apart=APART,
        )
    stays = sorted(Admission.objects.values_list("pk", flat=True))
    assert len(stays) == STAYS
    assert not Alert.objects.exists()
    assert eventually(lambda: Alert.objects.count() >= STAYS, within_s=30)
    time.sleep(3)  # what would be raised twice would be by now: every worker has swept some more
    alerts = Alert.objects.filter(rule="set_overdue")
    assert sorted(alerts.values_list("admission_id", flat=True)) == stays
    assert Alert.objects.count() == STAYS
    assert set(alerts.values_list("count", flat=True)) == {1}
    assert sorted(Prompt.objects.open().values_list("admission_id", flat=True)) == stays
    assert Prompt.objects.count() == STAYS
    lags = [alert.raised_at - alert.first_observed_at for alert in alerts]
    assert max(lags) < timedelta(seconds=10)
    assert [log.read_text() for log in logs if "Traceback" in log.read_text()] == []
