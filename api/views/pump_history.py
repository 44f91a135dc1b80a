"""What was done and read at the pump, and what therefore flowed: for reading."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Signature
from accounts.roles import Permission
from api import order_answers
from api import pump_answers as answers
from api.describing import described
from api.listing import of_stay
from api.operation import Operation, query
from api.order_shapes import signature_shape
from api.paging import Paged
from api.pump_shapes import double_check_shape, event_shape, pump_check_shape, segment_shape
from infusion.models import DeliveryEvent, DoubleCheck, PumpCheck, Segment


class DeliveryEvents(Operation):
    """The acts at the pump of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_delivery_events", tag="pump", parameters=[Paged], answers={200: answers.ListedEvents})
    def get(self, request: Request, admission_id: int) -> Response:
        """Everything that was recorded of the pump, corrected versions included; newest first by when it was done."""
        rows = DeliveryEvent.objects.select_related("recorded_by", "second_checker", "superseded_by")
        return of_stay(
            request, admission_id, rows=rows, newest="effective_at", shape=_event, verb="pump.viewed", by=self.by
        )


class Segments(Operation):
    """What flowed in one stay."""

    permission = Permission.VIEW_WARD

    @described("list_segments", tag="pump", parameters=[Paged], answers={200: answers.ListedSegments})
    def get(self, request: Request, admission_id: int) -> Response:
        """The stretches of constant rate that follow from the acts at the pump; newest first."""
        return of_stay(
            request, admission_id, rows=Segment.objects.all(), newest="started_at", shape=segment_shape,
            verb="pump.viewed", by=self.by,
        )  # fmt: skip


class DoubleChecks(Operation):
    """The double checks of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_double_checks", tag="pump", parameters=[Paged], answers={200: answers.ListedDoubleChecks})
    def get(self, request: Request, admission_id: int) -> Response:
        """What two people read at the pump, also where they did not agree; newest first."""
        rows = DoubleCheck.objects.select_related("first_by", "second_by")
        return of_stay(
            request, admission_id, rows=rows, newest="at", shape=double_check_shape, verb="pump.viewed", by=self.by
        )


class PumpChecksAsked(Paged):
    """Which checks."""

    state = serializers.ChoiceField(
        choices=["open", "all"], default="open", error_messages={"invalid_choice": "must be open or all."}
    )


class PumpChecks(Operation):
    """The looks at the pump that acts of one stay left behind."""

    permission = Permission.VIEW_WARD

    @described("list_pump_checks", tag="pump", parameters=[PumpChecksAsked], answers={200: answers.ListedPumpChecks})
    def get(self, request: Request, admission_id: int) -> Response:
        """When another person is to look at the pump, and what they read; latest due first."""
        asked = query(PumpChecksAsked, request)
        rows = PumpCheck.objects.select_related("closed_by")
        rows = rows.filter(closed_at=None) if asked["state"] == "open" else rows
        return of_stay(
            request, admission_id, rows=rows, newest="due_at", shape=pump_check_shape, verb="pump.viewed", by=self.by,
            asked=asked,
        )  # fmt: skip


class SignaturesAsked(Paged):
    """Which signatures."""

    table = serializers.CharField(
        required=False, default="", max_length=60, help_text="Under rows of this table, as a signature says it"
    )
    row = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="Under this row of that table",
        error_messages={"invalid": "must be a whole number.", "min_value": "must be a row's number."},
    )


class Signatures(Operation):
    """The signatures of one stay."""

    permission = Permission.VIEW_WARD

    @described(
        "list_signatures",
        tag="orders",
        parameters=[SignaturesAsked],
        answers={200: order_answers.ListedSignatures},
    )
    def get(self, request: Request, admission_id: int) -> Response:
        """Who put their name under what, with which meaning, and how it was made sure that it was they; newest first."""
        asked = query(SignaturesAsked, request)
        wanted = {"table_name": asked["table"], "row_id": asked.get("row")}
        rows = Signature.objects.filter(**{column: value for column, value in wanted.items() if value})
        return of_stay(
            request, admission_id, rows=rows, newest="at", shape=signature_shape, verb="signatures.viewed",
            by=self.by, asked=asked,
        )  # fmt: skip


def _event(row: DeliveryEvent) -> dict[str, object]:
    newer = getattr(row, "superseded_by", None)
    return event_shape(row, superseded_by=newer.pk if newer else None)
