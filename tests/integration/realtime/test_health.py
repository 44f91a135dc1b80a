import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from core import clock
from realtime.heartbeat import beat


@pytest.fixture
def stranger():
    return Client()


def test_livez_asks_the_database_nothing(stranger, django_db_blocker):
    with django_db_blocker.block():
        answer = stranger.get("/livez")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_healthz_is_well_while_the_chain_beats(db, stranger, settings):
    settings.COMMIT = "abc123"
    beat(at=clock.now() - timedelta(seconds=3))
    answer = stranger.get("/healthz")
    found = answer.json()
    age_s = found["heartbeat"].pop("age_s")
    assert answer.status_code == 200
    assert 3.0 <= age_s < 5.0
    assert found == {
        "ok": True,
        "database": "ok",
        "heartbeat": {"state": "ok"},
        "version": settings.VERSION,
        "commit": "abc123",
    }


def test_healthz_calls_for_help_when_the_heartbeat_is_old_or_was_never_there(db, stranger):
    never = stranger.get("/healthz")
    beat(at=clock.now() - timedelta(minutes=5))
    old = stranger.get("/healthz")
    assert (never.status_code, never.json()["heartbeat"]) == (503, {"state": "lost", "age_s": None})
    assert (old.status_code, old.json()["heartbeat"]["state"]) == (503, "lost")


@pytest.mark.parametrize("trouble", [OSError("no route"), RuntimeError("something else"), ValueError("and else")])
def test_healthz_answers_without_a_database(db, stranger, trouble):
    def refuse(*args: object) -> None:
        raise trouble

    with connection.execute_wrapper(refuse):
        answer = stranger.get("/healthz")
    assert answer.status_code == 503
    assert json.loads(answer.content)["database"] == "unreachable"
    assert str(trouble) not in answer.content.decode()


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_health_is_asked_and_never_told_and_not_kept_by_anybody(db, stranger, path):
    assert stranger.post(path).status_code == 405
    assert "no-store" in stranger.get(path)["Cache-Control"]
