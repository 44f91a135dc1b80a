"""What the stream and the health page need to know of what lies above: wards, and stays that nothing watches."""

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


@port("realtime.set_aside")
def set_aside() -> int:
    """How many stays the sweeps cannot settle at present."""
    raise Unfilled
