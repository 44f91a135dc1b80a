"""What the stream needs to know of wards, which lie above it."""

from collections.abc import Collection

from core.ports import Unfilled, port


@port("realtime.may_watch")
def may_watch(user_id: int, ward_id: int) -> bool:
    """Does this person work on that ward now?"""
    raise Unfilled


@port("realtime.still_watching")
def still_watching(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Of these (person, ward), those where the person works on the ward now; one statement for all of them."""
    raise Unfilled
