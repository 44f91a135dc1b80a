"""Looking is logged, too (ASTM E2147): once when a page opens, and again for as long as it stays open."""

from datetime import datetime, timedelta
from typing import Any

from accounts.actor import Actor
from audit.trail import record

AGAIN_AFTER = timedelta(minutes=15)
# Looks that this process knows of; the oldest are forgotten, and then merely logged once more.
_KNOWN_AT_MOST = 10_000
_known: dict[tuple[Any, ...], datetime] = {}


def record_look(
    verb: str, *, ward_id: int | None = None, admission_id: int | None = None, patient_id: int | None = None,
    opened: bool, by: Actor, at: datetime,
) -> None:  # fmt: skip
    """Leave an entry that `by` looked, when a page is `opened`; of what an open page asks by itself, one in 15 minutes.

    What asks "by itself" is the browser's word: a program that claims it leaves its entry all the same.
    """
    key = (by.user_id, verb, ward_id, admission_id)
    last = _known.get(key)
    if not opened and last is not None and timedelta(0) <= at - last < AGAIN_AFTER:
        return
    content = {} if ward_id is None else {"ward": ward_id}
    record(verb, by=by, admission_id=admission_id, patient_id=patient_id, content=content)
    _known.pop(key, None)
    _known[key] = at
    while len(_known) > _KNOWN_AT_MOST:
        _known.pop(next(iter(_known)), None)
