"""A ward as `make run` leaves it on the screen, and ways to hurt it."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench.bulk import running_stays
from core.embedded import DEMO_PASSWORD, Embedded, free_port, read_run_env
from core.places import PROJECT, Places, places_below
from tests.embedded import this_run
from tests.processes.processes import children_of, eventually


@dataclass
class Ward:
    """A ward as `make run` leaves it on the screen."""

    places: Places
    launcher: subprocess.Popen[bytes]
    port: int
    out: Path
    cookie: str = ""

    def query(self, statement: str, *values: object) -> list[tuple]:
        embedded = Embedded(self.places, read_run_env(self.places.secrets))
        with embedded.connect_as_superuser("plateau") as connection:
            return connection.execute(statement, values).fetchall()

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"Cookie": self.cookie})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def health(self) -> int:
        return self.get("/healthz")[0]

    def sign_in(self) -> None:
        token = "x" * 32
        form = {"username": "nurse1", "password": DEMO_PASSWORD, "csrfmiddlewaretoken": token}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/accounts/sign-in/", urllib.parse.urlencode(form), headers)
        answer = connection.getresponse()
        assert answer.status == 302, answer.read()
        cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        self.cookie = "; ".join(cookies)
        connection.close()

    def kill(self, words: str) -> None:
        for pid, command in children_of(self.launcher.pid).items():
            if words in command:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def add_stays(self, count: int, *, started_at: datetime, apart: timedelta, first: int) -> None:
        """So many more running stays, each started `apart` after the one before, numbered from `first`."""
        (ward_id, protocol_id, signer_id), *_ = self.query(
            "SELECT w.id, p.id, p.signed_by_id FROM patients_ward w, infusion_protocol p WHERE p.status = 'active'"
        )
        embedded = Embedded(self.places, read_run_env(self.places.secrets))
        with embedded.connect_as_superuser("plateau") as connection, connection.cursor() as cursor:
            running_stays(
                cursor,
                count,
                ward_id=ward_id,
                protocol_id=protocol_id,
                signer_id=signer_id,
                started_at=started_at,
                apart=apart,
                first=first,
            )


@contextlib.contextmanager
def open_ward(tmp_path: Path, name: str) -> Generator[Ward, None, None]:
    """`make run` with a home, a PostgreSQL and a Redis of its own: those of the test run must live."""
    places = places_below(this_run().places, f"{name}-{os.getpid()}")
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("PLATEAU_") and "_URL" not in name
    }
    environ.pop("SECRET_KEY", None)
    port, out = free_port(None), tmp_path / "ward.log"
    environ |= {"PLATEAU_HOME": str(places.home), "PORT": str(port)}
    with out.open("wb") as log:
        argv = [sys.executable, "-m", "core.launch", "run"]
        launcher = subprocess.Popen(argv, stdout=log, stderr=log, cwd=PROJECT, env=environ)
    try:
        assert eventually(lambda: "Plateau is at" in out.read_text(), within_s=90), out.read_text()
        yield Ward(places, launcher, port, out)
    finally:
        launcher.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            launcher.wait(60)
        launcher.kill()
        Embedded(places, {}).stop_leftover_postmaster()
        for directory in {places.home, places.data}:
            shutil.rmtree(directory, ignore_errors=True)


def seconds_until(ward: Ward, status: int, *, within_s: float) -> float:
    began = time.monotonic()
    while ward.health() != status:
        assert time.monotonic() - began < within_s, f"/healthz is not {status} after {within_s:g} s"
        time.sleep(0.2)
    return time.monotonic() - began


@contextlib.contextmanager
def dead(ward: Ward, words: str) -> Generator[None, None, None]:
    """Kill it, and again whenever it is started again: a Redis that lives for a second carries a heartbeat."""
    done = threading.Event()

    def keep_killing() -> None:
        while not done.wait(0.05):
            ward.kill(words)

    ward.kill(words)
    killer = threading.Thread(target=keep_killing)
    killer.start()
    try:
        yield
    finally:
        done.set()
        killer.join()
