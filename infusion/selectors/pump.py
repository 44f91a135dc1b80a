"""All that is known of one stay's pump in one statement: what every act at it looks at, and what the projection starts from."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

from infusion.domain.delivery import DeliveryKind, Event, SegmentFacts, standing
from infusion.domain.hold import Target
from infusion.domain.words import PauseReason, TargetKind
from infusion.models import Bag, Course, Order
from patients.models import Admission


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """A segment as it is stored; `order_id` is the order version under which it was set."""

    id: int
    facts: SegmentFacts
    order_id: int


@dataclass(frozen=True, slots=True)
class Pump:
    """One stay's pump as it is recorded. `order` is the open one; `target` the one declared last.

    `was_sent`: some act, perhaps of another stay, was sent under the id that was asked about. `consent_is_withdrawn`: the
    patient's newest word on the treatment is a no.
    """

    course: Course | None
    order: Order | None
    events: tuple[Event, ...]
    segments: tuple[KeptSegment, ...]
    target: Target | None
    declaration_id: int | None
    was_sent: bool = False
    consent_is_withdrawn: bool = False

    @property
    def last_at(self) -> datetime | None:
        """When the last act that holds was done."""
        held = standing(self.events)
        return held[-1].effective_at if held else None

    def event(self, event_id: int) -> Event | None:
        """The event with this id."""
        return next((event for event in self.events if event.id == event_id), None)

    def is_corrected(self, event_id: int) -> bool:
        """Did a later one replace or withdraw it?"""
        return any(event.supersedes == event_id for event in self.events)


_COURSE = [field.attname for field in Course._meta.concrete_fields]
_ORDER = [field.attname for field in Order._meta.concrete_fields]
# What another statement about a stay `a` needs to read the pump along with its course and open order.
PUMP_COLUMNS = "events.rows, segments.rows, t.id, t.dose_mg_per_kg_h, t.kind, t.declared_at, t.ended_at"
PUMP_JOINS = """
LEFT JOIN LATERAL (SELECT json_agg(row)::text AS rows FROM (
    SELECT id, kind, effective_at, recorded_at, rate_ml_per_h, concentration_mg_per_ml, dose_mg_per_kg_h, pump,
           supersedes_id, pause_reason, until_at, order_id,
           coalesce((SELECT k.ceiling_mg_per_kg_h FROM infusion_approval k WHERE k.id = e.approval_id),
                    CASE WHEN kind = 'started' THEN (SELECT v.initial_dose_mg_per_kg_h FROM infusion_order v
                                                     WHERE v.id = e.order_id) END) AS allowed_up_to
    FROM infusion_deliveryevent e WHERE e.admission_id = a.id) row) events ON true
LEFT JOIN LATERAL (SELECT json_agg(row)::text AS rows FROM (
    SELECT id, started_at, ended_at, rate_ml_per_h, concentration_mg_per_ml, dose_mg_per_kg_h, pump, order_id
    FROM infusion_segment s WHERE s.admission_id = a.id ORDER BY started_at) row) segments ON true
LEFT JOIN LATERAL (
    SELECT d.id, d.dose_mg_per_kg_h, d.kind, d.declared_at, h.ended_at
    FROM infusion_targetdeclaration d LEFT JOIN infusion_holdend h ON h.declaration_id = d.id
    WHERE d.admission_id = a.id ORDER BY d.declared_at DESC, d.id DESC LIMIT 1) t ON true
"""
_PUMP = f"""
SELECT {", ".join(f"c.{name}" for name in _COURSE)}, {", ".join(f"o.{name}" for name in _ORDER)}, {PUMP_COLUMNS},
    EXISTS (SELECT FROM infusion_deliveryevent e WHERE e.client_id = %(sent)s::uuid),
    coalesce((SELECT NOT k.given FROM patients_consent k WHERE k.admission_id = a.id ORDER BY k.id DESC LIMIT 1), false)
FROM (SELECT %(stay)s::bigint AS id) a
LEFT JOIN infusion_course c ON c.admission_id = a.id
LEFT JOIN infusion_order o ON o.admission_id = a.id AND o.ended_at IS NULL
{PUMP_JOINS}
"""


def pump_of(admission_id: int, *, client_id: uuid.UUID | None = None) -> Pump:
    """Everything recorded of this stay's pump, whose row the caller has locked; one statement.

    `client_id`: the sender's name of an act, to learn in passing whether any was sent under it (`was_sent`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_PUMP, {"stay": admission_id, "sent": client_id})
        *row, was_sent, withdrawn = cursor.fetchone()
    course = _row_of(Course, _COURSE, row[: len(_COURSE)])
    order = _row_of(Order, _ORDER, row[len(_COURSE) : len(_COURSE) + len(_ORDER)])
    return replace(
        pump_from(course, order, row[len(_COURSE) + len(_ORDER) :]), was_sent=was_sent, consent_is_withdrawn=withdrawn
    )


def pump_from(course: Course | None, order: Order | None, values: Sequence[Any]) -> Pump:
    """The pump out of the values of `PUMP_COLUMNS`, read in one statement with course and open order."""
    events, segments, declaration_id, dose, kind, declared_at, ended_at = values
    if course is not None and order is not None and course.order_id == order.pk:
        course.order = order
    return Pump(
        course=course,
        order=order,
        events=tuple(_event(each) for each in _read(events)),
        segments=tuple(_segment(each) for each in _read(segments)),
        target=None if declaration_id is None else Target(dose, TargetKind(kind), declared_at, ended_at),
        declaration_id=declaration_id,
    )


def hanging_bag(admission_id: int) -> Bag | None:
    """The bag that hangs, with the stay's ward (its clock, its ledger); one statement."""
    bags = Bag.objects.select_related("admission__ward", "order")
    return bags.filter(admission_id=admission_id, closed_at=None).first()


def _row_of(model: type[models.Model], names: Sequence[str], values: Sequence[Any]) -> Any:
    return None if values[0] is None else model.from_db("default", names, values)


def _read(rows: str | None) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(rows or "[]", parse_float=Decimal)
    return read


def _event(row: Mapping[str, Any]) -> Event:
    return Event(
        id=row["id"],
        kind=DeliveryKind(row["kind"]),
        effective_at=datetime.fromisoformat(row["effective_at"]),
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
        rate_ml_per_h=row["rate_ml_per_h"],
        concentration_mg_per_ml=row["concentration_mg_per_ml"],
        dose_mg_per_kg_h=row["dose_mg_per_kg_h"],
        pump=row["pump"] or None,
        supersedes=row["supersedes_id"],
        pause_reason=PauseReason(row["pause_reason"]) if row["pause_reason"] else None,
        until_at=row["until_at"] and datetime.fromisoformat(row["until_at"]),
        order_id=row["order_id"],
        allowed_up_to=row["allowed_up_to"],
    )


def _segment(row: Mapping[str, Any]) -> KeptSegment:
    facts = SegmentFacts(
        start=datetime.fromisoformat(row["started_at"]),
        end=row["ended_at"] and datetime.fromisoformat(row["ended_at"]),
        rate_ml_per_h=row["rate_ml_per_h"],
        concentration_mg_per_ml=row["concentration_mg_per_ml"],
        dose_mg_per_kg_h=row["dose_mg_per_kg_h"],
        pump=row["pump"],
    )
    return KeptSegment(row["id"], facts, row["order_id"])


def events_of(admission: Admission) -> list[Event]:
    """All that was recorded of the pump in this stay."""
    return list(pump_of(admission.pk).events)
