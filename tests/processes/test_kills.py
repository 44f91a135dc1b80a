"""kill -9 of worker, beat and Redis, kept dead one after another, while recordings replay into a running ward."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.embedded import read_run_env
from core.places import PROJECT
from tests.processes.a_ward import Ward, dead, open_ward, seconds_until

# How long each stays dead. Longer by hand: KEPT_DEAD_S=60 pytest -m long tests/processes/test_kills.py
KEPT_DEAD_S = float(os.environ.get("KEPT_DEAD_S", "20"))
# The heartbeat is lost after 10 s; a second for the last one to have been young, one for our own asking.
NOTICED_WITHIN_S = 12.5
HEALED_WITHIN_S = 60.0
REPLAYED_MINUTES = int(6 * KEPT_DEAD_S) + 60

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.timeout(300 + 10 * KEPT_DEAD_S)]

VICTIMS = {"worker": "-A config worker", "beat": "-A config beat", "redis": "redis-server"}


@pytest.fixture
def ward(tmp_path: Path) -> Generator[Ward, None, None]:
    with open_ward(tmp_path, "kills") as opened:
        yield opened


def fill(ward: Ward, seconds: float) -> list[int]:
    """Stays of which one comes due, one late and one overdue every three seconds; and three to replay into."""
    now = datetime.now(UTC)
    apart = timedelta(seconds=3)
    for first, minutes in ((1, 15), (1001, 20), (2001, 25)):
        ward.add_stays(int(seconds / 3), started_at=now - timedelta(minutes=minutes), apart=apart, first=first)
    ward.add_stays(3, started_at=now - timedelta(hours=10), apart=timedelta(0), first=3001)
    rows = ward.query(
        "SELECT a.id FROM patients_admission a JOIN patients_patient p ON p.id = a.patient_id"
        " WHERE p.medical_record_number IN ('BULK-3001', 'BULK-3002', 'BULK-3003') ORDER BY 1"
    )
    return [admission for (admission,) in rows]


def replay_into(ward: Ward, admission_id: int, path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "replay", str(path), "--admission", str(admission_id), "--pace", "60"]
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= read_run_env(ward.places.run_env)
    return subprocess.Popen(command, env=env, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


BEAT = "SELECT beat_at FROM realtime_heartbeat WHERE watcher = 'chain'"
LOST_AFTER = timedelta(seconds=10)
ROW = re.compile(r'id="row-(\d+)".*?</li>', re.DOTALL)
DUE = re.compile(r'<span class="due[^"]*" data-due="(?P<at>[^"]+)" data-late-at="(?P<late>[^"]+)"><b>(?P<words>[^<]+)<')
LATE = re.compile(r"(?:(\d+) h ?)?(?:(\d+)(?: min)? )?late")


def assert_the_board_is_right(ward: Ward, ward_id: int) -> int:
    """Every row says what its prompt's due time makes it at this instant, and whether anybody watches; how many are late."""
    ((beat_before,),) = ward.query(BEAT)
    asked = datetime.now(UTC)
    prompts = dict(
        ward.query(
            "SELECT p.admission_id, p.due_at FROM monitoring_prompt p JOIN patients_admission a ON a.id = p.admission_id"
            " WHERE p.kind = 'full_set' AND p.state = 'open' AND a.discharged_at IS NULL"
        )
    )
    status, page = ward.get(f"/wards/{ward_id}/")
    answered = datetime.now(UTC)
    assert status == 200
    ((beat_after,),) = ward.query(BEAT)
    if beat_before == beat_after and abs(asked - beat_after - LOST_AFTER) > timedelta(seconds=1):
        assert ('data-heartbeat="standby"' in page) == (answered - beat_after > LOST_AFTER)
        assert 'data-heartbeat="lost"' not in page
    shown = {int(match[1]): DUE.search(match[0]) for match in ROW.finditer(page)}
    assert prompts.keys() <= shown.keys()
    late = 0
    for admission, due_at in prompts.items():
        said = shown[admission]
        assert said is not None
        shown_due, late_at = datetime.fromisoformat(said["at"]), datetime.fromisoformat(said["late"])
        if shown_due != due_at:
            continue  # a sweep moved on between our two looks
        if asked > late_at:
            assert said["words"].endswith("late"), said[0]
            minutes = LATE.fullmatch(said["words"])
            assert minutes is not None, said["words"]
            told = timedelta(hours=int(minutes[1] or 0), minutes=int(minutes[2] or 0))
            assert asked - due_at - timedelta(minutes=1) < told <= answered - due_at
            late += 1
        elif answered < late_at:
            assert not said["words"].endswith("late"), said[0]
    return late


def write_recording(path: Path) -> None:
    """One row a minute; from the 41st on SpO2 is red."""
    rows = ["t,minute,HR,ABPSys,ABPDias,ABPMean,PULSE,RESP,SpO2,NBPSys,NBPDias,NBPMean"]
    for minute in range(REPLAYED_MINUTES + 1):
        spo2 = 90 if minute > 40 else 97
        rows.append(f"2896-10-10T{minute // 60:02}:{minute % 60:02}:00,{minute},72,0,0,0,71,16,{spo2},124,78,")
    path.write_text("\n".join(rows) + "\n")


def keep_dead(ward: Ward, ward_id: int, words: str) -> tuple[float, float]:
    """Seconds from its death to 503, and from the end of the killing to 200; the board is right all the while."""
    assert_the_board_is_right(ward, ward_id)
    with dead(ward, words):
        killed = time.monotonic()
        noticed = seconds_until(ward, 503, within_s=NOTICED_WITHIN_S)
        lates = []
        while time.monotonic() - killed < KEPT_DEAD_S:
            lates.append(assert_the_board_is_right(ward, ward_id))
            time.sleep(0.5)
    assert lates[-1] > lates[0], "sets came late meanwhile, and the board said so"
    return noticed, seconds_until(ward, 200, within_s=HEALED_WITHIN_S)


def sets_sent(replay: subprocess.Popen[str]) -> int:
    """How many sets a replay says it recorded, once it is through."""
    said, _ = replay.communicate(timeout=REPLAYED_MINUTES + 60)
    assert replay.returncode == 0, said
    sent = re.search(r"sets recorded: (\d+), already there: 0", said)
    assert sent is not None, said
    return int(sent[1])


def assert_everything_overdue_has_rung_once(ward: Ward) -> int:
    """What came overdue 5 s ago or earlier has its one alert, nothing waits to be done; how many there are."""
    overdue = ward.query(
        "SELECT DISTINCT p.admission_id FROM monitoring_prompt p JOIN patients_admission a ON a.id = p.admission_id"
        " WHERE p.kind = 'full_set' AND a.discharged_at IS NULL AND p.state IN ('open', 'missed')"
        " AND p.overdue_at < now() - interval '5 s'"
    )
    rung = ward.query(
        "SELECT admission_id, count(*), sum(count) FROM monitoring_alert WHERE rule = 'set_overdue' GROUP BY 1"
    )
    assert {stay for (stay,) in overdue} <= {stay for stay, *_ in rung}
    assert {(alerts, times) for _, alerts, times in rung} == {(1, 1)}
    waiting = "SELECT count(*) FROM monitoring_stayclock WHERE acts_at < now() - interval '5 s'"
    assert ward.query(waiting) == [(0,)]
    twice = "SELECT admission_id FROM monitoring_prompt WHERE kind = 'full_set' AND state = 'open' GROUP BY 1 HAVING count(*) > 1"
    assert ward.query(twice) == []
    return len(overdue)


def test_nothing_is_lost_doubled_or_shown_wrong_while_worker_beat_and_redis_are_dead(ward, tmp_path):
    recording = tmp_path / "monitor.csv"
    write_recording(recording)
    seconds_until(ward, 200, within_s=HEALED_WITHIN_S)
    ward.sign_in()
    (ward_id,), *_ = ward.query("SELECT id FROM patients_ward")
    stays = fill(ward, REPLAYED_MINUTES)
    replays = [replay_into(ward, stay, recording) for stay in stays]
    for victim, words in VICTIMS.items():
        noticed, healed = keep_dead(ward, ward_id, words)
        print(f"{victim}: 503 after {noticed:.1f} s, 200 {healed:.1f} s after it was let live again")  # noqa: T201
    sent = [sets_sent(replay) for replay in replays]
    time.sleep(6)
    overdue = assert_everything_overdue_has_rung_once(ward)
    print(f"{sum(sent)} sets, {overdue} stays overdue")  # noqa: T201
    assert overdue > 3 * KEPT_DEAD_S / 3, "many came overdue while the chain was broken"
    stored = ward.query(
        "SELECT admission_id, count(*), count(DISTINCT observed_at) FROM monitoring_observationset"
        " WHERE source = 'replay' GROUP BY 1 ORDER BY 1"
    )
    assert stored == [(stay, number, number) for stay, number in zip(stays, sent, strict=True)]
    red = (
        "SELECT admission_id, severity FROM monitoring_alert WHERE rule = 'spo2' AND admission_id = ANY(%s) ORDER BY 1"
    )
    assert ward.query(red, stays) == [(stay, "red") for stay in stays]
    assert_the_board_is_right(ward, ward_id)
