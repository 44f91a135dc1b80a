"""Voiding: every request and approval that is not yet executed ends at once when the ground under it moves (DOMAIN 3)."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from accounts.actor import Actor
from infusion.domain.words import VoidCause

_WORDS = {
    VoidCause.DECREASE: "the dose was lowered",
    VoidCause.CLINICAL_PAUSE: "the pump was paused for a clinical reason",
    VoidCause.STOP: "the pump was stopped",
    VoidCause.RED_ALERT: "a red alert was raised",
    VoidCause.SEDATION: "the patient was too sedated",
    VoidCause.NEW_ORDER: "a new version of the order was signed",
    VoidCause.WEIGHT_CHANGE: "the weight changed",
    VoidCause.PUMP_DIFFERS: "the pump was found at another rate",
    VoidCause.COURSE_ENDED: "the course was ended",
    VoidCause.PATIENT_LEFT: "the patient left",
}

# Both in one statement. An approval whose time was over before lapsed then; nothing voids it afterwards.
_VOID = """
WITH requests AS (
    UPDATE infusion_increaserequest SET state = 'voided', closed_at = %(at)s, closed_by_id = %(by)s, close_reason = %(why)s
    WHERE admission_id = ANY(%(stays)s::bigint[]) AND state = 'waiting' RETURNING 1
), approvals AS (
    UPDATE infusion_approval SET state = CASE WHEN expires_at <= %(at)s THEN 'lapsed' ELSE 'voided' END,
        closed_at = least(expires_at, %(at)s), close_reason = CASE WHEN expires_at <= %(at)s THEN '' ELSE %(why)s END
    WHERE admission_id = ANY(%(stays)s::bigint[]) AND state = 'live' RETURNING state
)
SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM approvals WHERE state = 'voided')
"""


def void_pending(admission_id: int | Collection[int], *, cause: VoidCause, at: datetime, by: Actor) -> int:
    """End every waiting request and live approval of these stays, whose rows the caller has locked; how many it ended.

    One statement. An approval past its time is closed as lapsed and not counted.
    """
    stays = [admission_id] if isinstance(admission_id, int) else list(admission_id)
    with connection.cursor() as cursor:
        cursor.execute(_VOID, {"stays": stays, "at": at, "by": by.user_id, "why": _WORDS[cause]})
        (count,) = cursor.fetchone()
    return int(count)
