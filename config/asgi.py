"""The web process: pages and API as WSGI in a fixed pool of threads; native are only the live stream and `/livez`.

Measured: recording a set takes 196 to 350 a second so, and 57 to 196 with everything native.
"""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import FrameType
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

THREADS = int(os.environ.get("PLATEAU_THREADS", "4"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PLATEAU_PROCESS", "plateau-web")
# One connection for each thread, one for the stream that is being opened, one for the hub's look at rights:
# so a page never waits for a connection that a stream has.
os.environ.setdefault("PLATEAU_DB_POOL", str(THREADS + 2))

native: Application = get_asgi_application()

from config.wsgi import application as wsgi  # noqa: E402  after the settings above

# An answer waits here for a slow tablet (0: without bound), not in one of the threads.
pages = cast(Application, WSGIMiddleware(cast(Any, wsgi), workers=THREADS, send_queue_size=0))
opening = asyncio.Semaphore(1)

# A form or a set fits many times; nothing of ours is larger.
BODY_AT_MOST = 1_000_000
BODY_WITHIN_S = 60.0
_SENTENCES = {408: "The rest of it did not arrive.", 413: "That is more than Plateau takes."}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Every request of the web process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/stream":
        await _stream(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/livez":
        # Every thread may be waiting for a database that is gone: no reason to restart this process.
        await native(scope, _without_body(receive), send)
    elif scope["type"] == "http":
        await _page(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1000})


async def _stream(scope: Scope, receive: Receive, send: Send) -> None:
    """One stream at a time until its first byte: fifty pages that come back at once need one connection."""
    async with AsyncExitStack() as gate:
        await gate.enter_async_context(opening)

        async def sent(message: Message) -> None:
            if message.get("more_body"):
                await gate.aclose()
            await send(message)

        await native(scope, _without_body(receive), sent)


def _without_body(receive: Receive) -> Receive:
    """What these addresses are sent is not waited for: a body that never ends would hold the gate, or fill the disk."""
    began = False

    async def read() -> Message:
        nonlocal began
        if not began:
            began = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] != "http.disconnect":
            pass
        return message

    return read


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    """The body is read here, not in a thread: a tablet on a bad link must not hold one of four for its upload.

    One that is torn off in the middle reaches nobody: a form cut after "pain=1" would chart a 10 as a 1.
    """
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            body = await _body(receive)
    except TimeoutError:
        return await _refuse(send, 408)
    except ConnectionResetError:
        return None
    if len(body) > BODY_AT_MOST:
        return await _refuse(send, 413)
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return whole.pop() if whole else await receive()

    return await pages(scope, read, send)


async def _body(receive: Receive) -> bytes:
    """All of it, or more than is taken; ConnectionResetError where the sender went away before its end."""
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= BODY_AT_MOST:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
    return b"".join(parts)


async def _refuse(send: Send, status: int) -> None:
    """In the shape of the API's refusals, which a person can read, too. The rest of the body is not waited for."""
    sentence = f"{_SENTENCES[status]} Nothing was saved."
    reason = {"code": "body_refused", "sentence": sentence}
    content = json.dumps({**reason, "reasons": [{**reason, "field": ""}], "fields": {}}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _live(receive: Receive, send: Send) -> None:
    """The hub starts with its first stream; it is stopped here."""
    from realtime.hub import hub

    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
        _when_asked_to_stop(hub.end_streams)
        await send({"type": "lifespan.startup.complete"})


def _when_asked_to_stop(end_streams: Callable[[], None]) -> None:
    """uvicorn says `shutdown` only when every request is over, and a stream never is: hear the signal beside it."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()

    def beside(servers_own: Callable[[int, FrameType | None], Any]) -> Callable[[int, FrameType | None], None]:
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(end_streams)
            servers_own(number, frame)

        return handle

    for number in (signal.SIGINT, signal.SIGTERM):
        servers_own = signal.getsignal(number)
        if callable(servers_own):
            signal.signal(number, beside(servers_own))
