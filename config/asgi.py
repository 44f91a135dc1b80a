"""The web process: pages and API as WSGI in a fixed pool of threads; native are only the live stream and `/livez`.

Measured: recording a set takes 196 to 350 a second so, and 57 to 196 with everything native.
"""

import asyncio
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

# A form or a set fits many times; what is larger is read by the thread itself.
BODY_READ_AHEAD = 1_000_000


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Every request of the web process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/stream":
        await _stream(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/livez":
        # Every thread may be waiting for a database that is gone: no reason to restart this process.
        await native(scope, receive, send)
    elif scope["type"] == "http":
        await pages(scope, await _read_ahead(receive), send)
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

        await native(scope, receive, sent)


async def _read_ahead(receive: Receive) -> Receive:
    """The body is read here, not in a thread: a tablet on a bad link must not hold one of four for its upload."""
    messages = [await receive()]
    size = len(messages[0].get("body", b""))
    while messages[-1].get("more_body") and size < BODY_READ_AHEAD:
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
    ahead = iter(messages)

    async def read() -> Message:
        message = next(ahead, None)
        return await receive() if message is None else message

    return read


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
