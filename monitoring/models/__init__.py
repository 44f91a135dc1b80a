"""Observation sets, the prompts that ask for them, the alerts that they raise; liver enzymes, mood and falls."""

from monitoring.models.assessments import FallsScore, LiverPanel, MoodScreen
from monitoring.models.observations import (
    Acknowledgement,
    Alert,
    Alerts,
    ObservationSet,
    ObservationSets,
    Prompt,
    PromptKind,
    Prompts,
    PromptState,
)

__all__ = [
    "Acknowledgement",
    "Alert",
    "Alerts",
    "FallsScore",
    "LiverPanel",
    "MoodScreen",
    "ObservationSet",
    "ObservationSets",
    "Prompt",
    "PromptKind",
    "PromptState",
    "Prompts",
]
