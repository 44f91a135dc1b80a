"""What rings, and saying that somebody looked."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import answers
from api.describing import WRITING, described
from api.fields import Flag, Instant, Strict
from api.operation import Operation, body, query
from api.paging import Page, Paged, page
from api.shapes import alert_shape
from audit.trail import record
from core import clock
from monitoring.actions import acknowledge_alert
from monitoring.models import Alert
from patients.selectors import visible_admission, visible_ward


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


class AcknowledgementToMake(Strict):
    """That somebody looked."""

    with_patient = Flag(required=False, default=False, help_text="true: I am at the bedside")
    seen_rang_at = Instant(
        allow_null=True,
        help_text="The `rang_at` that was shown: if it rang again since, nothing is acknowledged and the answer is 409.",
    )


class Acknowledgements(Operation):
    """The acknowledgements of one alert."""

    permission = Permission.ACKNOWLEDGE_ALERT

    @described(
        "acknowledge_alert",
        tag="alerts",
        takes=AcknowledgementToMake,
        answers={200: answers.Alert},
        refused=WRITING,
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


def _found(alerts: QuerySet[Alert], asked: dict[str, Any]) -> Page:
    if asked["state"] == "open":
        alerts = alerts.filter(closed_at=None)
    return page(alerts.select_related("acknowledged_by"), asked, by="raised_at")


def _answered(request: Request, found: Page) -> Response:
    return Response(found.shape(request, [alert_shape(row) for row in found.rows]))
