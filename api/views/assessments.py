"""Liver enzymes, mood and falls: recording, correcting, listing."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import assessment_shapes as shapes
from api.bodies import Posting
from api.describing import WRITING, described
from api.fields import Exact, Flag, Instant, Text, Whole, Word
from api.listing import of_stay
from api.operation import Operation, body, query
from api.paging import Paged
from core import clock
from monitoring.actions import (
    correct_falls,
    correct_liver_panel,
    correct_mood,
    record_falls,
    record_liver_panel,
    record_mood,
)
from monitoring.domain.assessments import Analyte, FallsScale, Mood
from monitoring.domain.falls import FallsEntry
from monitoring.domain.liver import MOST, LiverEntry, Measured
from monitoring.domain.mood import Cssrs, MoodEntry
from monitoring.domain.values import Limit
from monitoring.models import FallsScore, LiverPanel, MoodScreen

A = TypeVar("A", LiverPanel, MoodScreen, FallsScore)

_AMOUNT = Limit("Amount", "U/L (bilirubin: the laboratory's unit)", Decimal(0), MOST, places=2)
_MORSE = Limit("Falls score", "", Decimal(0), Decimal(125))
_ID = "4f7a2a1c-9f0b-4a43-8a57-0d9a3a0c7e21"


class VersionsAsked(Paged):
    """Which versions."""

    versions = serializers.ChoiceField(
        choices=["current", "all"],
        default="current",
        help_text="all: with the versions that a correction replaced",
        error_messages={"invalid_choice": "must be current or all."},
    )


class PanelToRecord(Posting):
    """Liver enzymes of one collection; what is left out was not measured."""

    collected_at = Instant(help_text="When the blood was taken, with the offset from UTC.")
    rash = Flag(required=False, allow_null=True, help_text="Asked with it; null: not asked")
    fever = Flag(required=False, allow_null=True, help_text="Asked with it; null: not asked")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        names = [name for analyte in Analyte for name in (analyte.value, f"{analyte}_upper")]
        return {**super().get_fields(), **{name: Exact(_AMOUNT, help_text=_words(name)) for name in names}}


class ScreenToRecord(Posting):
    """The mood, and the C-SSRS screener where it was asked."""

    observed_at = Instant(help_text="When it was seen, with the offset from UTC.")
    mood = Word(Mood)
    since_last_contact = Flag(
        required=False, default=False, help_text="The screener's words for every time but the first."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        asked = {name: Flag(required=False, allow_null=True, help_text="null: not asked") for name in shapes.QUESTIONS}
        return {**super().get_fields(), **asked}


class ScoreToRecord(Posting):
    """The falls score of a shift."""

    observed_at = Instant(help_text="When it was seen, with the offset from UTC.")
    score = Whole(_MORSE, required=True, allow_null=False, help_text="0 to 125 in steps of 5.")
    scale = Word(FallsScale, required=False, default=FallsScale.MORSE)


class Correcting(Posting):
    """The whole as it should have been, and why."""

    correction_reason = Text(max_length=200, allow_blank=True, help_text="Why it is corrected; never empty.")


class PanelCorrection(Correcting, PanelToRecord):
    """The whole panel as it should have been."""


class ScreenCorrection(Correcting, ScreenToRecord):
    """The whole screen as it should have been."""


class ScoreCorrection(Correcting, ScoreToRecord):
    """The whole score as it should have been."""


def _words(name: str) -> str:
    analyte, _upper, limit = name.partition("_upper")
    unit = "the laboratory's unit" if analyte == Analyte.BILIRUBIN else "U/L"
    return f"{'Upper limit of normal of the laboratory' if _upper else 'Value'} in {unit}.{limit}"


def _example(title: str, /, **value: object) -> OpenApiExample:
    return OpenApiExample(title, value={"client_id": _ID, **value}, request_only=True)


_PANEL = {"collected_at": "2026-09-22T06:00:00-04:00", "alt": 31, "alt_upper": 40, "ast": "28.5", "ast_upper": 40,
          "alp": 88, "alp_upper": 120, "ggt": 41, "ggt_upper": 60, "bilirubin": "0.8", "bilirubin_upper": "1.2",
          "rash": False, "fever": False}  # fmt: skip
_SCREEN = {
    "observed_at": "2026-09-22T09:00:00-04:00",
    "mood": "usual",
    "cssrs_1": False,
    "cssrs_2": False,
    "cssrs_6": False,
}
_SCORE = {"observed_at": "2026-09-22T07:00:00-04:00", "score": 35}
_WHY = {"correction_reason": "typed wrong"}


class LiverPanels(Operation):
    """The liver enzymes of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_liver_panels", tag="assessments", parameters=[VersionsAsked], answers={200: shapes.ListedPanels})
    def get(self, request: Request, admission_id: int) -> Response:
        """The panels of a patient, newest first by when they were collected."""
        return _listed(self, request, admission_id, LiverPanel, "collected_at", shapes.panel_shape)

    @described(
        "record_liver_panel",
        tag="assessments",
        takes=PanelToRecord,
        answers={200: shapes.Panel, 201: shapes.Panel},
        refused=WRITING,
        examples=[_example("A panel", **_PANEL)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record liver enzymes, each with the upper limit of the laboratory that measured it."""
        sent = body(PanelToRecord, request)
        row = record_liver_panel(
            admission_id, entry=_panel(sent), client_id=sent["client_id"], by=self.by, at=clock.now()
        )
        return _answered(row, shapes.panel_shape)


class LiverPanelCorrections(Operation):
    """The correction of one version of a panel."""

    permission = Permission.CHART

    @described(
        "correct_liver_panel",
        tag="assessments",
        takes=PanelCorrection,
        answers={200: shapes.Panel, 201: shapes.Panel},
        refused=WRITING,
        examples=[_example("A corrected panel", **_PANEL, **_WHY)],
    )
    def post(self, request: Request, panel_id: int) -> Response:
        """Put a new version in the place of a panel; 409 when somebody corrected this version first."""
        sent = body(PanelCorrection, request)
        row = correct_liver_panel(panel_id, entry=_panel(sent), **_why(sent), by=self.by, at=clock.now())
        return _answered(row, shapes.panel_shape)


class MoodScreens(Operation):
    """The mood screens of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_mood_screens", tag="assessments", parameters=[VersionsAsked], answers={200: shapes.ListedScreens})
    def get(self, request: Request, admission_id: int) -> Response:
        """The mood screens of a patient, newest first by when they were seen."""
        return _listed(self, request, admission_id, MoodScreen, "observed_at", shapes.screen_shape)

    @described(
        "record_mood",
        tag="assessments",
        takes=ScreenToRecord,
        answers={200: shapes.Screen, 201: shapes.Screen},
        refused=WRITING,
        examples=[_example("Usual, screened", **_SCREEN)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record the day's mood; a screener that was begun is finished."""
        sent = body(ScreenToRecord, request)
        row = record_mood(admission_id, entry=_screen(sent), client_id=sent["client_id"], by=self.by, at=clock.now())
        return _answered(row, shapes.screen_shape)


class MoodScreenCorrections(Operation):
    """The correction of one version of a mood screen."""

    permission = Permission.CHART

    @described(
        "correct_mood",
        tag="assessments",
        takes=ScreenCorrection,
        answers={200: shapes.Screen, 201: shapes.Screen},
        refused=WRITING,
        examples=[_example("A corrected screen", **_SCREEN, **_WHY)],
    )
    def post(self, request: Request, screen_id: int) -> Response:
        """Put a new version in the place of a mood screen; 409 when somebody corrected this version first."""
        sent = body(ScreenCorrection, request)
        row = correct_mood(screen_id, entry=_screen(sent), **_why(sent), by=self.by, at=clock.now())
        return _answered(row, shapes.screen_shape)


class FallsScores(Operation):
    """The falls scores of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_falls_scores", tag="assessments", parameters=[VersionsAsked], answers={200: shapes.ListedScores})
    def get(self, request: Request, admission_id: int) -> Response:
        """The falls scores of a patient, newest first by when they were seen."""
        return _listed(self, request, admission_id, FallsScore, "observed_at", shapes.score_shape)

    @described(
        "record_falls",
        tag="assessments",
        takes=ScoreToRecord,
        answers={200: shapes.Score, 201: shapes.Score},
        refused=WRITING,
        examples=[_example("A score", **_SCORE)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record the falls score of the shift."""
        sent = body(ScoreToRecord, request)
        row = record_falls(admission_id, entry=_score(sent), client_id=sent["client_id"], by=self.by, at=clock.now())
        return _answered(row, shapes.score_shape)


class FallsScoreCorrections(Operation):
    """The correction of one version of a falls score."""

    permission = Permission.CHART

    @described(
        "correct_falls",
        tag="assessments",
        takes=ScoreCorrection,
        answers={200: shapes.Score, 201: shapes.Score},
        refused=WRITING,
        examples=[_example("A corrected score", **_SCORE, **_WHY)],
    )
    def post(self, request: Request, score_id: int) -> Response:
        """Put a new version in the place of a falls score; 409 when somebody corrected this version first."""
        sent = body(ScoreCorrection, request)
        row = correct_falls(score_id, entry=_score(sent), **_why(sent), by=self.by, at=clock.now())
        return _answered(row, shapes.score_shape)


def _panel(sent: Mapping[str, Any]) -> LiverEntry:
    measured = {each: Measured(sent.get(each.value), sent.get(f"{each}_upper")) for each in Analyte}
    return LiverEntry(sent["collected_at"], measured, rash=sent.get("rash"), fever=sent.get("fever"))


def _screen(sent: Mapping[str, Any]) -> MoodEntry:
    cssrs = Cssrs(**{name: sent.get(name) for name in shapes.QUESTIONS})
    return MoodEntry(sent["observed_at"], sent["mood"], cssrs, sent["since_last_contact"])


def _score(sent: Mapping[str, Any]) -> FallsEntry:
    return FallsEntry(sent["observed_at"], sent["score"], sent["scale"])


def _why(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": sent["correction_reason"], "client_id": sent["client_id"]}


def _rows(kind: type[A]) -> QuerySet[A]:
    return kind._default_manager.select_related("recorded_by", "corrected_by")


def _listed(
    operation: Operation, request: Request, admission_id: int, kind: type[A], newest: str, shape: Callable[[A], Any]
) -> Response:
    asked = query(VersionsAsked, request)
    rows = _rows(kind) if asked["versions"] == "all" else _rows(kind).filter(corrected_by=None)
    return of_stay(
        request, admission_id, rows=rows, newest=newest, shape=shape, verb="assessments.viewed", by=operation.by,
        asked=asked,
    )  # fmt: skip


def _answered(row: A, shape: Callable[[A], Any]) -> Response:
    made = _rows(type(row)).get(pk=row.pk)
    return Response(shape(made), status=200 if row.sent_again else 201)
