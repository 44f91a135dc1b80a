"""Redis gone for a minute and a half while one stay comes overdue each second: the standby raises every one in time."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.processes.a_ward import Ward, dead, open_ward, seconds_until
from tests.processes.processes import children_of, eventually

GONE_S = 90.0
# A second apart, from before Redis goes until after it is back.
STAYS = int(GONE_S) + 30
LATEST = timedelta(seconds=6)
# The chain's mark is lost after 10 s; a second for the last one to have been young, one for our own asking.
SAID_WITHIN_S = 12.5
HEALED_WITHIN_S = 60.0

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.timeout(600)]

# By the set that comes overdue 25 min after the start, of the stays that this test added.
RUNG = """
SELECT l.admission_id, l.first_observed_at FROM monitoring_alert l
JOIN patients_admission a ON a.id = l.admission_id JOIN patients_patient p ON p.id = a.patient_id
WHERE l.rule = 'set_overdue' AND p.medical_record_number LIKE 'BULK-%%'
"""
DOUBLED = """
SELECT admission_id FROM monitoring_alert WHERE rule = 'set_overdue' GROUP BY 1 HAVING count(*) > 1 OR max(count) > 1
"""
STANDBY = "SELECT beat_at FROM realtime_heartbeat WHERE watcher = 'standby'"


@pytest.fixture
def ward(tmp_path: Path) -> Generator[Ward, None, None]:
    with open_ward(tmp_path, "gone") as opened:
        yield opened


def who_watches(ward: Ward) -> tuple[int, str]:
    status, body = ward.get("/healthz")
    return status, json.loads(body)["watching"]


def watch_alerts(ward: Ward, lags: dict[int, timedelta], *, until: float) -> None:
    """Note how long after its set came overdue each alert could be read, which is after its commit."""
    while time.monotonic() < until:
        found, seen_at = ward.query(RUNG), datetime.now(UTC)
        for stay, overdue_at in found:
            lags.setdefault(stay, seen_at - overdue_at)
        time.sleep(0.2)


def test_no_alert_is_later_than_six_seconds_while_redis_is_gone_and_none_is_doubled(ward):
    seconds_until(ward, 200, within_s=HEALED_WITHIN_S)
    assert who_watches(ward) == (200, "chain")
    ward.sign_in()
    (ward_id,), *_ = ward.query("SELECT id FROM patients_ward")
    began, lags = time.monotonic(), {}
    ward.add_stays(
        STAYS,
        started_at=datetime.now(UTC) - timedelta(minutes=25) + timedelta(seconds=5),
        apart=timedelta(seconds=1),
        first=1,
    )
    with dead(ward, "redis-server"):
        gone = time.monotonic()
        watch_alerts(ward, lags, until=gone + SAID_WITHIN_S)
        assert who_watches(ward) == (503, "standby")
        page = ward.get(f"/wards/{ward_id}/")[1]
        assert 'data-heartbeat="standby"' in page
        assert 'data-heartbeat="lost"' not in page
        watch_alerts(ward, lags, until=gone + GONE_S)
    watch_alerts(ward, lags, until=began + STAYS + 15)
    worst = max(lags.values())
    print(f"{len(lags)} sets came overdue, the latest alert {worst.total_seconds():.1f} s after its time")  # noqa: T201
    assert len(lags) == STAYS
    assert worst < LATEST
    assert ward.query(DOUBLED) == []
    seconds_until(ward, 200, within_s=HEALED_WITHIN_S)
    assert who_watches(ward) == (200, "chain")
    assert "data-heartbeat" not in ward.get(f"/wards/{ward_id}/")[1]


def test_the_standby_outlives_a_postgres_that_is_killed_and_comes_back(ward):
    seconds_until(ward, 200, within_s=HEALED_WITHIN_S)
    watches = {pid for pid, command in children_of(ward.launcher.pid).items() if "manage.py watch" in command}
    with dead(ward, "redis-server"):
        assert eventually(lambda: who_watches(ward) == (503, "standby"), within_s=SAID_WITHIN_S)
        for pid, command in children_of(ward.launcher.pid).items():
            if "bin/postgres -D" in command:
                os.kill(pid, signal.SIGKILL)
        killed_at = datetime.now(UTC)
        assert eventually(lambda: came_round_since(ward, killed_at), within_s=30)
        ward.add_stays(1, started_at=datetime.now(UTC) - timedelta(minutes=25), apart=timedelta(0), first=1)
        assert eventually(lambda: len(ward.query(RUNG)) == 1, within_s=LATEST.total_seconds())
    assert watches == {pid for pid, command in children_of(ward.launcher.pid).items() if "manage.py watch" in command}


def came_round_since(ward: Ward, instant: datetime) -> bool:
    try:
        ((beat_at,),) = ward.query(STANDBY)
    except Exception:  # PostgreSQL is still down or recovering
        return False
    return beat_at > instant
