"""The supervisor over real processes, a real PostgreSQL and a real Redis."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.embedded import Embedded, installation, read_run_env, start
from core.places import PROJECT, Places, find_binaries, places_below
from tests.embedded import this_run
from tests.processes.processes import alive, children_of, eventually

pytestmark = pytest.mark.processes


@dataclass
class Ward:
    places: Places
    launcher: subprocess.Popen[str]
    out: Path

    @property
    def embedded(self) -> Embedded:
        return Embedded(self.places, read_run_env(self.places.secrets))

    def pid_of(self, words: str) -> int | None:
        pids = [pid for pid, command in children_of(self.launcher.pid).items() if words in command]
        return min(pids, default=None)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with self.embedded.connect_as_superuser("plateau") as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def answers(self) -> bool:
        return self.embedded.postgres_answers() and self.embedded.redis_answers()


@pytest.fixture
def open_ward() -> Generator[Callable[[], Ward], None, None]:
    """Open (and after a kill open again) one and the same small ward."""
    name = f"ward-{os.getpid()}"
    places = places_below(this_run().places, name)
    opened: list[Ward] = []

    def open_it() -> Ward:
        out = places.home / f"out-{len(opened)}.txt"
        with out.open("w") as file:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "tests.processes.small_ward", name],
                stdout=file,
                stderr=file,
                cwd=PROJECT,
                text=True,
            )
        ward = Ward(places, launcher, out)
        opened.append(ward)
        assert eventually(lambda: "ward | up" in out.read_text(), within_s=30), out.read_text()
        return ward

    yield open_it
    for ward in opened:
        if ward.launcher.poll() is None:
            ward.launcher.send_signal(signal.SIGTERM)
            ward.launcher.wait(20)
    Embedded(places, {}).stop_leftover_postmaster()
    for directory in {places.home, places.data}:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.parametrize("words", ["echo tick", "bin/postgres -D", "redis-server"])
def test_starts_again_what_was_killed(open_ward, words):
    ward = open_ward()
    ward.query("CREATE TABLE charted AS SELECT 120 AS systolic")
    before = ward.pid_of(words)
    assert before is not None
    killed = time.monotonic()
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: ward.pid_of(words) not in (None, before), within_s=5)
    assert time.monotonic() - killed < 3
    assert eventually(ward.answers)
    assert ward.query("SELECT systolic FROM charted") == [(120,)]
    assert "was killed by SIGKILL; starting it again in 0.5 s" in ward.out.read_text()


def test_the_children_of_a_killed_process_go_with_it(open_ward):
    ward = open_ward()
    family = ward.pid_of("sleep 1000 & wait")
    assert eventually(lambda: "sleep 1000 " in children_of(ward.launcher.pid).values())
    grandchild = next(pid for pid, command in children_of(ward.launcher.pid).items() if command == "sleep 1000 ")
    assert family is not None
    os.kill(family, signal.SIGKILL)
    assert eventually(lambda: not alive(grandchild), within_s=3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nobody(open_ward, number):
    ward = open_ward()
    everybody = children_of(ward.launcher.pid)
    assert len(everybody) >= 4
    ward.launcher.send_signal(number)
    assert ward.launcher.wait(15) == 0
    assert [command for pid, command in everybody.items() if alive(pid)] == []
    assert "database system is shut down" in (ward.places.logs / "postgres.log").read_text()


def test_a_killed_supervisor_takes_everybody_along_and_the_next_start_finds_every_row(open_ward):
    ward = open_ward()
    ward.query("CREATE TABLE charted AS SELECT 120 AS systolic")
    everybody = children_of(ward.launcher.pid)
    ward.query("INSERT INTO charted VALUES (121)")
    ward.launcher.kill()
    ward.launcher.wait()
    again = open_ward()
    assert [command for pid, command in everybody.items() if alive(pid)] == []
    assert again.query("SELECT systolic FROM charted ORDER BY 1") == [(120,), (121,)]


def test_the_server_and_its_supervisor_killed_together_lose_no_committed_row(open_ward):
    ward = open_ward()
    ward.query("CREATE TABLE charted AS SELECT 120 AS systolic")
    server = ward.pid_of("bin/postgres -D")
    assert server is not None
    os.kill(server, signal.SIGKILL)
    ward.launcher.kill()
    ward.launcher.wait()
    assert open_ward().query("SELECT systolic FROM charted") == [(120,)]


def test_a_server_left_on_the_data_directory_is_stopped_before_the_next_starts():
    places = places_below(this_run().places, f"left-{os.getpid()}")
    first = installation(places, durable=False)
    start(first, redis=False).stop()
    service = first.postgres(find_binaries(places))
    account = places.account
    left = subprocess.Popen(  # without the parent-death signal: as if the launcher's machine had lost track of it
        service.argv,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
    )
    try:
        assert eventually(first.postgres_answers)
        second = start(installation(places, durable=False), redis=False)
        try:
            assert left.poll() is not None
            assert second.embedded.postgres_answers()
        finally:
            second.stop()
    finally:
        left.kill()
        left.wait()
        for directory in {places.home, places.data}:
            shutil.rmtree(directory, ignore_errors=True)


def test_what_a_process_says_stands_under_its_name(open_ward):
    ward = open_ward()
    assert eventually(lambda: "    ticker | tick" in ward.out.read_text())
