"""What people chart, correct and acknowledge: each one transaction, lock, check, change, settle, publish."""

from monitoring.actions.alerts import acknowledge_alert, note_alert, resolve_alert, snooze_alert
from monitoring.actions.assessments import (
    correct_falls,
    correct_liver_panel,
    correct_mood,
    record_falls,
    record_liver_panel,
    record_mood,
)
from monitoring.actions.sets import Recorded, correct_set, record_set

__all__ = [
    "Recorded",
    "acknowledge_alert",
    "correct_falls",
    "correct_liver_panel",
    "correct_mood",
    "correct_set",
    "note_alert",
    "record_falls",
    "record_liver_panel",
    "record_mood",
    "record_set",
    "resolve_alert",
    "snooze_alert",
]
