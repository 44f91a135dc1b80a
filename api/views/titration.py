"""From a request through an approval to the dose."""

from datetime import datetime
from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from accounts.roles import Permission
from api import order_answers as answers
from api.bodies import (
    CLIENT_ID,
    DOSE,
    SECRET_IN_EXAMPLES,
    VALIDITY,
    Posting,
    Seen,
    Signing,
    dose_field,
    example,
    made_at,
    minutes,
    note_field,
    signed_by,
)
from api.describing import WRITING, described
from api.fields import Quantity, Reasons, RowId, Strict, Text, Whole, Word
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body, query
from api.order_shapes import approval_shape, gate_shape, override_shape, request_shape
from api.paging import Paged
from audit.trail import record
from core import clock
from infusion import actions
from infusion.domain.words import Stage
from infusion.models import Approval, IncreaseRequest
from infusion.policies.titration import gate
from patients.selectors import visible_admission


class GateAsked(Strict):
    """Which increase."""

    stage = Word(Stage, required=False, default=Stage.REQUEST)
    dose_mg_per_kg_h = Quantity(DOSE, allow_null=False, help_text="Up to which dose; one ordered step if left out")


class Gate(Operation):
    """The gate for an increase."""

    permission = Permission.VIEW_WARD

    @described("ask_gate", tag="titration", parameters=[GateAsked], answers={200: answers.Gate})
    def get(self, request: Request, admission_id: int) -> Response:
        """May the dose be raised now, and if not: every reason why, and from when on."""
        asked, by, at = query(GateAsked, request), self.by, clock.now()
        admission = visible_admission(admission_id, by=by)
        record("gate.viewed", by=by, admission_id=admission.pk, patient_id=admission.patient_id)
        answer = gate(admission, stage=asked["stage"], dose=asked.get("dose_mg_per_kg_h"), at=at)
        return Response(gate_shape(answer, stage=asked["stage"]))


class IncreaseToRequest(Posting, Seen):
    """A request for a higher dose."""

    dose_mg_per_kg_h = dose_field()
    note = note_field(500)


class RequestToWithdraw(Strict):
    """A request that is taken back."""

    reason = note_field()


class RequestToReject(Seen, Signing):
    """A physician's no."""

    reason = Text(max_length=200, help_text="Why; the requester reads it.")


class IncreaseToApprove(Posting, Seen, Signing):
    """A physician's ceiling."""

    request = RowId(
        help_text="The request that it answers; none for one's own increase.", required=False, allow_null=True
    )
    ceiling_mg_per_kg_h = dose_field()
    valid_for_min = Whole(VALIDITY)
    overrides = Reasons(help_text="The physician's reason by the code of each soft reason of the gate that it opens.")
    reason = note_field(500)
    seen_approval = RowId(
        help_text="The ceiling that stands, as you saw it: this one replaces it.", required=False, allow_null=True
    )


class RestartToAllow(Posting, Seen, Signing):
    """A physician's restart."""

    dose_mg_per_kg_h = dose_field(help_text="Up to which dose it may flow again; at most the one that ran before.")
    valid_for_min = Whole(VALIDITY)
    reason = Text(max_length=500, help_text="Why it may flow again.")
    seen_approval = RowId(help_text="As for an increase.", required=False, allow_null=True)


class ReasonToOpen(Signing):
    """A soft reason that a physician opens."""

    code = Text(max_length=40, help_text="As the gate says it.")
    reason = Text(max_length=500)


class IncreaseRequests(Operation):
    """The requests of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.REQUEST_INCREASE}

    @described("list_increase_requests", tag="titration", parameters=[Paged], answers={200: answers.ListedRequests})
    def get(self, request: Request, admission_id: int) -> Response:
        """Who asked for which dose, what they saw, and how it ended; newest first."""
        rows = IncreaseRequest.objects.select_related("requested_by", "closed_by")
        return of_stay(
            request, admission_id, rows=rows, newest="requested_at", shape=request_shape,
            verb="requests.viewed", by=self.by,
        )  # fmt: skip

    @described(
        "request_increase",
        tag="titration",
        takes=IncreaseToRequest,
        answers={200: answers.IncreaseRequest, 201: answers.IncreaseRequest},
        refused=WRITING,
        examples=[example("One step up", client_id=CLIENT_ID, seen_version=1, dose_mg_per_kg_h="0.15")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Ask a physician for a higher dose; 422 with every hard reason that stands against it."""
        sent, by, at = body(IncreaseToRequest, request), self.by, clock.now()
        row = actions.request_increase(
            admission_id,
            dose=sent["dose_mg_per_kg_h"],
            note=sent["note"],
            seen_version=sent["seen_version"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        with_names(row, by)
        return Response(request_shape(row), status=made_at(row.requested_at, at))


class RequestWithdrawals(Operation):
    """Taking a request back."""

    permission = Permission.REQUEST_INCREASE

    @described(
        "withdraw_request",
        tag="titration",
        takes=RequestToWithdraw,
        answers={200: answers.IncreaseRequest},
        refused=WRITING,
        examples=[example("Not now", reason="pain eased meanwhile")],
    )
    def post(self, request: Request, request_id: int) -> Response:
        """Take a waiting request back; 409 when it was decided."""
        sent, by = body(RequestToWithdraw, request), self.by
        return _request(actions.withdraw_request(request_id, reason=sent["reason"], by=by, at=clock.now()), by)


class RequestRejections(Operation):
    """A physician's no."""

    permission = Permission.APPROVE_INCREASE

    @described(
        "reject_request",
        tag="titration",
        takes=RequestToReject,
        answers={200: answers.IncreaseRequest},
        refused=WRITING,
        examples=[
            example("Not tonight", password=SECRET_IN_EXAMPLES, seen_version=1, reason="systolic pressure first")
        ],
    )
    def post(self, request: Request, request_id: int) -> Response:
        """Reject a waiting request, with the reason; 409 when somebody else decided first."""
        sent, by, at = body(RequestToReject, request), self.by, clock.now()
        signed = signed_by(by, sent, at=at)
        row = actions.reject_request(
            request_id, reason=sent["reason"], seen_version=sent["seen_version"], signed=signed, by=by, at=at
        )
        return _request(row, by)


class Approvals(Operation):
    """The approvals of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.APPROVE_INCREASE}

    @described("list_approvals", tag="titration", parameters=[Paged], answers={200: answers.ListedApprovals})
    def get(self, request: Request, admission_id: int) -> Response:
        """Who allowed up to which dose, for how long, what they saw and what they opened; newest first."""
        rows = Approval.objects.select_related("approved_by", "requested_by").prefetch_related("overrides__by")
        shape = partial(approval_shape, at=clock.now())
        return of_stay(
            request, admission_id, rows=rows, newest="approved_at", shape=shape, verb="approvals.viewed", by=self.by
        )

    @described(
        "approve_increase",
        tag="titration",
        takes=IncreaseToApprove,
        answers={200: answers.Approval, 201: answers.Approval},
        refused=WRITING,
        examples=[
            example(
                "Of a request, one soft reason opened",
                client_id=CLIENT_ID,
                password=SECRET_IN_EXAMPLES,
                seen_version=1,
                request=7,
                ceiling_mg_per_kg_h="0.2",
                overrides={"pain_at_goal": "the patient asks for it before the night"},
            ),
            example(
                "A physician's own increase",
                client_id=CLIENT_ID,
                password=SECRET_IN_EXAMPLES,
                seen_version=1,
                ceiling_mg_per_kg_h="0.2",
                valid_for_min=60,
            ),
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Allow the running dose to rise up to a ceiling, for a time: of a request, or as a physician's own increase.

        Nobody approves their own request. 422 with every reason that is left, soft ones included; 409 where the request
        was decided meanwhile, or another ceiling stands than the one that was seen.
        """
        sent, by, at = body(IncreaseToApprove, request), self.by, clock.now()
        row = actions.approve_increase(
            admission_id,
            request_id=sent.get("request"),
            ceiling=sent["ceiling_mg_per_kg_h"],
            valid_for=minutes(sent.get("valid_for_min")),
            overrides=sent["overrides"],
            reason=sent["reason"],
            seen_version=sent["seen_version"],
            seen_approval=sent.get("seen_approval"),
            signed=signed_by(by, sent, at=at),
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return _approval(row, by, at=at)


class RestartApprovals(Operation):
    """A physician's restart."""

    permission = Permission.ALLOW_RESTART

    @described(
        "allow_restart",
        tag="titration",
        takes=RestartToAllow,
        answers={200: answers.Approval, 201: answers.Approval},
        refused=WRITING,
        examples=[
            example(
                "After a red alert",
                client_id=CLIENT_ID,
                password=SECRET_IN_EXAMPLES,
                seen_version=1,
                dose_mg_per_kg_h="0.2",
                reason="pressure back in range for 40 min",
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Allow a paused or stopped infusion to flow again, at a dose or below, and say why."""
        sent, by, at = body(RestartToAllow, request), self.by, clock.now()
        row = actions.allow_restart(
            admission_id,
            dose=sent["dose_mg_per_kg_h"],
            reason=sent["reason"],
            valid_for=minutes(sent.get("valid_for_min")),
            seen_version=sent["seen_version"],
            seen_approval=sent.get("seen_approval"),
            signed=signed_by(by, sent, at=at),
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return _approval(row, by, at=at)


class Overrides(Operation):
    """Opening a soft reason of a standing approval."""

    permission = Permission.OVERRIDE_GATE

    @described(
        "override_gate",
        tag="titration",
        takes=ReasonToOpen,
        answers={201: answers.Override},
        refused=WRITING,
        examples=[
            example(
                "The hold", password=SECRET_IN_EXAMPLES, code="hold_running", reason="pain 8, awake, nothing else helps"
            )
        ],
    )
    def post(self, request: Request, approval_id: int) -> Response:
        """Open one soft reason of an approval that stands; a hard one is never opened. Every opening is counted."""
        sent, by, at = body(ReasonToOpen, request), self.by, clock.now()
        signed = signed_by(by, sent, at=at)
        row = actions.override_gate(approval_id, code=sent["code"], reason=sent["reason"], signed=signed, by=by, at=at)
        with_names(row, by)
        return Response(override_shape(row), status=201)


def _request(row: IncreaseRequest, by: Actor) -> Response:
    with_names(row, by)
    return Response(request_shape(row))


def _approval(row: Approval, by: Actor, *, at: datetime) -> Response:
    with_names(row, by)
    return Response(approval_shape(row, at=at), status=made_at(row.approved_at, at))
