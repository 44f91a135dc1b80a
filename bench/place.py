"""The measurements' own PostgreSQL (durable, as a ward's), Redis, migrated database and web processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.alive import status_of
from core.children import spawn, stop
from core.embedded import OWNER, Embedded, Running, application_environment, free_port, installation, start
from core.launch import HOME
from core.places import PROJECT, places_below, places_in
from core.procfile import environment_of, read_procfile, shell_argv


@dataclass
class Place:
    """Where it is measured."""

    embedded: Embedded

    def superuser(self) -> Any:
        """A connection past triggers and rights, for filling tables."""
        connection = self.embedded.connect_as_superuser("plateau")
        connection.execute("SET session_replication_role = replica")
        return connection

    @contextmanager
    def processes(self, *names: str) -> Generator[None, None, None]:
        """These processes by the Procfile's lines, on this database and Redis."""
        children = []
        try:
            for name in names:
                env = environment_of(name, {**os.environ, "PLATEAU_LOG_LEVEL": "WARNING"})
                with (self.embedded.places.logs / f"{name}.log").open("ab") as output:
                    children.append(spawn(shell_argv(read_procfile()[name]), env=env, output=output, cwd=PROJECT))
            yield
        finally:
            for child in children:
                stop(child, first=signal.SIGTERM, grace_s=10)

    @contextmanager
    def web(self, number: int) -> Generator[list[int], None, None]:
        """So many web processes by the Procfile's line, each on a port of its own, as behind a proxy."""
        ports = [int(free_port(None)) for _ in range(number)]
        children = []
        log = self.embedded.places.logs / "web.log"
        try:
            for port in ports:
                env = environment_of("web", {**os.environ, "PORT": str(port), "PLATEAU_LOG_LEVEL": "WARNING"})
                with log.open("ab") as output:
                    children.append(spawn(shell_argv(read_procfile()["web"]), env=env, output=output, cwd=PROJECT))
            for port in ports:
                until = time.monotonic() + 60
                while status_of("/livez", port=port, environ={}, timeout_s=1) != 200:
                    if time.monotonic() > until:
                        raise RuntimeError(f"the web process does not answer; {log.read_text()}")
                    time.sleep(0.1)
            yield ports
        finally:
            for child in children:
                stop(child, first=signal.SIGTERM, grace_s=10)


@contextmanager
def place() -> Generator[Place, None, None]:
    """Start, migrate, set Django up as the runtime role; afterwards nothing is left."""
    places = places_below(places_in(HOME), f"bench-{os.getpid()}")
    running: Running = start(installation(places))
    embedded = running.embedded
    try:
        for name in [name for name in os.environ if name.startswith("PLATEAU_") or name.endswith("_URL")]:
            del os.environ[name]
        os.environ.pop("SECRET_KEY", None)
        os.environ.update(application_environment(embedded, {}))
        owner = {**os.environ, "DATABASE_URL": embedded.database_url(OWNER)}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=owner, cwd=PROJECT, check=True)
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        import django

        django.setup()
        yield Place(embedded)
    finally:
        running.stop()
        for directory in {places.home, places.data}:
            shutil.rmtree(directory, ignore_errors=True)
