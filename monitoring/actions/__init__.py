"""What people chart, correct and acknowledge: each one transaction, lock, check, change, settle, publish."""

from monitoring.actions.sets import Recorded, acknowledge_alert, correct_set, record_set

__all__ = ["Recorded", "acknowledge_alert", "correct_set", "record_set"]
