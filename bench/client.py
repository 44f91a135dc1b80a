"""A client that costs little beside the server it measures: raw HTTP/1.1 on connections that stay open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

HOST = "127.0.0.1"


class Wire:
    """One connection; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> Wire:
        return cls(*await asyncio.open_connection(HOST, port))

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer, which must say its length."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length"))
        return int(lines[0].split()[1]), await self._reader.readexactly(length)

    async def listen(self, request: bytes) -> asyncio.StreamReader:
        """Ask for a stream, and leave it open once its head is there."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        return self._reader

    def close(self) -> None:
        self._writer.close()


def request(method: str, path: str, *, headers: Sequence[str] = (), body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Taken:
    """How long answers took, and how long it all took."""

    each_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """In ms."""
        ordered = sorted(self.each_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def per_second(self) -> float:
        return len(self.each_ms) / self.seconds

    def words(self) -> str:
        return f"p50 {self.percentile(0.5):.1f} ms, p95 {self.percentile(0.95):.1f} ms (n {len(self.each_ms)})"


async def drive(
    ports: Sequence[int], requests: Iterator[bytes], *, clients: int, seconds: float, status: int, most: int = 10**9
) -> Taken:
    """Let so many clients send one request after another for so long; every answer must have `status`."""
    taken = Taken()
    began = time.perf_counter()

    async def one(number: int) -> None:
        wire = await Wire.to(ports[number % len(ports)])
        while time.perf_counter() - began < seconds and len(taken.each_ms) < most:
            sent = next(requests)
            at = time.perf_counter()
            answered, body = await wire.send(sent)
            taken.each_ms.append((time.perf_counter() - at) * 1000)
            assert answered == status, body
        wire.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    taken.seconds = time.perf_counter() - began
    return taken
