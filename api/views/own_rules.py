"""What a physician decides for one patient beside the protocol: limits of their own, an interval of their own."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import watching_answers as answers
from api.bodies import CLIENT_ID, SECRET_IN_EXAMPLES, Posting, Signing, example, signed_by
from api.describing import WRITING, described
from api.fields import Instant, Quantity, Strict, Text, Whole, Word
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.paging import Paged
from api.watching_shapes import interval_shape, limit_shape
from core import clock
from monitoring.actions import end_interval, end_limit, set_interval, set_limit
from monitoring.domain.interval_entry import LONGEST, SHORTEST
from monitoring.domain.limit_entry import LIMITABLE
from monitoring.domain.severity import Direction
from monitoring.domain.values import Limit
from monitoring.models import PatientLimit, SetInterval

_MINUTE = timedelta(minutes=1)
_LIMIT = Limit("Limit, itself included", "the value's own unit", Decimal(0), Decimal(400), places=1)
_EVERY = Limit("A full set every", "min", Decimal(SHORTEST // _MINUTE), Decimal(LONGEST // _MINUTE))


class LimitToSet(Posting, Signing):
    """From where one value of this patient is yellow and red, on one side."""

    rule = Word(tuple(LIMITABLE))
    direction = Word((Direction.LOW, Direction.HIGH))
    yellow = Quantity(_LIMIT, default=None)
    red = Quantity(_LIMIT, default=None)
    reason = Text(max_length=300)
    until = Instant(
        required=False, allow_null=True, default=None,
        help_text="12:00 of the next day on the ward at the latest; left out, just that.",
    )  # fmt: skip


class IntervalToSet(Posting, Signing):
    """How often a full set is asked for."""

    every_min = Whole(_EVERY, required=True, allow_null=False)
    reason = Text(max_length=300)
    until = Instant(required=False, allow_null=True, default=None, help_text="Left out: until somebody ends it.")


class Ending(Strict):
    """Nothing has to be said."""


class Limits(Operation):
    """The own limits of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.SET_LIMITS}

    @described("list_limits", tag="own rules", parameters=[Paged], answers={200: answers.ListedLimits})
    def get(self, request: Request, admission_id: int) -> Response:
        """The limits that physicians set for this patient, those that are over included; newest first."""
        rows, shape = PatientLimit.objects.select_related("set_by", "ended_by"), partial(limit_shape, at=clock.now())
        return of_stay(
            request, admission_id, rows=rows, newest="set_at", shape=shape, verb="own_rules.viewed", by=self.by
        )

    @described(
        "set_limit",
        tag="own rules",
        takes=LimitToSet,
        answers={200: answers.PatientLimit, 201: answers.PatientLimit},
        refused=WRITING,
        examples=[
            example(
                "A pressure that is usual for this patient",
                client_id=CLIENT_ID,
                password=SECRET_IN_EXAMPLES,
                rule="systolic",
                direction="high",
                yellow="170",
                red="190",
                reason="usual pressure 165, known for years",
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Set a patient's own limits on one side of one value; they end the ones before.

        Never beyond the protocol's stop limit, and until 12:00 of the next day at the latest.
        """
        sent, by, at = body(LimitToSet, request), self.by, clock.now()
        signed = signed_by(by, sent, at=at)
        del sent["password"]
        row = set_limit(admission_id, **sent, signed=signed, by=by, at=at)
        with_names(row, by)
        return Response(limit_shape(row, at=at), status=200 if row.sent_again else 201)


class LimitEndings(Operation):
    """The end of one limit."""

    permission = Permission.SET_LIMITS

    @described(
        "end_limit", tag="own rules", takes=Ending, answers={200: answers.PatientLimit}, refused=WRITING,
        examples=[example("At once")],
    )  # fmt: skip
    def post(self, request: Request, limit_id: int) -> Response:
        """Go back to the protocol's limits at once."""
        body(Ending, request)
        by, at = self.by, clock.now()
        row = end_limit(limit_id, by=by, at=at)
        with_names(row, by)
        return Response(limit_shape(row, at=at))


class SetIntervals(Operation):
    """The own intervals of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.SET_INTERVAL}

    @described("list_set_intervals", tag="own rules", parameters=[Paged], answers={200: answers.ListedIntervals})
    def get(self, request: Request, admission_id: int) -> Response:
        """The intervals that physicians set for this patient's sets, those that are over included; newest first."""
        rows, shape = SetInterval.objects.select_related("set_by", "ended_by"), partial(interval_shape, at=clock.now())
        return of_stay(
            request, admission_id, rows=rows, newest="set_at", shape=shape, verb="own_rules.viewed", by=self.by
        )

    @described(
        "set_interval",
        tag="own rules",
        takes=IntervalToSet,
        answers={200: answers.SetInterval, 201: answers.SetInterval},
        refused=WRITING,
        examples=[
            example(
                "Half-hourly through the night",
                client_id=CLIENT_ID,
                password=SECRET_IN_EXAMPLES,
                every_min=30,
                reason="drowsy since the last step",
                until="2026-09-23T07:00:00-04:00",
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Ask for a full set every so many minutes; it ends the interval before. The shortest of all that apply rules."""
        sent, by, at = body(IntervalToSet, request), self.by, clock.now()
        signed = signed_by(by, sent, at=at)
        del sent["password"]
        row = set_interval(admission_id, **sent, signed=signed, by=by, at=at)
        with_names(row, by)
        return Response(interval_shape(row, at=at), status=200 if row.sent_again else 201)


class SetIntervalEndings(Operation):
    """The end of one interval."""

    permission = Permission.SET_INTERVAL

    @described(
        "end_interval", tag="own rules", takes=Ending, answers={200: answers.SetInterval}, refused=WRITING,
        examples=[example("At once")],
    )  # fmt: skip
    def post(self, request: Request, interval_id: int) -> Response:
        """Go back to the protocol's schedule at once."""
        body(Ending, request)
        by, at = self.by, clock.now()
        row = end_interval(interval_id, by=by, at=at)
        with_names(row, by)
        return Response(interval_shape(row, at=at))
