"""Observation sets, the prompts that ask for them, the alerts that they raise; what else is looked at and watched."""

from monitoring.models.alerts import Acknowledgement, Alert, AlertNote, AlertNoteKind, Alerts, Notification
from monitoring.models.assessments import FallsScore, LiverPanel, MoodScreen
from monitoring.models.observations import ObservationSet, ObservationSets, Prompt, Prompts, PromptState
from monitoring.models.watching import (
    AdverseEvent,
    CoSignature,
    LineCheck,
    OffWard,
    PatientLimit,
    Review,
    SetInterval,
    StayClock,
)

__all__ = [
    "Acknowledgement",
    "AdverseEvent",
    "Alert",
    "AlertNote",
    "AlertNoteKind",
    "Alerts",
    "CoSignature",
    "FallsScore",
    "LineCheck",
    "LiverPanel",
    "MoodScreen",
    "Notification",
    "ObservationSet",
    "ObservationSets",
    "OffWard",
    "PatientLimit",
    "Prompt",
    "PromptState",
    "Prompts",
    "Review",
    "SetInterval",
    "StayClock",
]
