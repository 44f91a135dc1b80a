"""What `make run` decides before it starts anything."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from core.alive import host_header, main, status_of
from core.launch import DEFAULT_PORT, CannotRun, as_owner, choose_port, only_one
from core.places import PROJECT, places_in
from tests.embedded import this_run


@pytest.fixture
def taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_takes_the_port_that_was_asked_for():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert choose_port({"PORT": str(free)}) == free


def test_refuses_a_taken_port_that_was_asked_for(taken_port):
    with pytest.raises(CannotRun, match=f"Port {taken_port} is taken"):
        choose_port({"PORT": str(taken_port)})


@pytest.mark.parametrize("nonsense", ["http", "0", "65536", "-1", "8000 "])
def test_refuses_what_is_no_port(nonsense):
    with pytest.raises(CannotRun, match="not a port"):
        choose_port({"PORT": nonsense})


def test_takes_the_next_free_port_when_nobody_asked_for_a_certain_one(monkeypatch, taken_port):
    monkeypatch.setattr("core.launch.DEFAULT_PORT", taken_port)
    assert taken_port < choose_port({}) < taken_port + 100
    assert DEFAULT_PORT == 8000


def test_migrations_sign_in_as_the_owner():
    environ = {"DATABASE_URL": "runtime", "OWNER_DATABASE_URL": "owner", "PORT": "1"}
    assert as_owner(environ)["DATABASE_URL"] == "owner"
    assert as_owner(environ)["PORT"] == "1"


def test_an_owner_named_by_a_file_replaces_a_role_named_by_a_value():
    changed = as_owner({"DATABASE_URL": "runtime", "OWNER_DATABASE_URL_FILE": "/run/secrets/owner"})
    assert changed["DATABASE_URL_FILE"] == "/run/secrets/owner"
    assert "DATABASE_URL" not in changed


def test_without_an_owner_migrations_use_the_database_that_was_given():
    assert as_owner({"DATABASE_URL": "the only role"}) == {"DATABASE_URL": "the only role"}


def test_only_one_launcher_runs_in_a_folder():
    places = this_run().places
    with only_one(places) as first, only_one(places) as second:
        assert (first, second) == (True, False)
    with only_one(places) as again:
        assert again


def test_a_second_make_run_says_that_one_is_running():
    with only_one(places_in(PROJECT / ".plateau")):
        second = subprocess.run(
            [sys.executable, "-m", "core.launch", "run"], cwd=PROJECT, capture_output=True, text=True, check=False
        )
    assert second.returncode == 1
    assert "Plateau runs in this folder already" in second.stderr


@pytest.mark.parametrize(
    ("allowed", "asked_as"),
    [("", "127.0.0.1"), ("*", "127.0.0.1"), ("ward.example, other.example", "ward.example"), (".example", "example")],
)
def test_asks_for_life_by_a_name_that_the_settings_allow(allowed, asked_as):
    assert host_header({"PLATEAU_ALLOWED_HOSTS": allowed}) == asked_as


def test_a_process_that_does_not_answer_is_not_alive(monkeypatch, taken_port):
    assert status_of("/livez", port=taken_port, environ={}, timeout_s=0.1) is None
    monkeypatch.setenv("PORT", "1")
    assert main(["/livez"]) == 1
