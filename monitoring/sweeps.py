"""Sweeps: what the clock alone brings about, and what a forgotten call or an import left undone.

A sweep claims admissions (SKIP LOCKED: any number of workers share the work without waiting), settles them set-wise in
one savepoint, and on an error halves the batch down to the stay that cannot be settled, which is put off with its error
in the log while the others go on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from accounts.actor import Actor
from audit.trail import set_actor
from monitoring.settling import settle_stays
from patients.settling import publish_changes

log = structlog.get_logger(__name__)

BATCH = 100
RECENT = timedelta(minutes=10)
PUT_OFF = timedelta(minutes=1)
SWEEP = Actor.process("sweep")

_DUE = """
SELECT id FROM patients_admission WHERE id IN (
    SELECT admission_id FROM monitoring_stayclock WHERE acts_at <= %s ORDER BY acts_at LIMIT %s)
FOR NO KEY UPDATE SKIP LOCKED
"""
_RECENT = """
SELECT id FROM patients_admission WHERE discharged_at IS NULL AND id IN (
    SELECT admission_id FROM monitoring_observationset WHERE recorded_at > %s)
FOR NO KEY UPDATE SKIP LOCKED
"""


def raise_overdue_sets(*, at: datetime, limit: int = BATCH) -> int:
    """Settle up to `limit` stays whose prompt has something to do by now; how many there were, 0 when none is left.

    With nothing due it is one statement on a partial index of open prompts, whatever else is stored.
    """
    if not _anything_due(at):
        return 0
    return _sweep(_DUE, [at, limit], at=at)


def reevaluate_recent_sets(*, at: datetime) -> int:
    """Settle the stays with sets recorded in the last ten minutes, each judged, so that an imported or orphaned red rings."""
    return _sweep(_RECENT, [at - RECENT], at=at, recorded_since=at - RECENT)


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
    claim: str, parameters: Sequence[datetime | int], *, at: datetime, recorded_since: datetime | None = None
) -> int:
    with connection.cursor() as cursor:
        cursor.execute(claim, parameters)
        claimed = [row[0] for row in cursor.fetchall()]
    if not claimed:
        return 0
    set_actor(SWEEP)
    publish_changes(_settle(claimed, at=at, since=recorded_since))
    return len(claimed)


def _settle(admission_ids: list[int], *, at: datetime, since: datetime | None) -> dict[int, bool]:
    try:
        with transaction.atomic():
            return settle_stays(admission_ids, by=SWEEP, at=at, recorded_since=since)
    except Exception as error:
        if len(admission_ids) == 1:
            _put_off(admission_ids[0], error, at=at)
            return {}
        half = len(admission_ids) // 2
        return _settle(admission_ids[:half], at=at, since=since) | _settle(admission_ids[half:], at=at, since=since)


def _put_off(admission_id: int, error: Exception, *, at: datetime) -> None:
    """One stay that cannot be settled must not stop the ward: it is tried again in a minute, and the log says so."""
    log.error("stay could not be settled", admission=admission_id, error=type(error).__name__, exc_info=error)
    with connection.cursor() as cursor:
        cursor.execute(_SET_ASIDE, [admission_id, at + PUT_OFF, at, type(error).__name__[:80]])


_SET_ASIDE = """
INSERT INTO monitoring_stayclock AS kept (admission_id, acts_at, failures, failed_at, error) VALUES (%s, %s, 1, %s, %s)
ON CONFLICT (admission_id) DO UPDATE SET acts_at = excluded.acts_at, failures = kept.failures + 1,
    failed_at = coalesce(kept.failed_at, excluded.failed_at), error = excluded.error
"""
