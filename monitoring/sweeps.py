"""Sweeps: what the clock alone brings about, and what a forgotten call or an import left undone.

A sweep claims admissions (SKIP LOCKED: any number of workers share the work without waiting), settles them set-wise in
one savepoint, and on an error halves the batch down to the stay that cannot be settled. That one is set aside with its
error while the others go on: tried again after a growing time, named on every page of its ward until it can be settled.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from accounts.actor import Actor
from audit.trail import set_actor
from monitoring.settling import settle_stays
from patients.settling import publish_changes

log = structlog.get_logger(__name__)

BATCH = 100
RECENT = timedelta(minutes=10)
# A stay that was set aside is tried again after this, then twice that, and so on until the longest.
PUT_OFF = timedelta(minutes=1)
PUT_OFF_AT_MOST = timedelta(minutes=15)
SWEEP = Actor.process("sweep")

_DUE = """
SELECT id FROM patients_admission WHERE id IN (
    SELECT admission_id FROM monitoring_stayclock WHERE acts_at <= %(at)s ORDER BY acts_at LIMIT %(limit)s)
FOR NO KEY UPDATE SKIP LOCKED
"""
# A stay that is set aside is left to the sweep of what is due: tried at every look, it would never be put off.
_RECENT = """
SELECT id FROM patients_admission a WHERE discharged_at IS NULL AND id > %(after)s AND id IN (
    SELECT admission_id FROM monitoring_observationset WHERE recorded_at > %(since)s)
  AND NOT EXISTS (SELECT 1 FROM monitoring_stayclock z WHERE z.admission_id = a.id AND z.failed_at IS NOT NULL)
ORDER BY id LIMIT %(limit)s
FOR NO KEY UPDATE SKIP LOCKED
"""


def settle_due_stays(*, at: datetime, limit: int = BATCH) -> int:
    """Settle up to `limit` stays that the clock alone has something to do for by now, the longest waiting first.

    Sets that come overdue are raised, missed or rolled on; ladders go on, acknowledgements and pauses run out, bags run
    empty. How many stays there were, 0 when none is left. With nothing due it is one statement on a partial index, whatever
    else is stored.
    """
    if not _anything_due(at):
        return 0
    return len(_sweep(_DUE, {"at": at, "limit": limit}, at=at))


def reevaluate_recent_sets(*, at: datetime, limit: int = BATCH) -> int:
    """Settle the stays with sets recorded in the last ten minutes, each judged, so that an imported or orphaned red rings.

    Claims `limit` of them at a time, each time in a transaction of its own; how many there were in all.
    """
    since, done, after = at - RECENT, 0, 0
    while claimed := _sweep(_RECENT, {"since": since, "after": after, "limit": limit}, at=at, recorded_since=since):
        done += len(claimed)
        after = claimed[-1]
        if len(claimed) < limit:
            break
    return done


def _anything_due(at: datetime) -> bool:
    """Is anything due at all? The first entry of the partial index says so, outside a transaction.

    (Asked with EXISTS and the instant, a prepared plan walks the whole table: 27 ms with 100,000 open prompts, not 0.2.)
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT acts_at FROM monitoring_stayclock WHERE acts_at IS NOT NULL ORDER BY acts_at LIMIT 1")
        first = cursor.fetchone()
    return first is not None and first[0] <= at


@transaction.atomic
def _sweep(
    claim: str, parameters: Mapping[str, Any], *, at: datetime, recorded_since: datetime | None = None
) -> list[int]:
    """The stays that were claimed, in the order of their ids where the claim has one."""
    with connection.cursor() as cursor:
        cursor.execute(claim, parameters)
        claimed = [row[0] for row in cursor.fetchall()]
    if claimed:
        set_actor(SWEEP)
        publish_changes(_settle(claimed, at=at, since=recorded_since))
    return claimed


def _settle(admission_ids: Sequence[int], *, at: datetime, since: datetime | None) -> dict[int, bool]:
    try:
        with transaction.atomic():
            return settle_stays(admission_ids, by=SWEEP, at=at, recorded_since=since)
    except Exception as error:
        if transaction.get_rollback():  # the connection is gone, and whose fault that was is not said by halving
            raise
        if len(admission_ids) == 1:
            return _set_aside(admission_ids[0], error, at=at)
        half = len(admission_ids) // 2
        return _settle(admission_ids[:half], at=at, since=since) | _settle(admission_ids[half:], at=at, since=since)


def _set_aside(admission_id: int, error: Exception, *, at: datetime) -> dict[int, bool]:
    """One stay that cannot be settled must not stop the ward: it is put off, and log and pages say so.

    Its next try is never later than the instant it waited for anyway. Pages are told when it is set aside first.
    """
    log.error("stay could not be settled", admission=admission_id, error=type(error).__name__, exc_info=error)
    row: dict[str, Any] = {
        "admission": admission_id,
        "at": at,
        "error": type(error).__name__[:80],
        "put_off": PUT_OFF,
        "at_most": PUT_OFF_AT_MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SET_ASIDE, row)
        (failures,) = cursor.fetchone()
    return {admission_id: True} if failures == 1 else {}


# Settling clears all of it again as soon as it succeeds, whoever asked for it.
_SET_ASIDE = """
INSERT INTO monitoring_stayclock AS kept (admission_id, acts_at, failures, failed_at, error)
VALUES (%(admission)s, %(at)s::timestamptz + %(put_off)s::interval, 1, %(at)s, %(error)s)
ON CONFLICT (admission_id) DO UPDATE SET failures = kept.failures + 1, error = excluded.error,
    failed_at = coalesce(kept.failed_at, excluded.failed_at),
    acts_at = least(CASE WHEN kept.acts_at > %(at)s THEN kept.acts_at END,
        %(at)s::timestamptz + least(%(put_off)s::interval * power(2, least(kept.failures, 10)), %(at_most)s::interval))
RETURNING failures
"""
