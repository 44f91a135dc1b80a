"""What people chart, correct and decide about watching, and do about alerts: lock, check, change, settle, publish."""

from monitoring.actions.alerts import acknowledge_alert, note_alert, resolve_alert, snooze_alert
from monitoring.actions.assessments import (
    correct_falls,
    correct_liver_panel,
    correct_mood,
    record_falls,
    record_liver_panel,
    record_mood,
)
from monitoring.actions.co_signing import co_sign_set
from monitoring.actions.events import record_adverse_event, withdraw_adverse_event
from monitoring.actions.intervals import end_interval, set_interval
from monitoring.actions.limits import end_limit, set_limit
from monitoring.actions.line_checks import record_line_check
from monitoring.actions.off_ward import come_back, leave_ward
from monitoring.actions.reviews import record_review
from monitoring.actions.sets import Recorded, correct_set, record_set

__all__ = [
    "Recorded",
    "acknowledge_alert",
    "co_sign_set",
    "come_back",
    "correct_falls",
    "correct_liver_panel",
    "correct_mood",
    "correct_set",
    "end_interval",
    "end_limit",
    "leave_ward",
    "note_alert",
    "record_adverse_event",
    "record_falls",
    "record_line_check",
    "record_liver_panel",
    "record_mood",
    "record_review",
    "record_set",
    "resolve_alert",
    "set_interval",
    "set_limit",
    "snooze_alert",
    "withdraw_adverse_event",
]
