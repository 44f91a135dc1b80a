"""The target dose, and the end of its hold."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import pump_answers as answers
from api.bodies import (
    CLIENT_ID,
    PAIN,
    SECRET_IN_EXAMPLES,
    Posting,
    Seen,
    Signing,
    example,
    made_at,
    signed_by,
)
from api.describing import WRITING, described
from api.fields import Text, Whole, Word
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.paging import Paged
from api.pump_shapes import hold_end_shape, target_shape
from core import clock
from infusion.actions import declare_target, end_hold_early
from infusion.domain.words import TargetKind
from infusion.models import TargetDeclaration


class TargetToDeclare(Posting, Seen):
    """The running dose is the target."""

    kind = Word(TargetKind)
    pain = Whole(PAIN)


class HoldToEnd(Posting, Seen, Signing):
    """The early end of the hold."""

    reason = Text(max_length=200)


class Targets(Operation):
    """The targets of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.DECLARE_TARGET}

    @described("list_targets", tag="targets", parameters=[Paged], answers={200: answers.ListedTargets})
    def get(self, request: Request, admission_id: int) -> Response:
        """Which dose was declared the target, when and why; newest first."""
        rows = TargetDeclaration.objects.select_related("declared_by", "end__ended_by")
        return of_stay(
            request, admission_id, rows=rows, newest="declared_at", shape=target_shape, verb="targets.viewed",
            by=self.by,
        )  # fmt: skip

    @described(
        "declare_target",
        tag="targets",
        takes=TargetToDeclare,
        answers={200: answers.Target, 201: answers.Target},
        refused=WRITING,
        examples=[example("Relief", client_id=CLIENT_ID, seen_version=1, kind="relief", pain=3)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Declare the running dose the target: its hold counts from now on, never backwards."""
        sent, by, at = body(TargetToDeclare, request), self.by, clock.now()
        row = declare_target(
            admission_id,
            kind=sent["kind"],
            pain=sent.get("pain"),
            seen_version=sent["seen_version"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        with_names(row, by)
        return Response(target_shape(row), status=made_at(row.recorded_at, at))


class HoldEnds(Operation):
    """The early end of a hold."""

    permission = Permission.END_HOLD

    @described(
        "end_hold_early",
        tag="targets",
        takes=HoldToEnd,
        answers={200: answers.HoldEnd, 201: answers.HoldEnd},
        refused=WRITING,
        examples=[
            example(
                "Pain is back",
                client_id=CLIENT_ID,
                password=SECRET_IN_EXAMPLES,
                seen_version=1,
                reason="pain 8 again since 14:00",
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """End the hold before its time, with a reason."""
        sent, by, at = body(HoldToEnd, request), self.by, clock.now()
        row = end_hold_early(
            admission_id,
            reason=sent["reason"],
            signed=signed_by(by, sent, at=at),
            seen_version=sent["seen_version"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        with_names(row, by)
        return Response(hold_end_shape(row), status=made_at(row.ended_at, at))
