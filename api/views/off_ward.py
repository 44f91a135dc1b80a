"""Leaving the ward for a while and coming back."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import watching_answers as answers
from api.bodies import CLIENT_ID, Posting, example, note_field
from api.describing import WRITING, described
from api.fields import Instant, Strict, Text
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.paging import Paged
from api.watching_shapes import off_ward_shape
from core import clock
from monitoring.actions import come_back, leave_ward
from monitoring.models import OffWard


class LeavingToRecord(Posting):
    """Where the patient goes, and with whom."""

    destination = Text(max_length=100)
    escort = note_field(
        100, help_text="The sign-in name or the name of who goes along and charts: needed while the pump runs."
    )
    left_at = Instant(help_text="When the patient left the ward, with the offset from UTC.")


class ReturnToRecord(Strict):
    """That the patient is back."""

    back_at = Instant(required=False, allow_null=True, default=None, help_text="When; left out, it was now.")


class TimesOffWard(Operation):
    """The times off the ward of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_times_off_ward", tag="off the ward", parameters=[Paged], answers={200: answers.ListedTimesOffWard})
    def get(self, request: Request, admission_id: int) -> Response:
        """When the patient was off the ward, where and with whom; newest first."""
        rows = OffWard.objects.select_related("escort", "recorded_by", "back_recorded_by")
        return of_stay(
            request, admission_id, rows=rows, newest="left_at", shape=off_ward_shape, verb="off_ward.viewed", by=self.by
        )

    @described(
        "leave_ward",
        tag="off the ward",
        takes=LeavingToRecord,
        answers={200: answers.TimeOffWard, 201: answers.TimeOffWard},
        refused=WRITING,
        examples=[
            example(
                "To a scan", client_id=CLIENT_ID, destination="MRI", escort="nurse2", left_at="2026-09-22T14:00:00Z"
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the patient left the ward for a while. Sets go on being due: the escort charts them."""
        sent, by = body(LeavingToRecord, request), self.by
        row = leave_ward(admission_id, **sent, by=by, at=clock.now())
        with_names(row, by)
        return Response(off_ward_shape(row), status=200 if row.sent_again else 201)


class Returns(Operation):
    """The return from one time off the ward."""

    permission = Permission.CHART

    @described(
        "come_back",
        tag="off the ward",
        takes=ReturnToRecord,
        answers={200: answers.TimeOffWard},
        refused=WRITING,
        examples=[example("Back just now"), example("Back before", back_at="2026-09-22T14:40:00Z")],
    )
    def post(self, request: Request, off_ward_id: int) -> Response:
        """Record that the patient is on the ward again."""
        sent, by = body(ReturnToRecord, request), self.by
        row = come_back(off_ward_id, back_at=sent["back_at"], by=by, at=clock.now())
        with_names(row, by)
        return Response(off_ward_shape(row))
