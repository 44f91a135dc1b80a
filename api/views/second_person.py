"""Calling for a second person, and another person's look at the pump."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import pump_answers as answers
from api.bodies import CLIENT_ID, Posting, Reading, example, made_at, reading_of
from api.describing import WRITING, described
from api.fields import Strict, Word
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.paging import Paged
from api.pump_shapes import call_shape, pump_check_shape
from core import clock
from infusion.actions import call_second_person, check_pump
from infusion.domain.words import CheckedAct
from infusion.models import SecondPersonCall


class CallToMake(Posting):
    """A call for a second person."""

    act = Word(CheckedAct, help_text="What they are to check.")


class LookToRecord(Strict):
    """What another person read on the pump."""

    reading = Reading()


class SecondPersonCalls(Operation):
    """The calls of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.HANG_BAG}

    @described("list_second_person_calls", tag="pump", parameters=[Paged], answers={200: answers.ListedCalls})
    def get(self, request: Request, admission_id: int) -> Response:
        """Who called for a second person, for what and when; newest first."""
        rows = SecondPersonCall.objects.select_related("asked_by")
        return of_stay(
            request, admission_id, rows=rows, newest="asked_at", shape=call_shape, verb="pump.viewed", by=self.by
        )

    @described(
        "call_second_person",
        tag="pump",
        takes=CallToMake,
        answers={200: answers.SecondPersonCall, 201: answers.SecondPersonCall},
        refused=WRITING,
        examples=[example("For a bag", client_id=CLIENT_ID, act="bag_change")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Call for a second person: after 10 min without one, a bag change or a technical resume may be signed alone."""
        sent, by, at = body(CallToMake, request), self.by, clock.now()
        row = call_second_person(admission_id, act=sent["act"], client_id=sent["client_id"], by=by, at=at)
        with_names(row, by)
        return Response(call_shape(row), status=made_at(row.asked_at, at))


class PumpCheckReadings(Operation):
    """A look at the pump."""

    permission = Permission.WITNESS

    @described(
        "check_pump",
        tag="pump",
        takes=LookToRecord,
        answers={200: answers.PumpCheck},
        refused=WRITING,
        examples=[example("As it should be", reading={"rate_ml_per_h": "3.5", "concentration_mg_per_ml": "2"})],
    )
    def post(self, request: Request, check_id: int) -> Response:
        """Record what another person reads on the pump; a reading that differs is kept as it was. 409 where somebody looked."""
        sent, by = body(LookToRecord, request), self.by
        row = check_pump(check_id, reading=reading_of(sent["reading"]), by=by, at=clock.now())
        with_names(row, by)
        return Response(pump_check_shape(row))
