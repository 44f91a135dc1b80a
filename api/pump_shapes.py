"""What was done and read at the pump, as the API answers it; `api.pump_answers` describes it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from api.order_shapes import name_of, plain
from api.shapes import iso
from infusion.domain.figures import CourseFigures
from infusion.domain.tasks import Task
from infusion.models import (
    Bag,
    Course,
    DeliveryEvent,
    DoubleCheck,
    HoldEnd,
    PumpCheck,
    SecondPersonCall,
    Segment,
    TargetDeclaration,
)

_MINUTE = timedelta(minutes=1)
_THOUSANDTH = Decimal("0.001")


def event_shape(row: DeliveryEvent, *, superseded_by: int | None = None) -> dict[str, Any]:
    """One act at the pump: when it was done and when it was recorded."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "order": row.order_id,
        "client_id": str(row.client_id),
        "kind": row.kind,
        "effective_at": iso(row.effective_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
        "second_checker": name_of(row.second_checker),
        "dose_mg_per_kg_h": plain(row.dose_mg_per_kg_h),
        "rate_ml_per_h": plain(row.rate_ml_per_h),
        "concentration_mg_per_ml": plain(row.concentration_mg_per_ml),
        "pump": row.pump,
        "pause_reason": row.pause_reason,
        "until_at": iso(row.until_at),
        "reason": row.reason,
        "source": row.source,
        "approval": row.approval_id,
        "double_check": row.double_check_id,
        "bag": row.bag_id,
        "single_signed_reason": row.single_signed_reason,
        "supersedes": row.supersedes_id,
        "superseded_by": superseded_by,
    }


def act_shape(event: DeliveryEvent, course: Course | None, sentence: str) -> dict[str, Any]:
    """An act that was just recorded, and how the delivery stands after it."""
    return {**event_shape(event), "sentence": sentence, "course": course_shape(course) if course else None}


def segment_shape(row: Segment) -> dict[str, Any]:
    """A stretch of constant rate."""
    return {
        "id": row.pk,
        "order": row.order_id,
        "started_at": iso(row.started_at),
        "ended_at": iso(row.ended_at),
        "dose_mg_per_kg_h": plain(row.dose_mg_per_kg_h),
        "rate_ml_per_h": plain(row.rate_ml_per_h),
        "concentration_mg_per_ml": plain(row.concentration_mg_per_ml),
        "pump": row.pump,
    }


def course_shape(row: Course) -> dict[str, Any]:
    """How the delivery stands."""
    return {
        "order": row.order_id,
        "state": row.state,
        "first_started_at": iso(row.first_started_at),
        "changed_at": iso(row.changed_at),
        "dose_mg_per_kg_h": plain(row.dose_mg_per_kg_h),
        "rate_ml_per_h": plain(row.rate_ml_per_h),
        "concentration_mg_per_ml": plain(row.concentration_mg_per_ml),
        "paused_at": iso(row.paused_at),
        "paused_until": iso(row.paused_until),
        "pause_reason": row.pause_reason,
        "stopped_at": iso(row.stopped_at),
        "found_differing_at": iso(row.found_differing_at),
        "target_dose_mg_per_kg_h": plain(row.target_dose_mg_per_kg_h),
        "target_declared_at": iso(row.target_declared_at),
    }


def double_check_shape(row: DoubleCheck) -> dict[str, Any]:
    """What two people read, beside what was computed."""
    return {
        "id": row.pk,
        "order": row.order_id,
        "act": row.act,
        "at": iso(row.at),
        "computed_rate_ml_per_h": plain(row.computed_rate_ml_per_h),
        "ordered_concentration_mg_per_ml": plain(row.ordered_concentration_mg_per_ml),
        "first_by": row.first_by.display_name,
        "first_rate_ml_per_h": plain(row.first_rate_ml_per_h),
        "first_concentration_mg_per_ml": plain(row.first_concentration_mg_per_ml),
        "second_by": row.second_by.display_name,
        "second_rate_ml_per_h": plain(row.second_rate_ml_per_h),
        "second_concentration_mg_per_ml": plain(row.second_concentration_mg_per_ml),
        "agrees": row.agrees,
    }


def pump_check_shape(row: PumpCheck) -> dict[str, Any]:
    """A look at the pump that an act left behind."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "event": row.event_id,
        "kind": row.kind,
        "opened_at": iso(row.opened_at),
        "due_at": iso(row.due_at),
        "closed_at": iso(row.closed_at),
        "closed_by": name_of(row.closed_by),
        "rate_ml_per_h": plain(row.rate_ml_per_h),
        "concentration_mg_per_ml": plain(row.concentration_mg_per_ml),
        "agrees": row.agrees,
        "close_reason": row.close_reason,
    }


def call_shape(row: SecondPersonCall) -> dict[str, Any]:
    """A call for a second person."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "client_id": str(row.client_id),
        "act": row.act,
        "asked_by": row.asked_by.display_name,
        "asked_at": iso(row.asked_at),
    }


def target_shape(row: TargetDeclaration) -> dict[str, Any]:
    """A declared target, and how its hold was ended if somebody ended it."""
    end: HoldEnd | None = getattr(row, "end", None)
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "order": row.order_id,
        "client_id": str(row.client_id),
        "dose_mg_per_kg_h": plain(row.dose_mg_per_kg_h),
        "kind": row.kind,
        "pain": row.pain,
        "declared_at": iso(row.declared_at),
        "recorded_at": iso(row.recorded_at),
        "declared_by": row.declared_by.display_name,
        "ended_at": iso(end.ended_at) if end else None,
        "ended_by": end.ended_by.display_name if end else None,
        "end_reason": end.reason if end else "",
    }


def hold_end_shape(row: HoldEnd) -> dict[str, Any]:
    """The early end of a hold."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "client_id": str(row.client_id),
        "target": row.declaration_id,
        "reason": row.reason,
        "ended_by": row.ended_by.display_name,
        "ended_at": iso(row.ended_at),
    }


def figures_shape(course: Course | None, figures: CourseFigures | None, *, at: datetime) -> dict[str, Any]:
    """The course and its figures at `at`; null before the first start."""
    return {
        "at": iso(at),
        "course": course_shape(course) if course else None,
        "figures": _figures(figures) if figures else None,
    }


def _figures(figures: CourseFigures) -> dict[str, Any]:
    return {
        "day": figures.day,
        "dose_ordered_mg_per_kg_h": plain(figures.dose_ordered_mg_per_kg_h),
        "dose_delivered_mg_per_kg_h": plain(figures.dose_delivered_mg_per_kg_h),
        "mg_per_h": plain(figures.mg_per_h),
        "mcg_per_kg_min": plain(figures.mcg_per_kg_min),
        "rate_ml_per_h": plain(figures.rate_ml_per_h),
        "concentration_mg_per_ml": plain(figures.concentration_mg_per_ml),
        "cumulative_mg": _rounded(figures.cumulative_mg),
        "cumulative_mg_per_kg": _rounded(figures.cumulative_mg_per_kg),
        "time_at_target_min": _minutes(figures.time_at_target),
        "hold_remaining_min": _minutes(figures.hold_remaining),
        "hold_done_at": iso(figures.hold_done_at),
        "hold_ended_at": iso(figures.hold_ended_at),
        "bag_remaining_ml": None if figures.bag_remaining_ml is None else _rounded(figures.bag_remaining_ml),
        "run_out_at": iso(figures.run_out_at),
    }


def _minutes(span: timedelta | None) -> int | None:
    return None if span is None else span // _MINUTE


def _rounded(amount: Decimal) -> str:
    """A sum to a thousandth."""
    return f"{amount.quantize(_THOUSANDTH).normalize():f}"


def tasks_shape(tasks: Sequence[Task], *, at: datetime) -> dict[str, Any]:
    """What a course asks of a physician at `at`."""
    return {
        "at": iso(at),
        "tasks": [
            {"kind": str(task.kind), "due_at": iso(task.due_at), "stage": str(task.stage), "sentence": task.sentence}
            for task in tasks
        ],
    }


def bag_shape(row: Bag) -> dict[str, Any]:
    """A bag from hanging to its account."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "order": row.order_id,
        "client_id": str(row.client_id),
        "lot": row.lot,
        "expires_on": row.expires_on.isoformat(),
        "volume_ml": plain(row.volume_ml),
        "concentration_mg_per_ml": plain(row.concentration_mg_per_ml),
        "primed_ml": plain(row.primed_ml),
        "line_is_new": row.line_is_new,
        "hung_at": iso(row.hung_at),
        "hung_by": row.hung_by.display_name,
        "witnessed_by": name_of(row.witnessed_by),
        "single_signed_reason": row.single_signed_reason,
        "closed_at": iso(row.closed_at),
        "closed_by": name_of(row.closed_by),
        "close_witnessed_by": name_of(row.close_witnessed_by),
        "infused_ml": plain(row.infused_ml),
        "wasted_ml": plain(row.wasted_ml),
        "left_ml": plain(row.left_ml),
        "missing_ml": plain(row.missing_ml),
        "incident_open": row.incident_open,
    }
