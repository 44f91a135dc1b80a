"""What rings, and saying that somebody looked."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import answers
from api.bodies import CLIENT_ID, Posting, example
from api.describing import WRITING, described
from api.fields import Flag, Instant, Strict, Text, Whole
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body, query
from api.paging import Page, Paged, page
from api.shapes import alert_note_shape, alert_shape, listed_alert_shape
from audit.trail import record
from core import clock
from monitoring.actions import acknowledge_alert, note_alert, resolve_alert, snooze_alert
from monitoring.actions.alerts import LONGEST_NOTE
from monitoring.domain.values import Limit
from monitoring.models import Alert, AlertNote, AlertNoteKind
from monitoring.selectors.ladders import ladders_of
from patients.selectors import visible_admission, visible_ward

_MISSING = {"required": "is missing.", "null": "must not be null."}
_WRITTEN = (AlertNoteKind.NOTE, AlertNoteKind.CALL, AlertNoteKind.ACTION)
_MINUTES = Limit("Put off for", "min", Decimal(1), Decimal(60))
_RANG = "2026-09-22T08:15:00Z"


class AlertsAsked(Paged):
    """Which alerts."""

    state = serializers.ChoiceField(
        choices=["open", "all"], default="open", error_messages={"invalid_choice": "must be open or all."}
    )


class AlertsOfStay(Operation):
    """The alerts of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_alerts_of_stay", tag="alerts", parameters=[AlertsAsked], answers={200: answers.ListedAlerts})
    def get(self, request: Request, admission_id: int) -> Response:
        """The alerts of a patient, last raised first."""
        asked, by = query(AlertsAsked, request), self.by
        admission = visible_admission(admission_id, by=by)
        record("alerts.viewed", by=by, admission_id=admission.pk, patient_id=admission.patient_id)
        return _answered(request, _found(Alert.objects.filter(admission=admission), asked))


class AlertsOfWard(Operation):
    """The alerts of one ward."""

    permission = Permission.VIEW_WARD

    @described("list_alerts_of_ward", tag="alerts", parameters=[AlertsAsked], answers={200: answers.ListedAlerts})
    def get(self, request: Request, ward_id: int) -> Response:
        """The alerts of a ward's patients, last raised first."""
        asked, by = query(AlertsAsked, request), self.by
        ward = visible_ward(ward_id, by=by)
        found = _found(Alert.objects.filter(admission__ward=ward), asked)
        seen = sorted({alert.admission_id for alert in found.rows})
        record("alerts.viewed", by=by, content={"ward": ward.pk, "admissions": seen})
        return _answered(request, found)


class Shown(Strict):
    """What is done about an alert as it was shown."""

    seen_rang_at = Instant(
        allow_null=True, help_text="The `rang_at` that was shown: if it rang again since, the answer is 409."
    )


class AcknowledgementToMake(Shown):
    """That somebody looked."""

    with_patient = Flag(required=False, default=False, help_text="true: I am at the bedside")


class NoteToWrite(Posting):
    """What was said or done."""

    kind = serializers.ChoiceField(
        choices=[str(kind) for kind in _WRITTEN],
        error_messages={"invalid_choice": f"must be one of {', '.join(_WRITTEN)}.", **_MISSING},
    )
    text = Text(max_length=LONGEST_NOTE)


class SnoozeToMake(Posting, Shown):
    """For how long it is put off."""

    minutes = Whole(_MINUTES, required=True, allow_null=False)


class ResolutionToMake(Posting, Shown):
    """What was done about it."""

    text = Text(max_length=LONGEST_NOTE)


class Acknowledgements(Operation):
    """The acknowledgements of one alert."""

    permission = Permission.ACKNOWLEDGE_ALERT

    @described(
        "acknowledge_alert",
        tag="alerts",
        takes=AcknowledgementToMake,
        answers={200: answers.Alert},
        refused=WRITING,
        examples=[example("At the bedside", seen_rang_at=_RANG, with_patient=True)],
    )
    def post(self, request: Request, alert_id: int) -> Response:
        """Say "I have seen it", or "I am with the patient"; an alert back in range is closed by it.

        Saying so again changes nothing and answers the same.
        """
        sent = body(AcknowledgementToMake, request)
        alert = acknowledge_alert(
            alert_id,
            with_patient=sent["with_patient"],
            seen_rang_at=sent["seen_rang_at"],
            by=self.by,
            at=clock.now(),
        )
        return Response(alert_shape(alert))


class AlertNotes(Operation):
    """What was said and done about the alerts of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_alert_notes", tag="alerts", parameters=[Paged], answers={200: answers.ListedAlertNotes})
    def get(self, request: Request, admission_id: int) -> Response:
        """Notes, calls, actions, rings put off and resolutions of a patient's alerts; newest first."""
        return of_stay(
            request, admission_id, rows=AlertNote.objects.select_related("by"), newest="at", shape=alert_note_shape,
            verb="alerts.viewed", by=self.by,
        )  # fmt: skip


class NotesOfAlert(Operation):
    """What is said or done about one alert."""

    permission = Permission.ACKNOWLEDGE_ALERT

    @described(
        "note_alert",
        tag="alerts",
        takes=NoteToWrite,
        answers={200: answers.AlertNote, 201: answers.AlertNote},
        refused=WRITING,
        examples=[example("A call", client_id=CLIENT_ID, kind="call", text="Dr. Ives told by telephone, comes")],
    )
    def post(self, request: Request, alert_id: int) -> Response:
        """Write down a note, a call or an action: it counts as something that followed an acknowledgement."""
        sent, by = body(NoteToWrite, request), self.by
        sent["kind"] = AlertNoteKind(sent["kind"])
        note = note_alert(alert_id, **sent, by=by, at=clock.now())
        with_names(note, by)
        return Response(alert_note_shape(note), status=200 if note.sent_again else 201)


class Snoozes(Operation):
    """Putting off the ring of one alert."""

    permission = Permission.ACKNOWLEDGE_ALERT

    @described(
        "snooze_alert",
        tag="alerts",
        takes=SnoozeToMake,
        answers={200: answers.Alert},
        refused=WRITING,
        examples=[example("Ten minutes", client_id=CLIENT_ID, minutes=10, seen_rang_at=_RANG)],
    )
    def post(self, request: Request, alert_id: int) -> Response:
        """Put a ring off for some minutes, once (red at most 15); then it rings again from the first step. Never off."""
        alert = snooze_alert(alert_id, **body(SnoozeToMake, request), by=self.by, at=clock.now())
        return Response(alert_shape(alert))


class Resolutions(Operation):
    """The resolution of one alert."""

    permission = Permission.ACKNOWLEDGE_ALERT

    @described(
        "resolve_alert",
        tag="alerts",
        takes=ResolutionToMake,
        answers={200: answers.Alert},
        refused=WRITING,
        examples=[example("Treated", client_id=CLIENT_ID, text="labetalol 10 mg given, 150/84", seen_rang_at=_RANG)],
    )
    def post(self, request: Request, alert_id: int) -> Response:
        """Close an alert with what was done: a physician at any time, others once its value is back in range."""
        alert = resolve_alert(alert_id, **body(ResolutionToMake, request), by=self.by, at=clock.now())
        return Response(alert_shape(alert))


def _found(alerts: QuerySet[Alert], asked: dict[str, Any]) -> Page:
    if asked["state"] == "open":
        alerts = alerts.filter(closed_at=None)
    return page(alerts.select_related("acknowledged_by", "closed_by"), asked, by="raised_at")


def _answered(request: Request, found: Page) -> Response:
    ringing = {row.admission_id for row in found.rows if row.closed_at is None}
    ladders = ladders_of(ringing, at=clock.now()) if ringing else {}
    return Response(found.shape(request, [listed_alert_shape(row, ladders.get(row.pk)) for row in found.rows]))
