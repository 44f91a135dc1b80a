"""Adverse events of the stop list: recorded by one tap, withdrawn where they were recorded by mistake."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import watching_answers as answers
from api.bodies import CLIENT_ID, Posting, example, note_field
from api.describing import WRITING, described
from api.fields import Instant, Text, Word
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.paging import Paged
from api.watching_shapes import event_shape
from core import clock
from monitoring.actions import record_adverse_event, withdraw_adverse_event
from monitoring.domain.severity import STOP_LIST
from monitoring.models import AdverseEvent

_KINDS = tuple(sorted(STOP_LIST))


class EventToRecord(Posting):
    """What happened; the rest may be left out."""

    kind = Word(_KINDS)
    occurred_at = Instant(
        required=False, allow_null=True, default=None, help_text="When it happened; left out, it was now."
    )
    note = note_field(500)


class EventToWithdraw(Posting):
    """That it never happened."""

    reason = Text(max_length=500, help_text="Why it was recorded by mistake.")


class AdverseEvents(Operation):
    """The adverse events of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.RECORD_EVENT}

    @described("list_adverse_events", tag="events", parameters=[Paged], answers={200: answers.ListedAdverseEvents})
    def get(self, request: Request, admission_id: int) -> Response:
        """What happened of the stop list, withdrawn ones included; newest first by when it happened."""
        rows = AdverseEvent.objects.select_related("recorded_by", "withdrawn_by")
        return of_stay(
            request, admission_id, rows=rows, newest="occurred_at", shape=event_shape, verb="events.viewed", by=self.by
        )

    @described(
        "record_adverse_event",
        tag="events",
        takes=EventToRecord,
        answers={200: answers.AdverseEvent, 201: answers.AdverseEvent},
        refused=WRITING,
        examples=[example("A fall, just now", client_id=CLIENT_ID, kind="fall")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record an event of the stop list: it is red at once, and a stop is advised. Stop at the pump first."""
        sent, by = body(EventToRecord, request), self.by
        row = record_adverse_event(admission_id, **sent, by=by, at=clock.now())
        with_names(row, by)
        return Response(event_shape(row), status=200 if row.sent_again else 201)


class EventWithdrawals(Operation):
    """The withdrawal of one event."""

    permission = Permission.RECORD_EVENT

    @described(
        "withdraw_adverse_event",
        tag="events",
        takes=EventToWithdraw,
        answers={200: answers.AdverseEvent, 201: answers.AdverseEvent},
        refused=WRITING,
        examples=[example("Another patient's", client_id=CLIENT_ID, reason="it was the patient in the next bed")],
    )
    def post(self, request: Request, event_id: int) -> Response:
        """Say that an event was recorded by mistake; it stays readable, and its alert closes with that reason."""
        sent, by = body(EventToWithdraw, request), self.by
        row = withdraw_adverse_event(event_id, **sent, by=by, at=clock.now())
        with_names(row, by)
        return Response(event_shape(row), status=200 if row.sent_again else 201)
