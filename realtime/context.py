"""What every page may ask: does anybody watch?"""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from django.http import HttpRequest

from core import clock
from realtime import heartbeat


def watching(request: HttpRequest) -> dict[str, Callable[[], bool | datetime | None]]:
    """`watching` (yes or no), `standby_watches` (in place of the chain) and `not_watching_since` for templates.

    The last is since when the chain, or anybody, does not; None while it does, or where nobody ever did.

    Templates call what is callable, so a page that does not ask costs nothing, and one that asks, one statement.
    """

    @cache
    def watch() -> heartbeat.Watch:
        return heartbeat.watching(at=clock.now())

    return {
        "watching": lambda: watch().ok,
        "standby_watches": lambda: watch().by_standby,
        "not_watching_since": lambda: watch().since,
    }
