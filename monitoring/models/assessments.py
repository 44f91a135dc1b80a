"""What is looked at beside the observation sets: liver enzymes, mood, falls."""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import all_or_none, one_of, within
from core.posted import Posted
from monitoring.domain.assessments import Analyte, FallsScale, Mood
from monitoring.models.columns import person
from patients.models import PATIENT_OF_ADMISSION, Admission


def _history() -> list[pgtrigger.Trigger]:
    return [
        *history_guard(),
        row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
    ]


def _amount() -> Any:
    return models.DecimalField(max_digits=8, decimal_places=2, null=True)


class LiverPanel(Posted):
    """Liver enzymes of one collection, each with the upper limit of normal of the laboratory that measured it.

    Enzymes in U/L; bilirubin and its limit in whatever unit the laboratory uses, the same for both.
    """

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="liver_panels", db_index=False)
    collected_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = person()
    alt = _amount()
    alt_upper = _amount()
    ast = _amount()
    ast_upper = _amount()
    alp = _amount()
    alp_upper = _amount()
    ggt = _amount()
    ggt_upper = _amount()
    bilirubin = _amount()
    bilirubin_upper = _amount()
    rash = models.BooleanField(null=True, help_text="Asked with it; null: not asked")
    fever = models.BooleanField(null=True)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    correction_reason = models.CharField(max_length=200, blank=True)

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-collected_at", "-id"]
        constraints = [
            *(
                all_or_none(analyte.value, f"{analyte.value}_upper", name=f"liver_{analyte}_with_limit")
                for analyte in Analyte
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{analyte.value}__isnull": True})
                    | Q(**{f"{analyte.value}__gte": 0, f"{analyte.value}_upper__gt": 0}),
                    name=f"liver_{analyte}_possible",
                )
                for analyte in Analyte
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(correction_reason=""), name="liver_correction_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["admission", "-collected_at", "-id"], name="liver_latest")]
        triggers = _history()

    def __str__(self) -> str:
        return f"liver enzymes of {self.collected_at:%d.%m. %H:%M}"


class MoodScreen(Posted):
    """The daily mood, and the C-SSRS screener where it was asked (questions 1 to 6; after the first since last contact)."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="mood_screens", db_index=False)
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = person()
    mood = models.CharField(max_length=10, choices=[(m.value, m.value) for m in Mood])
    cssrs_1 = models.BooleanField(null=True, help_text="Wish to be dead")
    cssrs_2 = models.BooleanField(null=True, help_text="Non-specific active suicidal thoughts")
    cssrs_3 = models.BooleanField(null=True, help_text="Active suicidal ideation with any methods, without intent")
    cssrs_4 = models.BooleanField(null=True, help_text="Active suicidal ideation with some intent")
    cssrs_5 = models.BooleanField(null=True, help_text="Active suicidal ideation with plan and intent")
    cssrs_6 = models.BooleanField(null=True, help_text="Suicidal behaviour")
    cssrs_6_recent = models.BooleanField(null=True, help_text="Within the last three months")
    since_last_contact = models.BooleanField(default=False)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    correction_reason = models.CharField(max_length=200, blank=True)

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-observed_at", "-id"]
        constraints = [
            one_of("mood", [mood.value for mood in Mood], name="mood_known"),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(correction_reason=""), name="mood_correction_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["admission", "-observed_at", "-id"], name="mood_latest")]
        triggers = _history()

    def __str__(self) -> str:
        return f"mood: {self.mood}"


class FallsScore(Posted):
    """The falls score of a shift."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="falls_scores", db_index=False)
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = person()
    scale = models.CharField(max_length=10, choices=[(s.value, s.value) for s in FallsScale], default=FallsScale.MORSE)
    score = models.PositiveSmallIntegerField()
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    correction_reason = models.CharField(max_length=200, blank=True)

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-observed_at", "-id"]
        constraints = [
            one_of("scale", [scale.value for scale in FallsScale], name="falls_scale_known"),
            within("score", 0, 125, name="falls_score_on_scale"),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(correction_reason=""), name="falls_correction_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["admission", "-observed_at", "-id"], name="falls_latest")]
        triggers = _history()

    def __str__(self) -> str:
        return f"falls score {self.score}"
