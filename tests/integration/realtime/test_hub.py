"""The hub on a real LISTEN connection: from a commit to the bytes of a stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from accounts.models import User
from core import clock
from patients.models import Ward
from realtime.heartbeat import LOST_AFTER, Marks, beat
from realtime.hub import Hub, Pace
from realtime.models import Heartbeat
from realtime.publish import Change
from realtime.watchers import Watcher
from tests.watching import Event, StreamEnded, Wire, announce, make_person, sign_in

QUICK = Pace(heartbeat_s=0.05, rights_s=0.1)
REFETCH = {"admission": None, "version": None, "red": False}


@pytest.fixture
def ward(transactional_db: None) -> Ward:
    return Ward.objects.create(name="Six East")


@pytest.fixture
def watcher(ward: Ward) -> Watcher:
    return watcher_of(make_person("nora", ward=ward), ward)


def watcher_of(person: User, ward: Ward) -> Watcher:
    session = sign_in(person)
    return Watcher(person.pk, ward.pk, str(session.session_key), session["_auth_user_hash"])


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[Hub]:
    try:
        yield hub
    finally:
        await hub.stop()


async def opened(hub: Hub, watcher: Watcher) -> Wire:
    """A stream that has said what every stream says first: the watch, and to fetch what changed before."""
    wire = Wire(hub.stream(watcher, marks=Marks(clock.now())))
    assert await wire.event() == Event("watch", {"state": "ok", "since": None, "standby": False})
    assert await wire.event() == Event("change", {"ward": watcher.ward_id, **REFETCH})
    return wire


def in_a_hub(test: Callable[[Hub], Awaitable[None]]) -> None:
    async def run() -> None:
        async with running(Hub(QUICK)) as hub:
            await test(hub)

    beat(at=clock.now() + timedelta(seconds=8))  # the chain lives for the length of a test
    asyncio.run(run())


def test_a_red_change_is_told_at_once_and_to_its_ward_alone(watcher, ward, monkeypatch):
    monkeypatch.setattr("realtime.stream.COALESCE_S", 60.0)  # what is not red would not be seen in this test
    elsewhere = Ward.objects.create(name="Elsewhere")
    other = watcher_of(make_person("otto", ward=elsewhere), elsewhere)

    async def test(hub: Hub) -> None:
        mine, theirs = await opened(hub, watcher), await opened(hub, other)
        change = Change(ward.pk, 31, 5, red=True)
        await announce(change)
        event = await mine.event()
        assert event == Event("change", {"ward": ward.pk, "admission": 31, "version": 5, "red": True})
        assert await theirs.silent(for_s=0.5)

    in_a_hub(test)


def test_quick_changes_of_one_row_reach_the_page_as_one(watcher, ward):
    async def test(hub: Hub) -> None:
        wire = await opened(hub, watcher)
        await announce(*(Change(ward.pk, 31, version) for version in (4, 6, 5)))
        event = await wire.event()
        assert event.data["version"] == 6
        assert await wire.silent(for_s=0.4)

    in_a_hub(test)


def test_a_change_announced_before_the_stream_opened_is_made_up_for_by_a_refetch(watcher, ward):
    async def test(hub: Hub) -> None:
        early = await opened(hub, watcher)
        await announce(Change(ward.pk, 31, 5))
        assert (await early.event()).data["version"] == 5
        late = await opened(hub, watcher)
        assert await late.silent(for_s=0.4)

    in_a_hub(test)


def test_the_hub_survives_the_loss_of_its_connection_and_has_everything_fetched_again(watcher, ward, superuser):
    def cut() -> int:
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '%-listen'"
        return superuser.execute(query + " AND datname = current_database()").fetchone()[0]  # type: ignore[no-any-return]

    async def test(hub: Hub) -> None:
        wire = await opened(hub, watcher)
        assert await asyncio.to_thread(cut) >= 1  # a web process of another test may listen here, too
        assert await wire.event() == Event("change", {"ward": ward.pk, **REFETCH})
        await announce(Change(ward.pk, 31, 5, red=True))
        assert (await wire.event()).data["version"] == 5

    in_a_hub(test)


def test_an_announcement_that_cannot_be_read_means_fetch_everything(watcher, ward, superuser):
    async def test(hub: Hub) -> None:
        wire = await opened(hub, watcher)
        for payload in ("not json", "{}", "[1]", '{"ward": "x", "admission": 1, "version": 1, "red": false}'):
            await asyncio.to_thread(superuser.execute, "SELECT pg_notify('plateau', %s)", [payload])
            assert await wire.event() == Event("change", {"ward": ward.pk, **REFETCH})

    in_a_hub(test)


def test_pages_are_told_when_the_chain_is_lost_and_when_it_is_back(watcher):
    async def test(hub: Hub) -> None:
        wire = await opened(hub, watcher)
        lost_at = clock.now() - LOST_AFTER
        await asyncio.to_thread(set_beat, lost_at)
        event = await wire.event()
        assert event == Event("watch", {"state": "lost", "since": lost_at.isoformat(), "standby": False})
        await asyncio.to_thread(set_beat, clock.now())
        assert await wire.event() == Event("watch", {"state": "ok", "since": None, "standby": False})

    in_a_hub(test)


def test_pages_are_told_when_the_standby_watches_and_when_it_is_gone_too(watcher):
    async def test(hub: Hub) -> None:
        wire = await opened(hub, watcher)
        lost_at = clock.now() - LOST_AFTER
        await asyncio.to_thread(set_beat, clock.now(), Heartbeat.STANDBY)
        await asyncio.to_thread(set_beat, lost_at)
        event = await wire.event()
        assert event == Event("watch", {"state": "ok", "since": lost_at.isoformat(), "standby": True})
        gone_at = clock.now() - LOST_AFTER
        await asyncio.to_thread(set_beat, gone_at, Heartbeat.STANDBY)
        event = await wire.event()
        assert event == Event("watch", {"state": "lost", "since": gone_at.isoformat(), "standby": False})

    in_a_hub(test)


def set_beat(at, watcher=Heartbeat.CHAIN) -> None:
    from django.db import connections

    Heartbeat.objects.filter(watcher=watcher).update(beat_at=at)
    beat(watcher=watcher, at=at)
    connections.close_all()


def test_a_stream_says_at_once_that_nobody_watches(watcher):
    async def test(hub: Hub) -> None:
        since = clock.now() - timedelta(minutes=3)
        wire = Wire(hub.stream(watcher, marks=Marks(since)))
        assert await wire.event() == Event("watch", {"state": "lost", "since": since.isoformat(), "standby": False})

    asyncio.run(_with_hub(test))


async def _with_hub(test: Callable[[Hub], Awaitable[None]]) -> None:
    async with running(Hub(QUICK)) as hub:
        await test(hub)


def test_without_postgres_the_last_beat_grows_old_and_pages_are_told(watcher, monkeypatch):
    async def unreachable() -> None:
        raise OSError("nobody there")

    monkeypatch.setattr("realtime.hub.connect", unreachable)

    async def test(hub: Hub) -> None:
        almost = clock.now() - LOST_AFTER + timedelta(seconds=0.5)
        wire = Wire(hub.stream(watcher, marks=Marks(almost)))
        assert (await wire.event()).data["state"] == "ok"
        assert (await wire.event()).data == {"state": "lost", "since": almost.isoformat(), "standby": False}

    asyncio.run(_with_hub(test))


def test_a_person_who_signed_out_gets_told_and_the_stream_ends_while_others_go_on(watcher, ward):
    other = watcher_of(make_person("otto", ward=ward), ward)

    def sign_out() -> None:
        from django.contrib.sessions.models import Session
        from django.db import connections

        Session.objects.filter(session_key=watcher.session_key).delete()
        connections.close_all()

    async def test(hub: Hub) -> None:
        mine, theirs = await opened(hub, watcher), await opened(hub, other)
        await asyncio.sleep(0.3)  # looked at several times, and left in peace
        await asyncio.to_thread(sign_out)
        assert await mine.event() == Event("signed-out", {})
        with pytest.raises(StreamEnded):
            await mine.event()
        await announce(Change(ward.pk, 31, 5, red=True))
        assert (await theirs.event()).data["version"] == 5
        assert hub.open_streams == 1

    in_a_hub(test)


def test_a_reader_that_goes_away_is_forgotten(watcher):
    async def test(hub: Hub) -> None:
        stream = hub.stream(watcher, marks=Marks(clock.now()))
        await anext(stream)
        assert hub.open_streams == 1
        await stream.aclose()
        assert hub.open_streams == 0

    in_a_hub(test)


def test_a_silent_stream_is_kept_open_by_pings(watcher, monkeypatch):
    monkeypatch.setattr("realtime.stream.PING_EVERY_S", 0.1)

    async def test(hub: Hub) -> None:
        wire = await opened(hub, watcher)
        assert await wire.silent(for_s=0.55)
        assert 3 <= wire.comments <= 5

    in_a_hub(test)
