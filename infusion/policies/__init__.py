"""Reasons why something about an order or a delivery may not happen."""

from infusion.policies.delivery import reasons_not_to_discharge, reasons_not_to_start, reasons_of_time
from infusion.policies.orders import (
    must_have_seen,
    must_replace,
    reasons_not_to_end_course,
    reasons_not_to_sign,
    reasons_of_text,
)
from infusion.policies.tasks import tasks_of
from infusion.policies.titration import GateAnswer, bedside, gate, question_of

__all__ = [
    "GateAnswer",
    "bedside",
    "gate",
    "must_have_seen",
    "must_replace",
    "question_of",
    "reasons_not_to_discharge",
    "reasons_not_to_end_course",
    "reasons_not_to_sign",
    "reasons_not_to_start",
    "reasons_of_text",
    "reasons_of_time",
    "tasks_of",
]
