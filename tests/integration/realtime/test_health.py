import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from core import clock
from monitoring.models import StayClock
from realtime.heartbeat import beat
from realtime.models import Heartbeat
from tests.factories import running


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
        "watching": "chain",
        "heartbeat": {"state": "ok"},
        "standby": {"state": "lost", "age_s": None},
        "set_aside": 0,
        "version": settings.VERSION,
        "commit": "abc123",
    }


def test_healthz_calls_for_help_when_the_heartbeat_is_old_or_was_never_there(db, stranger):
    never = stranger.get("/healthz")
    beat(at=clock.now() - timedelta(minutes=5))
    old = stranger.get("/healthz")
    assert (never.status_code, never.json()["heartbeat"]) == (503, {"state": "lost", "age_s": None})
    assert (old.status_code, old.json()["heartbeat"]["state"]) == (503, "lost")


def test_healthz_calls_for_help_though_the_standby_watches_and_says_that_it_does(db, stranger):
    beat(at=clock.now() - timedelta(minutes=5))
    beat(watcher=Heartbeat.STANDBY, at=clock.now())
    answer = stranger.get("/healthz")
    found = answer.json()
    assert (answer.status_code, found["ok"], found["watching"]) == (503, False, "standby")
    assert (found["heartbeat"]["state"], found["standby"]["state"]) == ("lost", "ok")


def test_a_stay_that_is_set_aside_is_counted_and_calls_nobody_to_the_chain(db, stranger):
    patient = running()
    StayClock.objects.filter(admission=patient.admission).update(failures=1, failed_at=clock.now())
    beat(at=clock.now())
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()["set_aside"]) == (200, 1)


@pytest.mark.parametrize("trouble", [OSError("no route"), RuntimeError("something else"), ValueError("and else")])
def test_healthz_answers_without_a_database(db, stranger, trouble):
    def refuse(*args: object) -> None:
        raise trouble

    with connection.execute_wrapper(refuse):
        answer = stranger.get("/healthz")
    assert answer.status_code == 503
    found = json.loads(answer.content)
    assert (found["database"], found["watching"], found["set_aside"]) == ("unreachable", "nobody", None)
    assert str(trouble) not in answer.content.decode()


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_health_is_asked_and_never_told_and_not_kept_by_anybody(db, stranger, path):
    assert stranger.post(path).status_code == 405
    assert "no-store" in stranger.get(path)["Cache-Control"]
