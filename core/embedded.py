"""A real PostgreSQL and a real Redis for trying out, developing and testing, started from wheels by path.

Everything generated (passwords, ports, logs, data) lies in one private directory. Importing this module needs neither
Django nor the wheels: the settings read `run.env` through it.
"""

from __future__ import annotations

import os
import random
import secrets as randomness
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.children import end_stranger, spawn, standing_in, stop, wait_until_gone
from core.places import Binaries, Places, find_binaries, make_owned

SUPERUSER = "plateau_superuser"  # initdb's; the application never signs in with it
OWNER = "plateau_owner"  # migrations
RUNTIME = "plateau_runtime"  # everything else
DATABASE = "plateau"
DEMO_PASSWORD = "plateau-demo"

# Below Linux's range for outgoing connections, so that nobody takes the port while its service restarts.
PORTS = range(20000, 32000)
READY_WITHIN_S = 60.0
POSTGRES_GRACE_S = 20.0
LOG_BYTES = 10_000_000  # then a log is put aside at the next start, over the one put aside before

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    # The detail of a refused row is the row, and rows are patients.
    "log_error_verbosity": "terse",
}
# A transaction left open would hold back the audit's seals (DESIGN 5).
IDLE_IN_TRANSACTION = "30s"
# Tests throw their database away: waiting for the disk would prove nothing.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


class ServiceDidNotStart(Exception):
    """A service ended or stayed silent; the sentence holds the end of its log."""


def read_run_env(path: Path | str) -> dict[str, str]:
    """The `KEY=value` lines of an environment file; empty when there is no such file."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, PermissionError):
        return {}
    pairs = (line.partition("=") for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def write_private(path: Path, values: Mapping[str, str], *, heading: str) -> None:
    """Write an environment file that only we may read, complete or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"# {heading}\n")
        file.writelines(f"{key}={value}\n" for key, value in values.items())
    unfinished.replace(path)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: str | None) -> int:
    """The port used last time when it is still free, else another."""
    if preferred is not None and preferred.isdigit() and is_free(int(preferred)):
        return int(preferred)
    return next(port for port in random.sample(PORTS, len(PORTS)) if is_free(port))


@dataclass(frozen=True)
class Service:
    """A server that a launcher starts, waits for and stops."""

    name: str
    argv: tuple[str, ...]
    places: Places
    stop_signal: signal.Signals
    is_ready: Callable[[], bool]

    @property
    def log(self) -> Path:
        return self.places.logs / f"{self.name}.log"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it without waiting; its output goes to its log."""
        # Nothing of our own environment: no secret of the application is the database's business.
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C", "TZ": "UTC"}
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            return spawn(self.argv, env=env, output=log, account=self.places.account, death_signal=self.stop_signal)

    def wait_until_ready(self, child: subprocess.Popen[bytes]) -> None:
        """Wait until it answers; raises with the end of its log when it ended or stayed silent."""
        until = time.monotonic() + READY_WITHIN_S
        while not self.is_ready():
            if child.poll() is not None or time.monotonic() > until:
                raise ServiceDidNotStart(f"{self.name} did not start. The end of {self.log}:\n{self._end_of_log()}")
            time.sleep(0.03)

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@dataclass(frozen=True)
class Embedded:
    """One installation's PostgreSQL and Redis: what they are called with and what the application must know."""

    places: Places
    secrets: Mapping[str, str]
    durable: bool = True

    @property
    def postgres_data(self) -> Path:
        return self.places.data / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.places.data / "redis"

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """The address of a database for a role, password included."""
        password, port = self.secrets[f"{role.upper()}_PASSWORD"], self.secrets["POSTGRES_PORT"]
        return f"postgres://{role}:{password}@127.0.0.1:{port}/{database}"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.secrets['REDIS_PASSWORD']}@127.0.0.1:{self.secrets['REDIS_PORT']}/0"

    def postgres(self, binaries: Binaries) -> Service:
        """PostgreSQL in the foreground, its data directory created, a leftover server of the same directory ended."""
        self.stop_leftover_postmaster()
        self._create_cluster(binaries)
        settings = POSTGRES_SETTINGS | ({} if self.durable else NOT_DURABLE) | {"port": self.secrets["POSTGRES_PORT"]}
        options = tuple(part for key, value in settings.items() for part in ("-c", f"{key}={value}"))
        # SIGINT is PostgreSQL's "fast" shutdown: sessions are ended, nothing is lost, no recovery next time.
        return Service(
            "postgres",
            (str(binaries.postgres / "postgres"), "-D", str(self.postgres_data), *options),
            self.places,
            signal.SIGINT,
            self.postgres_answers,
        )

    def redis(self, binaries: Binaries) -> Service:
        """Redis that keeps nothing: it carries wake-ups, never facts."""
        make_owned(self.redis_data, self.places.account)
        # A file, because the arguments of a process can be read by everybody on the machine.
        configuration = self.redis_data / "redis.conf"
        configuration.unlink(missing_ok=True)
        lines = {
            "bind": "127.0.0.1",
            "port": self.secrets["REDIS_PORT"],
            "requirepass": self.secrets["REDIS_PASSWORD"],
            "dir": str(self.redis_data),
            "appendonly": "no",
            "save": '""',
            "daemonize": "no",
        }
        with open(os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{key} {value}\n" for key, value in lines.items())
        if self.places.account is not None:
            os.chown(configuration, self.places.account.uid, self.places.account.gid)
        return Service(
            "redis", (str(binaries.redis), str(configuration)), self.places, signal.SIGTERM, self.redis_answers
        )

    def set_up_roles(self) -> None:
        """Create what is missing: the owner of the database and the role that may only use it."""
        from psycopg import sql

        with self.connect_as_superuser("postgres") as connection:
            for role in (OWNER, RUNTIME):
                known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
                if known is None:
                    connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
                connection.execute(
                    sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(self.secrets[f"{role.upper()}_PASSWORD"])
                    )
                )
                connection.execute(
                    sql.SQL("ALTER ROLE {} SET idle_in_transaction_session_timeout = {}").format(
                        sql.Identifier(role), sql.Literal(IDLE_IN_TRANSACTION)
                    )
                )
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                self.create_database(DATABASE)

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database of the owner's, which the runtime role may enter and nothing more."""
        from psycopg import sql

        names = {
            "name": sql.Identifier(name),
            "template": sql.Identifier(template),
            "owner": sql.Identifier(OWNER),
            "runtime": sql.Identifier(RUNTIME),
        }
        with self.connect_as_superuser("postgres") as connection:
            for statement in (
                "CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}",
                "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
                "GRANT CONNECT ON DATABASE {name} TO {runtime}",
            ):
                connection.execute(sql.SQL(statement).format(**names))
        with self.connect_as_superuser(name) as connection:
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {runtime}").format(**names))

    def connect_as_superuser(self, database: str) -> Any:
        """A connection for what the application may not do; its statements commit one by one."""
        import psycopg

        return psycopg.connect(self.database_url(SUPERUSER, database), autocommit=True, connect_timeout=2)

    def postgres_answers(self) -> bool:
        """Whether PostgreSQL lets us in now."""
        import psycopg

        try:
            self.connect_as_superuser("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def redis_answers(self) -> bool:
        """Whether Redis lets us in now."""
        import redis

        try:
            with redis.Redis.from_url(self.redis_url, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def stop_leftover_postmaster(self) -> None:
        """End a server that an earlier launcher left on this data directory: fast, then at once, then by force.

        Its lock file goes too when nobody stands in the directory any more: PostgreSQL takes the number in it for a
        living server's if any process has it by now, even one that only waits to be buried.
        """
        data = self.postgres_data.resolve()
        lock = data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if pid in standing_in(data):
            end_stranger(pid, signals=((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)))
        for backend in standing_in(data):
            wait_until_gone(backend, seconds=5)
        if not standing_in(data):
            lock.unlink(missing_ok=True)

    def _create_cluster(self, binaries: Binaries) -> None:
        """Run initdb where there is no data yet; a launcher killed in the middle leaves no half-made directory."""
        if (self.postgres_data / "PG_VERSION").exists():
            return
        account = self.places.account
        room = make_owned(self.places.data / "new", account)
        password = room / "password"
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.secrets[f"{SUPERUSER.upper()}_PASSWORD"])
        if account is not None:
            os.chown(password, account.uid, account.gid)
        shutil.rmtree(room / "postgres", ignore_errors=True)
        # PostgreSQL's own locale: sorts the same whatever the machine has installed.
        argv = [str(binaries.postgres / "initdb"), "-D", str(room / "postgres"), "-U", SUPERUSER]
        argv += ["--pwfile", str(password), "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] + ([] if self.durable else ["--no-sync"])
        log = self.places.logs / "initdb.log"
        with log.open("wb") as output:
            child = spawn(argv, env={"PATH": "/usr/bin:/bin", "LANG": "C"}, output=output, account=account)
        if child.wait() != 0:
            raise ServiceDidNotStart(f"PostgreSQL's data directory could not be made. {log} says:\n{log.read_text()}")
        (room / "postgres").rename(self.postgres_data)
        shutil.rmtree(room)


def installation(places: Places, *, durable: bool = True) -> Embedded:
    """The installation of a directory, with what is missing of its secrets and ports made up and kept."""
    kept = read_run_env(places.secrets)
    names = ["SECRET_KEY", "REDIS_PASSWORD", *(f"{role.upper()}_PASSWORD" for role in (SUPERUSER, OWNER, RUNTIME))]
    values = {name: kept.get(name) or randomness.token_urlsafe(48) for name in names}
    embedded = Embedded(places, values, durable)
    embedded.stop_leftover_postmaster()  # else its own port would look taken
    values["POSTGRES_PORT"] = str(free_port(kept.get("POSTGRES_PORT")))
    values["REDIS_PORT"] = str(free_port(kept.get("REDIS_PORT")))
    write_private(places.secrets, values, heading="Generated. Only the launcher reads this.")
    return embedded


def given(name: str, environ: Mapping[str, str]) -> bool:
    """Whether the environment itself names this setting, as a value or as a file."""
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def application_environment(embedded: Embedded, environ: Mapping[str, str]) -> dict[str, str]:
    """What the application must be told, without what the environment says already."""
    told = {
        "SECRET_KEY": embedded.secrets["SECRET_KEY"],
        "DATABASE_URL": embedded.database_url(RUNTIME),
        "OWNER_DATABASE_URL": embedded.database_url(OWNER),
        "REDIS_URL": embedded.redis_url,
        "PLATEAU_DEMO": "1",
        "PLATEAU_DEMO_PASSWORD": DEMO_PASSWORD,
    }
    if given("DATABASE_URL", environ):
        del told["OWNER_DATABASE_URL"]  # the embedded server is not started: its owner would be a stranger
    return {name: value for name, value in told.items() if not given(name, environ)}


@dataclass(frozen=True)
class Running:
    """Services that answer, with the processes behind them."""

    embedded: Embedded
    children: tuple[tuple[Service, subprocess.Popen[bytes]], ...]

    def stop(self) -> None:
        """Stop them, the last started first."""
        for service, child in reversed(self.children):
            stop(child, first=service.stop_signal, grace_s=POSTGRES_GRACE_S)


def start(embedded: Embedded, *, postgres: bool = True, redis: bool = True) -> Running:
    """Start the services side by side and wait until they answer and the roles are there."""
    children: list[tuple[Service, subprocess.Popen[bytes]]] = []
    try:
        if postgres or redis:
            binaries = find_binaries(embedded.places)
        if redis:
            service = embedded.redis(binaries)
            children.append((service, service.start()))
        if postgres:
            service = embedded.postgres(binaries)
            children.append((service, service.start()))
        for service, child in children:
            service.wait_until_ready(child)
        if postgres:
            embedded.set_up_roles()
    except BaseException:
        Running(embedded, tuple(children)).stop()
        raise
    return Running(embedded, tuple(children))
