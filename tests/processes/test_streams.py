"""Open streams beside pages, in a real web process on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import time
import urllib.parse
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.embedded import free_port
from patients.models import Ward
from realtime.heartbeat import beat
from realtime.publish import Change
from realtime.views import STREAMS_A_SIGN_IN
from tests.processes.web import GRACE_S, OpenStream, Web, web_process
from tests.watching import PASSWORD, StreamEnded, announce, cookie_of, make_person, sign_in

pytestmark = pytest.mark.processes

THREADS = 4
POOL = THREADS + 2
STREAMS = 50


@pytest.fixture
def ward(transactional_db: None) -> Ward:
    return Ward.objects.create(name="Six East")


@pytest.fixture
def cookie(ward: Ward) -> str:
    return cookie_of(sign_in(make_person("nora", ward=ward)))


@pytest.fixture
def web(ward: Ward, tmp_path: Path) -> Generator[Web, None, None]:
    beat(at=clock.now())
    with web_process(tmp_path / "web.log", name="plateau-streams", threads=THREADS) as running:
        yield running


def connections_of(web: Web, superuser: Any) -> dict[str, int]:
    """How many connections PostgreSQL sees of the web process, by state."""
    query = """
        SELECT state, count(*) FROM pg_stat_activity
        WHERE application_name LIKE %s AND datname = current_database() GROUP BY state
    """
    return dict(superuser.execute(query, [f"{web.name}%"]).fetchall())


async def open_streams(web: Web, cookie: str, ward: Ward, number: int) -> list[OpenStream]:
    """That many browsers, all at once, each having got what a stream says first."""

    async def one() -> OpenStream:
        stream = await web.open_stream(cookie, ward.pk)
        assert (await stream.wire.event(within_s=20)).name == "watch"
        assert (await stream.wire.event(within_s=20)).data["admission"] is None
        return stream

    return await asyncio.gather(*(one() for _ in range(number)))


async def sign_in_at_the_page(web: Web, username: str) -> tuple[str, float]:
    """First line of the answer, and seconds: a page that reads and writes much."""
    token = "x" * 32
    form = urllib.parse.urlencode({"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}).encode()
    started = time.monotonic()
    reader, writer = await web.send(
        "POST /accounts/sign-in/ HTTP/1.1\n"
        f"Cookie: csrftoken={token}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {len(form)}",
        form,
    )
    line = (await asyncio.wait_for(reader.readline(), 20)).decode()
    writer.close()
    return line, time.monotonic() - started


def test_fifty_open_streams_leave_the_pages_their_threads_and_connections(web, cookie, ward, superuser):
    make_person("paul", ward=ward)

    async def test() -> None:
        streams = await open_streams(web, cookie, ward, STREAMS)
        assert "text/event-stream" in streams[0].head
        assert "cache-control: no-store" in streams[0].head
        for path in ("/livez", "/healthz"):
            status, seconds = await asyncio.to_thread(web.get, path)
            assert (status, seconds < 1) == (200, True), f"{path} took {seconds:.2f} s"
        line, seconds = await sign_in_at_the_page(web, "paul")
        assert " 302 " in line
        assert seconds < 1
        seen = await asyncio.to_thread(connections_of, web, superuser)
        assert sum(seen.values()) <= POOL + 1
        assert seen.keys() == {"idle"}
        await announce(Change(ward.pk, 31, 5, red=True))
        events = await asyncio.gather(*(stream.wire.event() for stream in streams))
        assert [event.data["version"] for event in events] == [5] * STREAMS

    asyncio.run(test())


def test_one_sign_in_cannot_open_streams_without_end(web, cookie, ward):
    async def test() -> None:
        streams = await open_streams(web, cookie, ward, STREAMS_A_SIGN_IN)
        refused = await web.open_stream(cookie, ward.pk)
        assert " 429 " in refused.head.splitlines()[0]
        streams[0].tear_off()
        await asyncio.sleep(0.5)
        await announce(Change(ward.pk, 31, 5, red=True))  # a write finds out that the reader is gone
        await asyncio.sleep(0.5)
        assert await open_streams(web, cookie, ward, 1)

    asyncio.run(test())


def test_streams_that_are_being_opened_take_no_more_than_one_connection_from_the_pages(web, cookie, ward, owner):
    async def test() -> None:
        with owner.transaction():
            # Whoever asks who works where waits now, with a connection in hand.
            owner.execute("LOCK TABLE patients_wardmembership IN ACCESS EXCLUSIVE MODE")
            opening = asyncio.create_task(open_streams(web, cookie, ward, STREAMS))
            await asyncio.sleep(0.5)
            status, seconds = await asyncio.to_thread(web.get, "/healthz")
            assert (status, seconds < 1) == (200, True)
        assert len(await opening) == STREAMS

    asyncio.run(test())


def test_streams_that_are_torn_off_leave_no_connection_behind(web, cookie, ward, superuser):
    async def torn_off_while_opening() -> None:
        _, writer = await web.send(f"GET /stream?ward={ward.pk} HTTP/1.1\nCookie: {cookie}")
        await asyncio.sleep(0.005)
        writer.transport.abort()

    async def test() -> None:
        for _ in range(3):
            streams = await open_streams(web, cookie, ward, 20)
            for stream in streams:
                stream.tear_off()
            await asyncio.gather(*(torn_off_while_opening() for _ in range(20)))
        answers = await asyncio.gather(*(asyncio.to_thread(web.get, "/healthz") for _ in range(40)))
        assert {status for status, _ in answers} == {200}
        assert max(seconds for _, seconds in answers) < 3
        # One is still to be had: the gate in front of the streams is open again.
        assert await open_streams(web, cookie, ward, 1)
        seen = await asyncio.to_thread(connections_of, web, superuser)
        assert sum(seen.values()) <= POOL + 1
        assert seen.keys() == {"idle"}

    asyncio.run(test())


def test_a_tablet_that_never_finishes_its_upload_holds_no_thread(web, ward):
    make_person("paul", ward=ward)

    async def test() -> None:
        head = "POST /accounts/sign-in/ HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 1000"
        hanging = [await web.send(head, b"username=") for _ in range(2 * THREADS)]
        status, seconds = await asyncio.to_thread(web.get, "/livez")
        assert (status, seconds < 1) == (200, True)
        line, _ = await sign_in_at_the_page(web, "paul")
        assert " 302 " in line
        for _, writer in hanging:
            writer.close()

    asyncio.run(test())


def test_the_web_process_stops_within_its_grace_and_ends_the_open_streams(web, cookie, ward):
    async def test() -> float:
        streams = await open_streams(web, cookie, ward, STREAMS)
        seconds: float = await asyncio.to_thread(web.stop)
        for stream in streams:
            with pytest.raises(StreamEnded):  # orderly: a torn connection would be another error
                await stream.wire.event()
        return seconds

    assert asyncio.run(test()) < GRACE_S
    assert "exception" not in web.log.read_text()


def test_the_web_process_stops_within_its_grace_beside_an_upload_that_does_not_end(web, cookie, ward):
    async def test() -> float:
        await web.send("POST /accounts/sign-in/ HTTP/1.1\nContent-Length: 1000", b"username=")
        await open_streams(web, cookie, ward, 3)
        stopping: float = await asyncio.to_thread(web.stop)
        return stopping

    assert asyncio.run(test()) < GRACE_S + 2


def test_livez_answers_while_every_thread_waits_for_a_database_that_is_gone(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"postgres://nobody:nothing@127.0.0.1:{free_port(None)}/gone")
    with web_process(tmp_path / "web.log", name="plateau-orphan", threads=THREADS) as web:

        async def test() -> None:
            waiting = [await web.send("GET /healthz HTTP/1.1") for _ in range(2 * THREADS)]
            await asyncio.sleep(0.3)
            status, seconds = await asyncio.to_thread(web.get, "/livez")
            assert (status, seconds < 1) == (200, True)
            first = await asyncio.wait_for(waiting[0][0].readline(), 20)
            assert first.startswith(b"HTTP/1.1 503")

        asyncio.run(test())


@pytest.mark.parametrize("path", ["/livez?q=%ff%fe", "/stream?ward=%ff", "/nowhere/%00/x"])
def test_odd_addresses_are_answered_and_not_a_server_error(web, path):
    status, _ = web.get(path)
    assert status < 500
