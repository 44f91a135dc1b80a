"""Events, own limits and intervals, looks, time off the ward, as the API answers them; `api.watching_answers` describes."""

from datetime import datetime, timedelta
from typing import Any

from api.order_shapes import name_of, plain
from api.shapes import iso
from core.posted import Posted
from monitoring.domain.event_entry import EVENT_WORDS
from monitoring.domain.severity import Rule
from monitoring.models import AdverseEvent, CoSignature, LineCheck, OffWard, PatientLimit, Review, SetInterval

_MINUTE = timedelta(minutes=1)


def event_shape(row: AdverseEvent) -> dict[str, Any]:
    """An event, or the row that says of another that it never happened."""
    withdrawal = getattr(row, "withdrawn_by", None)
    return {
        **_row(row),
        "kind": row.kind,
        "words": EVENT_WORDS[Rule(row.kind)],
        "occurred_at": iso(row.occurred_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
        "note": row.note,
        "withdraws": row.withdraws_id,
        "withdrawn_by": withdrawal.pk if withdrawal else None,
    }


def limit_shape(row: PatientLimit, *, at: datetime) -> dict[str, Any]:
    """A physician's own limits, and whether they hold at `at`."""
    return {
        **_row(row),
        "rule": row.rule,
        "direction": row.direction,
        "yellow": plain(row.yellow),
        "red": plain(row.red),
        **_set_by_a_physician(row, at=at),
    }


def interval_shape(row: SetInterval, *, at: datetime) -> dict[str, Any]:
    """A physician's own interval, and whether it holds at `at`."""
    return {**_row(row), "every_min": row.every // _MINUTE, **_set_by_a_physician(row, at=at)}


def _set_by_a_physician(row: PatientLimit | SetInterval, *, at: datetime) -> dict[str, Any]:
    return {
        "reason": row.reason,
        "set_by": name_of(row.set_by),
        "set_at": iso(row.set_at),
        "until": iso(row.until),
        "ended_at": iso(row.ended_at),
        "ended_by": name_of(row.ended_by),
        "holds": row.ended_at is None and (row.until is None or at < row.until),
    }


def review_shape(row: Review) -> dict[str, Any]:
    """A look at the whole."""
    return {
        **_row(row),
        "kind": row.kind,
        "outcome": row.outcome,
        "note": row.note,
        "reviewed_at": iso(row.reviewed_at),
        "recorded_at": iso(row.recorded_at),
        "reviewed_by": name_of(row.reviewed_by),
    }


def line_check_shape(row: LineCheck) -> dict[str, Any]:
    """A look at pump, line and site."""
    return {
        **_row(row),
        "checked_at": iso(row.checked_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
        "rate_ml_per_h": plain(row.rate_ml_per_h),
        "concentration_mg_per_ml": plain(row.concentration_mg_per_ml),
        "agrees": row.agrees,
        "dedicated_labelled_line": row.dedicated_labelled_line,
        "anti_siphon_valve": row.anti_siphon_valve,
        "pump_locked": row.pump_locked,
        "nothing_else_through_it": row.nothing_else_through_it,
        "site_is_well": row.site_is_well,
        "note": row.note,
    }


def off_ward_shape(row: OffWard) -> dict[str, Any]:
    """A time off the ward."""
    return {
        **_row(row),
        "destination": row.destination,
        "escort": name_of(row.escort) or row.escort_name,
        "left_at": iso(row.left_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
        "back_at": iso(row.back_at),
        "back_recorded_by": name_of(row.back_recorded_by),
    }


def co_signature_shape(row: CoSignature) -> dict[str, Any]:
    """Somebody's name beside a very late entry."""
    return {**_row(row), "set": row.set_id, "signed_by": name_of(row.signed_by), "signed_at": iso(row.signed_at)}


def _row(row: Posted) -> dict[str, Any]:
    return {"id": row.pk, "admission": row.admission_id, "client_id": str(row.client_id)}  # type: ignore[attr-defined]
