"""The pytest plugin that gives a test run its own PostgreSQL and Redis.

Named by `-p tests.embedded`, because pytest-django loads the settings before any conftest: by then the environment
must say where the database is. Only the controller of a run starts and stops services; xdist's workers inherit the
environment and take a database and a Redis number of their own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import IO

import pytest

from core.embedded import (
    DATABASE,
    OWNER,
    RUNTIME,
    SUPERUSER,
    Embedded,
    Running,
    application_environment,
    installation,
    read_run_env,
    start,
)
from core.places import PROJECT, Places, places_below, places_in

_run: list[tuple[Running, IO[bytes]]] = []


def this_run() -> Embedded:
    """The installation of this test run, in the controller and in its workers alike."""
    above = places_in(PROJECT / ".plateau")
    home = Path(os.environ["PLATEAU_TEST_HOME"])
    places = places_below(above, "test", home.name)
    return Embedded(places, read_run_env(places.secrets), durable=False)


def worker_number() -> int:
    """0 in a run without workers, else 1 for gw0 and so on."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) + 1 if worker else 0


def database_name() -> str:
    """Each process that runs tests has a database of its own."""
    return f"{DATABASE}_test_{worker_number()}"


def _locked(path: Path) -> IO[bytes] | None:
    """The file, locked for as long as it stays open; None when somebody else holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _remove_dead_runs(above: Places) -> None:
    """Runs that were killed leave a directory; the lock says that nobody is in it any more."""
    for home in (above.home / "test").glob("run-*"):
        lock = _locked(home / "lock") if home.is_dir() else None
        if lock is None:
            continue
        places = places_below(above, "test", home.name)
        Embedded(places, {}).stop_leftover_postmaster()
        lock.close()
        for directory in {places.home, places.data}:
            shutil.rmtree(directory, ignore_errors=True)


def _start() -> Running:
    above = places_in(PROJECT / ".plateau")
    test = places_below(above, "test")
    # Held while a run is born, so that nobody takes its directory for a dead one's before it is locked.
    with (test.home / "birth.lock").open("ab") as birth:
        fcntl.flock(birth, fcntl.LOCK_EX)
        _remove_dead_runs(above)
        places = places_below(test, f"run-{os.getpid()}")
        lock = _locked(places.home / "lock")
    assert lock is not None
    running = start(installation(places, durable=False))
    _run.append((running, lock))
    return running


def _set_environment(embedded: Embedded) -> None:
    # What the developer's own shell names must never be touched by a test. (Which browser is the machine's business.)
    own = {"DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    for name in list(os.environ):
        ours = name.startswith("PLATEAU_") and name != "PLATEAU_CHROMIUM"
        if ours or name.removesuffix("_FILE") in own:
            del os.environ[name]
    os.environ.update(application_environment(embedded, {}))
    number = worker_number()
    os.environ |= {
        "DATABASE_URL": embedded.database_url(RUNTIME, database_name()),
        "OWNER_DATABASE_URL": embedded.database_url(OWNER, database_name()),
        "PLATEAU_TEST_SUPERUSER_URL": embedded.database_url(SUPERUSER, database_name()),
        "REDIS_URL": f"{embedded.redis_url.rpartition('/')[0]}/{number}",
        "PLATEAU_TEST_HOME": str(embedded.places.home),
        "PLATEAU_TESTING": "1",
    }


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    if "PYTEST_XDIST_WORKER" in os.environ:
        _set_environment(this_run())
    else:
        running = _start()
        _set_environment(running.embedded)
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    while _run:
        running, lock = _run.pop()
        running.stop()
        places = running.embedded.places
        for directory in {places.home, places.data}:
            shutil.rmtree(directory, ignore_errors=True)
        lock.close()
