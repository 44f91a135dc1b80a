"""Segments and course: rebuilt from the delivery events, in the transaction that added one."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from infusion.domain.course import course
from infusion.domain.delivery import Event, SegmentFacts, segments, standing
from infusion.domain.hold import hold
from infusion.models import Course, Order, Segment
from infusion.selectors import dose_rules
from infusion.selectors.pump import KeptSegment, Pump, pump_of
from patients.models import Admission


def project(
    admission: Admission, *, order: Order, pump: Pump | None = None, also: Sequence[Event] = ()
) -> Course | None:
    """Bring the stay's segments and its course row in line with its events; answers the course.

    Segments that are as they were stay untouched, so that the trail shows only what an event really changed. The caller
    holds the admission's lock; `pump` is what it read before and `also` what was recorded since (else one statement
    reads it). At most four statements write: one deletes, one changes and one adds segments, one writes the course.
    """
    known = pump_of(admission.pk) if pump is None else pump
    events = (*known.events, *also)
    orders = {event.id: event.order_id for event in events}
    _write_segments(admission, order, known.segments, segments(events), orders)
    facts = course(events)
    if facts is None:
        if known.course is not None:
            Course.objects.filter(pk=known.course.pk).delete()
        return None
    values = {**asdict(facts), "state": facts.state.value, "order_id": _order_of_dose(events) or order.pk}
    return _write_course(admission, known.course, values | _hold(known, events, order), order)


def _order_of_dose(events: Sequence[Event]) -> int | None:
    """The order version in whose weight the present dose is."""
    setting = [event for event in standing(events) if event.dose_mg_per_kg_h is not None]
    return setting[-1].order_id if setting else None


def _hold(known: Pump, events: Sequence[Event], order: Order) -> dict[str, Any]:
    """The columns of the target and its hold; nothing where no target was declared."""
    target = known.target
    if target is None:
        return {}
    counted = hold(target, events, reset_pause=dose_rules(order.protocol_id).hold.reset_pause)
    return {
        "target_dose_mg_per_kg_h": target.dose_mg_per_kg_h,
        "target_kind": target.kind.value,
        "target_declared_at": target.declared_at,
        "held": counted.held,
        "held_until": counted.held_until,
        "hold_is_counting": counted.is_counting,
        "hold_ended_at": counted.ended_at,
    }


def _write_course(admission: Admission, row: Course | None, values: dict[str, Any], order: Order) -> Course:
    """One statement, none where nothing changed."""
    if row is None:
        made = Course(admission=admission, **values)
        made.save(force_insert=True)
        return _with_order(made, order)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=[name.removesuffix("_id") for name in changed], force_update=True)
    return _with_order(row, order)


def _with_order(row: Course, order: Order) -> Course:
    if row.order_id == order.pk:
        row.order = order
    return row


def _write_segments(
    admission: Admission,
    order: Order,
    kept: Sequence[KeptSegment],
    wanted: Sequence[SegmentFacts],
    orders: dict[int, int | None],
) -> None:
    """Delete, then change, then add: the old running segment is closed before the new one opens (one may run)."""
    by_start = {row.facts.start: row for row in kept}
    starts = {segment.start for segment in wanted}
    gone = [row.id for row in kept if row.facts.start not in starts]
    changed, new = [], []
    for segment in wanted:
        row = by_start.get(segment.start)
        order_id = orders.get(segment.event_id or 0) or order.pk
        if row is None:
            new.append(_row(admission, segment, order_id))
        elif (replace(row.facts, event_id=segment.event_id), row.order_id) != (segment, order_id):
            changed.append(_row(admission, segment, order_id, row.id))
    if gone:
        Segment.objects.filter(pk__in=gone).delete()
    if changed:
        Segment.objects.bulk_update(changed, _COLUMNS)
    if new:
        Segment.objects.bulk_create(new)


_COLUMNS = [
    "ended_at", "dose_mg_per_kg_h", "rate_ml_per_h", "concentration_mg_per_ml", "pump", "order",
]  # fmt: skip


def _row(admission: Admission, segment: SegmentFacts, order_id: int, row_id: int | None = None) -> Segment:
    return Segment(
        id=row_id,
        admission=admission,
        order_id=order_id,
        started_at=segment.start,
        ended_at=segment.end,
        dose_mg_per_kg_h=segment.dose_mg_per_kg_h,
        rate_ml_per_h=segment.rate_ml_per_h,
        concentration_mg_per_ml=segment.concentration_mg_per_ml,
        pump=segment.pump,
    )
