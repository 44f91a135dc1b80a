"""How the people of the demonstration answer what is due besides the sets."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.actor import Actor
from infusion.domain.double_check import PumpReading
from infusion.models import Course
from monitoring.actions import (
    record_falls,
    record_line_check,
    record_liver_panel,
    record_mood,
    record_review,
)
from monitoring.domain.assessments import Analyte, Mood
from monitoring.domain.falls import FallsEntry
from monitoring.domain.line_check import LineCheckEntry
from monitoring.domain.liver import LiverEntry, Measured
from monitoring.domain.mood import MoodEntry
from monitoring.domain.watching import PromptKind, ReviewKind, ReviewOutcome

# What nobody is asked for here is left open: a reassessment or an interval is a decision.
ANSWERED = (
    PromptKind.LINE_CHECK,
    PromptKind.MOOD,
    PromptKind.FALLS,
    PromptKind.LIVER_ENZYMES,
    PromptKind.PHYSICIAN_REVIEW,
)
_A_WHILE = timedelta(minutes=15)


def answer(admission_id: int, kind: PromptKind, *, nurse: Actor, physician: Actor, at: datetime) -> None:
    """Do at `at` what a prompt of this kind asks for, with nothing out of the ordinary."""
    match kind:
        case PromptKind.LINE_CHECK:
            record_line_check(admission_id, entry=_as_it_should_be(admission_id, at=at), by=nurse, at=at)
        case PromptKind.MOOD:
            record_mood(admission_id, entry=MoodEntry(at, Mood.USUAL), by=nurse, at=at)
        case PromptKind.FALLS:
            record_falls(admission_id, entry=FallsEntry(at, 20), by=nurse, at=at)
        case PromptKind.LIVER_ENZYMES:
            record_liver_panel(admission_id, entry=healthy_liver(at - _A_WHILE), by=nurse, at=at)
        case PromptKind.PHYSICIAN_REVIEW:
            record_review(
                admission_id,
                kind=ReviewKind.DAILY,
                outcome=ReviewOutcome.CONTINUE,
                note="Tolerates it well.",
                reviewed_at=at,
                by=physician,
                at=at,
            )


def healthy_liver(collected_at: datetime) -> LiverEntry:
    """Enzymes within the limits of their laboratory."""
    return LiverEntry(
        collected_at,
        {
            Analyte.ALT: Measured(Decimal(24), Decimal(40)),
            Analyte.AST: Measured(Decimal(21), Decimal(40)),
            Analyte.ALP: Measured(Decimal(70), Decimal(120)),
            Analyte.GGT: Measured(Decimal(28), Decimal(60)),
        },
    )


def _as_it_should_be(admission_id: int, *, at: datetime) -> LineCheckEntry:
    course = Course.objects.get(admission_id=admission_id)
    rate = course.rate_ml_per_h if course.state == Course.State.RUNNING else Decimal(0)
    return LineCheckEntry(
        checked_at=at,
        reading=PumpReading(rate, course.concentration_mg_per_ml),
        dedicated_labelled_line=True,
        anti_siphon_valve=True,
        pump_locked=True,
        nothing_else_through_it=True,
        site_is_well=True,
    )
