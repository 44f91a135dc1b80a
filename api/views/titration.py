"""From a request through an approval to the dose."""

from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import order_answers as answers
from api.bodies import DOSE
from api.describing import described
from api.fields import Quantity, Strict, Word
from api.listing import of_stay
from api.operation import Operation, query
from api.order_shapes import approval_shape, gate_shape, request_shape
from api.paging import Paged
from audit.trail import record
from core import clock
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


class IncreaseRequests(Operation):
    """The requests of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_increase_requests", tag="titration", parameters=[Paged], answers={200: answers.ListedRequests})
    def get(self, request: Request, admission_id: int) -> Response:
        """Who asked for which dose, what they saw, and how it ended; newest first."""
        rows = IncreaseRequest.objects.select_related("requested_by", "closed_by")
        return of_stay(
            request, admission_id, rows=rows, newest="requested_at", shape=request_shape,
            verb="requests.viewed", by=self.by,
        )  # fmt: skip


class Approvals(Operation):
    """The approvals of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_approvals", tag="titration", parameters=[Paged], answers={200: answers.ListedApprovals})
    def get(self, request: Request, admission_id: int) -> Response:
        """Who allowed up to which dose, for how long, what they saw and what they opened; newest first."""
        rows = Approval.objects.select_related("approved_by", "requested_by").prefetch_related("overrides__by")
        shape = partial(approval_shape, at=clock.now())
        return of_stay(
            request, admission_id, rows=rows, newest="approved_at", shape=shape, verb="approvals.viewed", by=self.by
        )
