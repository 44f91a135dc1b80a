"""Segments and course: rebuilt from the delivery events, in the transaction that added one."""

from dataclasses import asdict

from infusion.domain.course import course
from infusion.domain.delivery import SegmentFacts, segments
from infusion.models import Course, Order, Segment
from infusion.selectors import events_of
from patients.models import Admission


def project(admission: Admission, *, order: Order) -> Course | None:
    """Bring the stay's segments and its course row in line with its events; answers the course.

    Segments that are as they were stay untouched, so that the trail shows only what an event really changed. The caller
    holds the admission's lock.
    """
    events = events_of(admission)
    _write_segments(admission, order, segments(events))
    facts = course(events)
    if facts is None:
        Course.objects.filter(admission=admission).delete()
        return None
    values = {**asdict(facts), "state": str(facts.state), "order": order}
    row, _made = Course.objects.update_or_create(admission=admission, defaults=values)
    return row


def _write_segments(admission: Admission, order: Order, wanted: tuple[SegmentFacts, ...]) -> None:
    by_start = {segment.started_at: segment for segment in Segment.objects.filter(admission=admission)}
    keep = {segment.start for segment in wanted}
    Segment.objects.filter(pk__in=[row.pk for start, row in by_start.items() if start not in keep]).delete()
    # In the order of time: the old running segment is closed before the new one opens (one may run).
    for segment in sorted(wanted, key=lambda each: each.start):
        row = by_start.get(segment.start) or Segment(admission=admission, order=order, started_at=segment.start)
        if row.pk is None or _differs(row, segment):
            row.ended_at = segment.end
            row.dose_mg_per_kg_h = segment.dose_mg_per_kg_h
            row.rate_ml_per_h = segment.rate_ml_per_h
            row.concentration_mg_per_ml = segment.concentration_mg_per_ml
            row.pump = segment.pump
            row.save()


def _differs(row: Segment, segment: SegmentFacts) -> bool:
    return (row.ended_at, row.dose_mg_per_kg_h, row.rate_ml_per_h, row.concentration_mg_per_ml, row.pump) != (
        segment.end,
        segment.dose_mg_per_kg_h,
        segment.rate_ml_per_h,
        segment.concentration_mg_per_ml,
        segment.pump,
    )
