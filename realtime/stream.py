"""What one open page is still to be told, and how it reads on the wire (server-sent events)."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from realtime.heartbeat import Watch
from realtime.publish import Change
from realtime.watchers import Watcher

# Several changes of one row in quick succession are one refetch; what is red does not wait (DESIGN 7).
COALESCE_S = 0.25
# A page that does not read fast enough is told to fetch its whole list, instead of ever more rows.
ROWS_AT_MOST = 200

# Proxies and tablets close what is silent; and only a write finds out that the reader is gone.
PING_EVERY_S = 15.0
PING = b": ping\n\n"


def message(event: str, content: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(content)}\n\n".encode()


def greeting() -> bytes:
    """How long a browser waits before it comes back: not all at once, when the web process was restarted."""
    return f"retry: {random.randint(1000, 3000)}\n\n".encode()


def _watch_message(watch: Watch) -> bytes:
    since = watch.since.isoformat() if watch.since else None
    return message("watch", {"state": "ok" if watch.ok else "lost", "since": since, "standby": watch.by_standby})


class Feed:
    """The news for one stream: bounded, the newest of each kind, each with the moment from which it may leave.

    Moments are seconds of the event loop's clock. Only that loop's thread touches a feed.
    """

    def __init__(self, watcher: Watcher, watch: Watch | None = None) -> None:
        self.watcher = watcher
        self._rows: dict[int, tuple[float, Change]] = {}
        self._everything = False
        self._watch = watch
        self._signed_out = self._ended = False
        self._news = asyncio.Event()

    def tell(self, change: Change, *, at: float) -> None:
        """A row changed. Commits may be announced out of order: the newest version counts, and red stays red."""
        due, kept = self._rows.get(change.admission, (at + COALESCE_S, change))
        newest = max(kept, change, key=lambda each: each.version)
        red = kept.red or change.red
        self._rows[change.admission] = (
            at if red else due,
            Change(newest.ward, newest.admission, newest.version, red),
        )
        if len(self._rows) > ROWS_AT_MOST:
            self.tell_everything()
        self._news.set()

    def tell_everything(self) -> None:
        """Something may have been missed: the page fetches its whole list. Single rows are part of it."""
        self._rows.clear()
        self._everything = True
        self._news.set()

    def tell_watch(self, watch: Watch) -> None:
        """The chain was lost, or is back; only the latest counts."""
        self._watch = watch
        self._news.set()

    def sign_out(self) -> None:
        """The person may no longer look on: the last thing this stream says."""
        self._signed_out = True
        self.end()

    def end(self) -> None:
        """Nothing more will be told: the web process stops. A browser comes back by itself, to the next one."""
        self._ended = True
        self._news.set()

    @property
    def ended(self) -> bool:
        return self._ended

    def take(self, *, at: float) -> bytes:
        """Everything that may leave at `at`, to be written at once; empty when there is nothing."""
        if self._signed_out:
            return message("signed-out", {})
        taken: list[bytes] = []
        if self._watch is not None:
            taken.append(_watch_message(self._watch))
            self._watch = None
        if self._everything:
            whole = {"ward": self.watcher.ward_id, "admission": None, "version": None, "red": False}
            taken.append(message("change", whole))
            self._everything = False
        for admission in [admission for admission, (due, _) in self._rows.items() if due <= at]:
            _, change = self._rows.pop(admission)
            taken.append(message("change", asdict(change)))
        return b"".join(taken)

    async def wait(self, *, at: float, at_most_s: float) -> bool:
        """Wait until something may be taken; False when `at_most_s` seconds passed in silence.

        To be called right after an empty `take`: nothing else runs in between, so no news is overlooked.
        """
        self._news.clear()
        next_due = min((due for due, _ in self._rows.values()), default=None)
        patience = at_most_s if next_due is None else min(at_most_s, max(0.0, next_due - at))
        try:
            async with asyncio.timeout(patience):
                await self._news.wait()
        except TimeoutError:
            return next_due is not None
        return True


async def written(feed: Feed) -> AsyncIterator[bytes]:
    """The stream as it goes over the wire, until it is ended or the reader goes away."""
    now = asyncio.get_running_loop().time
    yield greeting()
    while True:
        news, over = feed.take(at=now()), feed.ended
        if news:
            yield news
        if over:
            return
        if not news and not await feed.wait(at=now(), at_most_s=PING_EVERY_S):
            yield PING
