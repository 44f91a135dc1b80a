"""From a request through an approval to the dose."""

from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import order_answers as answers
from api.describing import described
from api.listing import of_stay
from api.operation import Operation
from api.order_shapes import approval_shape, request_shape
from api.paging import Paged
from core import clock
from infusion.models import Approval, IncreaseRequest


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
