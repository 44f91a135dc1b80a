"""Saying "something changed": ids only, after the commit, in a statement of its own.

Inside the transaction NOTIFY takes a global lock at commit (measured: 4,828 commits a second fell to 2,002). What a
crash between commit and NOTIFY loses, every page's 20 s poll heals.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial

from django.db import connection, transaction

CHANNEL = "plateau"


@dataclass(frozen=True, slots=True)
class Change:
    """Which bed's row is out of date, by ids and a number; `red` asks the pages not to wait."""

    ward: int
    admission: int
    version: int
    red: bool = False


def publish_after_commit(*changes: Change) -> None:
    """Announce the changes once this transaction is committed; one statement for any number of them."""
    if changes:
        # robust: the chart is committed by then, and a failed announcement must not turn a saved set into an error.
        transaction.on_commit(partial(_notify, changes), robust=True)


def _notify(changes: Iterable[Change]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, change) FROM unnest(%s::text[]) AS change",
            [CHANNEL, [json.dumps(asdict(change)) for change in changes]],
        )
