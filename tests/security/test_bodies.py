"""A clumsy network, and a malicious one, against the door of the web process: uploads that tear, stall or never end."""

from __future__ import annotations

import asyncio
import urllib.parse
import uuid
from collections.abc import Generator
from pathlib import Path

import pytest

from core import clock
from monitoring.models import ObservationSet
from realtime.heartbeat import beat
from tests.factories import Stay, running
from tests.processes.web import Web, web_process
from tests.watching import cookie_of, sign_in

pytestmark = pytest.mark.processes

THREADS = 4
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture
def patient(transactional_db: None) -> Stay:
    return running(at=clock.now())


@pytest.fixture
def web(patient: Stay, tmp_path: Path) -> Generator[Web, None, None]:
    beat(at=clock.now())
    with web_process(tmp_path / "web.log", name="plateau-bodies", threads=THREADS) as started:
        yield started


def cookie(patient: Stay) -> str:
    return cookie_of(sign_in(patient.nurse))


async def status_of(reader: asyncio.StreamReader, within_s: float = 10) -> int:
    return int((await asyncio.wait_for(reader.readline(), within_s)).split()[1])


def test_a_form_torn_off_in_the_middle_of_a_value_charts_nothing(web, patient):
    token = "x" * 32
    fields = {
        "csrfmiddlewaretoken": token,
        "client_id": str(uuid.uuid4()),
        "opened_at": clock.now().isoformat(),
        "pain": "10",
    }
    form = urllib.parse.urlencode(fields).encode()
    head = (
        f"POST /admissions/{patient.id}/sets/new HTTP/1.1\nCookie: csrftoken={token}; {cookie(patient)}\n"
        f"{FORM}\nContent-Length: {len(form)}"
    )

    async def torn_then_whole() -> None:
        _, writer = await web.send(head, form[:-1])  # "pain=1"
        await asyncio.sleep(0.2)
        writer.transport.abort()
        await asyncio.sleep(0.5)
        assert await asyncio.to_thread(ObservationSet.objects.count) == 0
        reader, _ = await web.send(head, form)
        assert await status_of(reader) == 303

    asyncio.run(torn_then_whole())
    assert ObservationSet.objects.get().pain == 10


def test_a_stranger_who_never_finishes_a_request_for_the_stream_keeps_nobody_from_theirs(web, patient):
    signed_in = cookie(patient)

    async def test() -> None:
        hanging = [await web.send("GET /stream?ward=1 HTTP/1.1\nContent-Length: 5") for _ in range(3)]
        await asyncio.sleep(0.2)
        stream = await asyncio.wait_for(web.open_stream(signed_in, patient.ward.pk), 5)
        assert "text/event-stream" in stream.head
        for _, writer in hanging:
            writer.close()

    asyncio.run(test())


def test_uploads_larger_than_anything_of_ours_hold_no_thread(web):
    async def test() -> None:
        token = "x" * 32
        head = f"POST /accounts/sign-in/ HTTP/1.1\nCookie: csrftoken={token}\n{FORM}\nContent-Length: 1500000"
        body = f"csrfmiddlewaretoken={token}&username=".encode() + b"a" * 1_200_000
        stalled = [await web.send(head, body) for _ in range(2 * THREADS)]
        # Read as it comes: a connection closed upon unread bytes is reset, and what was answered before is lost then.
        answers = [asyncio.create_task(status_of(reader)) for reader, _ in stalled]
        status, seconds = await asyncio.to_thread(web.get, "/healthz")
        assert (status, seconds < 2) == (200, True)
        assert set(await asyncio.gather(*answers)) == {413}

    asyncio.run(test())


@pytest.mark.parametrize("path", ["/livez", "/stream?ward=1"])
def test_what_takes_no_body_waits_for_none(web, path):
    async def test() -> None:
        reader, _ = await web.send(f"GET {path} HTTP/1.1\nTransfer-Encoding: chunked")
        assert await status_of(reader) in (200, 302)

    asyncio.run(test())
