"""`make run` itself: the chain of beat, broker, worker and database under kills, and the way back to nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.alive import answer_of
from core.embedded import Embedded, is_free
from core.places import PROJECT, Places, places_below
from tests.embedded import this_run
from tests.processes.processes import alive, children_of, eventually

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.timeout(400)]


@dataclass
class Run:
    launcher: subprocess.Popen[bytes]
    port: int
    out: Path
    began: float

    @property
    def family(self) -> dict[int, str]:
        return children_of(self.launcher.pid)

    def eldest(self, words: str) -> int:
        return min(pid for pid, command in self.family.items() if words in command)

    def heartbeat_age_s(self) -> float:
        """Seconds since a beat came through the whole chain; a long time when nobody can say."""
        status, body = answer_of("/healthz", port=self.port, environ={}, timeout_s=5)
        found = re.search(rb'"age_s": ([0-9.]+)', body)
        return float(found[1]) if status == 200 and found else 1e9

    def chain_is_whole(self) -> bool:
        return self.heartbeat_age_s() < min(5.0, time.monotonic() - self.began)


@pytest.fixture
def place() -> Generator[Places, None, None]:
    places = places_below(this_run().places, f"run-{os.getpid()}")
    yield places
    Embedded(places, {}).stop_leftover_postmaster()
    for directory in {places.home, places.data}:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def make_run(place: Places) -> Generator[Callable[[], Run], None, None]:
    started: list[Run] = []

    def run() -> Run:
        port = next(port for port in range(8300, 8400) if is_free(port))
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PLATEAU_") and "_URL" not in key}
        environ = {**kept, "PLATEAU_HOME": str(place.home), "PORT": str(port)}
        environ.pop("SECRET_KEY", None)
        out = place.home / f"out-{len(started)}.txt"
        with out.open("wb") as file:
            argv = [sys.executable, "-m", "core.launch", "run"]
            launcher = subprocess.Popen(argv, cwd=PROJECT, env=environ, stdout=file, stderr=file)
        started.append(Run(launcher, port, out, time.monotonic()))
        assert eventually(started[-1].chain_is_whole, within_s=60), out.read_text()
        return started[-1]

    yield run
    for each in started:
        if each.launcher.poll() is None:
            each.launcher.send_signal(signal.SIGTERM)
            each.launcher.wait(30)


def test_the_ward_is_up_survives_kills_and_leaves_nobody(make_run):
    ward = make_run()
    said = ward.out.read_text()
    assert f"Plateau is at http://127.0.0.1:{ward.port}/" in said
    assert "nurse1 nurse2 charge1 physician1 physician2 admin1" in said
    for words in (
        "celery --quiet -A config worker",
        "celery --quiet -A config beat",
        "redis-server",
        "manage.py watch",
        "uvicorn",
    ):
        killed = ward.eldest(words)
        os.kill(killed, signal.SIGKILL)
        killed_at = time.monotonic()
        assert eventually(
            lambda: ward.heartbeat_age_s() < time.monotonic() - killed_at - 0.5,  # noqa: B023  asked at once
            within_s=30,
        ), f"after the death of {words}"
        assert not alive(killed)
    everybody = ward.family
    ward.launcher.send_signal(signal.SIGINT)
    assert ward.launcher.wait(30) == 0
    assert [command for pid, command in everybody.items() if alive(pid)] == []
    assert is_free(ward.port)


def test_a_killed_launcher_is_followed_by_a_start_on_the_same_data(make_run):
    ward = make_run()
    everybody = ward.family
    ward.launcher.kill()
    ward.launcher.wait()
    again = make_run()
    assert [command for pid, command in everybody.items() if alive(pid)] == []
    assert "No migrations to apply" in again.out.read_text()
