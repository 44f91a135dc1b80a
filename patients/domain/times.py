"""When something about a stay may have happened: two times are kept of it, and one of them a person types."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.errors import Reason

FUTURE_SKEW = timedelta(minutes=2)  # DOMAIN 4: clocks differ by so much
# [default] What was found out before the admission counts (a weighing, a consent, a laboratory's panel), but not for ever.
BROUGHT_ALONG = timedelta(days=30)


def reasons_of_time(
    instant: datetime, *, field: str, words: str, admitted_at: datetime, before: timedelta = BROUGHT_ALONG, at: datetime
) -> list[Reason]:
    """Why `instant` cannot be when it was: ahead of the clock by more than 2 min, or longer than `before` the admission.

    `words` begin the sentence: "The weighing".
    """
    if instant > at + FUTURE_SKEW:
        ahead = int((instant - at) / timedelta(minutes=1))
        return [Reason("in_the_future", f"{words} lies {ahead} min ahead of the clock. 2 min is allowed.", field)]
    if instant < admitted_at - before:
        allowed = f"more than {before.days} days before" if before else "before"
        return [Reason("before_admission", f"{words} lies {allowed} the admission.", field)]
    return []
