"""One for each web process: hears what changed, knows whether anybody watches, and tells the open streams.

It listens on one connection of its own, outside the pool. Everything here runs on the event loop of the process; only
the look at sign-ins and wards, which goes through the ORM, runs in a thread, and gives its connection back.
"""

import asyncio
import contextvars
import json
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connections

from core import clock
from realtime import heartbeat
from realtime.publish import CHANNEL, Change
from realtime.stream import Feed, written
from realtime.watchers import Watcher, still_watching

log = structlog.get_logger(__name__)

# Seconds before the next try to reach Postgres; the last one for ever.
RECONNECT_WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0)
# A server that vanished without a word (power, cable) is found out by the look at the heartbeat.
ANSWER_WITHIN_S = 5.0
# What psycopg does not take from Django's options.
_DJANGOS_OWN = frozenset({"pool", "assume_role", "isolation_level", "server_side_binding"})


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, in seconds, the hub looks at the heartbeat and at its watchers' rights."""

    heartbeat_s: float = 1.0
    rights_s: float = 30.0


async def connect() -> psycopg.AsyncConnection[Any]:
    """A connection past the pool; pg_stat_activity names it as the process's listener."""
    database = settings.DATABASES["default"]
    options = {name: value for name, value in database["OPTIONS"].items() if name not in _DJANGOS_OWN}
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {name: database[key] for name, key in named.items() if database.get(key)}
    process = options.get("application_name", "plateau")
    parameters = {"connect_timeout": 5, **options, **given, "application_name": f"{process}-listen"}
    return await psycopg.AsyncConnection.connect(**parameters, autocommit=True)


def read_change(payload: str) -> Change | None:
    """The change behind an announcement; None when this version of Plateau cannot read it (a rolling update)."""
    try:
        content = json.loads(payload)
        return Change(int(content["ward"]), int(content["admission"]), int(content["version"]), bool(content["red"]))
    except (ValueError, KeyError, TypeError):
        return None


class Hub:
    """The open streams of this process and the one connection that feeds them."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._feeds: set[Feed] = set()
        self._listening = False
        self._marks = heartbeat.Marks()
        self._watch: heartbeat.Watch | None = None
        self._work: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub")

    @property
    def open_streams(self) -> int:
        return len(self._feeds)

    def streams_of(self, watcher: Watcher) -> int:
        """How many streams this sign-in has open; asked from another thread, hence the copy."""
        return sum(feed.watcher.session_key == watcher.session_key for feed in self._feeds.copy())

    async def stream(self, watcher: Watcher, *, marks: heartbeat.Marks) -> AsyncGenerator[bytes]:
        """Everything that `watcher` is to be told, as it goes over the wire; first whether anybody watches.

        `marks` are the heartbeats as the opening request just read them: an idle hub does not look.
        """
        feed = self._join(watcher, marks)
        try:
            async for part in written(feed):
                yield part
        finally:
            self._feeds.discard(feed)

    def _join(self, watcher: Watcher, marks: heartbeat.Marks) -> Feed:
        self._start()
        self._marks = self._marks.newest(marks)
        self._judge(at=clock.now())
        feed = Feed(watcher, self._watch)
        if self._listening:
            # What changed between the page's own look and this moment was announced to nobody.
            feed.tell_everything()
        self._feeds.add(feed)
        return feed

    def _start(self) -> None:
        if self._work is None or self._work.done():
            # In a context of its own: the first stream's would tie the hub to the life of that request.
            work = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())
            self._work = work

    def end_streams(self) -> None:
        """Let every stream come to its end, so that a stopping server need not wait for them."""
        for feed in self._feeds:
            feed.end()

    async def stop(self) -> None:
        """End the hub's work, and its connection."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
            self._work = None

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen_for_ever())
            group.create_task(self._judge_for_ever())
            group.create_task(self._check_rights_for_ever())

    # ---- what changed ----

    async def _listen_for_ever(self) -> None:
        failures = 0
        while True:
            try:
                async with await connect() as postgres:
                    await postgres.execute(f"LISTEN {CHANNEL}")
                    await self._read_heartbeat(postgres)
                    failures, self._listening = 0, True
                    await self._hear(postgres)
            except Exception as error:  # whatever it was: a hub that gave up would leave every board silent
                self._listening = False
                wait_s = RECONNECT_WAITS_S[min(failures, len(RECONNECT_WAITS_S) - 1)]
                log.warning("hub.not_listening", error=type(error).__name__, again_in_s=wait_s)
                failures += 1
                await asyncio.sleep(wait_s)

    async def _hear(self, postgres: psycopg.AsyncConnection[Any]) -> None:
        """Hand on every announcement; between them, look at the heartbeat, on this same connection."""
        self._tell_everything()
        while True:
            async for note in postgres.notifies(timeout=self._pace.heartbeat_s):
                self._tell(read_change(note.payload))
            if self._feeds:
                await self._read_heartbeat(postgres)

    def _tell(self, change: Change | None) -> None:
        if change is None:
            self._tell_everything()
            return
        now = asyncio.get_running_loop().time()
        for feed in self._feeds:
            if feed.watcher.ward_id == change.ward:
                feed.tell(change, at=now)

    def _tell_everything(self) -> None:
        for feed in self._feeds:
            feed.tell_everything()

    # ---- who watches ----

    async def _read_heartbeat(self, postgres: psycopg.AsyncConnection[Any]) -> None:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            rows = await (await postgres.execute(heartbeat.READ)).fetchall()
        self._marks = heartbeat.Marks.of(rows)
        self._judge(at=clock.now())

    async def _judge_for_ever(self) -> None:
        """A mark that cannot be read grows old all the same: without Postgres nobody watches."""
        while True:
            await asyncio.sleep(self._pace.heartbeat_s)
            if self._feeds:
                self._judge(at=clock.now())

    def _judge(self, *, at: datetime) -> None:
        watch = heartbeat.judge(self._marks, at=at)
        if watch != self._watch:
            self._watch = watch
            for feed in self._feeds:
                feed.tell_watch(watch)

    # ---- who may look on ----

    async def _check_rights_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._pace.rights_s)
            feeds = list(self._feeds)
            if not feeds:
                continue
            try:
                allowed = await self._allowed({feed.watcher for feed in feeds})
            except Exception as error:  # asked again in a while; a stream carries ids, never a patient
                log.warning("hub.rights_not_checked", error=type(error).__name__)
                continue
            for feed in feeds:
                if feed.watcher not in allowed:
                    feed.sign_out()

    async def _allowed(self, watchers: set[Watcher]) -> set[Watcher]:
        def ask() -> set[Watcher]:
            try:
                return still_watching(watchers, at=clock.now())
            finally:
                connections.close_all()

        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)


hub = Hub()
