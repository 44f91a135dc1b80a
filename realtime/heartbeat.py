"""Does anybody watch? The chain beat -> broker -> worker leaves a mark in Postgres; an old mark means nobody does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from realtime.models import Heartbeat

# The chain beats every 2 s; after five missed beats every open page says so in red (DESIGN 1).
LOST_AFTER = timedelta(seconds=10)

READ = "SELECT beat_at FROM realtime_heartbeat WHERE watcher = %s"


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether overdue sets are being raised by themselves; if not, since when (None: they never were)."""

    ok: bool
    since: datetime | None = None


def beat(*, watcher: str = Heartbeat.CHAIN, at: datetime) -> None:
    """Leave the mark of `watcher`; one statement. A worker that comes late never moves the mark back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO realtime_heartbeat AS kept (watcher, beat_at) VALUES (%s, %s)
            ON CONFLICT (watcher) DO UPDATE SET beat_at = greatest(kept.beat_at, excluded.beat_at)
            """,
            [watcher, at],
        )


def last_beat(*, watcher: str = Heartbeat.CHAIN) -> datetime | None:
    """When `watcher` last came through; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [watcher])
        row = cursor.fetchone()
    return row[0] if row else None


def judge(beat_at: datetime | None, *, at: datetime) -> Watch:
    """What a mark means at `at`. One from the future is no comfort: some clock is wrong, and the mark will not age."""
    if beat_at is not None and abs(at - beat_at) < LOST_AFTER:
        return Watch(ok=True)
    return Watch(ok=False, since=beat_at)


def watching(*, at: datetime) -> Watch:
    """Is the chain alive at `at`? One statement."""
    return judge(last_beat(), at=at)
