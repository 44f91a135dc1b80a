from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template, engines
from django.test import RequestFactory

from core import clock
from realtime.context import watching as page_context
from realtime.heartbeat import LOST_AFTER, Marks, Watch, beat, calls_the_standby, judge, marks, watching
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
    assert marks().chain == NOON


def test_a_standby_beats_for_itself_and_not_for_the_chain(db):
    beat(watcher="standby", at=NOON)
    assert marks() == Marks(chain=None, standby=NOON)
    assert watching(at=NOON) == Watch(ok=True, since=None, by_standby=True)


@pytest.mark.parametrize(
    ("chain_s", "standby_s", "watch"),
    [
        (0, 0, Watch(ok=True)),
        (9, None, Watch(ok=True)),
        (9, 1, Watch(ok=True)),
        (10, 1, Watch(ok=True, since=NOON - 10 * SECOND, by_standby=True)),
        (600, 9, Watch(ok=True, since=NOON - 600 * SECOND, by_standby=True)),
        (600, 10, Watch(ok=False, since=NOON - 10 * SECOND)),
        (30, 600, Watch(ok=False, since=NOON - 30 * SECOND)),
        (None, 600, Watch(ok=False, since=NOON - 600 * SECOND)),
        (30, -60, Watch(ok=False, since=NOON - 30 * SECOND)),
        (-60, 1, Watch(ok=True, since=NOON + 60 * SECOND, by_standby=True)),
    ],
)
def test_the_standby_counts_where_the_chain_is_lost_and_nobody_watches_where_both_are(chain_s, standby_s, watch):
    seen = Marks(*(None if age is None else NOON - age * SECOND for age in (chain_s, standby_s)))
    assert judge(seen, at=NOON) == watch


def test_the_standby_is_called_when_the_chains_mark_is_three_seconds_old_or_cannot_be_believed():
    called = {age: calls_the_standby(Marks(NOON - age * SECOND), at=NOON) for age in (-3, -2, 0, 2, 3, 60)}
    assert called == {-3: True, -2: False, 0: False, 2: False, 3: True, 60: True}
    assert calls_the_standby(Marks(), at=NOON)


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
    mark = marks().chain
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
