"""Protocols, orders, requests and approvals as the API answers them; `api.order_answers` describes them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Signature, User
from api.shapes import iso
from core.errors import Reason
from infusion.domain.approval import standing_state
from infusion.domain.order import order_state
from infusion.domain.words import ApprovalState, Stage
from infusion.models import Approval, IncreaseRequest, Order, Override, Protocol
from infusion.policies.titration import GateAnswer

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def plain(number: Decimal | None) -> str | None:
    """A decimal as text, without zeros that say nothing: 0.1, not 0.1000."""
    return None if number is None else f"{number.normalize():f}"


def name_of(person: User | None) -> str | None:
    """How the ward calls a person."""
    return None if person is None else person.display_name


def reason_shape(reason: Reason) -> dict[str, Any]:
    """One reason of the gate, as a refusal would say it."""
    return {"code": reason.code, "sentence": reason.sentence, "field": reason.field, "kind": str(reason.kind)}


def gate_shape(answer: GateAnswer, *, stage: Stage) -> dict[str, Any]:
    """What stands against an increase."""
    return {
        "stage": str(stage),
        "is_open": answer.is_open,
        "reasons": [reason_shape(reason) for reason in answer.reasons],
        "soft": [reason_shape(reason) for reason in answer.soft],
        "not_before": iso(answer.not_before),
        "next_dose_mg_per_kg_h": plain(answer.next_dose),
    }


def protocol_shape(row: Protocol) -> dict[str, Any]:
    """One version, without its content."""
    return {
        "id": row.pk,
        "code": row.code,
        "version": row.version,
        "name": row.name,
        "drug": row.drug,
        "status": row.status,
        "drafted_by": name_of(row.drafted_by),
        "drafted_at": iso(row.drafted_at),
        "signed_by": name_of(row.signed_by),
        "signed_at": iso(row.signed_at),
        "retired_at": iso(row.retired_at),
    }


def order_shape(row: Order, *, at: datetime) -> dict[str, Any]:
    """One signed version of the stay's order, and whether it is in force at `at`."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "client_id": str(row.client_id),
        "version": row.version,
        "replaces": row.replaces_id,
        "protocol": row.protocol_id,
        "state": str(order_state(expires_at=row.expires_at, ended_at=row.ended_at, at=at)),
        "drug": row.drug,
        "route": row.route,
        "weight": row.weight_id,
        "dosing_weight_kg": plain(row.dosing_weight_kg),
        "unmeasured_weight_reason": row.unmeasured_weight_reason,
        "reweigh_by": iso(row.reweigh_by),
        "concentration_mg_per_ml": plain(row.concentration_mg_per_ml),
        "initial_dose_mg_per_kg_h": plain(row.initial_dose_mg_per_kg_h),
        "increment_mg_per_kg_h": plain(row.increment_mg_per_kg_h),
        "step_interval_min": row.step_interval // _MINUTE,
        "maximum_dose_mg_per_kg_h": plain(row.maximum_dose_mg_per_kg_h),
        "pain_goal": row.pain_goal,
        "endpoint": row.endpoint,
        "planned_days": row.planned_days,
        "liver_max_age_h": row.liver_max_age // _HOUR,
        "signed_by": row.signed_by.display_name,
        "signed_at": iso(row.signed_at),
        "expires_at": iso(row.expires_at),
        "ended_at": iso(row.ended_at),
        "ended_by": name_of(row.ended_by),
        "end_cause": row.end_cause,
        "end_reason": row.end_reason,
    }


def request_shape(row: IncreaseRequest) -> dict[str, Any]:
    """A nurse's request, what they saw, and how it ended."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "order": row.order_id,
        "client_id": str(row.client_id),
        "dose_mg_per_kg_h": plain(row.dose_mg_per_kg_h),
        "note": row.note,
        "requested_by": row.requested_by.display_name,
        "requested_at": iso(row.requested_at),
        "view": row.view,
        "state": row.state,
        "closed_at": iso(row.closed_at),
        "closed_by": name_of(row.closed_by),
        "close_reason": row.close_reason,
    }


def approval_shape(row: Approval, *, at: datetime) -> dict[str, Any]:
    """A physician's ceiling, what they saw and opened, and what is left of it at `at`."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "order": row.order_id,
        "client_id": str(row.client_id),
        "kind": row.kind,
        "request": row.request_id,
        "requested_by": name_of(row.requested_by),
        "ceiling_mg_per_kg_h": plain(row.ceiling_mg_per_kg_h),
        "approved_by": row.approved_by.display_name,
        "approved_at": iso(row.approved_at),
        "expires_at": iso(row.expires_at),
        "reason": row.reason,
        "view": row.view,
        "state": str(standing_state(ApprovalState(row.state), expires_at=row.expires_at, at=at)),
        "closed_at": iso(row.closed_at),
        "close_reason": row.close_reason,
        "overrides": [override_shape(each) for each in row.overrides.all()],
    }


def override_shape(row: Override) -> dict[str, Any]:
    """A soft reason that a physician opened, and why."""
    return {
        "id": row.pk,
        "code": row.code,
        "sentence": row.sentence,
        "reason": row.reason,
        "by": row.by.display_name,
        "at": iso(row.at),
    }


def signature_shape(row: Signature) -> dict[str, Any]:
    """A name, a time and a meaning under one row of the record."""
    return {
        "id": row.pk,
        "table": row.table_name,
        "row": row.row_id,
        "name": row.name,
        "role": row.role,
        "meaning": row.meaning,
        "method": row.method,
        "at": iso(row.at),
    }
