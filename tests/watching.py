"""A ward with people, and the wire of a live stream, for tests of what open pages are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role
from core import clock
from patients.models import Ward, WardMembership
from realtime.publish import Change, publish_after_commit

PASSWORD = "a long enough password"


def make_person(username: str, role: Role = Role.NURSE, *, ward: Ward | None = None) -> User:
    """A person who can sign in, working on `ward` if there is one."""
    person = User(username=username, display_name=username.title(), role=role)
    person.set_password(PASSWORD)
    person.save()
    if ward is not None:
        WardMembership.objects.create(ward=ward, user=person, started_at=clock.now())
    return person


def sign_in(person: User) -> SessionStore:
    """A session of that person, as the sign-in page makes it."""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, person, backend="accounts.backends.RosterBackend")
    request.session.save()
    return request.session


def cookie_of(session: SessionStore) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


async def announce(*changes: Change) -> None:
    """Publish as an action does, from a thread as its request has one."""

    def publish() -> None:
        publish_after_commit(*changes)
        connections.close_all()

    await asyncio.to_thread(publish)


@dataclass(frozen=True)
class Event:
    """One server-sent event, as a page gets it."""

    name: str
    data: dict[str, Any]


class StreamEnded(Exception):
    """The server closed the stream."""


class Wire:
    """Reads server-sent events out of the bytes of one stream."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""
        self.comments = 0

    async def event(self, *, within_s: float = 3.0) -> Event:
        """The next event; TimeoutError when none comes."""
        async with asyncio.timeout(within_s):
            while True:
                while b"\n\n" not in self._rest:
                    self._rest += await self._more()
                block, _, self._rest = self._rest.partition(b"\n\n")
                if found := self._read(block.decode()):
                    return found

    async def silent(self, *, for_s: float) -> bool:
        """Whether nothing is told for that long. The last look: a stream that was waited for in vain is closed."""
        try:
            await self.event(within_s=for_s)
        except TimeoutError:
            return True
        return False

    async def _more(self) -> bytes:
        try:
            return await anext(self._parts)
        except StopAsyncIteration:
            raise StreamEnded from None

    def _read(self, block: str) -> Event | None:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        self.comments += block.startswith(":")
        return Event(fields["event"], json.loads(fields["data"])) if "event" in fields else None
