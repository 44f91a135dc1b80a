"""Moves between wards."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import patient_answers as answers
from api.bodies import Posting
from api.describing import WRITING, described
from api.fields import RowId, Strict, Text
from api.listing import of_stay
from api.operation import Operation, body
from api.paging import Paged
from api.patient_shapes import coming_shape, transfer_shape
from audit.trail import record
from core import clock
from patients.actions import accept_transfer, cancel_transfer, decline_transfer, request_transfer
from patients.models import Transfer
from patients.selectors import visible_ward
from patients.selectors.transfers import transfers_coming


class TransferToRequest(Posting):
    """Which ward is asked."""

    to_ward = RowId(help_text="The ward that is to take the patient.")
    reason = Text(required=False, default="", allow_blank=True, max_length=200)


class Acceptance(Strict):
    """Into which bed."""

    bed = RowId(help_text="A free bed of the receiving ward.")


class Decline(Strict):
    """Why not."""

    reason = Text(max_length=200, allow_blank=True, help_text="Never empty.")


class Cancellation(Strict):
    """Why it is taken back."""

    reason = Text(required=False, default="", allow_blank=True, max_length=200)


def _example(title: str, /, **value: object) -> OpenApiExample:
    return OpenApiExample(title, value=value, request_only=True)


class Transfers(Operation):
    """The moves of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.TRANSFER_PATIENT}

    @described("list_transfers", tag="transfers", parameters=[Paged], answers={200: answers.ListedTransfers})
    def get(self, request: Request, admission_id: int) -> Response:
        """The moves of a patient, last asked for first."""
        return of_stay(
            request, admission_id, rows=_rows(), newest="requested_at", shape=transfer_shape, verb="transfers.viewed",
            by=self.by,
        )  # fmt: skip

    @described(
        "request_transfer",
        tag="transfers",
        takes=TransferToRequest,
        answers={200: answers.Transfer, 201: answers.Transfer},
        refused=WRITING,
        examples=[
            _example("To the monitored ward", client_id="a6e1c5d2-51d5-4f0a-9a3b-2f6de2b4c1aa", to_ward=2,
                     reason="needs telemetry")
        ],
    )  # fmt: skip
    def post(self, request: Request, admission_id: int) -> Response:
        """Ask another ward to take the patient. Nothing moves before it accepts."""
        sent = body(TransferToRequest, request)
        sent["to_ward_id"] = sent.pop("to_ward")
        row = request_transfer(admission_id, **sent, by=self.by, at=clock.now())
        return _answered(row, status=200 if row.sent_again else 201)


class TransfersToWard(Operation):
    """Who is to come."""

    permission = Permission.TRANSFER_PATIENT

    @described("list_coming_transfers", tag="transfers", answers={200: answers.ComingTransfers})
    def get(self, request: Request, ward_id: int) -> Response:
        """The patients whom other wards want to send to this one, longest waiting first; every look is logged."""
        by = self.by
        ward = visible_ward(ward_id, by=by)
        rows = transfers_coming(ward)
        record("transfers.viewed", by=by, content={"ward": ward.pk, "admissions": [row.admission_id for row in rows]})
        return Response({"results": [coming_shape(row) for row in rows]})


class Acceptances(Operation):
    """A yes to one transfer."""

    permission = Permission.TRANSFER_PATIENT

    @described(
        "accept_transfer",
        tag="transfers",
        takes=Acceptance,
        answers={200: answers.Transfer},
        refused=WRITING,
        examples=[_example("Into bed 31", bed=31)],
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        """Take the patient into a free bed, as somebody of the receiving ward: access and prompts move at once.

        409 when somebody decided otherwise first.
        """
        sent = body(Acceptance, request)
        return _answered(accept_transfer(transfer_id, bed_id=sent["bed"], by=self.by, at=clock.now()))


class Declines(Operation):
    """A no to one transfer."""

    permission = Permission.TRANSFER_PATIENT

    @described(
        "decline_transfer",
        tag="transfers",
        takes=Decline,
        answers={200: answers.Transfer},
        refused=WRITING,
        examples=[_example("No bed", reason="no monitored bed is free")],
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        """Say no, as somebody of the receiving ward, and why; the patient stays where they are."""
        sent = body(Decline, request)
        return _answered(decline_transfer(transfer_id, reason=sent["reason"], by=self.by, at=clock.now()))


class Cancellations(Operation):
    """The end of one request."""

    permission = Permission.TRANSFER_PATIENT

    @described(
        "cancel_transfer",
        tag="transfers",
        takes=Cancellation,
        answers={200: answers.Transfer},
        refused=WRITING,
        examples=[_example("Better", reason="breathes well again")],
    )
    def post(self, request: Request, transfer_id: int) -> Response:
        """Take a request back, as somebody of the sending ward."""
        sent = body(Cancellation, request)
        return _answered(cancel_transfer(transfer_id, reason=sent["reason"], by=self.by, at=clock.now()))


def _rows() -> QuerySet[Transfer]:
    return Transfer.objects.select_related("from_ward", "to_ward", "requested_by", "closed_by", "bed")


def _answered(row: Transfer, *, status: int = 200) -> Response:
    return Response(transfer_shape(_rows().get(pk=row.pk)), status=status)
