"""A web process as the Procfile starts it, and browsers that keep streams open to it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.children import signal_group, spawn
from core.embedded import free_port
from core.places import PROJECT
from tests.watching import Wire

GRACE_S = 2


@dataclass(frozen=True)
class Web:
    """One running web process."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str) -> tuple[int, float]:
        """Status, and seconds until the answer was there."""
        started = time.monotonic()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                answer.read()
                status = answer.status
        except urllib.error.HTTPError as refused:
            status = refused.code
        return status, time.monotonic() - started

    def stop(self) -> float:
        """Ask it to end; how many seconds it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - started

    def _wait_until_up(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                self.get("/livez")
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise AssertionError(self.log.read_text()) from None
                time.sleep(0.05)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, head: str, body: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Start a request; `head` is its first line and headers."""
        reader, writer = await self.connect()
        lines = [*head.splitlines(), f"Host: localhost:{self.port}", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        return reader, writer

    async def open_stream(self, cookie: str, ward_id: int) -> OpenStream:
        """A stream whose headers have arrived."""
        reader, writer = await self.send(f"GET /stream?ward={ward_id} HTTP/1.1\nCookie: {cookie}")
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode()
        return OpenStream(head.lower(), Wire(_chunks(reader)), writer)


@dataclass(frozen=True)
class OpenStream:
    """A browser's end of a stream."""

    head: str
    wire: Wire
    writer: asyncio.StreamWriter

    def tear_off(self) -> None:
        """As a tablet does that leaves the wireless network."""
        self.writer.transport.abort()


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readline() or b"0", 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)


@contextmanager
def web_process(log: Path, *, name: str, threads: int = 4) -> Generator[Web, None, None]:
    """A web process on this test's database. `name` is how PostgreSQL knows its connections."""
    port = free_port(None)
    argv = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), "--log-level", "warning"]
    env = {**os.environ, "PLATEAU_PROCESS": name, "PLATEAU_THREADS": str(threads)}
    env.pop("PLATEAU_DB_POOL", None)
    with log.open("wb") as output:
        process = spawn([*argv, "--timeout-graceful-shutdown", str(GRACE_S)], env=env, output=output, cwd=PROJECT)
    web = Web(name, port, process, log)
    try:
        web._wait_until_up()
        yield web
    finally:
        signal_group(process.pid, signal.SIGKILL)
        process.wait(10)
