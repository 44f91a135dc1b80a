"""What must be known before a set is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from monitoring.selectors.facts_statement import SET_STANDS


@dataclass(frozen=True, slots=True)
class Before:
    """What must be known before a set is written: was it sent already, was its version corrected, which temperature."""

    same_id: int | None
    same_id_admission: int | None
    same_id_fingerprint: bytes | None
    is_corrected: bool
    temperature: Decimal | None
    temperature_at: datetime | None


_BEFORE = f"""
SELECT k.id, k.admission_id, k.fingerprint,
       EXISTS (SELECT 1 FROM monitoring_observationset c WHERE c.corrects_id = %(corrects_id)s), t.temperature, t.observed_at
FROM (SELECT 1) one
LEFT JOIN monitoring_observationset k ON k.client_id = %(client_id)s
LEFT JOIN LATERAL (SELECT s.temperature, s.observed_at FROM monitoring_observationset s
    WHERE s.admission_id = %(admission_id)s AND s.observed_at BETWEEN %(since)s AND %(observed_at)s
      AND s.temperature IS NOT NULL AND {SET_STANDS} ORDER BY s.observed_at DESC LIMIT 1) t ON true
"""


def before_recording(
    admission_id: int, *, client_id: UUID, observed_at: datetime, good_for: timedelta, corrects_id: int | None
) -> Before:
    """Those facts, under the admission's lock; one statement. A temperature counts for `good_for` (NEWS2 shows its age)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BEFORE,
            {
                "admission_id": admission_id,
                "client_id": client_id,
                "corrects_id": corrects_id,
                "observed_at": observed_at,
                "since": observed_at - good_for,
            },
        )
        same_id, admission, fingerprint, is_corrected, temperature, temperature_at = cursor.fetchone()
    return Before(
        same_id,
        admission,
        None if fingerprint is None else bytes(fingerprint),
        is_corrected,
        temperature,
        temperature_at,
    )
