"""Facts for what a physician decides about watching, and for what is seen off the ward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.roles import GRANTS, Permission, Role
from infusion.domain.double_check import PumpReading
from infusion.models import Order, Protocol, Segment
from monitoring.domain.co_signing import ANSWERED_FOR
from monitoring.domain.entry import VERY_LATE
from monitoring.domain.limit_entry import side_of
from monitoring.domain.off_ward import Absence
from monitoring.domain.severity import Direction, Rule
from monitoring.domain.thresholds import Side
from monitoring.models import OffWard
from monitoring.selectors.rules import thresholds_of
from patients.models import Admission


def protocol_side(admission: Admission, rule: Rule, direction: Direction) -> Side | None:
    """The limits of the protocol that judges this stay's sets: its order's, else the one that is active last; one statement."""
    protocol_id = (
        Order.objects.filter(admission=admission, ended_at=None).values_list("protocol_id", flat=True).first()
        or Protocol.objects.filter(status=Protocol.Status.ACTIVE)
        .order_by("-signed_at")
        .values_list("id", flat=True)
        .first()
    )
    return side_of(thresholds_of(protocol_id), rule, direction, scale=admission.spo2_scale)


def should_run(admission_id: int, *, at: datetime) -> PumpReading | None:
    """What the pump was recorded to run at, then: rate in mL/h and concentration in mg/mL; None where nothing should flow."""
    flowing = (
        Segment.objects.filter(admission_id=admission_id, started_at__lte=at)
        .exclude(ended_at__lte=at)
        .order_by("-started_at")
        .first()
    )
    return None if flowing is None else PumpReading(flowing.rate_ml_per_h, flowing.concentration_mg_per_ml)


def absences_of(admission_id: int) -> Sequence[Absence]:
    """The stay's times off the ward, newest first."""
    rows = OffWard.objects.filter(admission_id=admission_id).order_by("-left_at", "-id")
    return [Absence(left_at, back_at) for left_at, back_at in rows.values_list("left_at", "back_at")]


# Whoever charts in a role that may not answer for what is very late; the others need nobody beside them.
_ANSWERED_FOR_BY_ANOTHER = [str(role) for role in Role if Permission.CHART_VERY_LATE not in GRANTS[role]]
# A correction counts from when its first version was recorded (`domain.co_signing.is_very_late`).
_AWAITING = """
WITH RECURSIVE version AS (
    SELECT s.id, s.observed_at, s.recorded_at, s.corrects_id AS before
    FROM monitoring_observationset s JOIN accounts_user u ON u.id = s.recorded_by_id AND u.role = ANY(%(roles)s)
    WHERE s.admission_id = %(stay)s AND s.source = ANY(%(sources)s)
      AND (s.corrects_id IS NOT NULL OR s.recorded_at - s.observed_at > %(late)s)
      AND NOT EXISTS (SELECT 1 FROM monitoring_observationset c WHERE c.corrects_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM monitoring_cosignature c WHERE c.set_id = s.id)
    UNION ALL
    SELECT v.id, v.observed_at, b.recorded_at, b.corrects_id FROM version v
    JOIN monitoring_observationset b ON b.id = v.before)
SELECT id FROM version WHERE before IS NULL AND recorded_at - observed_at > %(late)s ORDER BY id
"""


def sets_awaiting_co_signature(admission_id: int) -> list[int]:
    """The standing sets of a stay beside which a charge nurse or a physician has yet to stand; one statement."""
    asked: dict[str, Any] = {
        "stay": admission_id,
        "roles": _ANSWERED_FOR_BY_ANOTHER,
        "sources": [str(source) for source in ANSWERED_FOR],
        "late": VERY_LATE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AWAITING, asked)
        return [set_id for (set_id,) in cursor.fetchall()]
