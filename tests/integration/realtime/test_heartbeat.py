from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template, engines
from django.test import RequestFactory

from core import clock
from realtime.context import watching as page_context
from realtime.heartbeat import LOST_AFTER, Watch, beat, last_beat, watching
from realtime.tasks import heartbeat

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_nobody_ever_watched(db):
    assert watching(at=NOON) == Watch(ok=False, since=None)


def test_lost_when_the_last_beat_is_ten_seconds_old(db):
    beat(at=NOON)
    assert watching(at=NOON + 9 * SECOND) == Watch(ok=True)
    assert watching(at=NOON + 10 * SECOND) == Watch(ok=False, since=NOON)


def test_a_late_worker_does_not_move_the_mark_back(db):
    beat(at=NOON)
    beat(at=NOON - 30 * SECOND)
    assert last_beat() == NOON


def test_a_standby_beats_for_itself_and_not_for_the_chain(db):
    beat(watcher="standby", at=NOON)
    assert not watching(at=NOON).ok


def test_a_mark_from_the_future_is_no_comfort(db):
    beat(at=NOON + timedelta(hours=1))
    assert not watching(at=NOON).ok


def test_beating_and_asking_are_one_statement_each(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        beat(at=NOON)
    with django_assert_num_queries(1):
        watching(at=NOON)


def test_the_task_beats_now(db):
    before = clock.now()
    heartbeat()
    mark = last_beat()
    assert mark is not None
    assert before <= mark <= clock.now()


@pytest.fixture
def page():
    return lambda source: Template(source, engine=engines["django"].engine).render(  # type: ignore[attr-defined]
        Context(page_context(RequestFactory().get("/")))
    )


def test_a_page_that_does_not_ask_costs_nothing(db, page, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert page("nothing") == "nothing"


def test_a_page_that_asks_twice_costs_one_statement_and_can_say_since_when(db, page, django_assert_num_queries):
    lost_at = clock.now() - LOST_AFTER
    beat(at=lost_at)
    with django_assert_num_queries(1):
        text = page("{% if not watching %}lost {{ not_watching_since|date:'H:i:s' }}{% endif %}")
    assert text == f"lost {lost_at:%H:%M:%S}"


def test_a_page_can_tell_never_from_since_when(db, page):
    assert page("{{ watching }} {{ not_watching_since }}") == "False None"
