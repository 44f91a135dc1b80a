"""What every page may ask: does anybody watch?"""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from django.http import HttpRequest

from core import clock
from realtime import heartbeat


def watching(request: HttpRequest) -> dict[str, Callable[[], bool | datetime | None]]:
    """`watching` (yes or no) and `not_watching_since` (None: watched, or never was) for templates.

    Templates call what is callable, so a page that does not ask costs nothing, and one that asks, one statement.
    """

    @cache
    def watch() -> heartbeat.Watch:
        return heartbeat.watching(at=clock.now())

    return {"watching": lambda: watch().ok, "not_watching_since": lambda: watch().since}
