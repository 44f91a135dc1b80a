"""Liver enzymes, mood screens and falls scores as the API answers them, and what their answers are described by."""

from typing import Any

from rest_framework import serializers

from api.answers import Described, Listed
from api.order_answers import quantity, word
from api.order_shapes import name_of, plain
from api.shapes import iso
from monitoring.domain.assessments import Analyte, FallsScale, Mood
from monitoring.domain.mood import Cssrs
from monitoring.models import FallsScore, LiverPanel, MoodScreen

QUESTIONS = tuple(Cssrs.__dataclass_fields__)
_UNITS = {analyte: "the laboratory's unit" if analyte is Analyte.BILIRUBIN else "U/L" for analyte in Analyte}


class _Assessed(Described):
    """What every version of a record says of itself."""

    id = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()
    corrects = serializers.IntegerField(allow_null=True, help_text="The version that this one replaces")
    correction_reason = serializers.CharField(allow_blank=True)
    corrected_by = serializers.IntegerField(allow_null=True, help_text="The version that replaced this one")


class Panel(_Assessed):
    """Liver enzymes of one collection, each with the upper limit of the laboratory that measured it."""

    collected_at = serializers.DateTimeField()
    rash = serializers.BooleanField(allow_null=True, help_text="null: not asked")
    fever = serializers.BooleanField(allow_null=True, help_text="null: not asked")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        numbers = {name: quantity(_UNITS[a], null=True) for a in Analyte for name in (a.value, f"{a}_upper")}
        return {**super().get_fields(), **numbers}


class Screen(_Assessed):
    """A mood screen."""

    observed_at = serializers.DateTimeField()
    mood = word(Mood)
    since_last_contact = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        asked = {name: serializers.BooleanField(allow_null=True, help_text="null: not asked") for name in QUESTIONS}
        return {**super().get_fields(), **asked}


class Score(_Assessed):
    """A falls score."""

    observed_at = serializers.DateTimeField()
    scale = word(FallsScale)
    score = serializers.IntegerField()


class ListedPanels(Listed):
    """Panels, newest first by when they were collected."""

    results = Panel(many=True)


class ListedScreens(Listed):
    """Mood screens, newest first by when they were seen."""

    results = Screen(many=True)


class ListedScores(Listed):
    """Falls scores, newest first by when they were seen."""

    results = Score(many=True)


def panel_shape(row: LiverPanel) -> dict[str, Any]:
    """One version of a panel; decimals as text."""
    names = [name for analyte in Analyte for name in (analyte.value, f"{analyte}_upper")]
    numbers = {name: plain(getattr(row, name)) for name in names}
    asked = {"rash": row.rash, "fever": row.fever}
    return {**_version(row), "collected_at": iso(row.collected_at), **asked, **numbers}


def screen_shape(row: MoodScreen) -> dict[str, Any]:
    """One version of a mood screen."""
    return {
        **_version(row),
        "observed_at": iso(row.observed_at),
        "mood": str(row.mood),
        "since_last_contact": row.since_last_contact,
        **{name: getattr(row, name) for name in QUESTIONS},
    }


def score_shape(row: FallsScore) -> dict[str, Any]:
    """One version of a falls score."""
    return {**_version(row), "observed_at": iso(row.observed_at), "scale": str(row.scale), "score": row.score}


def _version(row: LiverPanel | MoodScreen | FallsScore) -> dict[str, Any]:
    newer = getattr(row, "corrected_by", None)
    return {
        "id": row.pk,
        "recorded_at": iso(row.recorded_at),
        "recorded_by": name_of(row.recorded_by),
        "corrects": row.corrects_id,
        "correction_reason": row.correction_reason,
        "corrected_by": newer.pk if newer else None,
    }
