"""Does anybody watch? The chain beat -> broker -> worker leaves a mark in Postgres; an old mark means that it does not.

Behind it stands the standby, which sweeps from Postgres alone while the chain does not, and leaves a mark of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from realtime.models import Heartbeat

# The chain beats every 2 s; after five missed beats every open page says so in red (DESIGN 1).
LOST_AFTER = timedelta(seconds=10)
# The standby does not wait so long: what it sweeps beside a chain that is only slow is done once all the same (DESIGN 6).
STANDBY_AFTER = timedelta(seconds=3)

READ = "SELECT watcher, beat_at FROM realtime_heartbeat"


@dataclass(frozen=True, slots=True)
class Marks:
    """When the chain last came through, and the standby; None: never."""

    chain: datetime | None = None
    standby: datetime | None = None

    @classmethod
    def of(cls, rows: Iterable[tuple[str, datetime]]) -> "Marks":
        """From the rows that `READ` finds."""
        found = dict(rows)
        return cls(found.get(Heartbeat.CHAIN), found.get(Heartbeat.STANDBY))

    def newest(self, other: "Marks") -> "Marks":
        """Of two looks at the marks the later one, each for itself."""
        return Marks(_later(self.chain, other.chain), _later(self.standby, other.standby))


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether what comes due is raised by itself; `by_standby` in place of the chain.

    `since`: since when the chain does not, or since when nobody does (None: they never did).
    """

    ok: bool
    since: datetime | None = None
    by_standby: bool = False


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


def marks() -> Marks:
    """Both marks; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return Marks.of(cursor.fetchall())


def judge(seen: Marks, *, at: datetime) -> Watch:
    """What the marks mean at `at`.

    The standby counts only where the chain is lost: for a hiccup no page changes. It has stepped in long before then.
    """
    if _is_young(seen.chain, LOST_AFTER, at=at):
        return Watch(ok=True)
    if _is_young(seen.standby, LOST_AFTER, at=at):
        return Watch(ok=True, since=seen.chain, by_standby=True)
    past = [mark for mark in (seen.chain, seen.standby) if mark is not None and mark <= at]
    return Watch(ok=False, since=max(past, default=seen.chain))


def calls_the_standby(seen: Marks, *, at: datetime) -> bool:
    """Is the chain's mark so old that the standby does its work?"""
    return not _is_young(seen.chain, STANDBY_AFTER, at=at)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((mark for mark in (one, other) if mark is not None), default=None)


def _is_young(mark: datetime | None, limit: timedelta, *, at: datetime) -> bool:
    """A mark from the future is no comfort: some clock is wrong, and the mark will not age."""
    return mark is not None and abs(at - mark) < limit


def watching(*, at: datetime) -> Watch:
    """Does anybody watch at `at`? One statement."""
    return judge(marks(), at=at)
